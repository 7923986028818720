"""What is remembered of each control and host from one check to the next, so that only a change is told. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from itertools import groupby
from typing import Any

from baseline.alerting.standings import BAD, Key, StandsAs
from baseline.classes import dataclass

_SIDES: Mapping[StandsAs, str] = {"good": "g", "waived": "g", "unknown": "u"}


def side(standing: StandsAs) -> str:
    """Good, bad or unknown, in one letter."""
    return "b" if standing in BAD else _SIDES[standing]


@dataclass(frozen=True)
class Remembered:
    """What was told of one thing, and what was seen since.

    `told` is where people know it to stand, and `since` when it was first seen there. `pending` is another standing
    that was seen `times` times in a row and is not told yet, first at `began`, by a `cause`. `recent` are the sides of
    the last looks, `flapping` says that it was told to flap, and `known` what it was before it was unknown.
    """

    told: StandsAs
    since: str
    pending: StandsAs | None = None
    times: int = 0
    began: str = ""
    cause: str = ""
    because: str = ""
    recent: str = ""
    flapping: bool = False
    known: StandsAs | None = None

    def to_list(self) -> list[Any]:
        """As JSON carries it: what is as it is by default at the end is left out."""
        values = list(self.__dict__.values())
        defaults = [None, None, *list(Remembered("good", "").__dict__.values())[2:]]
        while len(values) > 2 and values[-1] == defaults[len(values) - 1]:
            values.pop()
        return values

    @classmethod
    def from_list(cls, values: Sequence[Any]) -> Remembered:
        """The opposite of `to_list`. Raises TypeError for other values."""
        return cls(*values)


def turns(recent: str) -> int:
    """How often the side changed."""
    return max(sum(1 for _ in groupby(recent)) - 1, 0)


@dataclass(frozen=True)
class Memory:
    """All that is remembered from one look to the next. `run` is the last one, empty before the first."""

    run: str = ""
    started: str = ""
    every: int = 0
    notes: tuple[str, ...] = ()
    known: Mapping[Key, Remembered] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The memory as JSON carries it: by host, then by what of it."""
        hosts: dict[str, dict[str, list[Any]]] = {}
        for (host, about), one in sorted(self.known.items()):
            hosts.setdefault(host, {})[about] = one.to_list()
        own = {"run": self.run, "started": self.started, "every": self.every, "notes": list(self.notes)}
        return {**own, "hosts": hosts}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Memory:
        """The opposite of `to_dict`. Raises KeyError, TypeError or AttributeError for another document."""
        known = {
            (host, about): Remembered.from_list(one)
            for host, told in document["hosts"].items()
            for about, one in told.items()
        }
        own = (document["run"], document["started"], document["every"], tuple(document["notes"]))
        return cls(*own, known)
