"""Rspamd's configuration language, as far as flat keys of a `local.d` file need it.

In one file a key given twice becomes a list (libucl), so a key is replaced where it stands, never added again.
Source: the libucl README ("Basic structure", "Comments", "Macros support", "Multiline strings").
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_KEY = re.compile(r'"(?:\\.|[^"\\])*"|[^\s={}\[\]":;,#]+')
_BLANK = re.compile(r"[\s;,]*")
_STRING = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'', re.S)
_HEREDOC = re.compile(r"<<([A-Z]+)\n.*?^\1$", re.S | re.M)
_VARIABLE = re.compile(r"\$\{[^}\n]*\}")
_CLOSING = {"{": "}", "[": "]"}


@dataclass(frozen=True)
class UclEntry:
    """One `key value` at the top level of a file: characters `start` to `end`, its `;` or `,` included.

    `value` is as written, without what ends it. `section` says that it is `key { … }` or `key name { … }`.
    """

    key: str
    value: str
    section: bool
    start: int
    end: int


def entries(text: str) -> tuple[UclEntry, ...]:
    """The top level of a file, in order, without macros such as `.include`. Raises ValueError for other than UCL."""
    found: list[UclEntry] = []
    place = _skipped(text, 0)
    while place < len(text):
        if text[place] == ".":
            place = _to_line_end(text, place)
        else:
            found.append(_entry(text, place))
            place = found[-1].end
        place = _skipped(text, place)
    return tuple(found)


def set_key(text: str, key: str, value: str) -> str:
    """`text` with `key = value;` at the top level, in place of every assignment of that key there.

    `value` is written as given: quote strings with `quoted`. A single assignment of the same value stays as it
    is. Raises ValueError for control characters, when the key opens a section, and for a text that is not read.
    """
    if any(ord(character) < 32 for character in value) or not re.fullmatch(r"[A-Za-z0-9_]+", key):
        raise ValueError(f"{key!r} = {value!r} cannot be written as one assignment")
    present = [entry for entry in entries(text) if entry.key == key]
    if any(entry.section for entry in present):
        raise ValueError(f"{key} opens a section, and is no flat key")
    if len(present) == 1 and present[0].value == value:
        return text
    line = f"{key} = {value};"
    if not present:
        end = "" if not text or text.endswith("\n") else "\n"
        return f"{text}{end}{line}\n"
    for entry in reversed(present[1:]):
        text = _without(text, entry)
    return text[: present[0].start] + line + text[present[0].end :]


def quoted(text: str) -> str:
    """A UCL string. Raises ValueError for control characters."""
    if any(ord(character) < 32 for character in text):
        raise ValueError(f"{text!r} cannot be written as one UCL string")
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def literal(value: str | bool | int | float) -> str:
    """A string, truth value or number as it is written after `=`. Raises ValueError for what no file can hold."""
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError(f"{value} is no number that can be written")
    return f"{value:f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


# --- reading --------------------------------------------------------------------------------------


def _entry(text: str, start: int) -> UclEntry:
    key = _KEY.match(text, start)
    if key is None:
        raise ValueError(f"{_line(text, start)} is no assignment that is understood")
    name = re.sub(r"\\(.)", r"\1", key[0][1:-1]) if key[0].startswith('"') else key[0]
    place = _inner_blank(text, key.end())
    signed = text[place : place + 1] in ("=", ":")
    if signed:
        place = _inner_blank(text, place + 1, lines=True)
    begin = place
    if not signed and text[place : place + 1] == "\n":
        raise ValueError(f"{_line(text, start)} assigns nothing")
    place = _value_end(text, begin)
    value = text[begin:place].strip()
    section = value.endswith("}") and (value.startswith("{") or not signed)
    after = _inner_blank(text, place)
    if text[after : after + 1] in (";", ","):
        place = after + 1
    if not value:
        raise ValueError(f"{_line(text, start)} assigns nothing")
    return UclEntry(name, value, section, start, place)


def _value_end(text: str, place: int) -> int:
    """Where the value that begins at `place` ends, without the `;` after it."""
    for pattern in (_STRING, _HEREDOC):
        match = pattern.match(text, place)
        if match and not re.match(r"[ \t]*\{", text[match.end() :]):
            return match.end()
    begin = place
    while place < len(text) and text[place] not in "\n;,}]#" and not text.startswith("/*", place):
        if text[place] in _CLOSING:
            return _bracket_end(text, place)
        whole = _STRING.match(text, place) or _VARIABLE.match(text, place)
        place = whole.end() if whole else place + 1
    return begin + len(text[begin:place].rstrip())


def _bracket_end(text: str, place: int) -> int:
    """The place after the bracket that closes the one at `place`."""
    begin, expected = place, [_CLOSING[text[place]]]
    place += 1
    while expected and place < len(text):
        comment = _comment_end(text, place)
        skipped = _STRING.match(text, place) or _HEREDOC.match(text, place)
        if comment > place:
            place = comment
        elif skipped:
            place = skipped.end()
        else:
            if text[place] in _CLOSING:
                expected.append(_CLOSING[text[place]])
            elif text[place] == expected[-1]:
                expected.pop()
            place += 1
    if expected:
        raise ValueError(f"{_line(text, begin)} opens a bracket that nothing closes")
    return place


def _skipped(text: str, place: int) -> int:
    """The next place that is neither blank nor comment."""
    while True:
        blank = _BLANK.match(text, place)
        after = _comment_end(text, blank.end() if blank else place)
        if after == place:
            return place
        place = after


def _inner_blank(text: str, place: int, *, lines: bool = False) -> int:
    while place < len(text) and (text[place] in " \t\r" or (lines and text[place] == "\n")):
        place += 1
    return place


def _comment_end(text: str, place: int) -> int:
    """The place after a comment that begins at `place`, or `place`. `/* … */` may be nested."""
    if text.startswith("#", place):
        return _to_line_end(text, place)
    if not text.startswith("/*", place):
        return place
    depth = 0
    for mark in re.compile(r"/\*|\*/").finditer(text, place):
        depth += 1 if mark[0] == "/*" else -1
        if depth == 0:
            return mark.end()
    raise ValueError(f"{_line(text, place)} opens a comment that nothing closes")


def _to_line_end(text: str, place: int) -> int:
    end = text.find("\n", place)
    return len(text) if end < 0 else end


def _line(text: str, place: int) -> str:
    return f"line {text.count(chr(10), 0, place) + 1} ({text[place : _to_line_end(text, place)][:40]!r})"


def _without(text: str, entry: UclEntry) -> str:
    """`text` without an entry, and without its line where that leaves it empty."""
    line = text.rfind("\n", 0, entry.start) + 1
    stop = _to_line_end(text, entry.end)
    before, after = text[line : entry.start], text[entry.end : stop]
    if not before.strip() and not after.strip():
        return text[:line] + text[stop + 1 :]
    return text[: entry.start] + text[entry.end :]
