"""What one look at a host brought, before it is judged."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import field
from typing import TYPE_CHECKING, Self

from baseline.classes import dataclass
from baseline.errors import CannotTell, NothingToJudge
from baseline.model.hosts import Answer
from baseline.model.plans import FileState
from baseline.model.words import Scalar, State

if TYPE_CHECKING:
    from baseline.model.probes import Probe, Seen

Found = State | CannotTell | NothingToJudge
"""What a control brought from a look: its state, whole or in part (`Parts`), or why it has none."""


class Parts(MutableMapping[str, Scalar]):
    """A state whose parts are looked at each for itself: one that cannot be had costs its own keys alone.

        state = Parts()
        with state.part():
            state["days"] = days(text(answer))

    `unseen` says what could not be had. While there is any, a key that is not there may only not have been seen: to ask
    for it, also by `get` and `in`, raises that reason, so that nothing is concluded from its absence.
    """

    def __init__(self, found: State | None = None, unseen: Sequence[CannotTell] = (), *, whole: bool = False) -> None:
        """`whole`: all keys are there, and what could not be had only hides whether some of them are right."""
        self._found: dict[str, Scalar] = dict(found or {})
        self.unseen = tuple(dict.fromkeys(unseen))
        self.whole = whole

    @contextmanager
    def part(self) -> Iterator[None]:
        """What is looked at within may fail by itself, by `CannotTell` or by an answer that nobody foresaw."""
        try:
            yield
        except NothingToJudge:
            raise
        except CannotTell as reason:
            self.unseen = tuple(dict.fromkeys((*self.unseen, reason.kept())))
        except (Exception, SystemExit) as error:  # noqa: BLE001 -- an answer that a kind did not foresee is "could not look"
            self.unseen += (CannotTell(f"an answer could not be read: {type(error).__name__}: {error}"),)

    def __getitem__(self, key: str) -> Scalar:
        if key not in self._found and self.unseen and not self.whole:
            raise self.unseen[0]
        return self._found[key]

    def __setitem__(self, key: str, value: Scalar) -> None:
        self._found[key] = value

    def __delitem__(self, key: str) -> None:
        del self._found[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __ior__(self, other: State) -> Self:
        self.update(other)
        return self


def also_unread(state: State, unread: Sequence[str]) -> State:
    """The state of a host of which something could not be read that may hide that one of its keys is wrong."""
    if not unread:
        return state
    lacking = unseen_of(state)
    return Parts(state, (*lacking, *map(CannotTell, unread)), whole=not lacking)


def unseen_of(found: Found) -> tuple[CannotTell, ...]:
    """Why parts of what was found could not be had, or all of it; nothing when all could."""
    if isinstance(found, CannotTell):
        return (found,)
    return found.unseen if isinstance(found, Parts) else ()


def settled(found: State) -> Found:
    """What a kind brought: a plain state where it is whole, and where nothing of it could be had the reason alone."""
    reasons = unseen_of(found)
    if not reasons:
        return dict(found)
    if len(reasons) == 1 and not len(found):
        return reasons[0]
    return found if isinstance(found, Parts) else Parts(found, reasons)


@dataclass(frozen=True)
class Looked:
    """What a look at one host brought: a state or the reason for none per control, and the files remedies may edit.

    `inside` are the states as the host alone told them; `states` have besides what was seen from outside. `asked` and
    `probed` tell which questions and looks each control rests on.
    """

    states: Mapping[str, Found]
    inside: Mapping[str, Found] = field(default_factory=dict)
    files: Mapping[str, FileState | CannotTell] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    seen: Mapping[Probe, Seen] = field(default_factory=dict)
    exchanges: int = 0
    asked: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    probed: Mapping[str, tuple[Probe, ...]] = field(default_factory=dict)
