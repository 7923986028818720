"""A number that a host sends is one that something can have, or its control is unknown; nobody else's report minds."""

from __future__ import annotations

import io
import json
import logging
import re
from dataclasses import replace

import pytest

from baseline import stale
from baseline.cli.output import console
from baseline.errors import CannotTell
from baseline.formats import documents
from baseline.model import Answer, Finding, Outcome, Report
from baseline.reports import FORMATS, Display
from tests.adversary.case import adversary
from tests.cases.changed import judged
from tests.cases.files import CaseFiles
from tests.reports.cases import RUN, passes

_NUMBERS = "what is said holds impossible numbers"
DIGITS = "9" * 400


@adversary(_NUMBERS, "a clock that is `nan` seconds off")
@pytest.mark.parametrize("said", ["nan", "inf", "-inf", "1e999"])
def test_a_clock_that_is_off_by_no_number_is_unknown(said: str) -> None:
    """Unknown, with what was said.

    Before: it met `allow_nan=False` when the report was written, and the report of all hosts was lost.
    """
    case = next(one for one in CaseFiles().load_all() if one.kind == "clock_sync" and one.outcome == "pass")
    question = next(one for one in case.answers if "tracking" in one and "chronyc" in one)
    fields = case.answers[question].stdout.decode().strip().split(",")
    changed = replace(
        case, answers={**case.answers, question: Answer(0, ",".join([*fields[:4], said, *fields[5:]]).encode())}
    )
    finding = judged(changed).finding
    assert finding.outcome is Outcome.UNKNOWN
    assert "no number" in finding.reason


@adversary(_NUMBERS, "a parameter of 400 digits")
def test_a_parameter_of_400_digits_is_unknown_and_the_report_stands() -> None:
    """Unknown; the report is printed in every format, the other findings in it as they are.

    Before: an OverflowError in the words of the finding ended the visit, and every control of the host was unknown.
    """
    case = next(one for one in CaseFiles().load_all() if one.kind == "queue_minfree" and one.outcome == "pass")
    large = {one: _with_digits(answer) for one, answer in case.answers.items()}
    finding = judged(replace(case, answers=large)).finding
    assert finding.outcome is Outcome.UNKNOWN
    for name in FORMATS:
        told = _printed(name, _report(finding, passes()))
        # For monitoring, what is met is counted, and not named.
        wanted = {"nagios": "pass=1", "prometheus": 'outcome="pass"} 1.0', "oscal": "mel-q-01"}.get(name, "MEL-Q-01")
        assert wanted in told or name == "oscal-poam"


def _with_digits(answer: Answer) -> Answer:
    lines = answer.stdout.decode().split("\n")
    names = ("queue_minfree", "message_size_limit")
    return replace(
        answer,
        stdout="\n".join(
            f"{one.partition('=')[0]}= {DIGITS}" if one.startswith(names) else one for one in lines
        ).encode(),
    )


@adversary(_NUMBERS, "a daemon that read its configuration in the year 33658")
@pytest.mark.parametrize(
    "row", ["unit\tpostfix\t999999999999", "file\tpostfix\t999999999999\taa\t/etc/postfix/main.cf"]
)
def test_a_time_beyond_the_calendar_is_told_as_such(row: str) -> None:
    """What daemons have read is unknown for this host.

    Before: "year 33658 is out of range", told as a fault of the program, and all of the host's findings were lost.
    """
    said = f"unit\tpostfix\t1\n{row}\n" if row.startswith("file") else f"{row}\nfile\tpostfix\t1\taa\t/a\n"
    with pytest.raises(CannotTell, match="not one of our lines"):
        stale.stale(Answer(0, said.encode()), {})


@adversary(_NUMBERS, "JSON with `NaN`, `Infinity`, 1e999 or a number of 400 digits")
@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", DIGITS, f"-{DIGITS}"])
def test_json_without_numbers_is_no_document(number: str) -> None:
    """Refused as no document.

    Before: taken as it was, and met where it was compared, divided or written.
    """
    with pytest.raises(ValueError, match="number"):
        documents.read(f'{{"a": [{number}]}}')
    assert documents.read('{"a": [18446744073709551615, 1.5e3, -2]}') == {"a": [18446744073709551615, 1500.0, -2]}


@adversary(_NUMBERS, "a value that one format of the report stumbles over")
@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_finding_that_cannot_be_shown_costs_no_other(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """That finding is unknown, and says why; all others are as they are. The fault is told.

    Before: the report of all hosts was lost.
    """

    bad = passes("mx2")
    # No finding of ours is so: the next one of this sort is not known yet.
    object.__setattr__(bad, "title", None)
    object.__setattr__(bad, "reason", None)
    object.__setattr__(bad, "outcome", "nothing")
    with caplog.at_level(logging.ERROR, "baseline"):
        told = _printed(name, _report(passes(), bad))
    if name in ("nagios", "prometheus"):
        # They tell numbers only: that one is unknown.
        assert re.search(r'unknown=1|outcome="unknown"} 1\.0', told)
    elif name == "ansible-facts":
        # Nor does this one tell reasons, which might be a host's.
        assert json.loads(told)["all"]["vars"]["mail_baseline_run"]["counts"] == {"pass": 1, "unknown": 1}
    else:
        assert "mx1" in told
        assert "cannot be shown" in told
    assert caplog.records


def _report(*findings: Finding) -> Report:
    from tests.reports.cases import MX1, MX2

    return Report(RUN, (MX1, MX2), findings)


def _printed(name: str, report: Report) -> str:
    return FORMATS[name](report, Display("check", verbose=True), console(io.StringIO()))
