"""Waivers: a YAML list of what is not met for a while, strictly read, each with who answers for it and until when."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from baseline.errors import NothingMatched, UserError
from baseline.load.patterns import matching, split
from baseline.load.text import expanded
from baseline.load.tree import Position, Problems, nearest
from baseline.model.waivers import Waiver, Waivers
from baseline.subjects import SITE

if TYPE_CHECKING:
    from baseline.load.action_plan import PlanRow, ReadPlan
    from baseline.load.baselines import Baseline
    from baseline.load.draft import Draft
    from baseline.load.inventory import Inventory
    from baseline.load.waiver_entries import WrittenWaiver
    from baseline.model import Target


def load_waivers(
    *paths: str | Path,
    inventory: Inventory,
    baseline: Baseline,
    now: datetime | None = None,
    longest_days: int | None = None,
    notice_days: int | None = None,
) -> Waivers:
    """The waivers of files and action plans, for the hosts of an inventory and the controls of a whole baseline.

    Without `paths` they are those that the inventory names, if any. `now` is an instant with its zone, by default this
    one: none may end more than `longest_days` after it. Both numbers are those of the inventory unless given. In an
    inventory without hosts nothing is asked of the hosts of waivers. Raises `InputError` with every mistake of all
    files; `NothingMatched` where the only mistakes are controls, tags and hosts that there are not.
    """
    problems, unmatched = Problems(), Problems()
    longest = timedelta(days=inventory.waiver_longest_days if longest_days is None else longest_days)
    given = [expanded(path) for path in paths] or list(inventory.waivers)
    plans = [read_file(path, problems) for path in given]
    written = [one for plan in plans for one in plan.waivers if one.entry.baseline in ("", baseline.name)]
    _end_in_time(written, now or datetime.now(UTC), longest, problems)
    _stand_once(written, problems)
    resolved = _Resolved(inventory, baseline, unmatched)
    waivers = tuple(one for each in written if (one := resolved.waiver(each)))
    actions = tuple(item for plan in plans for item, row in plan.actions if resolved.knows(row))
    if problems.found:
        problems.found.update(unmatched.found)
        problems.raise_any()
    if unmatched.found:
        raise NothingMatched("\n".join(map(str, sorted(unmatched.found))))
    notice = inventory.waiver_notice_days if notice_days is None else notice_days
    return Waivers(waivers, timedelta(days=notice), actions)


def read_file(path: Path, problems: Problems) -> ReadPlan:
    """What a file of waivers, or an action plan, says, mistakes noted in `problems`."""
    from baseline.load.action_plan import ENDINGS, ReadPlan, read_action_plan
    from baseline.load.waiver_entries import read_waivers

    if path.suffix in ENDINGS:
        return read_action_plan(path, problems)
    return ReadPlan((), read_waivers(path, problems))


def _end_in_time(written: Iterable[WrittenWaiver], now: datetime, longest: timedelta, problems: Problems) -> None:
    for one in written:
        if one.entry.expires - now > longest:
            message = f"`expires`: it ends more than {longest.days} days ahead: a waiver is looked at anew before that"
            problems.add(one.place("expires"), message)


def _stand_once(written: Iterable[WrittenWaiver], problems: Problems) -> None:
    seen: dict[tuple[Any, ...], Position] = {}
    for one in written:
        entry = one.entry
        key = (entry.kind, entry.covers, ", ".join(entry.hosts), entry.begins)
        if key in seen:
            problems.add(one.tree.place, f"the same is waived twice: first at {seen[key]}; prolong that one instead")
        seen.setdefault(key, one.tree.place)


class _Resolved:
    """What the words of waivers stand for, in one inventory and one baseline."""

    def __init__(self, inventory: Inventory, baseline: Baseline, unmatched: Problems) -> None:
        self._inventory, self._baseline, self._unmatched = inventory, baseline, unmatched
        self._drafts: Mapping[str, Draft] = {draft.id: draft for draft in baseline.drafts}
        self._labels = frozenset(label for draft in baseline.drafts for label in draft.labels())
        self._names = _names(inventory)

    def waiver(self, one: WrittenWaiver) -> Waiver | None:
        """The waiver of an entry; None where a part of it stands for nothing."""
        entry = one.entry
        controls = tuple(self._controls(one))
        hosts = self._hosts(one) if self._inventory.targets else ()
        if not controls or (self._inventory.targets and not (hosts and self._meet(one, controls, hosts))):
            return None
        return Waiver(
            control=entry.covers,
            limit=", ".join(entry.hosts),
            controls=frozenset(controls),
            hosts=frozenset(hosts),
            reason=entry.reason,
            approver=entry.approver,
            expires=entry.expires,
            begins=entry.begins,
            kind=entry.kind,
            compensating=entry.compensating,
            ticket=entry.ticket,
            place=str(one.tree.place),
        )

    def knows(self, row: PlanRow) -> bool:
        """Whether there are the control and the host of an action."""
        known = {"control": self._drafts, "host": _once(name for some in self._names.values() for name in some)}
        unknown = [(name, names) for name, names in known.items() if row[name].text not in names]
        if not self._inventory.targets:
            unknown = [one for one in unknown if one[0] != "host"]
        for name, names in unknown:
            self._unmatched.add(
                row[name].place, f"there is no {name} {row[name].text}: {nearest(row[name].text, names)}"
            )
        return not unknown

    def _controls(self, one: WrittenWaiver) -> Iterator[str]:
        for pattern in one.entry.control or ():
            found = fnmatch.filter(self._drafts, pattern)
            if not found:
                hint = nearest(pattern, self._drafts)
                self._unmatched.add(one.place("control"), f"{self._baseline.name} has no control {pattern}: {hint}")
            yield from found
        for tag in one.entry.tag or ():
            if tag not in self._labels:
                hint = nearest(tag, self._labels)
                self._unmatched.add(one.place("tag"), f"no control of {self._baseline.name} has the tag {tag}: {hint}")
            yield from (name for name, draft in self._drafts.items() if tag in draft.labels())

    def _hosts(self, one: WrittenWaiver) -> tuple[str, ...]:
        try:
            return hosts_of(",".join(one.entry.hosts), self._inventory)
        except UserError as error:
            self._unmatched.add(one.place("hosts"), f"`hosts`: {error}")
            return ()

    def _meet(self, one: WrittenWaiver, controls: Sequence[str], hosts: Sequence[str]) -> bool:
        """Whether any of the controls is about any of the hosts, domains or sites."""
        about = {str(self._drafts[control].kind.about) for control in controls}
        if any(set(hosts).intersection(self._names[one]) for one in about):
            return True
        kind = sorted(about)[0]
        known = ", ".join(self._names[kind]) or "none is known"
        message = f"`hosts`: {one.entry.covers} is about a {kind}, and none is named here; there are: {known}"
        self._unmatched.add(one.place("hosts"), message)
        return False


def hosts_of(limit: str, inventory: Inventory) -> tuple[str, ...]:
    """The hosts, domains and sites of a pattern. Raises `NothingMatched` and `UserError`."""
    if any(part.lstrip("!&").startswith("@") for part in split(limit)):
        raise NothingMatched("`@` stands for other hosts every time: name hosts or groups")
    names = _once(name for some in _names(inventory).values() for name in some)
    return matching(limit, names, inventory.groups)


def _names(inventory: Inventory) -> dict[str, list[str]]:
    """What findings can be about, by what that is."""
    return {
        "host": [target.name for target in inventory.targets],
        "domain": _once(domain for target in inventory.targets for domain in target.domains),
        "site": _once(map(_site, inventory.targets)),
    }


def _site(target: Target) -> str:
    return target.site or SITE


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
