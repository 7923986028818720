"""What to do about a finding: what an apply would do, by name, or what is left to a person. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from baseline.errors import CannotTell
from baseline.kinds import by_whom
from baseline.model import Finding, Outcome, State, Target
from baseline.model.looks import Looked, Parts
from baseline.remedies.barrier import mendable
from baseline.remedies.remedy import Remedy
from baseline.secret import scrubbed

if TYPE_CHECKING:
    from baseline.kinds.base import Control
    from baseline.readings.outline import Outline

_MOST_NAMED = 3

_LATER = "something that is read later overrules it"

NOBODY = "no machine can mend this"
"""What is said where a kind has nothing to advise."""


def advised(control: Control, finding: Finding, looked: Looked, target: Target, written: Outline) -> Finding:
    """The finding with what to do about it, where it is a fail or a warning."""
    if finding.outcome not in (Outcome.FAIL, Outcome.WARN):
        return finding
    remedy = remedy_for(control, finding, looked, target)
    if remedy is None or not does_anything(remedy):
        return replace(finding, advice=scrubbed(by_hand(control, finding, remedy)))
    parts = [
        unread(remedy, written) or overruled_in(remedy, finding, written) or _mends(control, remedy),
        "" if remedy.displaces else remedy.advice,
        control.fix or " ".join(_by_key(control, finding)),
    ]
    return replace(finding, advice=scrubbed(" ".join(part for part in parts if part)))


def _mends(control: Control, remedy: Remedy) -> str:
    """The apply that mends it. One that displaces the site's own goes behind what mends that."""
    from baseline.remedies.told import told

    if not remedy.displaces or not remedy.advice:
        return f"`baseline apply -c {control.id}` mends this: {told(remedy)}."
    apply = f"`baseline apply -c {control.id} --replace {control.id}`"
    return f"{remedy.advice}. Or {apply} puts ours in its place: {told(remedy)}."


def left_to_people(control: Control, finding: Finding) -> Finding:
    """The same about what no apply reaches: a person does it."""
    if finding.outcome not in (Outcome.FAIL, Outcome.WARN):
        return finding
    return replace(finding, advice=scrubbed(by_hand(control, finding)))


def by_hand(control: Control, finding: Finding, remedy: Remedy | None = None) -> str:
    """What a person does: about each wrong key, else what a remedy advises, else the kind's words for this state."""
    if not any(one.wrong for one in finding.keys):
        # What fails by a program's words: what the kind would say of the state, nobody has seen.
        return control.fix or "Mend the files that the program refuses, then check again."
    try:
        keyed = "" if control.fix else " ".join(_by_key(control, finding))
        said = keyed or (remedy.advice if remedy else "") or control.fix or control.advice(finding.actual)
    except KeyError:
        return NOBODY
    except (Exception, SystemExit):
        # Advice of others that fails costs no finding.
        if not by_whom(control):
            raise
        return NOBODY
    return said or NOBODY


def _by_key(control: Control, finding: Finding) -> Iterator[str]:
    """What a person does about the keys that are wrong: once for all keys that a pattern fits."""
    wrong = [one for one in finding.keys if one.wrong]
    for pattern, sentence in control.by_hand.items():
        fitting = [(rest, one) for one in wrong if (rest := _rest(pattern, one.key)) is not None]
        if fitting:
            found = [one.found_in_words() for _, one in fitting]
            yield sentence.format(
                rest=_listed(rest for rest, _ in fitting),
                found=_listed(found),
                wanted=fitting[0][1].wanted,
                by=_listed(one.partition(", by ")[2] or one for one in found),
            )


def _rest(pattern: str, key: str) -> str | None:
    """What the `*` of a pattern stands for in a key; None where it does not fit."""
    head, star, tail = pattern.partition("*")
    if not star:
        return "" if key == pattern else None
    fits = key.startswith(head) and key.endswith(tail) and len(key) > len(head) + len(tail)
    return key[len(head) : len(key) - len(tail)] if fits else None


def _listed(words: Iterable[str]) -> str:
    several = list(dict.fromkeys(words))
    more = len(several) - _MOST_NAMED
    return ", ".join(several if more <= 1 else [*several[:_MOST_NAMED], f"and {more} more"])


def as_planned(findings: Iterable[Finding], left: Mapping[str, str]) -> tuple[Finding, ...]:
    """The findings as a plan leaves them: those in `left` are for a person, who is told so in both places."""
    return tuple(
        replace(finding, advice=left[finding.key])
        if finding.key in left and finding.outcome in (Outcome.FAIL, Outcome.WARN)
        else finding
        for finding in findings
    )


def remedy_for(control: Control, finding: Finding, looked: Looked, target: Target) -> Remedy | None:
    """The remedy of a control; one that cannot be worked out is for a person, and keeps no other from its own.

    Where nobody logs in there is none.
    """
    if target.outside_only:
        return None
    asked, inside = control.asked_of(target), looked.inside.get(control.key, {})
    told_inside = dict(inside) if isinstance(inside, Mapping) else {}
    try:
        if isinstance(inside, CannotTell):
            raise inside
        known: State = mendable(control, told_inside, finding.actual, asked)
        if isinstance(inside, Parts):
            known = Parts(known, inside.unseen, whole=inside.whole)
        return control.remedy(known, asked)
    except CannotTell as reason:
        return Remedy(advice=f"what to write hangs on what could not be looked at: {reason}")
    except (Exception, SystemExit) as error:  # noqa: BLE001 -- a state that the kind did not foresee
        if finding.unseen and isinstance(error, KeyError):
            return Remedy(advice=f"what to write hangs on what could not be looked at: {finding.unseen[0]}")
        return Remedy(advice=f"its remedy could not be worked out: {type(error).__name__}: {error}")


def does_anything(remedy: Remedy) -> bool:
    """Whether a remedy is more than advice."""
    return bool(remedy.edits or remedy.actions or remedy.packages or remedy.upgrades or remedy.reloads)


def overruled(paths: Sequence[str], finding: Finding) -> str:
    """Where stands what beats the settings that these files have already."""
    places = dict.fromkeys(one.set_at for one in finding.keys if one.wrong and one.set_at)
    where = ", ".join(str(place) for place in places if place.file not in paths)
    told_where = f"what stands in {where} overrules it: change it there" if where else _LATER
    return f"{_listed(paths)} {'says' if len(paths) == 1 else 'say'} so already, and {told_where}"


def overruled_in(remedy: Remedy, finding: Finding, written: Outline) -> str:
    """The same as far as names tell: the file of an edit has every setting that is wrong, and a later one beats it."""
    if remedy.actions or remedy.packages or remedy.upgrades:
        return ""
    paths = list(dict.fromkeys(edit.path for edit in remedy.edits))
    places = [one.set_at for one in finding.keys if one.wrong and one.set_at]
    if not places or any(place.file in paths for place in places):
        return ""
    beaten = all(written.beats(place, paths) for place in places)
    return overruled([path for path in paths if path in written.files], finding) if beaten else ""


def unread(remedy: Remedy, written: Outline) -> str:
    """Why nobody would read what a remedy writes; empty when it is read."""
    paths = dict.fromkeys(edit.path for edit in remedy.edits if written.unread(edit.path))
    return f"Dovecot does not read {', '.join(paths)}: include it in /etc/dovecot/dovecot.conf first" if paths else ""
