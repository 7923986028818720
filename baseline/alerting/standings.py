"""What alerts are decided on: where each control and each host stands in a run. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from typing import Literal

from baseline.classes import dataclass
from baseline.model import Change, Finding, Obligation, Outcome, Report, Severity
from baseline.model.run import HostReport
from baseline.model.waivers import WaiverTold, written

StandsAs = Literal["good", "waived", "warn", "fail", "drift", "unknown"]
"""Where something stands. What does not apply is good; what fails or warns and is waived is `waived`."""

BAD: tuple[StandsAs, ...] = ("warn", "fail", "drift")

AtOnce = Literal["mandatory", "critical", "all", "nothing"]
"""What is told the first time that it is seen to fail: mandatory controls, those of them whose severity is critical,
all, or nothing."""

Key = tuple[str, str]
"""A host, domain or site, and what of it: a control with its subject, a fact of the host, or "" for the host itself."""


@dataclass(frozen=True)
class Stood:
    """Where one thing stood in a run. `detail` and `advice` are for people; `urgent` is told the first time.

    `cause` and `because` are those of the change that led here, where one is known.
    """

    key: Key
    standing: StandsAs
    title: str = ""
    detail: str = ""
    advice: str = ""
    urgent: bool = False
    cause: str = ""
    because: str = ""


@dataclass(frozen=True)
class Look:
    """All that a run saw, as alerts are decided on.

    `hosts` were reached, `silent` were not; of these, and of what was looked at through them, nothing else is known.
    `whole` says that all controls were looked at, so that one that is not there any more is gone. Times are ISO 8601 in
    UTC; `every` is in seconds, 0 where no schedule made the run. `waivers` are classes and sentences of
    those that end soon or ended.
    """

    run: str
    started: str
    finished: str
    baseline: str
    every: int
    whole: bool
    stood: tuple[Stood, ...]
    hosts: tuple[str, ...]
    silent: tuple[str, ...]
    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()
    waivers: tuple[tuple[str, str], ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)


def look_of(report: Report, at_once: AtOnce) -> Look:
    """What a report says, as alerts are decided on. `report.changes` are those since the last look."""
    silent = {host.name for host in report.hosts if not host.reachable}
    hidden = silent | {one.name for one in report.subjects if one.through in silent}
    changes = report.changes.changes if report.changes else ()
    causes = {_key(one.host, one.control, one.subject): one for one in changes if one.control}
    findings = [
        _of_finding(one, causes.get(_key(one.host, one.control, one.subject)), at_once)
        for one in report.findings
        if one.host not in hidden
    ]
    run = report.run
    return Look(
        run=run.id,
        started=run.started,
        finished=run.finished,
        baseline=f"{run.baseline_name} {run.baseline_version}",
        every=run.every,
        whole=run.chosen_from is None and not run.cut_short,
        stood=(*(fact for host in report.hosts for fact in _of_host(host, at_once)), *findings),
        hosts=tuple(host.name for host in report.hosts if host.reachable),
        silent=tuple(sorted(silent)),
        changes=changes,
        notes=report.notes,
        waivers=tuple(_of_waiver(one) for one in report.waivers if one.state in ("expiring", "expired")),
        counts=report.summary,
    )


def _key(host: str, control: str, subject: str) -> Key:
    return host, f"{control} {subject}" if subject else control


def _of_finding(one: Finding, change: Change | None, at_once: AtOnce) -> Stood:
    standing = standing_of(one)
    return Stood(
        key=_key(one.host, one.control, one.subject),
        standing=standing,
        title=one.title,
        detail=one.reason,
        advice=one.advice,
        urgent=_urgent(one, standing, at_once),
        cause=change.cause if change else "",
        because=change.because if change else "",
    )


def standing_of(one: Finding) -> StandsAs:
    """Where a finding stands."""
    if one.drift:
        return "drift"
    if one.outcome in (Outcome.FAIL, Outcome.WARN):
        return "waived" if one.waived is not None else "fail" if one.outcome is Outcome.FAIL else "warn"
    return "unknown" if one.outcome is Outcome.UNKNOWN else "good"


def _of_waiver(one: WaiverTold) -> tuple[str, str]:
    """The class of the alert on a waiver, and its sentence, which is the same from run to run."""
    waiver = one.waiver
    verb = "ends" if one.state == "expiring" else "ended"
    where = f" for {waiver.limit}" if waiver.limit else ""
    told = f"that of {waiver.control}{where}, approved by {waiver.approver}, {verb} at {written(waiver.expires)}"
    return f"waiver {one.state}", told


def _urgent(one: Finding, standing: StandsAs, at_once: AtOnce) -> bool:
    mandatory = standing in ("fail", "drift") and one.obligation is Obligation.MANDATORY
    match at_once:
        case "all":
            return standing in BAD
        case "mandatory":
            return mandatory
        case "critical":
            return mandatory and one.severity is Severity.CRITICAL
        case "nothing":
            return False


def _of_host(host: HostReport, at_once: AtOnce) -> Iterator[Stood]:
    """The host itself, and what is wrong with it as a whole. What of that is no longer there is good again."""
    if not host.reachable:
        yield Stood((host.name, ""), "unknown", "the host", host.error or "it could not be asked")
        return
    yield Stood((host.name, ""), "good", "the host")
    now = at_once != "nothing"
    for file in host.drifted:
        yield Stood((host.name, f"file {file}"), "drift", file, f"{file} is not as it was applied", urgent=now)
    for stale in host.stale:
        yield Stood((host.name, f"stale {stale.unit}"), "fail", stale.program, str(stale))
    for one in host.unloadable:
        yield Stood((host.name, f"unloadable {one.unit}"), "fail", one.program, str(one), urgent=now)
    for tx in host.undecided:
        if tx.state in ("interrupted", "broken"):
            yield Stood((host.name, f"transaction {tx.transaction}"), "fail", "an apply", str(tx), urgent=now)


FACTS = ("file ", "stale ", "unloadable ", "transaction ")
"""How keys of facts of a host begin. Those that a host that was reached does not show are good."""
