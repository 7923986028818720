"""A host that nobody logs in to: what shows from outside is judged, the rest is not for it, and nothing is changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from baseline import apply_all, check_all, load_baseline, load_inventory, plan_all
from baseline.deadline import Deadline
from baseline.errors import InputError
from baseline.fleet import rollback
from baseline.kinds import kinds
from baseline.kinds.base import Control
from baseline.model import ApplyOutcome, Finding, Outcome, Report, Target
from baseline.model.probes import (
    Fetch,
    Fetched,
    Handshake,
    Lookup,
    Port,
    Presented,
    Probe,
    Reached,
    Records,
    Said,
    Seen,
    ServerReply,
    Talk,
)
from baseline.outside import NOTHING_SHOWS
from baseline.session import Session

NOW = datetime(2026, 11, 24, tzinfo=UTC)
INVENTORY = """
all:
  hosts:
    mx.d.example:
      ansible_host: 192.0.2.25
      roles: [mta, mailstore, dns]
      domains: [d.example]
      closed_ports: [587/tcp, 110/tcp, 4190/tcp]
      outside_only: true
"""
REFUSED = ServerReply("554", "5.7.1 Relay access denied")


@dataclass
class Host:
    """What the host shows, to whoever looks; `starttls` is whether port 25 offers it, `old` what takes old versions."""

    starttls: bool = True
    old: str = ""
    sent: list[Probe] = field(default_factory=list)

    def now(self) -> datetime:
        return NOW

    def look(self, probes: Sequence[Probe], resolvers: Sequence[str], deadline: Deadline) -> Mapping[Probe, Seen]:
        self.sent += probes
        return {probe: self._one(probe) for probe in probes}

    def _one(self, probe: Probe) -> Seen:
        match probe:
            case Lookup(name="mx.d.example", type="A"):
                return Records("noerror", ("192.0.2.25",), 300)
            case Lookup(name="d.example", type="MX"):
                return Records("noerror", ("10 mx.d.example.",), 300)
            case Lookup():
                return Records("nxdomain")
            case Talk():
                more = ("STARTTLS",) if self.starttls and probe.port == 25 else ("LOGINDISABLED",)
                replies = tuple(
                    REFUSED if word.startswith("RCPT") else ServerReply("250", "ok") for word in probe.commands
                )
                return Said("220 mx.d.example ESMTP", more, replies=replies)
            case Handshake(version=version):
                taken = not version or version == self.old
                return Presented("TLSv1.3", "x") if taken else Presented(refused="alert protocol version")
            case Port():
                return Reached("open")
            case Fetch():
                return Fetched(trouble="nobody is there")


def nobody(target: Target) -> Session:
    raise AssertionError(f"somebody logs in to {target.name}")


def targets(folder: Path, text: str = INVENTORY) -> Sequence[Target]:
    file = folder / "hosts.yml"
    file.write_text(text)
    return load_inventory(file).select(None)


def checked(folder: Path, host: Host) -> Report:
    return check_all(targets(folder), load_baseline("mampu-2007"), connect=nobody, outlook=host)


def of(report: Report, control: str) -> Finding:
    (found,) = (one for one in report.findings if one.control == control)
    return found


def test_what_shows_from_outside_is_judged_and_the_rest_is_not_for_it(tmp_path: Path) -> None:
    report = checked(tmp_path, Host())
    (line,) = report.hosts
    assert (line.reachable, line.exchanges) == (True, 0)
    assert line.note == "not connected to: judged by what shows from outside (outside_only)"
    about_hosts = [one for one in report.findings if one.host == "mx.d.example"]
    shown = {one.kind for one in about_hosts if one.outcome is not Outcome.NOTAPPLICABLE}
    assert shown == {
        "auth_over_tls",
        "certificates",
        "mailbox_tls",
        "open_relay",
        "reverse_dns",
        "server_name",
        "smtp_tls",
        "unknown_recipients",
    }
    assert {one.reason for one in about_hosts if one.kind in ("postfix_setting", "service", "filter_test")} == {
        NOTHING_SHOWS
    }
    assert {one.control for one in report.findings} == set(load_baseline("mampu-2007").control_ids)
    # Its domain is looked at as well, and by nobody who could edit its zone.
    assert [subject.name for subject in report.subjects if subject.about == "domain"] == ["d.example"]
    assert of(report, "MEL-D-01").subject == "d.example"


@pytest.mark.parametrize(
    ("host", "outcome", "words"),
    [
        (Host(), Outcome.PASS, ""),
        (Host(starttls=False), Outcome.FAIL, "TLS offered on 25"),
        (Host(old="TLSv1"), Outcome.FAIL, "TLSv1 on 25"),
    ],
)
def test_a_verdict_rests_on_what_shows_alone(host: Host, outcome: Outcome, words: str, tmp_path: Path) -> None:
    found = of(checked(tmp_path, host), "MEL-S-01")
    assert found.kind == "smtp_tls"
    assert (found.outcome, words in found.reason) == (outcome, True)
    assert {key.key.rpartition(" on ")[2] for key in found.keys} == {"25", "465"}


def test_ports_that_the_inventory_closes_are_not_looked_at(tmp_path: Path) -> None:
    host = Host()
    checked(tmp_path, host)
    ports = {probe.port for probe in host.sent if isinstance(probe, Talk | Handshake)}
    assert ports == {25, 465, 143, 993, 995}


def test_nothing_is_planned_or_applied(tmp_path: Path) -> None:
    """Whatever fails there is for a person."""
    chosen, baseline = targets(tmp_path), load_baseline("mampu-2007")
    host = Host(starttls=False, old="TLSv1")
    planned = plan_all(chosen, baseline, connect=nobody, outlook=host)
    (plan,) = planned.plans
    assert plan.empty
    assert "MEL-S-01" in dict(plan.by_hand)
    applied = apply_all(chosen, baseline, connect=nobody, outlook=host)
    assert [one.outcome for one in applied.applies] == [ApplyOutcome.NOTHING]


def test_nobody_logs_in_for_a_rollback_either(tmp_path: Path) -> None:
    (target,) = targets(tmp_path)
    (apply,) = rollback(target, connect=nobody).applies
    assert apply.outcome is ApplyOutcome.UNKNOWN
    assert "outside_only" in apply.reason


def test_one_that_may_be_logged_in_to_is(tmp_path: Path) -> None:
    (target,) = targets(tmp_path)
    report = check_all(
        [replace(target, outside_only=False)], load_baseline("mampu-2007"), connect=nobody, outlook=Host()
    )
    assert not report.hosts[0].reachable


@pytest.mark.parametrize("text", ["perhaps", "[1]"])
def test_it_is_a_truth_value(text: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="outside_only"):
        targets(tmp_path, INVENTORY.replace("outside_only: true", f"outside_only: {text}"))


def test_what_is_said_to_show_is_looked_at_from_outside() -> None:
    """A key that only the host tells would be missing, and fail."""
    shown = [kind for kind in kinds().values() if kind.shows]
    assert shown
    assert all(kind.about == "host" and kind.outside is not Control.outside for kind in shown)
