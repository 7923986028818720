"""A document of JSON read piece by piece: no more than one member of its lists is held, and that within a bound.

`json.loads` of a document that means harm makes twenty times its size of objects. Here the outermost objects and lists
are walked through, and only what stands in them is parsed, by the parser of the standard library.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any, Protocol

MOST_OF_ONE = 4 << 20
"""Characters of one value that is parsed as a whole: no finding is that long."""

MOST_VALUES = 1_000_000
"""Values of one document that are taken or skipped, one by one: what has more costs time, and tells nothing."""

_PIECE = 1 << 20
_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


class NoJson(ValueError):
    """It is no JSON, ends too early, or has a value above the bound. Its text says what, and at which character."""


class Readable(Protocol):
    """What bytes are read from: at most so many at a time, none at the end."""

    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""
        ...


class Streamed:
    """A reader of one document. What it gives has to be taken in the order of the document."""

    def __init__(self, source: Readable, most_of_one: int = MOST_OF_ONE, most_values: int = MOST_VALUES) -> None:
        self._source = source
        self._most, self._most_values = most_of_one, most_values
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._text = ""
        self._at = 0
        self._before = 0
        self._ended = False
        self._values = 0

    def entries(self) -> Iterator[str]:
        """The keys of the object that comes next. After each, its value has to be taken or skipped."""
        self._take("{")
        seen: set[str] = set()
        if self._next() == "}":
            self._at += 1
            return
        while True:
            key = self.value()
            if not isinstance(key, str):
                raise self._wrong("a key is no text")
            if key in seen:
                # Readers differ in which of the two counts.
                raise self._wrong(f"the key {key[:80]!r} is there twice")
            seen.add(key)
            self._take(":")
            yield key
            if self._take(",}") == "}":
                return

    def members(self) -> Iterator[Any]:
        """The members of the list that comes next, each parsed as a whole."""
        for _ in self._places():
            yield self.value()

    def value(self) -> Any:
        """The value that comes next, parsed as a whole."""
        self._next()
        self._count()
        wanted = _PIECE
        while True:
            found, end = self._parsed()
            if end > self._at:
                if end - self._at > self._most:
                    raise self._wrong("a value is too long")
                self._at = end
                return found
            if len(self._text) - self._at > self._most:
                raise self._wrong("a value is too long")
            self._read(wanted)
            wanted *= 2

    def _parsed(self) -> tuple[Any, int]:
        """The value at this place and where it ends; its own place where it goes on beyond what was read."""
        try:
            found, end = _DECODER.raw_decode(self._text, self._at)
        except json.JSONDecodeError as error:
            near_the_end = error.pos >= len(self._text) - _LONGEST_TOKEN
            if self._ended or not (near_the_end or error.msg.startswith("Unterminated string")):
                raise self._wrong(error.msg, error.pos) from None
            return None, self._at
        except ValueError as error:
            raise self._wrong(str(error)) from None
        except RecursionError:
            raise self._wrong("it is nested too deeply") from None
        return (found, end) if self._ended or not self._goes_on(found, end) else (None, self._at)

    def skip(self, depth: int = 2) -> None:
        """Pass over the value that comes next; its objects and lists are walked through to some depth."""
        following = self._next()
        self._count()
        if depth and following == "{":
            for _ in self.entries():
                self.skip(depth - 1)
        elif depth and following == "[":
            for _ in self._places():
                self.skip(depth - 1)
        else:
            self.value()

    def end(self) -> None:
        """That nothing follows. Raises `NoJson`."""
        if self._next(may_end=True):
            raise self._wrong("something follows the document")

    def _count(self) -> None:
        self._values += 1
        if self._values > self._most_values:
            raise self._wrong(f"it has more than {self._most_values} values")

    def _places(self) -> Iterator[None]:
        self._take("[")
        if self._next() == "]":
            self._at += 1
            return
        while True:
            yield
            if self._take(",]") == "]":
                return

    def _goes_on(self, found: object, end: int) -> bool:
        """Whether a number was cut where what was read ends: `1` of `1.5`, or of `12`."""
        cut = end == len(self._text) or (self._text[end] in ".eE" and end >= len(self._text) - _LONGEST_TOKEN)
        return cut and type(found) in (int, float)

    def _take(self, wanted: str) -> str:
        found = self._next()
        if found not in wanted:
            raise self._wrong(f"{' or '.join(wanted)} is wanted here")
        self._at += 1
        return found

    def _next(self, *, may_end: bool = False) -> str:
        """The character that comes next, space passed over; empty at the end, where it may end."""
        while True:
            passed = _SPACE.match(self._text, self._at)
            self._at = passed.end() if passed else self._at
            if self._at < len(self._text):
                return self._text[self._at]
            if self._ended:
                if may_end:
                    return ""
                raise self._wrong("it ends in the middle")
            self._read(_PIECE)

    def _read(self, wanted: int) -> None:
        raw = self._source.read(wanted)
        self._ended = not raw
        try:
            text = self._decoder.decode(raw, final=self._ended)
        except UnicodeDecodeError:
            raise self._wrong("it is not UTF-8") from None
        self._before += self._at
        self._text = self._text[self._at :] + text
        self._at = 0

    def _wrong(self, what: str, at: int | None = None) -> NoJson:
        return NoJson(f"{what} (character {self._before + (self._at if at is None else at) + 1})")


_LONGEST_TOKEN = 16
"""Characters before the end of what was read in which a token may be cut: `-Infinity`, an escape."""
