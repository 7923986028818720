"""A plan that somebody looked at, and what differs in the plan that is made now. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

from baseline.binding import for_another
from baseline.classes import dataclass
from baseline.model import FileChange, Finding, HostPlan, Outcome

MOST_NAMED = 8
"""How many differences are named; the rest is counted."""


@dataclass(frozen=True)
class Reviewed:
    """The plan of a host as it was shown, and the findings that it came from."""

    plan: HostPlan
    findings: tuple[Finding, ...] = ()

    def is_still(self, now: HostPlan) -> bool:
        """Whether the plan that is made now does the very same. One of version 1 was not bound to a machine."""
        if self.plan.made_for is None:
            now = replace(now, made_for=None)
        return now.digest == self.plan.digest

    def refusal(self, now: HostPlan, findings: Sequence[Finding]) -> str:
        """Why the plan that is made now may not be applied in its place: what differs, in words."""
        differs = named([*self._bound(now), *self._values(findings), *_differences(self.plan, now)])
        why = f"the host or the baseline has changed since the plan was reviewed: {differs}; plan again"
        if any(change.secret for change in now.files):
            why += " (a plan with secrets can only be applied where and by whom it was made)"
        return why

    def _bound(self, now: HostPlan) -> Iterator[str]:
        if self.plan.made_for is not None and now.made_for is not None:
            yield from for_another(self.plan.made_for, now.made_for)

    def _values(self, findings: Sequence[Finding]) -> Iterator[str]:
        """What the host says otherwise now, of the controls that either plan mends or leaves to a person."""
        was = {finding.key: finding for finding in self.findings}
        for now in findings:
            then = was.get(now.key)
            if then is None or Outcome.PASS is then.outcome is now.outcome:
                continue
            if then.outcome is not now.outcome:
                yield f"{now.key} was {then.outcome} and is {now.outcome}"
            old = {one.key: one.found for one in then.keys}
            for one in now.keys:
                if one.key in old and old[one.key] != one.found and one.wanted is not None:
                    yield f"{one.key} of {now.key} was {_shown(old[one.key])} and is {_shown(one.found)}"


def named(differences: Iterable[str]) -> str:
    """Differences as part of a sentence, those after the first ones counted."""
    all_of_them = list(dict.fromkeys(differences))
    more = len(all_of_them) - MOST_NAMED
    return "; ".join([*islice(all_of_them, MOST_NAMED), *([f"and {more} more"] if more > 0 else [])])


def _differences(then: HostPlan, now: HostPlan) -> Iterator[str]:
    """What one plan does and the other does not."""
    pairs: list[tuple[str, Sequence[str], Sequence[str]]] = [
        ("install {}", then.packages, now.packages),
        ("upgrade {}", then.upgrades, now.upgrades),
        ("mend {}", then.controls, now.controls),
        ("reload {}", then.reloads, now.reloads),
        ("run: {}", [one.name for one in then.actions], [one.name for one in now.actions]),
    ]
    for words, old, new in pairs:
        yield from (f"it would no longer {words.format(one)}" for one in old if one not in new)
        yield from (f"it would now also {words.format(one)}" for one in new if one not in old)
    yield from (f"it would now displace {one}" for one in now.displaced if one not in then.displaced)
    yield from (f"it would no longer displace {one}" for one in then.displaced if one not in now.displaced)
    yield from (f"{name} would now be left out" for name, _ in now.left_out if name not in dict(then.left_out))
    yield from (f"{name} would no longer be left out" for name, _ in then.left_out if name not in dict(now.left_out))
    yield from _files({one.path: one for one in then.files}, {one.path: one for one in now.files})
    scripts = {one.name: (one.do, one.undo) for one in then.actions}
    for action in now.actions:
        if scripts.get(action.name, (action.do, action.undo)) != (action.do, action.undo):
            yield f"`{action.name}` would run other commands"
    by_hand = dict(then.by_hand)
    for control, advice in now.by_hand:
        if by_hand.get(control) != advice:
            yield f"{control} is to be mended by hand: {advice}"
    yield from (f"{name} is no longer to be mended by hand" for name in by_hand if name not in dict(now.by_hand))


def _files(then: dict[str, FileChange], now: dict[str, FileChange]) -> Iterator[str]:
    yield from (f"it would no longer {one.action} {path}" for path, one in then.items() if path not in now)
    for path, change in now.items():
        old = then.get(path)
        if old is None:
            yield f"it would now also {change.action} {path}"
            continue
        was, would = old.to_dict(), change.to_dict()
        if (was["before_sha256"], was["before"]) != (would["before_sha256"], would["before"]):
            yield f"{path} has changed on the host"
        written = ("action", "after_sha256", "owner", "group", "mode", "secret")
        if any(was[key] != would[key] for key in written):
            yield f"{path} would be written otherwise"
        if old.controls != change.controls:
            yield f"{path} is for {', '.join(change.controls) or 'no control'} now"


def _shown(value: object) -> str:
    return "not there" if value is None else str(value)
