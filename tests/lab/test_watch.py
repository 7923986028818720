"""Access tests and a watch over real hosts: each service as its users find it, and gaps and outages as they were."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from baseline.deadline import Deadline, Halt
from baseline.history import History
from baseline.kinds.mail_services import MailServices
from baseline.load import Baseline
from baseline.load.probed import MailServer, MailService, ProbedMailbox, ProbeLimits, ProbesDocument
from baseline.load.probes import USUAL
from baseline.model import State, Subject, Target
from baseline.model.measurements import AccessRun
from baseline.outside import Known
from baseline.probing.access import access_runs
from baseline.probing.keeping import MeasurementKeeper, told_by
from baseline.probing.watching import Batches, watch
from baseline.secret import Secret
from tests.lab.alone import side_by_side
from tests.lab.real import RealHost, eventually

pytestmark = pytest.mark.lab

LIMITS = ProbeLimits(step_seconds=10, tries=1, retry_seconds=0)
SITE = Target("lab", "", site="lab", speaks_for=(Subject("site", "lab"),))
EVERY = 2


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[RealHost, ...]]:
    """A host of either release, as Debian ships them."""
    with side_by_side("sent", "bookworm", "trixie") as hosts:
        yield hosts


def server(host: RealHost, service: MailService, password: str = "lab-bob") -> MailServer:
    """How bob reaches a service as the document has it where it says nothing of ports."""
    tls, ports = USUAL[service]
    login = service != "smtp"
    return MailServer(
        host.lab.address,
        ports[tls],
        tls,
        host.lab.fqdn,
        host.address_of("bob") if login else "",
        Secret("the lab", lambda: password) if login else None,
        str(host.directory / "lab-ca.pem"),
    )


def document(host: RealHost, *services: MailService, password: str = "lab-bob") -> ProbesDocument:
    """What is tried at a host."""
    servers = {service: server(host, service, password) for service in services or USUAL}
    mailbox = ProbedMailbox(host.address_of("bob"), "lab", **servers)  # type: ignore[arg-type]
    return ProbesDocument("outside", (mailbox,), limits=LIMITS)


def told(run: AccessRun) -> dict[str, tuple[str, str]]:
    return {step.step: (step.outcome, step.tls) for step in run.steps}


def test_every_service_of_either_release_is_used_as_its_users_do(both: tuple[RealHost, ...]) -> None:
    for host in both:
        run = access_runs(document(host), Deadline())["lab"]
        assert told(run) == dict.fromkeys(USUAL, ("ok", "TLSv1.3")), [step.reason for step in run.steps]
        assert (run.vantage, run.passed) == ("outside", True)


def test_a_login_that_is_refused_is_told_and_tried_once(both: tuple[RealHost, ...]) -> None:
    several = [document(host, "submission", "imap", password="not-the-one") for host in both]
    wanted = replace(several[0], mailboxes=tuple(one for each in several for one in each.mailboxes))
    run = access_runs(wanted, Deadline())["lab"]
    assert [(step.step, step.outcome) for step in run.steps] == 2 * [("submission", "wrong"), ("imap", "wrong")]
    assert all("authentication failed" in step.reason.lower() and step.tries == 1 for step in run.steps)
    assert "not-the-one" not in str(run)


@contextmanager
def watched(keeper: MeasurementKeeper, host: RealHost, seen: list[AccessRun]) -> Iterator[None]:
    """A watch over a host meanwhile."""
    halt, trouble = Halt(), list[str]()
    wanted = document(host, "imap", "smtp")

    def go() -> None:
        watch(
            lambda halting: access_runs(wanted, Deadline(), halt=halting),
            EVERY,
            Batches(EVERY, keeper.keep, trouble.append),
            halt,
            told=lambda _, run: seen.append(run),
        )

    watching = threading.Thread(target=go)
    watching.start()
    try:
        yield
    finally:
        halt.ask()
        watching.join(60)
    assert not watching.is_alive()
    assert trouble == []


def judged(keeper: MeasurementKeeper, mandate: Baseline) -> State:
    """What MEL-H-01 has of the watch now."""
    now = datetime.now(UTC)
    (site,) = told_by(keeper, [SITE], now)
    (control,) = [one for one in mandate.controls_for(Target("mx1", "192.0.2.1")) if one.id == "MEL-H-01"]
    assert isinstance(control, MailServices)
    return control.outside(Known(now, {}), {}, site)


def test_a_watch_sees_an_outage_and_its_own(both: tuple[RealHost, ...], mandate: Baseline, tmp_path: Path) -> None:
    """Dovecot stands still for a while, and later the watch itself does: the first is an outage, the second a gap."""
    host = both[0]
    keeper = MeasurementKeeper(History(tmp_path / "history.db"), tmp_path / "state")
    seen: list[AccessRun] = []
    with watched(keeper, host, seen):
        assert eventually(lambda: any(run.passed for run in seen))
        host.root("systemctl stop dovecot.socket dovecot.service")
        try:
            assert eventually(lambda: not seen[-1].passed)
        finally:
            host.root("systemctl start dovecot.service")
        assert eventually(lambda: seen[-1].passed)
    time.sleep(3 * EVERY)
    with watched(keeper, host, seen):
        known = len(seen)
        assert eventually(lambda: len(seen) > known)
    state = judged(keeper, mandate)
    bob = host.address_of("bob")
    first = next(run for run in seen if not run.passed)
    assert str(state["outages"]).startswith(f"{first.at:%Y-%m-%dT%H:%M:%SZ} to ")
    assert str(state["outages"]).endswith(f"(imap of {bob})")
    assert "(nobody watched)" in str(state["gaps"])
    (longest,) = [value for key, value in state.items() if key.startswith("longest gap in")]
    assert timedelta(seconds=int(str(longest))) >= timedelta(seconds=3 * EVERY)
    (up,) = [value for key, value in state.items() if key.startswith("availability in")]
    assert 0 < float(str(up)) < 100
    assert {step.step for run in seen for step in run.steps if step.outcome != "ok"} == {"imap"}
