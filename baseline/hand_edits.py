"""What somebody changed by hand since the last apply, and what of it a rollback can keep. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from baseline import manifest
from baseline.classes import dataclass
from baseline.errors import CannotTell
from baseline.generations import Generation, Written, last_written, secret_paths
from baseline.merging import Collision, changed_lines, merged
from baseline.model import FileChange, FileState, HandEdit, HostPlan, Span
from baseline.model.edits import EditedIn, places
from baseline.zone_serials import not_before

Attribute = TypeVar("Attribute", str, int)
HostFiles = Mapping[str, FileState | CannotTell]


def read_besides(kept: Sequence[Generation], paths: Sequence[str]) -> list[str]:
    """The files of a host that tell what was last applied at some paths."""
    written = last_written(kept)
    places = [written[path].place for path in paths if path in written and written[path].place]
    return [*places, manifest.PATH]


def veiled(plan: HostPlan, kept: Sequence[Generation]) -> HostPlan:
    """The plan with those files marked as secret that have been one at any time: it holds what they hold now, too."""
    secret = secret_paths(kept)
    files = [
        replace(one, before=replace(one.before, secret=True), after=replace(one.after, secret=True))
        if one.path in secret
        else one
        for one in plan.files
    ]
    return replace(plan, files=tuple(files))


def edited(change: FileChange) -> HandEdit:
    """What was changed of a file by hand: `change` is from what was applied to what stands there now."""
    before, after = change.before, change.after
    words: list[EditedIn] = []
    if before.absent or after.absent:
        words.append("deleted" if after.absent else "created")
    else:
        words += ["content"] if before.sha256 != after.sha256 else []
        words += ["owner"] if (before.owner, before.group) != (after.owner, after.group) else []
        words += ["mode"] if before.mode != after.mode else []
    spans: tuple[Span, ...] = ()
    if before.content is not None and after.content is not None and not change.secret:
        spans = changed_lines(before.content, after.content)
    return HandEdit(change.path, tuple(words), spans, change)


def hand_edits(plan: HostPlan, kept: Sequence[Generation], files: HostFiles) -> tuple[HandEdit, ...]:
    """Of the files that a plan back changes, those that are not as they were last applied.

    Of one that is not known as it was applied, it is told that nobody can tell.
    """
    written = last_written(kept)
    present = files.get(manifest.PATH)
    listed = {one.path: one for one in manifest.parse(present)} if isinstance(present, FileState) else {}
    found = []
    for change in plan.files:
        if change.path == manifest.PATH:
            continue
        base = _applied(written.get(change.path), listed.get(change.path), files)
        if base is None:
            found.append(HandEdit(change.path, ("unknown",)))
        elif _as_told(base) != _as_told(change.before):
            secret = change.secret or base.secret
            found.append(edited(FileChange(change.path, replace(base, secret=secret), change.before, ())))
    return tuple(found)


def _as_told(state: FileState) -> tuple[object, ...]:
    return ("absent",) if state.absent else (state.sha256, state.owner, state.group, state.mode)


def _applied(written: Written | None, listed: manifest.ManifestEntry | None, files: HostFiles) -> FileState | None:
    """A file as it was last applied: by its journal, else by its digest in the manifest; None when neither tells."""
    if written is not None and not written.place:
        return FileState(None)
    kept = files.get(written.place) if written else None
    if written is not None and isinstance(kept, FileState) and kept.content is not None:
        return FileState(kept.content, written.owner, written.group, written.mode)
    if listed is None or not re.fullmatch("[0-7]{1,4}", listed.mode):
        return None
    owner, _, group = listed.owner.partition(":")
    return FileState(None, owner, group, int(listed.mode, 8), secret=listed.secret, digest=listed.sha256)


@dataclass(frozen=True)
class KeptEdits:
    """A plan that leaves edits by hand as they are. Where it cannot, `collisions` says why, and the plan is no good."""

    plan: HostPlan
    edits: tuple[HandEdit, ...]
    collisions: tuple[str, ...] = ()


def keeping(plan: HostPlan, edits: Sequence[HandEdit]) -> KeptEdits:
    """The plan back with the edits kept: what was applied is the base of what stands now, and of what shall stand."""
    by_path = {edit.path: edit for edit in edits}
    files, collisions = [], []
    for change in plan.files:
        edit = by_path.get(change.path)
        if edit is None:
            files.append(change)
            continue
        try:
            after = _joined(edit, change)
        except _CannotKeepError as reason:
            collisions.append(f"{change.path}: {reason}")
            continue
        if after != change.before:
            files.append(replace(change, after=after))
    kept = tuple(replace(edit, kept=True) for edit in edits)
    return KeptEdits(replace(plan, files=tuple(files)), kept, tuple(collisions))


class _CannotKeepError(Exception):
    """Why an edit and a rollback do not go together."""


def _joined(edit: HandEdit, change: FileChange) -> FileState:
    now, then = change.before, change.after
    base = edit.change.before if edit.change else None
    if base is None:
        raise _CannotKeepError("it is not known what the last apply wrote there, so nothing tells the edit from it")
    if base.absent or now.absent or then.absent:
        if _as_told(then) == _as_told(base):
            return now
        what = "deletes" if then.absent else "writes"
        raise _CannotKeepError(f"{edit.told}, and the rollback {what} it")
    return replace(
        then,
        content=_content(edit, base, now, then),
        owner=_attribute("owner", base.owner, now.owner, then.owner),
        group=_attribute("group", base.group, now.group, then.group),
        mode=_attribute("mode", base.mode, now.mode, then.mode),
        secret=change.secret or base.secret,
    )


def _content(edit: HandEdit, base: FileState, now: FileState, then: FileState) -> bytes | None:
    # Whoever edits a zone raises its serial, and so does the way back: that alone is no collision.
    base, now = not_before(then, base), not_before(then, now)
    if now.sha256 == base.sha256:
        return then.content
    if then.sha256 == base.sha256:
        return now.content
    if base.content is None or now.content is None or then.content is None:
        raise _CannotKeepError(f"{edit.told}, and what the last apply wrote there is not kept, so nothing is merged")
    try:
        return merged(base.content, now.content, then.content)
    except Collision as collision:
        where = places(collision.spans)
        raise _CannotKeepError(f"edited by hand at {where}, where the rollback writes something else") from None


def _attribute(name: str, base: Attribute, now: Attribute, then: Attribute) -> Attribute:
    if now in (base, then):
        return then
    if then == base:
        return now
    raise _CannotKeepError(f"its {name} was changed by hand, and the rollback gives it another")
