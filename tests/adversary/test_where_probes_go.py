"""Probes go to the hosts that the inventory names, and to nobody who only answers in their place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from baseline import engine
from baseline.deadline import Deadline
from baseline.errors import CannotTell
from baseline.load import load_inventory
from baseline.model import Finding, Outcome, Target
from baseline.model.probes import Lookup, Probe, Records, Seen, seen_from_dict
from baseline.outside import Known, Unseen
from tests.adversary.case import adversary
from tests.cases.case import Case
from tests.cases.files import CaseFiles
from tests.scripted import AnswersFrom


@dataclass
class Noted:
    """An outlook that notes what it is asked to send, and has no answer to anything but look-ups."""

    sent: list[Probe] = field(default_factory=list)

    def now(self) -> datetime:
        return datetime(2026, 11, 24, tzinfo=UTC)

    def look(self, probes: Sequence[Probe], resolvers: Sequence[str], deadline: Deadline) -> Mapping[Probe, Seen]:
        self.sent += probes
        return {
            probe: Records("nxdomain")
            if isinstance(probe, Lookup)
            else seen_from_dict(probe, {"trouble": "nobody answers"})
            for probe in probes
        }


def _addressed() -> list[Case]:
    """One recorded case of each kind that looks at the host itself."""
    found: dict[str, Case] = {}
    for case in CaseFiles().load_all():
        own = case.as_target().address
        looked = any(getattr(probe, "address", "") == own for probe in case.seen)
        if not case.subject and case.name.startswith("pass") and looked:
            found[case.kind] = case
    return list(found.values())


ADDRESSED = _addressed()


def _went(case: Case, target: Target) -> tuple[set[str], Finding]:
    """The addresses that probes of a control went to, and what was found."""
    outlook = Noted()
    checked = engine.check(target, [case.as_control()], lambda _: AnswersFrom(case.answers), outlook=outlook)
    (finding,) = checked.findings
    return {getattr(probe, "address", "") or getattr(probe, "server", "") for probe in outlook.sent} - {""}, finding


def test_there_are_kinds_to_look_at() -> None:
    kinds = {case.kind for case in ADDRESSED}
    assert {"open_relay", "filter_test", "mailbox_tls", "smtp_tls", "server_name"} <= kinds


@adversary("probes", "stand where the inventory's address leads only from the jump host")
@pytest.mark.parametrize("case", ADDRESSED, ids=lambda case: case.kind)
@pytest.mark.parametrize(
    ("address", "jump"), [("local", None), ("127.0.0.1", "bastion.example"), ("mx1.inside.example", "bastion.example")]
)
def test_a_host_whose_place_is_not_known_is_not_looked_for(case: Case, address: str, jump: str | None) -> None:
    """Nothing is sent, and the finding is unknown and names `outbound`.

    Before: the controller's own port 25 was asked, and what it refused became a pass for mx1.
    """
    went, finding = _went(case, replace(case.as_target(), address=address, jump=jump, outbound=()))
    assert went == set()
    assert finding.outcome is Outcome.UNKNOWN, finding
    assert "outbound" in finding.reason


@pytest.mark.parametrize("case", ADDRESSED, ids=lambda case: case.kind)
def test_behind_another_host_it_is_looked_at_where_the_inventory_says(case: Case) -> None:
    target = replace(case.as_target(), address="127.0.0.1", jump="bastion.example", outbound=("192.0.2.7",))
    assert _went(case, target)[0] == {"192.0.2.7"}


def test_a_name_server_whose_place_is_not_known_is_not_asked() -> None:
    """Its question to the host names the outbound addresses, so that no recorded answer fits another inventory."""
    case = next(
        case for case in CaseFiles().load_all() if case.kind == "resolver_health" and case.name.startswith("pass")
    )
    control, target = case.as_control(), case.as_target()
    view = Known(datetime(2026, 11, 24, tzinfo=UTC), {})
    for hidden in (replace(target, address="local"), replace(target, address="127.0.0.1", jump="bastion.example")):
        with pytest.raises(CannotTell, match="outbound"):
            control.outside(view, {}, replace(hidden, outbound=()))
        assert view.asked == {}
    with pytest.raises(Unseen):
        control.outside(view, {}, replace(target, address="local", outbound=("192.0.2.7",)))
    assert {probe.server for probe in view.asked if isinstance(probe, Lookup)} == {"192.0.2.7"}


@adversary("probes", "answer for the name of a host, to be sent what tries to relay")
@pytest.mark.parametrize("kind", ["open_relay", "filter_test"])
def test_what_tries_to_relay_goes_to_addresses_of_the_inventory_alone(kind: str) -> None:
    """Attempts to relay and GTUBE go to addresses that the inventory gives; without one the finding is unknown.

    Before: they went to whatever address the name of the host was resolved to.
    """
    (case,) = [case for case in ADDRESSED if case.kind == kind]
    named = replace(case.as_target(), address="mx1.d.example", outbound=())
    assert _went(case, named)[0] == set()
    assert _went(case, replace(named, outbound=("192.0.2.7",)))[0] == {"192.0.2.7"}


@pytest.mark.parametrize(
    ("variables", "outbound"),
    [
        ("ansible_host: 192.0.2.7", ("192.0.2.7",)),
        ("ansible_host: 127.0.0.1, ansible_ssh_common_args: '-J bastion.example'", ()),
        ("ansible_connection: local", ()),
        ("ansible_connection: local, outbound: [192.0.2.9]", ("192.0.2.9",)),
    ],
)
def test_a_host_sends_from_the_address_it_is_reached_at_only_when_that_is_its_own(
    variables: str, outbound: tuple[str, ...], tmp_path: Path
) -> None:
    path = tmp_path / "inventory.yml"
    path.write_text(f"all:\n  hosts:\n    mx1: {{{variables}}}\n")
    assert load_inventory(path).targets[0].outbound == outbound
