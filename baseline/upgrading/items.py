"""One setting of a host, and what the next release makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal, get_args

from baseline.classes import dataclass

Prediction = Literal["breaks", "changes", "same", "unknown"]
"""`breaks`: refused, or what it did is gone. `changes`: read otherwise, or not at all. `unknown`: could not be read."""

PREDICTIONS: tuple[Prediction, ...] = get_args(Prediction)
"""From what a person looks at first to what they look at last, but for `unknown`, which stands last."""


@dataclass(frozen=True)
class Item:
    """One setting of one program of a host, under the next release.

    `program` is its name in `baseline.programs`. `setting` is as the old release spells it, `value` as it is in force;
    both are empty for what is about the program as a whole. `where` is `file:line`, or the file; empty for a default.
    `meaning` says in words what the new release makes of it, and whom that concerns. `instead` is a unified diff of
    what to write, empty where nothing is to be written.
    """

    program: str
    setting: str
    value: str
    where: str
    verdict: Prediction
    meaning: str
    instead: str = ""

    def to_dict(self) -> dict[str, Any]:
        """This as JSON carries it."""
        return asdict(self)


@dataclass(frozen=True)
class HostForecast:
    """One host under the next release; `error` says why nothing is known of it, `exchanges` how often it was asked."""

    host: str
    items: tuple[Item, ...] = ()
    error: str = ""
    exchanges: int = 0

    def of(self, verdict: Prediction) -> tuple[Item, ...]:
        """The items of one verdict."""
        return tuple(one for one in self.items if one.verdict == verdict)

    def to_dict(self) -> dict[str, Any]:
        """This as JSON carries it."""
        items = [one.to_dict() for one in self.items]
        return {"host": self.host, "error": self.error or None, "exchanges": self.exchanges, "items": items}


def exit_code(hosts: Sequence[HostForecast]) -> int:
    """0 when all stays the same, 1 when something breaks or changes, else 3 when something is unknown."""
    verdicts = {one.verdict for host in hosts for one in host.items}
    if verdicts & {"breaks", "changes"}:
        return 1
    return 3 if "unknown" in verdicts or any(host.error for host in hosts) else 0
