"""Reports of a healthy host are short, and no reason of any recorded case speaks in riddles or in shell."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from baseline.load import load_baseline, shipped
from baseline.model import Outcome, Report
from baseline.model.timings import Slow, Timings
from baseline.reports import FORMATS, Display
from tests.reports.cases import MX1, RUN, passes
from tests.reports.consoles import console

CASES = sorted((Path(__file__).parents[1] / "cases").glob("*/*.json"))


def reason_of(path: Path) -> str:
    """Why a recorded case came out as it did."""
    return str(json.loads(path.read_text()).get("expect", {}).get("reason", ""))


REASONS = {f"{path.parent.name}/{path.stem}": reason_of(path) for path in CASES}
SHELL = re.compile(r"\$\(|; do\b|; done\b|\|\| exit|2>|/dev/null|\|\s*(awk|sed|grep|head|tail|while)\b|\bprintf '")


def healthy(name: str) -> Report:
    """A run of all controls of a baseline on a host that conforms; one in ten speaks of nothing there."""
    drafts = load_baseline(name).drafts
    findings = [
        replace(
            passes(),
            control=draft.id,
            title=draft.title,
            clause=", ".join(draft.clauses()),
            outcome=Outcome.NOTAPPLICABLE if number % 10 == 9 else Outcome.PASS,
        )
        for number, draft in enumerate(drafts)
    ]
    return Report(RUN, (MX1,), tuple(findings))


@pytest.mark.parametrize("name", shipped())
@pytest.mark.parametrize("width", [40, 80, 120])
def test_sixty_controls_on_a_healthy_host_fit_on_a_screen(name: str, width: int) -> None:
    report = healthy(name)
    text = FORMATS["text"](report, Display("check"), console(width))
    assert len(report.findings) >= 60
    assert len(text.splitlines()) <= 40
    assert max(map(len, text.splitlines())) <= width
    assert not any(finding.title in text for finding in report.findings)
    verbose = FORMATS["text"](report, Display("check", verbose=True), console(width))
    assert all(finding.control in verbose for finding in report.findings)


def test_there_are_reasons_to_look_at() -> None:
    assert sum(bool(reason) for reason in REASONS.values()) > 300


def test_no_reason_wants_what_was_found() -> None:
    """A warn whose wanted and found are the same words tells nobody what to do."""
    said = re.compile(r"(?:^|; )(?P<key>.+?) is (?P<found>.+?), wanted (?P<wanted>.+?)(?=; |$)")
    same = [name for name, reason in REASONS.items() for one in said.finditer(reason) if one["found"] == one["wanted"]]
    assert same == []


def test_no_reason_shows_shell() -> None:
    assert [name for name, reason in REASONS.items() if SHELL.search(reason)] == []


def test_where_the_time_of_a_host_went_is_told_where_it_was_asked_for() -> None:
    slow = (Slow("rspamadm configdump \x1b[31m", 1.25), Slow("postconf -x", 0.5))
    timed = replace(MX1, timings=Timings({"connecting": 0.2, "asking": 0.0, "waiting": 1.8}, slow))
    report = Report(RUN, (timed,), (passes(),))
    told = FORMATS["text"](report, Display(timings=True), console(100)).splitlines()
    assert told[1:4] == [
        "  connecting 0.20 s, asking 0.00 s, waiting 1.80 s, outside 0.00 s, judging 0.00 s",
        "    1.25 s for: rspamadm configdump \\x1b[31m",
        "    0.50 s for: postconf -x",
    ]
    assert "1.80 s" not in FORMATS["text"](report, Display(), console())
