"""Rspamd's configuration language, as far as flat keys of a `local.d` file need it.

In one file a key given twice becomes a list (libucl), so a key is replaced where it stands, never added again.
Source: the libucl README ("Basic structure", "Comments", "Macros support", "Multiline strings").
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from functools import cached_property

from baseline.classes import dataclass

_KEY = re.compile(r'"(?:\\.|[^"\\])*"|[^\s={}\[\]":;,#]+')
_BLANK = re.compile(r"[\s;,]*")
_STRINGS = {'"': re.compile(r'"(?:\\.|[^"\\])*"', re.S), "'": re.compile(r"'(?:\\.|[^'\\])*'", re.S)}
_HEREDOC = re.compile(r"<<([A-Z]+)\n")
_TAG = re.compile(r"^[A-Z]+$", re.M)
_VARIABLE = re.compile(r"\$\{[^}\n]*\}")
_INNER_BLANK = re.compile(r"[ \t\r]*")
_BLANK_LINES = re.compile(r"[ \t\r\n]*")
_OPENS = re.compile(r"[ \t]*\{")
_COMMENT_MARK = re.compile(r"/\*|\*/")
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
    return _Reader(text).entries()


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
        lead = "" if not text or text.endswith("\n") else "\n"
        return f"{text}{lead}{line}\n"
    first, *others = present
    parts, place = [text[: first.start], line], first.end
    for entry in others:
        start, end = _reach(text, entry)
        parts.append(text[place:start])
        place = end
    return "".join([*parts, text[place:]])


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


class _Reader:
    """A text, and what was looked for in it in vain.

    Whoever writes a file may open a thousand strings and close none. What one of them did not find to the end of the
    text, the next ones need not look for.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._unclosed: set[str] = set()
        self._line_without_brace = -1

    def entries(self) -> tuple[UclEntry, ...]:
        """The top level."""
        found: list[UclEntry] = []
        place = self._skipped(0)
        while place < len(self.text):
            if self.text[place] == ".":
                place = self._to_line_end(place)
            else:
                found.append(self._entry(place))
                place = found[-1].end
            place = self._skipped(place)
        return tuple(found)

    def _entry(self, start: int) -> UclEntry:
        key = _KEY.match(self.text, start)
        if key is None:
            raise ValueError(f"{self._line(start)} is no assignment that is understood")
        name = re.sub(r"\\(.)", r"\1", key[0][1:-1]) if key[0].startswith('"') else key[0]
        place = self._inner_blank(key.end())
        signed = self.text[place : place + 1] in ("=", ":")
        if signed:
            place = self._inner_blank(place + 1, lines=True)
        begin = place
        if not signed and self.text[place : place + 1] == "\n":
            raise ValueError(f"{self._line(start)} assigns nothing")
        place = self._value_end(begin)
        value = self.text[begin:place].strip()
        section = value.endswith("}") and (value.startswith("{") or not signed)
        after = self._inner_blank(place)
        if self.text[after : after + 1] in (";", ","):
            place = after + 1
        if not value:
            raise ValueError(f"{self._line(start)} assigns nothing")
        return UclEntry(name, value, section, start, place)

    def _value_end(self, place: int) -> int:
        """Where the value that begins at `place` ends, without the `;` after it."""
        whole = self._string_end(place) or self._heredoc_end(place)
        if whole and not _OPENS.match(self.text, whole):
            return whole
        begin = place
        while place < len(self.text) and self.text[place] not in "\n;,}]#" and not self.text.startswith("/*", place):
            if self.text[place] in _CLOSING:
                return self._bracket_end(place)
            place = self._string_end(place) or self._variable_end(place) or place + 1
        return begin + len(self.text[begin:place].rstrip())

    def _bracket_end(self, place: int) -> int:
        """The place after the bracket that closes the one at `place`."""
        begin, expected = place, [_CLOSING[self.text[place]]]
        place += 1
        while expected and place < len(self.text):
            comment = self._comment_end(place)
            skipped = self._string_end(place) or self._heredoc_end(place)
            if comment > place:
                place = comment
            elif skipped:
                place = skipped
            else:
                if self.text[place] in _CLOSING:
                    expected.append(_CLOSING[self.text[place]])
                elif self.text[place] == expected[-1]:
                    expected.pop()
                place += 1
        if expected:
            raise ValueError(f"{self._line(begin)} opens a bracket that nothing closes")
        return place

    def _string_end(self, place: int) -> int:
        """The place after a string that begins at `place`; 0 when none does."""
        quote = self.text[place : place + 1]
        if quote not in _STRINGS or quote in self._unclosed:
            return 0
        match = _STRINGS[quote].match(self.text, place)
        if match is None:
            # Each later quote of this sort is escaped, as seen from here, so it closes nothing and opens nothing.
            self._unclosed.add(quote)
        return match.end() if match else 0

    def _heredoc_end(self, place: int) -> int:
        """The place after a heredoc that begins at `place`; 0 when none does."""
        head = _HEREDOC.match(self.text, place) if self.text.startswith("<<", place) else None
        lines = self._tags.get(head[1], ()) if head else ()
        number = bisect_left(lines, head.end()) if head else 0
        return lines[number] + len(head[1]) if head and number < len(lines) else 0

    @cached_property
    def _tags(self) -> Mapping[str, Sequence[int]]:
        """Where the lines begin that may end a heredoc, by what they say."""
        found: dict[str, list[int]] = {}
        for line in _TAG.finditer(self.text):
            found.setdefault(line[0], []).append(line.start())
        return found

    def _variable_end(self, place: int) -> int:
        """The place after a `${…}` at `place`; 0 when there is none."""
        if place < self._line_without_brace or not self.text.startswith("${", place):
            return 0
        match = _VARIABLE.match(self.text, place)
        if match is None:
            self._line_without_brace = self._to_line_end(place)
        return match.end() if match else 0

    def _skipped(self, place: int) -> int:
        """The next place that is neither blank nor comment."""
        while True:
            blank = _BLANK.match(self.text, place)
            after = self._comment_end(blank.end() if blank else place)
            if after == place:
                return place
            place = after

    def _inner_blank(self, place: int, *, lines: bool = False) -> int:
        blank = (_BLANK_LINES if lines else _INNER_BLANK).match(self.text, place)
        return blank.end() if blank else place

    def _comment_end(self, place: int) -> int:
        """The place after a comment that begins at `place`, or `place`. `/* … */` may be nested."""
        if self.text.startswith("#", place):
            return self._to_line_end(place)
        if not self.text.startswith("/*", place):
            return place
        depth = 0
        for mark in _COMMENT_MARK.finditer(self.text, place):
            depth += 1 if mark[0] == "/*" else -1
            if depth == 0:
                return mark.end()
        raise ValueError(f"{self._line(place)} opens a comment that nothing closes")

    def _to_line_end(self, place: int) -> int:
        return _to_line_end(self.text, place)

    def _line(self, place: int) -> str:
        number = self.text.count(chr(10), 0, place) + 1
        return f"line {number} ({self.text[place : min(self._to_line_end(place), place + 40)]!r})"


def _to_line_end(text: str, place: int) -> int:
    end = text.find("\n", place)
    return len(text) if end < 0 else end


def _reach(text: str, entry: UclEntry) -> tuple[int, int]:
    """What goes with an entry that is taken out: itself, and its line where that leaves it empty."""
    start, end = entry.start, entry.end
    while start and text[start - 1] in " \t\r":
        start -= 1
    while end < len(text) and text[end] in " \t\r":
        end += 1
    alone = text[start - 1 : start] in ("", "\n") and text[end : end + 1] in ("", "\n")
    return (start, end + 1) if alone else (entry.start, entry.end)
