"""What the extension brings, as `pip install` leaves it: this machine is looked at, and nothing is changed."""

from __future__ import annotations

from mail_extras.dokuwiki import render

import baseline
from baseline.model import Target

HERE = Target("here", "local", roles=frozenset({"mailstore"}))


def test_the_kernel_is_asked() -> None:
    report = baseline.check_all([HERE], baseline.load_baseline("many-mailboxes"))
    (finding, _) = report.findings
    assert finding.kind == "kernel_setting"
    assert finding.outcome in ("pass", "fail")
    assert [one.name for one in report.run.extensions] == ["mail-extras"]


def test_a_number_that_is_too_small_is_a_fail_and_told_in_the_wiki(tmp_path) -> None:
    ours = tmp_path / "ours.yml"
    ours.write_text(
        "{baseline: ours, version: 1.0.0, extends: many-mailboxes, overrides: {MANY-1: {at_least: 999999999}}}"
    )
    report = baseline.check_all([HERE], baseline.load_baseline(ours))
    assert report.findings[0].outcome == "fail"
    assert "| %%here%% | %%MANY-1%% | %%fail%% |" in render(report)
