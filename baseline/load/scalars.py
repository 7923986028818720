"""One text as a scalar of YAML that reads back as the same text, whatever it holds."""

from __future__ import annotations

import re

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9._-]*")
_WORDS_OF_YAML = re.compile(r"(?i)y|n|yes|no|on|off|true|false|null|infinity|nan")
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def scalar(text: str) -> str:
    """The text plainly where YAML takes it for text anyway, else in double quotes, on one line in any case.

    What does not print is escaped, as are the line ends of other alphabets, so that a hostile text can neither end its
    line nor hide in a terminal. Lone surrogates, which no file of UTF-8 can hold, are written as U+FFFD.
    """
    if _PLAIN.fullmatch(text) and not _WORDS_OF_YAML.fullmatch(text):
        return text
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(letter: str) -> str:
    if letter in _SHORT:
        return _SHORT[letter]
    if letter.isprintable():
        return letter
    code = ord(letter)
    if 0xD800 <= code <= 0xDFFF:
        return "\\uFFFD"
    return f"\\x{code:02X}" if code < 0x100 else f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"
