"""Where the time of a host's visit went."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, get_args

from baseline.classes import dataclass

Phase = Literal["connecting", "asking", "waiting", "applying", "outside", "judging"]
"""What a visit is at: opening the connection; making the questions and taking the answers apart; waiting for the host
to answer; waiting for it to carry out a change; looking from outside; judging, planning and all else."""

PHASES: tuple[Phase, ...] = get_args(Phase)


@dataclass(frozen=True)
class Slow:
    """A question whose answer took long: `seconds` from the answer before it, as they came here."""

    question: str
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """The question as JSON carries it."""
        return {"question": self.question, "seconds": self.seconds}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Slow:
        """The opposite of `to_dict`. Raises KeyError, TypeError or ValueError for another document."""
        return cls(str(document["question"]), _seconds(document["seconds"]))


@dataclass(frozen=True)
class Timings:
    """Seconds of wall time of each phase, and the slowest questions, the slowest first. They decide nothing.

    What is done beside the wait for the host, such as looks from outside, counts for both.
    """

    seconds: Mapping[Phase, float]
    slowest: tuple[Slow, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """The timings as JSON carries them, every phase with its seconds; questions only where there are any."""
        document: dict[str, Any] = {phase: self.seconds.get(phase, 0.0) for phase in PHASES}
        return {**document, "slowest": [one.to_dict() for one in self.slowest]} if self.slowest else document

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Timings:
        """The opposite of `to_dict`. Raises KeyError, TypeError or ValueError for another document."""
        seconds = {phase: _seconds(document[phase]) for phase in PHASES if phase in document}
        return cls(seconds, tuple(map(Slow.from_dict, document.get("slowest", ()))))


def _seconds(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number) or number < 0:
        raise ValueError(f"{value!r} is no time in seconds")
    return number
