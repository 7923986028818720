"""Text in cells of spreadsheets: neutralised, so that no program takes it for a formula, and back again."""

from __future__ import annotations

import re

_FORMULA = r"(?:\s*[=+\-@\uff1d\uff0b\uff0d\uff20\t\r\n]|(?i:#(?:NULL!|DIV/0!|VALUE!|REF!|NAME\?|NUM!|N/A)))"
"""How a formula begins: blanks may stand before it, and the signs may be the wide ones of East Asian keyboards.

A spreadsheet's own words for errors are no text for it either.
"""

_DANGEROUS = re.compile(rf"'*{_FORMULA}")
_NEUTRALISED = re.compile(rf"'+{_FORMULA}")


def neutral(text: str) -> str:
    """Text with an apostrophe before what a spreadsheet would take for a formula."""
    return f"'{text}" if _DANGEROUS.match(text) else text


def plain(text: str) -> str:
    """The text that was neutralised."""
    return text[1:] if _NEUTRALISED.match(text) else text
