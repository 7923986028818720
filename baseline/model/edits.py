"""What somebody changed by hand since the last apply."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal, get_args

from baseline.classes import dataclass
from baseline.model.plans import FileChange  # for more than typing: `cluster.results` has pydantic read the fields

MOST_SPANS = 8
"""How many places of a file are named; the rest is counted."""

EditedIn = Literal["content", "owner", "mode", "created", "deleted", "unknown"]
"""What was changed of a file. `unknown`: what was applied there is not known any more, so nobody can tell."""


@dataclass(frozen=True)
class Span:
    """Lines of a file, counted from 1. Where `last` is before `first`, lines went from there."""

    first: int
    last: int

    def __str__(self) -> str:
        if self.last < self.first:
            return f"after line {self.last}" if self.last else "before line 1"
        return f"line {self.first}" if self.first == self.last else f"lines {self.first} to {self.last}"


def places(spans: tuple[Span, ...]) -> str:
    """Spans in words, those after the first ones counted."""
    more = len(spans) - MOST_SPANS
    named = [str(one) for one in spans[:MOST_SPANS]]
    return ", ".join([*named, *([f"and {more} more"] if more > 0 else [])])


@dataclass(frozen=True)
class HandEdit:
    """One file that is not as the last apply left it: in what, and on which of its `lines`, where these may be told.

    `change` is from what was applied to what stands there now; a report that was read back has none. `kept` says that
    a rollback leaves the edit as it is.
    """

    path: str
    what: tuple[EditedIn, ...]
    lines: tuple[Span, ...] = ()
    change: FileChange | None = field(default=None, repr=False, compare=False)
    kept: bool = False

    @property
    def told(self) -> str:
        """The edit in words, without its file."""
        match self.what:
            case ("unknown",):
                return "nobody can tell whether it was edited by hand"
            case ("created",) | ("deleted",):
                return f"{self.what[0]} by hand"
        others = [f"{one} changed by hand" for one in self.what if one != "content"]
        where = f" at {places(self.lines)}" if self.lines else ""
        return ", ".join([*([f"edited by hand{where}"] if "content" in self.what else []), *others])

    def to_dict(self) -> dict[str, Any]:
        """The edit as JSON carries it, without contents."""
        lines = [[one.first, one.last] for one in self.lines]
        return {"path": self.path, "what": list(self.what), "lines": lines, "kept": self.kept}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> HandEdit:
        """The opposite of `to_dict`. Raises KeyError, TypeError or ValueError for another document."""
        what = tuple(document["what"])
        if not {*what} <= {*get_args(EditedIn)}:
            raise ValueError(f"a file is edited in {what!r}")
        lines = tuple(Span(first, last) for first, last in document["lines"])
        return cls(document["path"], what, lines, kept=document["kept"])
