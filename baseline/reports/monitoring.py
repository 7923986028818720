"""The report for programs that watch: Prometheus' text format for a node exporter's directory, and a Nagios line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from baseline.model import Outcome, Report
from baseline.reports.html.grid import sort_of
from baseline.reports.verdict import verdict
from baseline.reports.words import OUTCOMES, one_line

if TYPE_CHECKING:
    from prometheus_client import Gauge

_LONGEST = 200
"""Characters of one label."""
_VERDICTS = ("pass", "warn", "waived", "unknown", "fail", "notapplicable")
NAGIOS = {0: 0, 1: 2, 3: 3, 4: 2, 6: 2, 130: 3}
"""The exit code that Nagios understands (0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN), by that of a report."""
_STATES = ("OK", "WARNING", "CRITICAL", "UNKNOWN")


def prometheus(report: Report) -> str:
    """Metrics of the run. Every metric is a gauge, since each run is told anew."""
    from prometheus_client import CollectorRegistry, Gauge, generate_latest

    registry = CollectorRegistry()

    def gauge(name: str, what: str, *labels: str) -> Gauge:
        return Gauge(f"baseline_{name}", what, labels, registry=registry)

    _of_run(report, gauge)
    _of_hosts(report, gauge)
    _of_findings(report, gauge)
    clause = gauge("clause_verdict", "1 for the verdict that a clause has, 0 for the others.", "clause", "verdict")
    for one in report.clauses:
        for sort in _VERDICTS:
            clause.labels(_label(one.clause), sort).set(sort == one.verdict)
    return generate_latest(registry).decode("utf-8", "backslashreplace")


def _of_run(report: Report, gauge: Callable[..., Gauge]) -> None:
    run = report.run
    what = "When the run was finished, in seconds since 1970."
    finished = gauge("run_finished_timestamp_seconds", what, "baseline", "version")
    finished.labels(_label(run.baseline_name), _label(run.baseline_version)).set(_seconds(run.finished))
    gauge("run_duration_seconds", "How long the run took.").set(_seconds(run.finished) - _seconds(run.started))
    what = "What the run came to: 0 conforms, 1 does not, 3 could not tell, 4 rolled back, 6 not wholly restored."
    gauge("run_exit_code", what).set(report.exit_code)


def _of_hosts(report: Report, gauge: Callable[..., Gauge]) -> None:
    reached = gauge("host_reachable", "Whether the host could be looked at.", "host")
    for host in report.hosts:
        reached.labels(_label(host.name)).set(host.reachable)
    for name, what in (
        ("drifted", "Files that are not as they were applied."),
        ("stale", "Daemons that run an older configuration than their files."),
        ("unloadable", "Programs that refuse their files."),
        ("undecided", "Transactions that are neither confirmed nor restored."),
    ):
        counted = gauge(f"host_{name}", what, "host")
        for host in report.hosts:
            counted.labels(_label(host.name)).set(len(getattr(host, name)))


def _of_findings(report: Report, gauge: Callable[..., Gauge]) -> None:
    sorts = [*(outcome.value for outcome in Outcome), "waived"]
    counts = {host.name: dict.fromkeys(sorts, 0) for host in report.hosts}
    labels = ("host", "control", "outcome", "obligation", "severity")
    unmet = gauge("control_unmet", "1 for every finding that is not met and not waived.", *labels)
    for finding in report.findings:
        counts.setdefault(finding.host, dict.fromkeys(sorts, 0))[sort_of(finding)] += 1
        if sort_of(finding) in ("fail", "warn", "unknown"):
            words = (finding.outcome.value, finding.obligation.value, finding.severity.value)
            unmet.labels(_label(finding.host), _label(finding.control), *words).set(1)
    findings = gauge("findings", "Findings of a host, by outcome; what is waived apart.", "host", "outcome")
    for name, of in counts.items():
        for sort, number in of.items():
            # Names that are the same as far as labels go are counted together.
            findings.labels(_label(name), sort).inc(number)


def nagios(report: Report) -> str:
    """The line of a Nagios plug-in: state, verdict, and numbers behind a bar."""
    state = _STATES[nagios_code(report)]
    sentence = one_line(verdict(report)).replace("|", "/")
    numbers = {one: report.summary[one.value] for one in OUTCOMES}
    parts = [f"{name.value}={number}" for name, number in numbers.items()]
    parts += [f"{name}={report.summary[name]}" for name in ("waived", "drift", "stale", "unloadable")]
    unreached = sum(not host.reachable for host in report.hosts)
    parts += [f"hosts={len(report.hosts)}", f"unreached={unreached}"]
    parts.append(f"finished={_seconds(report.run.finished):.0f}")
    return f"BASELINE {state} - {sentence[:1000]} | {' '.join(parts)}\n"


def nagios_code(report: Report) -> int:
    """The exit code for Nagios: that of the report, and WARNING for one that conforms but is not met in full."""
    code = NAGIOS[report.exit_code]
    return 1 if code == 0 and (report.summary["warn"] or report.summary["fail"]) else code


def _label(text: str) -> str:
    shown = one_line(text)
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()
