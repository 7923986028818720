"""What holds of reports whatever hosts and people put into them."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from baseline.judge import AtLeast, Equal, Matches, judge
from baseline.model import (
    Compared,
    FileChange,
    FileState,
    Finding,
    HostReport,
    Location,
    Obligation,
    Outcome,
    Report,
    Scalar,
    Severity,
    Wanted,
)
from baseline.reports import FORMATS, Display
from baseline.reports.plans import diff
from baseline.reports.verdict import verdict
from baseline.reports.words import OUTCOMES, found, tally, value, visible, wanted
from tests.reports.cases import MX1, RUN, passes, unknown
from tests.reports.consoles import console

TEXTS = st.text(max_size=40)
HOSTILE = st.text(
    alphabet=st.sampled_from("a \x00\x07\x08\x0b\x0c\r\n\t\x1b[2J;m\x7f\x85\x9b\u202e\u2066\u200b\ud800é")
)
SCALARS: st.SearchStrategy[Scalar] = st.one_of(st.none(), st.booleans(), st.integers(), HOSTILE, TEXTS)
WANTED = st.builds(
    Wanted,
    st.sampled_from(["equal", "one_of", "at_least", "at_most", "between", "matches", "described"]),
    st.lists(SCALARS, min_size=2, max_size=3).map(tuple),
    st.sampled_from(["", "bytes", "days"]),
    st.booleans(),
    st.lists(SCALARS, max_size=2).map(tuple),
    HOSTILE,
)
LOCATIONS = st.builds(Location, HOSTILE | TEXTS, st.none() | st.integers(1, 10_000))
COMPARED = st.builds(
    Compared, HOSTILE | TEXTS, SCALARS, st.none() | WANTED, st.none() | st.sampled_from(Outcome), st.none() | LOCATIONS
)


@st.composite
def findings(draw: st.DrawFn) -> Finding:
    """A finding with anything at all in the places that hosts and files can reach."""
    return Finding(
        host="mx1",
        control=draw(st.from_regex(r"MEL-[A-Z]-[0-9]{2}", fullmatch=True)),
        kind="file",
        title=draw(TEXTS),
        outcome=draw(st.sampled_from(Outcome)),
        reason=draw(HOSTILE | TEXTS),
        keys=draw(st.lists(COMPARED, max_size=4).map(tuple)),
        clause=draw(st.sampled_from(["", "f", "f.i-1"])),
        obligation=draw(st.sampled_from(Obligation)),
        severity=draw(st.sampled_from(Severity)),
        waived=draw(st.none() | TEXTS),
        drift=draw(st.booleans()),
        advice=draw(TEXTS),
    )


REPORTS = st.builds(
    Report,
    run=st.just(RUN),
    hosts=st.builds(HostReport, st.just("mx1"), HOSTILE, st.just(("mta",)), st.booleans(), HOSTILE).map(lambda h: (h,)),
    findings=st.lists(findings(), max_size=4).map(tuple),
    strict=st.booleans(),
)
VIEWS = st.builds(Display, st.sampled_from(["check", "plan", "apply"]), st.booleans(), st.booleans())


@given(HOSTILE | TEXTS)
def test_visible_text_cannot_steer_a_terminal(text: str) -> None:
    assert all(character in "\n\t" or character.isprintable() or character.isspace() for character in visible(text))
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", visible(text))
    visible(text).encode("utf-8")


@given(st.text(alphabet=st.characters(categories=("L", "N", "P"), include_characters=" \n\t"), max_size=40))
def test_ordinary_text_stays_as_it_is(text: str) -> None:
    assert visible(text) == text


@given(REPORTS, VIEWS, st.sampled_from([60, 80, 120]))
def test_text_fits_its_width_and_tells_or_counts_every_control(report: Report, view: Display, width: int) -> None:
    text = FORMATS["text"](report, view, console(width))
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)
    assert max(cell_len(line) for line in text.split("\n")) <= width
    assert not re.search(r" $", text, re.M)
    if view.subject != "plan":
        words = "|".join(OUTCOMES.values())
        ids = "MEL-[A-Z]-[0-9]{2}"
        told_ids = re.findall(rf"^(?:  (?:{words})| +the same) +({ids}(?:, {ids})*)", text, re.M)
        lines = [control for together in told_ids for control in together.split(", ")]
        counted = [] if view.verbose else [finding for finding in report.findings if as_it_should_be(finding)]
        told = re.findall(r"^  (.+); -v lists them$", text, re.M)
        assert told == ([tally(counted)] if counted else [])
        assert sorted(lines) == sorted(finding.control for finding in report.findings if finding not in counted)


def test_what_is_unknown_for_the_reason_of_a_waived_one_is_told_once() -> None:
    first, second, third = (replace(unknown(), control=f"MEL-Q-0{number}") for number in (1, 2, 3))
    report = Report(RUN, (MX1,), (replace(first, waived="until 2027-03-31"), second, third))
    text = FORMATS["text"](report, Display(), console(120))
    assert text.partition("\nclause")[0].count("MEL-Q-03") == 1


def as_it_should_be(finding: Finding) -> bool:
    return finding.outcome in (Outcome.PASS, Outcome.NOTAPPLICABLE) and finding.waived is None


@given(REPORTS, VIEWS)
def test_colour_changes_no_word(report: Report, view: Display) -> None:
    coloured = FORMATS["text"](report, view, console(80, colour=True))
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == FORMATS["text"](report, view, console(80))


@given(REPORTS)
def test_json_is_the_report_and_ascii(report: Report) -> None:
    text = FORMATS["json"](report, Display(), console())
    assert text.isascii()
    assert json.loads(text) == json.loads(json.dumps(report.to_dict()))


@given(REPORTS)
def test_junit_is_xml_with_a_case_for_every_finding(report: Report) -> None:
    root = ElementTree.fromstring(FORMATS["junit"](report, Display(), console()))
    cases = root.findall(".//testcase")
    assert len(cases) == len(report.findings)
    suite = root.find("testsuite")
    assert suite is not None
    by_outcome = {
        outcome: sum(one.outcome is outcome and one.waived is None for one in report.findings) for outcome in Outcome
    }
    drifted = sum(
        one.drift
        and one.outcome is not Outcome.NOTAPPLICABLE
        and (one.waived is not None or one.outcome in (Outcome.PASS, Outcome.WARN))
        for one in report.findings
    )
    assert int(suite.get("failures", "")) == by_outcome[Outcome.FAIL] + drifted
    assert int(suite.get("errors", "")) == by_outcome[Outcome.UNKNOWN]


@given(REPORTS)
def test_the_verdict_is_a_sentence_for_every_report(report: Report) -> None:
    sentence = verdict(report)
    assert sentence.endswith(".")
    expected = {0: "Conforms", 1: "Does not conform", 3: "Could not tell"}[report.exit_code]
    assert sentence.startswith(expected)


@given(st.text(alphabet="ab\n#", max_size=30), st.text(alphabet="ab\n#", max_size=30))
def test_a_diff_holds_both_files(before: str, after: str) -> None:
    change = FileChange("/etc/x", FileState(before.encode()), FileState(after.encode()), ())
    lines = diff(change)
    assert (not lines) == (before == after)
    if lines and len(before.splitlines()) < 4:
        assert _side(lines, "-") == before
        assert _side(lines, "+") == after


def _side(lines: list[str], sign: str) -> str:
    """One of the two files, put together again from a diff that shows all of it, as patch(1) would."""
    kept: list[str] = []
    last = ""
    for line in lines[2:]:
        if line.startswith("\\"):
            # The mark belongs to the line above it, whichever side that is on.
            if last in (sign, " "):
                kept[-1] = kept[-1].removesuffix("\n")
        elif not line.startswith("@@"):
            last = line[0]
            if last in (sign, " "):
                kept.append(line[1:] + "\n")
    return "".join(kept)


@given(st.integers(min_value=0, max_value=1 << 45), st.sampled_from(["bytes", "days"]))
def test_what_was_found_has_the_unit_of_what_was_wanted(number: int, unit: str) -> None:
    bound = Wanted("at_least", (number,), unit)
    assert found(Compared("key", number, bound)) == wanted(Compared("key", wanted=bound)).removeprefix(">= ")
    assert found(Compared("key", number, Wanted("equal", (number,)))) == value(number) == str(number)
    assert found(Compared("key", "unlimited", bound)) == "unlimited"


@given(
    st.dictionaries(st.text(alphabet="abc /@.", min_size=1, max_size=8), st.integers(0, 200), min_size=1, max_size=8)
)
def test_the_text_names_every_wrong_key_and_no_other(limits: dict[str, int]) -> None:
    state: dict[str, Scalar] = {f"limit of <{name}>": limit for name, limit in limits.items()}
    judged = judge({"limit of *": AtLeast(100)}, state)
    finding = replace(passes(), reason="words are free to change", keys=judged.keys, outcome=judged.outcome)
    text = FORMATS["text"](Report(RUN, (MX1,), (finding,)), Display(), console(120))
    wrong = [key for key, limit in state.items() if isinstance(limit, int) and limit < 100]
    listed = wrong if len(wrong) <= 7 else wrong[:6]
    assert [key for key in state if key in text] == listed
    assert ("and 2 more" in text) == (len(wrong) == 8)


def test_a_value_that_looks_like_a_reason_hides_no_wrong_key() -> None:
    judged = judge({"one": Matches("x", "an x"), "two": Equal("good")}, {"one": "a; two is b", "two": "bad"})
    assert [one.key for one in judged.keys if one.wrong] == ["one", "two"]


def test_a_host_that_did_not_answer_says_why_once() -> None:
    gone = replace(MX1, reachable=False, error="no route to host")
    lost = [replace(passes(), outcome=Outcome.UNKNOWN, reason="mx1: no route to host", keys=()) for _ in range(5)]
    text = FORMATS["text"](Report(RUN, (gone,), tuple(lost)), Display(), console())
    assert text.count("no route to host") == 1
