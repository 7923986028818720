"""Reports of a healthy host are short, and no reason of any recorded case speaks in riddles or in shell."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from baseline.load import load_baseline, shipped
from baseline.model import Outcome, Report
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
