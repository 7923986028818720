"""What is learnt of a good host is stricter, its answers bear it out, and nothing that it says gets into a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from baseline import engine
from baseline.kinds.base import Control
from baseline.load import load_baseline
from baseline.load.tighten import loosened
from baseline.model import Compared, Finding, Location, Obligation, Outcome, Report, Run, Severity, Target, Wanted
from baseline.recorded import judge_recorded
from baseline.recording import cleaned
from baseline.starting.answers import HeldAnswers
from baseline.starting.learning import Learnt, LearntValue, learn
from baseline.starting.overlay import MOST_LINES, file_name, learnt_overlay
from tests.cases.case import NEVER_APPLIED, NO_TIME, Case, Remembered
from tests.cases.files import CaseFiles
from tests.scripted import AnswersFrom

CASES = CaseFiles()
TAUGHT: Mapping[str, Mapping[str, object]] = {
    "dmarc_policy/nothing-stronger": {"policy": "reject"},
    "mailbox_quota/nothing-more-than-ours": {"min_bytes": 1258291200, "quota": 1258291200},
    "outbound_tls/warn-dane-without-dnssec": {"level": "dane"},
    "queue_minfree/nothing-more-kept-free": {"bytes": 2147483648},
    "queue_minfree/fail-more-than-is-free": {},
    "spf_record/pass-applied": {"max_void": 0, "accept": ("-all",)},
    "spf_record/nothing-softfail": {"max_lookups": 1, "max_void": 0},
    "spf_record/fail-none": {},
    "temp_mounts/pass-trixie-applied": {"min_bytes": 2147483648},
}


def looked_at(case: Case) -> tuple[Target, Control, tuple[Finding, ...], HeldAnswers]:
    """The look that a case records, and its answers."""
    session = AnswersFrom({**NEVER_APPLIED, **case.answers})
    outlook = Remembered(case.seen, datetime.fromisoformat(case.now) if case.now else NO_TIME)
    target, control = case.as_target(), case.as_control()
    result = engine.check(target, [control], lambda _: session, outlook=outlook)
    answers = HeldAnswers()
    if result.looked is not None:
        answers.of_host[target.name] = cleaned(result.looked, target, [control])
    now = outlook.now().isoformat()
    run = Run("x", now, now, version="", baseline_name="", baseline_version="", baseline_sha256="")
    answers.report = Report(run=run, hosts=(result.host,), findings=result.findings)
    return target, control, result.findings, answers


def taught_by(name: str) -> tuple[Target, Control, Learnt, HeldAnswers]:
    target, control, findings, answers = looked_at(CASES.load(name))

    def judge(other: Control) -> Sequence[Finding]:
        return judge_recorded(target, [other], answers).findings

    return target, control, learn([control], target, findings, judge), answers


@pytest.mark.parametrize("name", TAUGHT)
def test_a_recorded_host_teaches_what_is_stricter_there(name: str) -> None:
    _, _, learnt, _ = taught_by(name)
    assert {one.field: one.value for one in learnt.values} == TAUGHT[name]


@pytest.mark.parametrize("name", [name for name in CASES.names() if name.endswith("/pass-applied")])
def test_what_a_host_that_passes_teaches_is_stricter_and_passes(name: str) -> None:
    target, control, learnt, answers = taught_by(name)
    made = type(control).model_validate({**dict(control), **{one.field: one.value for one in learnt.values}})
    assert list(loosened(control, made)) == []
    before = judge_recorded(target, [control], answers).findings
    assert [one.outcome for one in judge_recorded(target, [made], answers).findings] == [one.outcome for one in before]


def test_what_is_laxer_and_what_is_unknown_is_told_and_not_written() -> None:
    _, control, learnt, _ = taught_by("spf_record/fail-none")
    text = learnt_overlay(learnt, "mx1", "2026-01-01T00:00:00Z", "mampu-2007")
    assert "overrides" not in yaml.safe_load(text)
    assert f"#   {control.id}" in text
    assert ": wanted 1, found 0" in text


def finding(reason: str, key: Compared) -> Finding:
    return Finding(
        "mx1",
        "MEL-Q-01",
        "mailbox_quota",
        "T",
        Outcome.FAIL,
        reason,
        (key,),
        "f",
        Obligation.MANDATORY,
        Severity.HIGH,
    )


HOSTILE = st.one_of(
    st.text(max_size=300),
    st.sampled_from(["\noverrides: {}\n", "{{ 7 * 7 }}", "{% raw %}", "\x1b[2J", "\u2028x: 1", "# x\n- y", "'\"\\"]),
    st.just("A" * (1 << 20)),
)


@given(HOSTILE, HOSTILE, HOSTILE)
@settings(max_examples=60, deadline=None)
def test_what_a_host_says_stays_in_its_comment(key: str, said: str, place: str) -> None:
    compared = Compared(key, said, Wanted("equal", (said,)), Outcome.FAIL, Location(place))
    wrong = finding(said, compared)
    unknown = replace(wrong, outcome=Outcome.UNKNOWN)
    value = LearntValue("MEL-Q-01", "min_bytes", 2 << 30, (compared,))
    text = learnt_overlay(Learnt((value,), ((wrong, compared),), (unknown,)), "mx1", "now", "mampu-2007")
    assert len(text) < 4000
    assert yaml.safe_load(text)["overrides"] == {"MEL-Q-01": {"min_bytes": 2 << 30}}
    comments = [line for line in text.split("\n") if line.lstrip().startswith("#")]
    assert all(line.isprintable() for line in comments)
    data = [line for line in text.split("\n") if line and not line.lstrip().startswith("#")]
    assert data == [
        "baseline: learnt-from-mx1",
        "version: 1.0.0",
        'title: "As on mx1"',
        "extends: mampu-2007",
        "overrides:",
        "  MEL-Q-01:",
        "    min_bytes: 2147483648",
    ]


def test_a_host_with_many_faults_is_told_in_lines_that_a_person_can_read() -> None:
    keys = [Compared(f"account {number}", 1, Wanted("equal", (2,)), Outcome.FAIL) for number in range(5000)]
    rows = tuple((finding("r", key), key) for key in keys)
    text = learnt_overlay(Learnt((), rows, ()), "mx1", "now", "mampu-2007")
    assert text.count("\n") < MOST_LINES + 20
    assert f"and {5000 - MOST_LINES} more" in text


@pytest.mark.parametrize("number", [2**60, -1, 3.5, True, float("inf"), float("nan"), "9" * 400])
def test_a_number_that_no_program_counts_to_is_not_believed(number: float | str) -> None:
    control = next(one for one in load_baseline("mampu-2007").drafts if one.id == "MEL-T-03").ready
    assert control is not None
    told = Compared("queue_minfree", number, Wanted("at_least", (1 << 30,), "bytes"), Outcome.PASS, Location("/x"))
    found = replace(finding("as wanted", told), control="MEL-T-03", outcome=Outcome.PASS)

    def judge(other: Control) -> Sequence[Finding]:
        pytest.fail(f"nothing is to be judged by {other}")

    assert learn([control], Target("mx1", "192.0.2.1"), [found], judge).values == ()


def test_the_overlay_loads_over_the_baseline(tmp_path: Path) -> None:
    values = tuple(
        LearntValue(*one)
        for one in (
            ("MEL-Q-01", "min_bytes", 2 << 30),
            ("MEL-Q-01", "quota", 2 << 30),
            ("MEL-D-04", "accept", ("-all",)),
        )
    )
    text = learnt_overlay(Learnt(values, (), ()), "mx1.agency.example", "now", "mampu-2007")
    path = tmp_path / file_name("mx1.agency.example")
    path.write_text(text)
    made = {one.id: one.written() for one in load_baseline(path).drafts}
    assert made["MEL-Q-01"]["min_bytes"] == 2 << 30
    assert made["MEL-D-04"]["accept"] == ["-all"]
