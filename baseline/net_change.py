"""The way back over several generations, as one change: from what stands on the host now to what shall stand. Pure.

What a host is can be told as the generations that stand: an apply puts one on top, and a rollback to N leaves those
that stood at N. So nothing that a rollback has undone is undone or done once more, however often a host went to and
fro. Of what stands now and shall not, the actions are undone, last first, before the files; of what shall stand and
does not, they are done, in the order of their apply, after the files.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from baseline.classes import dataclass
from baseline.errors import CannotTell
from baseline.generations import Generation, in_a_row
from baseline.model import Action, FileChange, FileState, HandEdit, HostPlan, WayBack
from baseline.zone_serials import with_later_serials


@dataclass(frozen=True)
class NetChange:
    """What a rollback to generation `goal` will do to a host: `plan` has each file as it is now, and as it shall be.

    `edits` are the files among them that were changed by hand since the last apply. Where these are to be kept and
    cannot be, `collisions` says why, and nothing is done.
    """

    goal: int
    kept: tuple[Generation, ...]
    plan: HostPlan
    edits: tuple[HandEdit, ...] = ()
    collisions: tuple[str, ...] = ()


def net_change(
    host: str, kept: Sequence[Generation], goal: int, present: Mapping[str, FileState | CannotTell]
) -> NetChange:
    """The change that leads from what stands on the host now to generation `goal`, which `chosen` has chosen.

    For a file, the oldest change after that generation holds what stood there then; the serial of a zone goes on, and
    never back. Raises `CannotTell` for a file that cannot be read.
    """
    row = in_a_row(kept)
    files = _files(row, goal, present)
    standing = _standing(row)
    now, then = standing[row[-1].number], standing[goal]
    shared = _shared(now, then)
    gone, back = now[shared:], then[shared:]
    later = [one for one in row if one.number > goal]
    reloads = dict.fromkeys(unit for one in later for unit in one.reloads)
    plan = HostPlan(
        host,
        files=files,
        actions=_actions(gone, back, again=bool(files)),
        reloads=tuple(reloads) if files else (),
        way_back=WayBack(goal, _directories(later, then), _surroundings(gone, back)),
    )
    return NetChange(goal, tuple(kept), plan)


def _files(
    row: Sequence[Generation], goal: int, present: Mapping[str, FileState | CannotTell]
) -> tuple[FileChange, ...]:
    then: dict[str, FileState] = {}
    for generation in reversed(row):
        if generation.number > goal:
            then |= generation.files
    now: dict[str, FileState] = {}
    for path in then:
        state = present[path]
        if isinstance(state, CannotTell):
            raise state
        now[path] = state
    return tuple(
        FileChange(path, now[path], after, ())
        for path, after in sorted(with_later_serials(now, then).items())
        if now[path] != after
    )


Standing = tuple[Generation, ...]
"""The generations that stand, oldest first."""


def _standing(row: Sequence[Generation]) -> dict[int, Standing]:
    """What stands at each generation; nothing of what is kept at the one before the first.

    A rollback to what is no longer kept is taken for an apply: its actions are told, and what they undo is not.
    """
    standing: dict[int, Standing] = {row[0].number - 1: ()}
    for one in row:
        known = standing.get(one.back_to) if one.back_to is not None else None
        standing[one.number] = (*standing[one.number - 1], one) if known is None else known
    return standing


def _shared(now: Standing, then: Standing) -> int:
    """How many of the first ones are the same."""
    pairs = zip(now, then, strict=False)
    return next((n for n, (one, other) in enumerate(pairs) if one.number != other.number), min(len(now), len(then)))


def _actions(gone: Standing, back: Standing, *, again: bool) -> tuple[Action, ...]:
    """Those to undo, last first, and those to do. What stands now and shall stand is left as it is.

    Yet where files change (`again`) it is done once more, since it may have read them: it has to bear that.
    """
    stands = {_act(one): one for generation in gone for one in generation.done}
    wanted = {_act(one): one for generation in back for one in generation.done}
    undone = [inverse(one) for act, one in reversed(stands.items()) if act not in wanted]
    done = [one if act not in stands else _once_more(one) for act, one in wanted.items() if again or act not in stands]
    return (*undone, *done)


def _act(action: Action) -> tuple[str, str]:
    return action.do, action.undo


def inverse(action: Action) -> Action:
    """What undoes an action, as an action: at the other side of the files, as when an apply is rolled back."""
    return replace(
        action,
        name=f"undo: {action.name}",
        do=action.undo,
        undo=action.do,
        before_files=not action.undo_after_files,
        undo_after_files=not action.before_files,
    )


def _once_more(action: Action) -> Action:
    return replace(action, undo=action.do, undo_after_files=True)


def _directories(later: Sequence[Generation], then: Standing) -> tuple[str, ...]:
    """Those that were made after the goal, the deepest first: one that a rollback left behind goes too."""
    made = {path for one in later for path in one.made} - {path for one in then for path in one.made}
    return tuple(sorted(made, key=lambda path: (-path.count("/"), path)))


def _surroundings(gone: Standing, back: Standing) -> tuple[tuple[str, str], ...]:
    """What else the host shall have: of all that the applies were seen to change, how it was then."""
    goal: dict[str, str] = {}
    for generation in reversed(gone):
        goal |= {effect.item: effect.before for effect in generation.effects}
    for generation in back:
        goal |= {effect.item: effect.after for effect in generation.effects}
    return tuple(sorted(goal.items()))
