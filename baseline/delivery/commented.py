"""Header fields of mail cut into words and comments, as RFC 5322 means them (section 3.2.2), whoever wrote them.

What is read here was written by strangers. Nothing in it is an error: what has no end ends with the field, and what
cannot be shown to a person is shown as `?`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal

from baseline.classes import dataclass

LONGEST_FIELD = 4000
"""Characters of one field that are read; the rest is left out."""

_DEEPEST = 20


@dataclass(frozen=True)
class FieldPiece:
    """A word, a comment without its outer parentheses, a quoted text without its quotes, or a `;` that parts."""

    sort: Literal["word", "comment", "quoted", "part"]
    text: str


def shown(text: str) -> str:
    """Text of a stranger on one line, without anything that acts on a terminal or turns the direction of writing."""
    return "".join(one if one.isprintable() else "?" for one in " ".join(text.split()))


def pieces(field: str) -> Iterator[FieldPiece]:
    """The pieces of a field's value, in their order."""
    text = shown(field[:LONGEST_FIELD])
    at = 0
    while at < len(text):
        one = text[at]
        if one == " ":
            at += 1
        elif one == ";":
            yield FieldPiece("part", ";")
            at += 1
        elif one in '("':
            said, at = _enclosed(text, at)
            yield FieldPiece("comment" if one == "(" else "quoted", said)
        else:
            word = _WORD.match(text, at)
            assert word is not None
            yield FieldPiece("word", word[0])
            at = word.end()


_WORD = re.compile(r'[^ ;("]+')


def _enclosed(text: str, at: int) -> tuple[str, int]:
    """What stands in parentheses or quotes that begin at a place, and where it goes on after them."""
    opening, closing = text[at], ")" if text[at] == "(" else '"'
    depth, said = 1, []
    at += 1
    while at < len(text):
        one = text[at]
        if one == "\\" and at + 1 < len(text):
            said.append(text[at + 1])
            at += 2
            continue
        if one == closing:
            depth -= 1
            if depth == 0:
                return "".join(said), at + 1
        elif one == opening and depth < _DEEPEST:
            depth += 1
        said.append(one)
        at += 1
    return "".join(said), at
