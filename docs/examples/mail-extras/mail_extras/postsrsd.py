"""One more program that mail hosts run: an apply that touches its settings has them looked at first."""

from __future__ import annotations

from baseline.programs import ConfigTree, Daemon, Program

POSTSRSD = Program(
    name="PostSRSd",
    role="mta",
    services=(Daemon("postsrsd.service", optional=True),),
    # Debian 12: settings of the unit, which a shell could read as well.
    trees=(ConfigTree("/etc/default/postsrsd", 'sh -n "$TREE"'),),
)
