"""Lines of files without what nobody may see: passwords and keys that stand in configuration files. Pure.

What a baseline calls a secret never comes so far. This is for what sites write into files by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

HIDDEN = "(secret)"
"""What stands in their place."""

_WORD = (
    "(?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|credential|dnpass|requirepass|masterauth"
    "|(?<![a-z])pass(?![a-z]))"
)
_PLACES = r"(?![\w.-]*(?:maps|file|path|dir|query|scheme)\b)"
"""Settings that say where a password is, or how it is asked for."""

_LOOKS_LIKE = (
    # password = …, "secret": …, with all that follows: it may hold blanks.
    (re.compile(rf"(?i)(?<![\w.-])({_PLACES}[\w.-]*{_WORD}[\w.-]*[\"']?\s*(?:=>|[=:])\s*)(?=\S).*"), rf"\1{HIDDEN}"),
    # secret "…"; and password … of those that write no sign between.
    (re.compile(rf"(?i)(?<![\w.-])([\w-]*{_WORD}[\w-]*\s+)(?:\"[^\"]*\"|'[^']*'|(?![=:{{(])\S+)"), rf"\1{HIDDEN}"),
    # smtp://user:password@host
    (re.compile(r"(://[^/\s:@]*:)[^@\s]+(?=@)"), rf"\1{HIDDEN}"),
    # user:{SHA512-CRYPT}…, and crypt(3)'s own $6$…
    (re.compile(r"(\{[A-Z][A-Z0-9.-]{2,}\})[^:\s]+"), rf"\1{HIDDEN}"),
    (re.compile(r"\$(?:[0-9]|2[abxy]|y|argon2\w*)\$[^:\s\"']+"), HIDDEN),
)
_KEY_BEGINS, _KEY_ENDS = re.compile("-----BEGIN [A-Z0-9 ]*PRIVATE KEY"), re.compile("-----END [A-Z0-9 ]*PRIVATE KEY")


_LONGEST = 4_000
"""Characters of a line that the patterns are tried on; of a longer one with such a word nothing is shown."""
_ANY = re.compile(rf"(?i){_WORD}|://|\$|\{{")


def hidden(line: str) -> str:
    """A line with what looks like a password replaced."""
    if len(line) > _LONGEST:
        return HIDDEN if _ANY.search(line) else line
    for pattern, stand_in in _LOOKS_LIKE:
        line = pattern.sub(stand_in, line)
    return line


def of_private_keys(lines: Iterable[str]) -> frozenset[str]:
    """The lines that stand inside of private keys in PEM, first and last line excepted."""
    found, inside = set(), False
    for line in lines:
        if _KEY_ENDS.search(line):
            inside = False
        elif _KEY_BEGINS.search(line):
            inside = True
        elif inside:
            found.add(line)
    return frozenset(found)
