"""What the next release of Debian makes of a host's configuration, told before the host is upgraded. Pure.

What is here:

- `items`: One setting of a host, and what the next release makes of it.
"""

from __future__ import annotations
