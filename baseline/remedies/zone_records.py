"""How records get into the zone of a domain."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Sequence

from baseline.classes import dataclass
from baseline.edits import Edit
from baseline.formats import names, zone
from baseline.model import Action, State
from baseline.readings.zones import IN_A_FILE
from baseline.remedies.remedy import Remedy
from baseline.shell import script
from baseline.zone_edits import SetRecords


@dataclass(frozen=True)
class RecordSet:
    """Records that are wanted at one name. `mine` tells which records there give way: see `SetRecords`."""

    owner: str
    type: str
    records: tuple[str, ...]
    mine: str = ""

    def lines(self) -> list[str]:
        """As lines of a zone file."""
        return [zone.line(self.owner, self.type, record).rstrip() for record in self.records]


def txt(owner: str, record: str, mine: str) -> RecordSet:
    """One TXT record."""
    return RecordSet(owner, "TXT", (zone.quoted(record),), mine)


def publish(
    state: State, sets: Sequence[RecordSet], edits: Callable[[str, str], Sequence[Edit]] | None = None
) -> Remedy:
    """The remedy that brings records into their zone: edits of its file, or the lines for a person to enter.

    `edits` gives those for the path and the name of the zone, where they need to know what stands there.
    """
    lines = "; ".join(line for one in sets for line in one.lines())
    if state.get("zone kept") != IN_A_FILE:
        where = str(state.get("zone kept") or "not on a host of the inventory")
        return Remedy(advice=f"The zone is kept {where}, so publish by hand: {lines}")
    name, path = str(state["zone"]), str(state["zone file"])
    outside = [one.owner for one in sets if not names.inside(one.owner, name)]
    if outside:
        return Remedy(advice=f"{', '.join(outside)} is in another zone than {name}: publish by hand: {lines}")
    made = (
        edits(path, name)
        if edits
        else [SetRecords(path, name, one.owner, one.type, one.records, one.mine) for one in sets]
    )
    return Remedy(edits=tuple(made), actions=(load_zone(name, path),), reloads=("named",))


def load_zone(name: str, path: str) -> Action:
    """Have BIND load a zone now, and wait until its secondaries have it, so that what is judged next is the new zone.

    A secondary that does not follow within the time is told by what is judged, and fails no apply.

    A file that is put back has its former time again, and named takes a zone for loaded already whose file is older
    than its last load. So when an apply is restored, named is stopped here; the restoration starts what was running.
    In a rollback to a generation, where this is no undoing but an action of its own, files are new, and a reload will
    do.
    """
    do = script("baseline.remedies", "zone_records", z=name, f=path)
    return Action(f"load the zone {name} and wait for its secondaries", do, _UNLOAD)


def zone_loaded(action: Action) -> str:
    """The zone file that such an action has BIND load; empty for any other action."""
    found = re.match(r"z=\S+\nf=(\S+)\n", action.do) if action.undo == _UNLOAD else None
    return "".join(shlex.split(found[1])) if found else ""


_UNLOAD = "case $0 in *.undo) systemctl stop named ;; esac"
"""Run by the transaction from a file of its own, whose name tells a restoration from a rollback."""


def together(remedies: Sequence[Remedy]) -> Remedy | None:
    """Several remedies of one control as one; only their advice, where a person has to do a part. None for none."""
    if not remedies:
        return None
    advice = [one.advice for one in remedies if one.advice]
    if advice:
        return Remedy(advice="; ".join(advice))
    return Remedy(
        edits=tuple(edit for one in remedies for edit in one.edits),
        actions=tuple(dict.fromkeys(action for one in remedies for action in one.actions)),
        reloads=tuple(dict.fromkeys(unit for one in remedies for unit in one.reloads)),
    )
