"""What several cases share is kept once, under a name; a case then has the name, and what it has otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sized
from typing import Any, Generic, TypeVar

from tests.cases.texts import difference

Thing = TypeVar("Thing")
Apart = TypeVar("Apart", bound=Sized)

OTHERWISE = 20
"""Lines of difference with which a text is still told as like another one."""

FIELDS = 3
"""Fields of other value with which a control or a target is still told as like another one."""

INLINE = 60
"""Lines of a text that stand in the case itself when no other case has anything like it."""


class Shelf(Generic[Thing, Apart]):
    """Things by name, in groups; each thing is compared with those of its own group.

    First everything is shown to it, then `settle` decides what is kept, then `told` tells each thing. What was kept
    stays as long as something is told by it, so that a case recorded anew rewrites no other.

    `apart` is what a thing has otherwise than a kept one, None where that cannot be told. `far` says whether that is
    too much for the two to be alike, `alone` whether a thing that nothing else is like is rather not kept.
    """

    def __init__(
        self,
        kept: Mapping[str, Thing],
        apart: Callable[[Thing, Thing], Apart | None],
        far: Callable[[Apart, Thing], bool],
        alone: Callable[[Thing], bool],
    ) -> None:
        self._kept = dict(kept)
        self._apart, self._far, self._alone = apart, far, alone
        self._shown: dict[tuple[str, Hashable], Thing] = {}
        self._times: Counter[tuple[str, Hashable]] = Counter()
        self._told: dict[tuple[str, Hashable], tuple[str, Apart]] = {}

    def show(self, group: str, thing: Thing) -> None:
        """Note that a case has this."""
        key = (group, _hashed(thing))
        self._shown[key] = thing
        self._times[key] += 1

    def settle(self) -> None:
        """Decide what is kept: as little as all that was shown is like."""
        before = set(self._kept)
        for (group, _), thing in self._shown.items():
            if self._nearest(group, thing) is None:
                self._kept[self._free(group)] = thing
        self._tell()
        uses: Counter[str] = Counter()
        for key, (name, _) in self._told.items():
            uses[name] += self._times[key]
        keep = {name for name, number in uses.items() if number > 1 or not self._alone(self._kept[name])}
        new = {name: self._kept[name] for name in self._kept if name in keep - before}
        self._kept = {name: thing for name, thing in self._kept.items() if name in keep & before}
        for name, thing in new.items():
            self._kept[self._free(_group(name))] = thing
        self._kept = dict(sorted(self._kept.items()))
        self._tell()

    def _tell(self) -> None:
        nearest = {key: self._nearest(key[0], thing) for key, thing in self._shown.items()}
        self._told = {key: told for key, told in nearest.items() if told is not None}

    @property
    def kept(self) -> Mapping[str, Thing]:
        """What is kept, by name."""
        return self._kept

    def told(self, group: str, thing: Thing) -> tuple[str, Apart] | None:
        """The name of the kept thing that is nearest, and what is otherwise; None for one that is told in full."""
        return self._told.get((group, _hashed(thing)))

    def _nearest(self, group: str, thing: Thing) -> tuple[str, Apart] | None:
        best: tuple[str, Apart] | None = None
        for name, kept in self._kept.items():
            if _group(name) != group:
                continue
            apart = self._apart(kept, thing)
            if apart is not None and not self._far(apart, thing) and (best is None or len(apart) < len(best[1])):
                best = (name, apart)
        return best

    def _free(self, group: str) -> str:
        names = [group, *(f"{group}.{number}" for number in range(2, len(self._kept) + 2))]
        return next(name for name in names if name not in self._kept)


def _group(name: str) -> str:
    stem, _, number = name.rpartition(".")
    return stem if stem and number.isdigit() else name


def _hashed(thing: object) -> Hashable:
    return thing if isinstance(thing, tuple) else repr(thing)


Lines = tuple[str, ...]
Fields = Mapping[str, Any]


def texts(kept: Mapping[str, Lines]) -> Shelf[Lines, list[str]]:
    """A shelf of texts, as lines."""
    return Shelf(
        kept,
        difference,
        far=lambda apart, lines: len(apart) > min(OTHERWISE, len(lines) // 2),
        alone=lambda lines: len(lines) <= INLINE,
    )


def documents(kept: Mapping[str, Fields]) -> Shelf[Fields, Fields]:
    """A shelf of controls or of targets, as JSON has them."""
    return Shelf(kept, other_fields, far=lambda apart, _: len(apart) > FIELDS, alone=lambda _: True)


def other_fields(base: Fields, document: Fields) -> Fields | None:
    """The fields of a document that `base` has otherwise; None where `base` has one that the document lacks."""
    if not base.keys() <= document.keys():
        return None
    return {name: value for name, value in document.items() if name not in base or base[name] != value}
