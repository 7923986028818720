"""From findings to a plan: which remedies, resolved against what stands on the host now. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from baseline import manifest
from baseline.advising import by_hand as by_hand_words
from baseline.advising import does_anything, overruled, overruled_in, remedy_for, unread
from baseline.edits import Edit, compose, present_in, reads_besides
from baseline.errors import CannotTell
from baseline.kinds.base import Control
from baseline.manifest import Drift
from baseline.model import Action, FileChange, FileState, Finding, HostPlan, Outcome, Target
from baseline.model.consequences import Displaced, Notice
from baseline.model.looks import Looked
from baseline.model.taking import ALL_TAKEN, Taking
from baseline.readings import outline, own_means
from baseline.readings.outline import Outline
from baseline.remedies.consequences import added, displaced
from baseline.remedies.remedy import Remedy
from baseline.remedies.zone_agreement import zone_disagreement
from baseline.secret import holds_secret, scrubbed

Seal = Callable[..., str]
"""A keyed digest of some bytes."""


def _unsealed(*parts: bytes) -> str:
    """Without a key there is no digest of a secret that may be shown."""
    del parts
    return "secret"


def make_plan(
    target: Target,
    controls: Sequence[Control],
    findings: Sequence[Finding],
    looked: Looked,
    drifted: Sequence[Drift] = (),
    stale: Sequence[str] = (),
    seal: Seal = _unsealed,
    closed: Mapping[str, str] = MappingProxyType({}),
    installed: Collection[str] = (),
    without: Mapping[str, str] = MappingProxyType({}),
    taking: Taking = ALL_TAKEN,
) -> HostPlan:
    """The remedies of every control that fails or warns, as one plan for the host.

    `stale` are units that run an older configuration than their files have: they are reloaded in any case. `closed`
    are paths that nothing is written at, each with the reason. Packages that are `installed` are not asked for again.
    `without` has the controls that are left out, each with the reason. `taking` says which remedies are taken.

    A control whose remedy does not fit what is on the host, displaces what may not give way, or that has none, is
    listed as to be mended by hand. Waived findings are left alone.
    """
    found = {finding.key: finding for finding in findings}
    remedies: dict[str, Remedy] = {}
    by_hand: list[tuple[str, str]] = []
    left_out: list[tuple[str, str]] = []
    giving_way: list[Displaced] = []
    means = own_means.own_means(looked.answers.get(own_means.QUESTION))
    states = _marked({path: state for path, state in looked.files.items() if isinstance(state, FileState)})
    standing = dict(states)
    written = outline.outlined(looked.answers.get(outline.QUESTION))
    for control in controls:
        finding = found[control.key]
        if finding.waived is not None or finding.outcome not in (Outcome.FAIL, Outcome.WARN):
            continue
        if control.key in without:
            by_hand.append((control.key, without[control.key]))
            continue
        remedy, there = _lacking(remedy_for(control, finding, looked, target), installed)
        outside = _untaken(control, remedy, states, taking)
        if outside:
            left_out.append((control.key, outside))
            continue
        lost, refusal = _giving_way(control, remedy, states, written, means, taking)
        trouble = (
            refusal
            or _trouble(remedy, looked, states, standing, closed)
            or _no_help(remedy, finding, states, written, stale)
        )
        if remedy is None or trouble or not does_anything(remedy):
            advice = by_hand_words(control, finding, remedy)
            by_hand.append((control.key, scrubbed(trouble or there + advice)))
        else:
            remedies[control.key] = remedy
            giving_way += lost
    edits: list[tuple[str, Edit]] = [(name, edit) for name, remedy in remedies.items() for edit in remedy.edits]
    files = compose(edits, present_in(states))
    record = manifest.update(states.get(manifest.PATH, FileState(None)), files, drifted)
    if files or drifted:
        files = (*files, *_record(states.get(manifest.PATH, FileState(None)), record))
    files = tuple(_sealed(change, target, seal) for change in files)
    actions = _actions(remedies)
    return HostPlan(
        host=target.name,
        packages=_united(remedy.packages for remedy in remedies.values()),
        upgrades=_united(remedy.upgrades for remedy in remedies.values()),
        files=files,
        actions=actions,
        reloads=_united([*(remedy.reloads for remedy in remedies.values()), tuple(stale)]),
        controls=tuple(remedies),
        by_hand=tuple(_without_mended(by_hand, controls, found, remedies)),
        left_out=tuple(left_out),
        displaced=tuple(giving_way),
        notices=_notices(controls, remedies),
    )


def _without_mended(
    by_hand: Sequence[tuple[str, str]],
    controls: Sequence[Control],
    found: Mapping[str, Finding],
    remedies: Mapping[str, Remedy],
) -> Iterator[tuple[str, str]]:
    """What is left to a person; of what a planned remedy about another subject mends as well, that it does."""
    of = {control.key: control for control in controls}
    for key, why in by_hand:
        wrong, state = {one.key for one in found[key].keys if one.wrong}, found[key].actual
        same = {name: one for name, one in remedies.items() if of[name].id == of[key].id}
        mends = next((name for name, one in same.items() if of[key].mended_with(one, wrong, state)), "")
        yield key, f"nothing: the plan for {mends} mends it" if mends else why


def _untaken(control: Control, remedy: Remedy | None, states: Mapping[str, FileState], taking: Taking) -> str:
    """Why a remedy is not taken unasked; empty when it is."""
    if remedy is None or not does_anything(remedy) or taking.takes(control.id, control.obligation):
        return ""
    adds = added(remedy, states)
    if not adds:
        return ""
    return f"{control.obligation}, and it adds {', '.join(adds)}: take it with --all, or by name with -c {control.id}"


def _giving_way(
    control: Control,
    remedy: Remedy | None,
    states: Mapping[str, FileState],
    written: Outline,
    means: own_means.OwnMeans,
    taking: Taking,
) -> tuple[tuple[Displaced, ...], str]:
    """What of the site's own a remedy displaces; and why it may not, when it may not."""
    if remedy is None or not does_anything(remedy):
        return (), ""
    try:
        lost = displaced(control.key, remedy, states, written, means)
    except (ValueError, CannotTell):
        return (), ""  # that the edit does not fit is told as such
    if not lost or taking.replaces(control.id):
        return lost, ""
    mend = f"{remedy.advice}. " if remedy.displaces and remedy.advice else ""
    return (), f"{mend}{'; '.join(map(str, lost))}. To have that, add --replace {control.id}"


