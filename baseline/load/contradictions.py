"""Controls that want different values of one setting: whichever is mended last, the other fails. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from baseline.classes import dataclass
from baseline.errors import CannotTell, NothingToJudge, UserError
from baseline.kinds import by_whom
from baseline.load.document import comes_with_the_package
from baseline.model import Outcome, Scalar, Target

if TYPE_CHECKING:
    from baseline.judge import Want
    from baseline.kinds.base import Control
    from baseline.load.tree import Position


@dataclass(frozen=True)
class Placed:
    """A control, the place where it is written or overridden, and that of the field which says what is wanted."""

    control: Control
    place: Position
    field: Position


def contradictions(
    controls: Sequence[Placed], target: Target, *, share_roles: bool = False
) -> Iterator[tuple[Position, str]]:
    """Place and message for every two controls of a host that cannot both hold.

    With `share_roles` only those of which a host of one role has both.
    """
    by_setting: dict[str, list[tuple[Placed, str, Want]]] = {}
    for one in controls:
        for name, want in _demands(one.control, target).items():
            by_setting.setdefault(re.split(" in | for ", name)[0], []).append((one, name, want))
    told = set()
    for setting, demands in by_setting.items():
        for (first, name, want), (second, other, wanted) in combinations(demands, 2):
            pair = (first.control.id, second.control.id)
            apart = share_roles and not _share_a_role(first.control, second.control)
            if pair in told or first is second or apart or not _overlap(name, other) or _agree(want, wanted):
                continue
            told.add(pair)
            yield _told(setting, (first, want), (second, wanted))


def _told(setting: str, first: tuple[Placed, Want], second: tuple[Placed, Want]) -> tuple[Position, str]:
    """Told at the later control, unless that is one of the package and the other is not."""
    if comes_with_the_package(second[0].field.file) and not comes_with_the_package(first[0].field.file):
        first, second = second, first
    (one, want), (other, wanted) = first, second
    return other.field, (
        f"{other.control.id} wants {setting} to be {wanted}, and {one.control.id} wants {want} ({one.place}): "
        "both cannot hold. Give them values that go together, or take one out"
    )


def _demands(control: Control, target: Target) -> Mapping[str, Want]:
    if not control.applies(target):
        return {}
    try:
        return control.demands(target)
    except (UserError, CannotTell, NothingToJudge):
        # That it cannot be worked out what is wanted is told elsewhere.
        return {}
    except (Exception, SystemExit):
        # A kind of others that fails is `unknown` when it is judged, and costs no other control anything.
        if not by_whom(control):
            raise
        return {}


def _share_a_role(one: Control, other: Control) -> bool:
    return not one.roles or not other.roles or bool({*one.roles} & {*other.roles})


def _overlap(one: str, other: str) -> bool:
    """Whether two names speak of the same: `*` at the end of one stands for every service or protocol."""
    return one == other or _covers(one, other) or _covers(other, one)


def _covers(pattern: str, name: str) -> bool:
    return pattern.endswith("*") and name.startswith(pattern[:-1])


def _agree(one: Want, other: Want) -> bool:
    """Whether any value that either of them names will do for both."""
    return any(_takes(one, value) and _takes(other, value) for value in (*one.data.values, *other.data.values))


def _takes(want: Want, value: Scalar) -> bool:
    return any(want.judge(form) is Outcome.PASS for form in _forms(value))


def _forms(value: Scalar) -> Iterator[Scalar]:
    """A value as different kinds hold it: a number as text, words in lower case, an empty text as `none`."""
    yield value
    if isinstance(value, str):
        yield from (value.lower(), {"": "none", "none": ""}.get(value, value))
        if re.fullmatch(r"[0-9]{1,18}", value):
            yield int(value)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield str(value)
