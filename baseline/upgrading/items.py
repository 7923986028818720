"""One setting of a host, and what the next release makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, get_args

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


def exit_code(items: Sequence[Item]) -> int:
    """0 when all stays the same, 1 when something breaks or changes, else 3 when something is unknown."""
    verdicts = {one.verdict for one in items}
    if verdicts & {"breaks", "changes"}:
        return 1
    return 3 if "unknown" in verdicts else 0
