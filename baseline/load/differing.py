"""What differs between two baselines: controls that came, went or have another name, and what was tightened. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from baseline.binding import plain
from baseline.classes import dataclass
from baseline.load.tighten import weakens
from baseline.model import Target

if TYPE_CHECKING:
    from baseline.load.baselines import Baseline
    from baseline.load.draft import Draft

Direction = Literal["tightened", "loosened", "changed"]
"""What a difference does to what is asked: more, less, or something else."""

Became = Literal["added", "removed", "renamed", "changed"]
"""What became of a control."""

_TEMPLATE = "{{"
"""What begins a template, which may be anything on a host."""

WORDS = ("title", "why", "fix", "sources")
"""Fields that are for people to read, and want nothing of a host."""


@dataclass(frozen=True)
class FieldDifference:
    """One field of a control in both baselines, as JSON has it. None stands for a field that is not there."""

    field: str
    before: Any
    after: Any
    direction: Direction

    def to_dict(self) -> dict[str, Any]:
        """The difference as JSON carries it."""
        return dict(self.__dict__)


@dataclass(frozen=True)
class ControlDifference:
    """What became of one control. `formerly` is its id in the first baseline where that was another one."""

    control: str
    title: Mapping[str, str]
    way: Became
    formerly: str = ""
    fields: tuple[FieldDifference, ...] = ()

    @property
    def direction(self) -> Direction:
        """What all of it does: tightened or loosened where some field is, and none is the other way round."""
        told = {one.direction for one in self.fields if one.direction != "changed"}
        return told.pop() if len(told) == 1 else "changed"

    def to_dict(self) -> dict[str, Any]:
        """The difference as JSON carries it."""
        return {
            "control": self.control,
            "title": dict(self.title),
            "way": self.way,
            "formerly": self.formerly or None,
            "direction": self.direction if self.fields else None,
            "fields": [one.to_dict() for one in self.fields],
        }


@dataclass(frozen=True)
class Differences:
    """What differs between two baselines, in the order of the second; what went comes last.

    `before` and `after` are their names and versions. `clauses` are those whose words differ, or that only one has.
    """

    before: str
    after: str
    controls: tuple[ControlDifference, ...]
    clauses: tuple[str, ...] = ()

    @property
    def none(self) -> bool:
        """Whether both ask the same, in the same words."""
        return not self.controls and not self.clauses

    def to_dict(self) -> dict[str, Any]:
        """The differences as JSON carries them."""
        return {
            "schema": "baseline.diff/1",
            "before": self.before,
            "after": self.after,
            "controls": [one.to_dict() for one in self.controls],
            "clauses": list(self.clauses),
        }


def differences(before: Baseline, after: Baseline) -> Differences:
    """What differs from the first to the second."""
    old, new = ({draft.id: draft for draft in one.drafts} for one in (before, after))
    renamed = {draft.id: former for draft in after.drafts if (former := _former(draft, old, new))}
    told = [_of_control(draft, old.get(renamed.get(draft.id, draft.id))) for draft in after.drafts]
    gone = [_apart(old[name], "removed") for name in old if name not in new and name not in renamed.values()]
    names = dict.fromkeys((*before.clauses, *after.clauses))
    clauses = tuple(name for name in names if before.clauses.get(name) != after.clauses.get(name))
    return Differences(
        f"{before.name} {before.version}",
        f"{after.name} {after.version}",
        tuple(one for one in (*told, *gone) if one is not None),
        clauses,
    )


def _former(draft: Draft, old: Mapping[str, Draft], new: Mapping[str, Draft]) -> str:
    """The id that a control had in the first baseline, where it says that it had another one; else empty."""
    named = draft.written().get("formerly", ())
    names = [named] if isinstance(named, str) else named
    return next((name for name in names if name in old and name not in new and draft.id not in old), "")


def _of_control(draft: Draft, old: Draft | None) -> ControlDifference | None:
    if old is None:
        return _apart(draft, "added")
    fields = tuple(_fields(old, draft))
    if old.id != draft.id:
        return ControlDifference(draft.id, _title(draft), "renamed", old.id, fields)
    return ControlDifference(draft.id, _title(draft), "changed", fields=fields) if fields else None


def _apart(draft: Draft, way: Became) -> ControlDifference:
    return ControlDifference(draft.id, _title(draft), way)


def _title(draft: Draft) -> dict[str, str]:
    title = draft.written().get("title", "")
    return {name: str(text) for name, text in title.items()} if isinstance(title, Mapping) else {"en": str(title)}


def _fields(old: Draft, new: Draft) -> Iterator[FieldDifference]:
    """The fields that differ, defaults included."""
    first, second = _values(old), _values(new)
    for name in dict.fromkeys((*first, *second)):
        before, after = first.get(name), second.get(name)
        if before != after and name not in ("id", "formerly"):
            yield FieldDifference(name, before, after, _direction(old, new, name, before, after))


def _direction(old: Draft, new: Draft, name: str, before: Any, after: Any) -> Direction:
    if old.kind is not new.kind or _TEMPLATE in f"{before}{after}":
        return "changed"
    weaker, stronger = weakens(old.kind, name, before, after), weakens(old.kind, name, after, before)
    if weaker == stronger:
        return "changed"
    return "loosened" if weaker else "tightened"


def _values(draft: Draft) -> dict[str, Any]:
    """The fields of a control as it is on a host that sets none of its variables; else as they are written."""
    control, _ = draft.control_for(Target("", ""))
    if control is not None:
        return {name: plain(value) for name, value in control.model_dump(mode="json", fallback=repr).items()}
    defaults = {
        name: plain(field.get_default(call_default_factory=True))
        for name, field in draft.kind.model_fields.items()
        if not field.is_required()
    }
    written = {**defaults, **{name: plain(value) for name, value in draft.written().items()}}
    order = list(draft.kind.model_fields)
    return dict(sorted(written.items(), key=lambda one: order.index(one[0]) if one[0] in order else len(order)))
