"""Whether a remedy is worth planning: it has to leave its control better off than it was.

A transaction takes everything back when a control that it set out to mend is no better afterwards. So a kind
whose state has faults that only a person can mend offers a remedy only where mending the others helps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from baseline.judge import Want, Wants
from baseline.model import Outcome, Scalar, State

_WORSE = (Outcome.PASS, Outcome.WARN, Outcome.FAIL)


def faults(wants: Wants, state: State) -> dict[str, Outcome]:
    """The keys of the state that are not as wanted, each with its outcome."""
    judged = {key: _outcome(want, state[key]) for key, want in _pairs(wants, state)}
    return {key: outcome for key, outcome in judged.items() if outcome is not Outcome.PASS}


def helps(wants: Wants, state: State, by_hand: Callable[[str], bool]) -> bool:
    """Whether the outcome improves when every fault but those that `by_hand` tells is mended."""
    found = faults(wants, state)
    return _worst(found.values()) > _worst(outcome for key, outcome in found.items() if by_hand(key))


def improves(wants: Wants, before: State, after: State) -> bool:
    """Whether a state that a remedy would lead to is judged better than the one before."""
    return _worst(faults(wants, before).values()) > _worst(faults(wants, after).values())


def _outcome(want: Want, value: Scalar) -> Outcome:
    """What was seen from outside has its outcome in place of a value: see `barrier`."""
    return value if isinstance(value, Outcome) else want.judge(value)


def _worst(outcomes: Iterable[Outcome]) -> int:
    return max((_WORSE.index(outcome) for outcome in outcomes), default=0)


def _pairs(wants: Wants, state: State) -> Iterator[tuple[str, Want]]:
    # What could not be looked at is no fault.
    known = dict(state)
    for pattern, want in wants.items():
        if pattern.endswith("*"):
            yield from ((key, want) for key in known if key.startswith(pattern[:-1]))
        elif pattern in known:
            yield pattern, want