def _notices(controls: Sequence[Control], remedies: Mapping[str, Remedy]) -> tuple[Notice, ...]:
    """What users will notice of each remedy that is planned."""
    return tuple(
        Notice(control.key, control.obligation, remedies[control.key].noticed or control.effects.notice)
        for control in controls
        if control.key in remedies and control.effects is not None
    )


def _marked(states: Mapping[str, FileState]) -> dict[str, FileState]:
    """The files with those marked that nobody may see: as the manifest remembers, or as they hold a secret of this run.

    What a secret replaces is as secret as the secret.
    """
    known = {entry.path for entry in manifest.parse(states.get(manifest.PATH, FileState(None))) if entry.secret}
    if known:
        known.add(manifest.PATH)
    return {
        path: replace(state, secret=path in known or holds_secret(state.content or b""))
        for path, state in states.items()
    }


def _sealed(change: FileChange, target: Target, seal: Seal) -> FileChange:
    """Of a secret file, digests that mean nothing without the key, and differ between hosts."""
    if not change.secret:
        return change
    about = (target.name.encode(), change.path.encode())
    before, after = ((state.sha256.encode(), state.content or b"") for state in (change.before, change.after))
    return replace(change, seals=(seal(*about, *before), seal(*about, *after)))


def _record(before: FileState, after: FileState) -> tuple[FileChange, ...]:
    """The manifest's own change, last, so that it is in place only when everything else is."""
    return () if after == before else (FileChange(manifest.PATH, before, after, ()),)


def _lacking(remedy: Remedy | None, installed: Collection[str]) -> tuple[Remedy | None, str]:
    """A remedy without the packages that are there; and that they are, where nothing else is left of it."""
    there = [] if remedy is None else [name for name in remedy.packages if name in installed]
    if remedy is None or not there:
        return remedy, ""
    rest = replace(remedy, packages=tuple(name for name in remedy.packages if name not in there))
    return rest, f"Already installed: {', '.join(there)}. "


_JUDGED_BY_FILES = frozenset({"postfix", "dovecot", "rspamd"})
"""Units of programs whose files are judged: what a file says already no reload makes any better."""


def _no_help(
    remedy: Remedy | None,
    finding: Finding,
    states: Mapping[str, FileState],
    written: Outline,
    stale: Collection[str],
) -> str:
    """Why a remedy would change nothing of what its program does; empty when it may."""
    if remedy is None or not remedy.edits:
        return ""
    paths = list(dict.fromkeys(edit.path for edit in remedy.edits))
    if vain := unread(remedy, written) or overruled_in(remedy, finding, written):
        return vain
    does_more = remedy.actions or remedy.packages or remedy.upgrades or {*remedy.reloads} & {*stale}
    if does_more or not {*remedy.reloads} <= _JUDGED_BY_FILES:
        return ""
    if compose((("", edit) for edit in remedy.edits), present_in(states)):
        return ""
    return overruled([path for path in paths if path in written.files] or paths, finding)


def _trouble(
    remedy: Remedy | None,
    looked: Looked,
    states: Mapping[str, FileState],
    standing: dict[str, FileState],
    closed: Mapping[str, str],
) -> str:
    """Why a remedy cannot be used on this host; empty when it can.

    `states` are the files as they stand; `standing` is what earlier remedies would leave, and what this one would when
    it can be used.
    """
    if remedy is None:
        return ""
    for path in (path for edit in remedy.edits for path in (edit.path, *reads_besides(edit))):
        state = looked.files.get(path)
        if state is None:
            return f"{path} was not read, so it is not changed"
        if isinstance(state, CannotTell):
            return str(state)
    try:
        changes = compose((("", edit) for edit in remedy.edits), present_in(standing))
        disagreement = zone_disagreement(remedy.edits, states, looked.seen)
    except (ValueError, CannotTell) as error:
        return str(error)
    shut = next((closed[change.path] for change in changes if change.path in closed), "")
    if disagreement or shut:
        return disagreement or shut
    standing |= {change.path: change.after for change in changes}
    return ""


def _actions(remedies: Mapping[str, Remedy]) -> tuple[Action, ...]:
    """Every action once, with all controls that ask for it: those that are first, then in the order of the controls."""
    merged: dict[tuple[str, str, str], Action] = {}
    for name, remedy in remedies.items():
        for action in remedy.actions:
            same = (action.name, action.do, action.undo)
            known = merged.get(same)
            merged[same] = replace(known or action, controls=((known.controls if known else ()) + (name,)))
    return tuple(sorted(merged.values(), key=lambda action: not action.first))


def _united(groups: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item for group in groups for item in group))
