"""Waivers: a YAML list of what is not met for a while, strictly read, each with who answers for it and until when."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from baseline.errors import NothingMatched, UserError
from baseline.kinds.base import Line
from baseline.load import yaml
from baseline.load.baselines import Baseline
from baseline.load.draft import Draft
from baseline.load.explain import validated
from baseline.load.instants import instant
from baseline.load.inventory import Inventory
from baseline.load.patterns import matching
from baseline.load.text import expanded
from baseline.load.tree import Items, Position, Problems, Table, Tree, nearest
from baseline.model import Target
from baseline.model.waivers import Waiver, WaiverKind, Waivers
from baseline.subjects import SITE


def _said(text: str) -> str:
    if not text.strip():
        raise ValueError("it is empty")
    return text.strip()


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _ends(value: Any) -> datetime:
    return _instant(value, ends=True)


def _begins(value: Any) -> datetime:
    return _instant(value, ends=False)


def _instant(value: Any, *, ends: bool) -> datetime:
    if not isinstance(value, str):
        raise ValueError("a date or time with its zone is wanted, such as 2027-03-31T17:00+08:00")
    return instant(value, ends=ends)


Sentence = Annotated[Line, AfterValidator(_said)]
Listed = Annotated[tuple[Sentence, ...], BeforeValidator(_listed), Field(min_length=1)]


class WaiverEntry(BaseModel):
    """One waiver as its file has it: what it covers by `control` or by `tag`, on which `hosts`, and for how long."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: WaiverKind = "waiver"
    control: Listed | None = None
    tag: Listed | None = None
    hosts: Listed
    reason: Sentence
    approver: Sentence
    expires: Annotated[datetime, BeforeValidator(_ends)]
    begins: Annotated[datetime | None, BeforeValidator(_begins)] = None
    compensating: Sentence = ""
    ticket: Sentence = ""
    baseline: Sentence = ""

    @model_validator(mode="before")
    @classmethod
    def _one_of_both(cls, written: Any) -> Any:
        if isinstance(written, dict) and ("control" in written) == ("tag" in written):
            raise ValueError("a waiver names either a `control`, by id or glob, or a `tag`")
        return written

    @model_validator(mode="after")
    def _begins_before_it_ends(self) -> WaiverEntry:
        if self.begins is not None and self.begins >= self.expires:
            raise ValueError("it ends before it begins")
        return self

    @property
    def covers(self) -> str:
        """The controls as written."""
        return ", ".join(self.control) if self.control else f"tag {', '.join(self.tag or ())}"


@dataclass(frozen=True)
class WrittenWaiver:
    """An entry and where each of its parts stands."""

    entry: WaiverEntry
    tree: Table

    def place(self, name: str) -> Position:
        """Where a part of it stands."""
        return (self.tree.get(name) or self.tree).place


def load_waivers(
    *paths: str | Path,
    inventory: Inventory,
    baseline: Baseline,
    now: datetime | None = None,
    longest_days: int | None = None,
    notice_days: int | None = None,
) -> Waivers:
    """The waivers of files for the hosts of an inventory and the controls of a whole baseline.

    Without `paths` they are those that the inventory names, if any. `now` is an instant with its zone, by default this
    one: none may end more than `longest_days` after it. Both numbers are those of the inventory unless given. In an
    inventory without hosts nothing is asked of the hosts of waivers. Raises `InputError` with every mistake of all
    files; `NothingMatched` where the only mistakes are controls, tags and hosts that there are not.
    """
    problems, unmatched = Problems(), Problems()
    longest = timedelta(days=inventory.waiver_longest_days if longest_days is None else longest_days)
    given = [expanded(path) for path in paths] or list(inventory.waivers)
    written = [one for path in given for one in read_waivers(path, problems)]
    written = [one for one in written if one.entry.baseline in ("", baseline.name)]
    _end_in_time(written, now or datetime.now(UTC), longest, problems)
    _stand_once(written, problems)
    resolved = _Resolved(inventory, baseline, unmatched)
    waivers = tuple(one for each in written if (one := resolved.waiver(each)))
    if problems.found:
        problems.found.update(unmatched.found)
        problems.raise_any()
    if unmatched.found:
        raise NothingMatched("\n".join(map(str, sorted(unmatched.found))))
    notice = inventory.waiver_notice_days if notice_days is None else notice_days
    return Waivers(waivers, timedelta(days=notice))


def read_waivers(path: Path, problems: Problems) -> tuple[WrittenWaiver, ...]:
    """The entries of one file, mistakes noted in `problems`."""
    tree = yaml.read(path, problems)
    if tree is None:
        return ()
    if not isinstance(tree, Items):
        problems.add(tree.place, "waivers must be a list (`- control: …`)")
        return ()
    return tuple(one for node in tree.nodes if (one := written_waiver(node, problems)))


def written_waiver(tree: Tree, problems: Problems) -> WrittenWaiver | None:
    """One entry, with its places; None, with every problem noted, when it is none."""
    if not isinstance(tree, Table):
        problems.add(tree.place, "a waiver must be a mapping (`control: …`)")
        return None
    entry = validated(WaiverEntry, tree, problems)
    return None if entry is None else WrittenWaiver(entry, tree)


def _end_in_time(written: Iterable[WrittenWaiver], now: datetime, longest: timedelta, problems: Problems) -> None:
    for one in written:
        if one.entry.expires - now > longest:
            message = f"`expires`: it ends more than {longest.days} days ahead: a waiver is looked at anew before that"
            problems.add(one.place("expires"), message)


def _stand_once(written: Iterable[WrittenWaiver], problems: Problems) -> None:
    seen: dict[tuple[Any, ...], Position] = {}
    for one in written:
        entry = one.entry
        key = (entry.kind, entry.covers, entry.hosts, entry.begins)
        if key in seen:
            problems.add(one.tree.place, f"the same is waived twice: first at {seen[key]}; prolong that one instead")
        seen.setdefault(key, one.tree.place)


class _Resolved:
    """What the words of waivers stand for, in one inventory and one baseline."""

    def __init__(self, inventory: Inventory, baseline: Baseline, unmatched: Problems) -> None:
        self._inventory, self._baseline, self._unmatched = inventory, baseline, unmatched
        self._drafts: Mapping[str, Draft] = {draft.id: draft for draft in baseline.drafts}
        self._labels = frozenset(label for draft in baseline.drafts for label in draft.labels())
        self._names = {
            "host": [target.name for target in inventory.targets],
            "domain": _once(domain for target in inventory.targets for domain in target.domains),
            "site": _once(map(_site, inventory.targets)),
        }

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
        names = _once(name for some in self._names.values() for name in some)
        if any(pattern.lstrip("!&").startswith("@") for pattern in one.entry.hosts):
            self._unmatched.add(one.place("hosts"), "`@` stands for other hosts every time: name hosts or groups")
            return ()
        try:
            return matching(",".join(one.entry.hosts), names, self._inventory.groups)
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


def _site(target: Target) -> str:
    return target.site or SITE


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
