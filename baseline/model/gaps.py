"""Checks that did not happen, as values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from baseline.classes import dataclass


@dataclass(frozen=True)
class Gap:
    """A time in which hosts were to be looked at and were not.

    It begins when the next check was due. `end` is the check that came at last; empty where none has yet. `missed` is
    how many did not happen. Times are ISO 8601 in UTC.
    """

    start: str
    end: str
    missed: int
    hosts: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The gap as JSON carries it."""
        return {"start": self.start, "end": self.end, "missed": self.missed, "hosts": list(self.hosts)}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Gap:
        """The opposite of `to_dict`. Raises KeyError or TypeError for another document."""
        return cls(document["start"], document["end"], document["missed"], tuple(document["hosts"]))
