"""What is shown on the pages that are looked at: a small agency with troubles of every kind."""

from __future__ import annotations

from dataclasses import replace

from baseline.load import load_baseline
from baseline.model import Finding, HostReport, Outcome, Report, Stale
from baseline.reports import Display
from baseline.reports.past import Background, Lived
from tests.reports.cases import DRIFT, GONE, MX1, MX2, RUN, fails, passes, placed, unknown, warns

_BASELINE = load_baseline("mampu-2007")
STORE = HostReport("store1", "10.77.0.21", ("mailstore",), reachable=True, exchanges=1, seconds=0.6)


def _as(finding: Finding, control: str) -> Finding:
    """A finding as one of a control of the baseline."""
    (draft,) = [draft for draft in _BASELINE.drafts if draft.id == control]
    return replace(finding, control=control, title=draft.title, clause=", ".join(draft.clauses()))


def agency() -> Report:
    """Three hosts that were looked at, one that was not reached; all controls of the circular."""
    bad = [
        _as(fails("mx1"), "MEL-Q-02"),
        _as(fails("mx2"), "MEL-Q-02"),
        _as(placed(), "MEL-T-03"),
        _as(warns("mx2"), "MEL-A-03"),
        _as(unknown("store1"), "MEL-A-01"),
        replace(_as(fails("mx2"), "MEL-Q-06"), waived="until 2027-03-31: the new store is ordered"),
    ]
    told = {(one.host, one.control): one for one in bad}
    hosts = (
        replace(MX1, drifted=(DRIFT,)),
        MX2,
        replace(STORE, stale=(Stale("dovecot", "Dovecot", "2026-11-22T01:00:00Z", ("/etc/dovecot/local.conf",)),)),
        GONE,
    )
    found = []
    for draft in _BASELINE.drafts:
        for host in hosts:
            one = told.get((host.name, draft.id)) or _as(passes(host.name), draft.id)
            if draft.id.startswith("MEL-D"):
                one = replace(one, outcome=Outcome.NOTAPPLICABLE, reason="for dns hosts", keys=())
            if not host.reachable:
                one = replace(one, outcome=Outcome.UNKNOWN, reason=f"{host.name}: {host.error}", keys=(), advice="")
            found.append(one)
    return Report(RUN, hosts, tuple(found))


def background(report: Report) -> Background:
    """Clauses in English, and a past in which all was well until eleven days ago."""
    words = {name: text.en for name, text in _BASELINE.clauses.items()}
    past = {
        (one.host, one.key): (
            Lived("pass", "2026-10-20T06:00:00Z", "2026-11-12T06:00:00Z"),
            Lived(one.outcome.value, "2026-11-12T06:00:00Z"),
        )
        for one in report.findings
        if one.outcome is not Outcome.PASS
    }
    return Background(words, "en", past)


def shown(report: Report) -> Display:
    """How the pages are shown."""
    return Display("check", background=background(report))
