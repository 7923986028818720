"""PowerShell: strings that nothing can break out of."""

from __future__ import annotations

import re

_QUOTES = "'\u2018\u2019\u201a\u201b"
"""All that PowerShell takes for a single quote (about_Quoting_Rules; `IsSingleQuote` of its tokenizer)."""


def quoted(text: str) -> str:
    """A single-quoted string, in which only the quote itself means something, and is doubled.

    PowerShell takes typographic quotes for plain ones, so a name such as O\u2019Brien ends a string that a shell's
    own quoting would leave whole.
    """
    return "'" + re.sub(f"[{_QUOTES}]", lambda match: match[0] * 2, str(text)) + "'"
