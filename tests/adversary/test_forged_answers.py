"""Whoever answers for the DNS, or on port 25, may decide what is found. It has no word in what is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from baseline.errors import CannotTell
from baseline.facts import snapshot_host
from baseline.kinds.base import Control
from baseline.model import FileState, HostPlan, Scalar, State, Target
from baseline.model.looks import Looked, Parts
from baseline.planning import make_plan
from baseline.remedies.barrier import mendable
from baseline.remedies.remedy import Remedy
from baseline.visit import findings_of
from tests.adversary.case import adversary
from tests.cases.case import Case
from tests.cases.files import CaseFiles
from tests.kinds.dns_world import CONTROLS, IN_FILE, TARGET, D, looked, view, zone_file

CANARY = "canary.evil.test"
NUMBER = 987654321


def _looking() -> list[Case]:
    """Recorded cases of kinds that look from outside and have a remedy."""
    return [
        case
        for case in CaseFiles().load_all()
        if case.seen
        and type(case.as_control()).outside is not Control.outside
        and type(case.as_control()).remedy is not Control.remedy
    ]


def _poisoned(control: Control, inside: State, joined: State, only: str = "") -> dict[str, Scalar]:
    """The joined state with canaries for what came from outside: all of it, or one key alone."""
    found: dict[str, Scalar] = {}
    for key, value in joined.items():
        if (key in inside and inside[key] == value) or isinstance(value, bool) or (only and key != only):
            found[key] = value
            continue
        pattern = next((one for one in control.expected(TARGET) if one.endswith("*") and key.startswith(one[:-1])), "")
        # Numbers of ports in keys are the kind's own.
        worldly = pattern and not key.removeprefix(pattern[:-1]).isdigit()
        found[f"{pattern[:-1]}{CANARY}" if worldly else key] = NUMBER if isinstance(value, int | float) else CANARY
    return found


def _states(case: Case) -> Iterator[tuple[Control, Target, Parts, State]]:
    """Control, target, what the host said as far as it did, and all that was found; nothing where it said nothing."""
    control, target = case.as_control(), case.as_target()
    if case.subject:
        control, target = control.on(case.subject), replace(target, subject=case.subject)
    finding = case.judge().finding
    # Of a host that told nothing no remedy is planned.
    with suppress(CannotTell):
        told = control.actual(snapshot_host(target.name, case.answers), target)
        if finding.actual:
            yield control, target, told if isinstance(told, Parts) else Parts(told), finding.actual


@adversary("what is learnt from the network", "put words into all that a look from outside brings")
@pytest.mark.parametrize("case", _looking(), ids=lambda case: f"{case.kind}/{case.name}")
def test_nothing_that_was_seen_outside_is_in_a_remedy(case: Case) -> None:
    """No remedy of any kind holds a byte of it: of each key from outside it gets the outcome alone.

    Before: MX, PTR and SPF remedies wrote names, addresses and terms that the DNS had told.
    """
    for control, target, said, joined in _states(case):
        inside = dict(said)
        outside = [key for key in joined if key not in inside or inside[key] != joined[key]]
        for only in ("", *outside):
            state = mendable(control, inside, _poisoned(control, inside, joined, only), target)
            told = repr((state, _remedy(control, Parts(state, said.unseen, whole=said.whole), target)))
            assert CANARY not in told
            assert str(NUMBER) not in told


def _remedy(control: Control, state: State, target: Target) -> Remedy | str | None:
    """The remedy; what keeps it from being made, where it hangs on what could not be looked at."""
    try:
        return control.remedy(state, target)
    except CannotTell as reason:
        return str(reason)


def _planned(id_: str, changes: Mapping[tuple[str, str], Any], *records: str) -> HostPlan:
    """The plan for one control: the zone file has these records, and the DNS is forged."""
    control = CONTROLS[id_].on(D)
    world = view(changes)
    _, joined = looked(control, world)
    files = {path: FileState(None) for path in control.reads(TARGET)}
    files[str(IN_FILE["zone file"])] = FileState(zone_file(*records).encode(), mode=0o644)
    seen = {probe: world.see(probe) for probe in list(world.asked)}
    inside = {control.key: IN_FILE}
    findings = findings_of([control], TARGET, {control.key: joined})
    return make_plan(TARGET, [control], findings, Looked({control.key: joined}, inside, files, seen=seen))


RIGHT = ("@ MX 10 mail", "mail A 192.0.2.25", '@ TXT "v=spf1 ip4:192.0.2.25 -all"')
EVIL: Mapping[tuple[str, str], Any] = {
    ("25.2.0.192.in-addr.arpa", "PTR"): (f"{CANARY}.",),
    (CANARY, "A"): ("192.0.2.25",),
}


@adversary("what is learnt from the network", "answer for the zone's own servers: no MX, a PTR record of a stranger's")
@pytest.mark.parametrize(
    ("id_", "forged"),
    [
        ("MEL-D-01", {(D, "MX"): (), **EVIL}),
        ("MEL-D-01", {(D, "MX"): (f"10 gone.{CANARY}.",), **EVIL}),
        ("MEL-D-04", {(D, "TXT"): (f"v=spf1 include:{CANARY} +all",), (CANARY, "TXT"): ("v=spf1 -all",)}),
        ("MEL-D-04", {(D, "TXT"): ()}),
        ("MEL-D-05", {(D, "TXT"): (f"v=spf1 exists:{CANARY} ?all",)}),
    ],
)
def test_a_right_zone_stays_as_it_is_when_the_answers_are_forged(
    id_: str, forged: Mapping[tuple[str, str], Any]
) -> None:
    """The zone file is right and stays as it is; the plan says that file and name servers disagree.

    Before: `MX 10 mx.evil.example.` was written over a right zone, and the report said applied and verified.
    """
    plan = _planned(id_, forged, *RIGHT)
    assert plan.empty
    ((_, why),) = plan.by_hand
    assert "the name servers say" in why


def test_a_wrong_zone_is_mended_from_the_file_and_the_inventory() -> None:
    """The answers are true here, and the PTR record is not: the name that is written is the inventory's."""
    plan = _planned("MEL-D-01", {(D, "MX"): ("10 gone.d.example.",), **EVIL}, "@ MX 10 gone", *RIGHT[1:])
    (change, *_) = plan.files
    assert b"MX 10 mail.d.example." in (change.after.content or b"")
    assert CANARY.encode() not in (change.after.content or b"")


def test_a_zone_that_has_what_is_wanted_is_not_written_again() -> None:
    """What is wrong is then in what the record includes, and writing the same once more mends nothing."""
    record = "v=spf1 include:s.example ip4:192.0.2.25 -all"
    changes = {(D, "TXT"): (record,), ("s.example", "TXT"): ("v=spf1 +all",)}
    plan = _planned("MEL-D-05", changes, "@ MX 10 mail", f'@ TXT "{record}"')
    assert plan.empty
    assert "has the wanted records already" in plan.by_hand[0][1]
