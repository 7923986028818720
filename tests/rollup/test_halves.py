"""Reports that are half, or none: each is refused with a sentence that says what is wrong."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from baseline.errors import UserError
from baseline.model import Outcome, Whole
from baseline.reports.json import render
from baseline.rollup.told import read
from tests.rollup.agencies import MANDATORY, measure, report

Edit = Callable[[dict[str, Any]], object]


def refused(edit: Edit) -> str:
    document = json.loads(render(report()))
    edit(document)
    with pytest.raises(UserError) as caught:
        read(io.BytesIO(json.dumps(document).encode()), measure())
    return str(caught.value)


def test_a_whole_report_is_read() -> None:
    told = read(io.BytesIO(render(report()).encode()), measure())
    assert told.hosts == {"mx1", "mx2"}
    assert not told.own


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (lambda it: it["findings"].pop(), "is half: its summary says"),
        (lambda it: it.update(findings=[], summary={}), "is half: it tells of no host, or of no finding"),
        (lambda it: it.update(hosts=[]), "is half: it tells of no host, or of no finding"),
        (lambda it: it["hosts"].pop(), "has findings of 'mx2', which it does not name"),
        (lambda it: it["hosts"].append(it["hosts"][0]), "tells of a host twice"),
        (lambda it: it["subjects"].pop(), "has findings about 'hq', which it does not name"),
        (lambda it: it.pop("findings"), "it has no 'findings'"),
        (lambda it: it.update(schema="baseline.report/1"), "its schema is 'baseline.report/1'"),
        (lambda it: it["run"].update(baseline=None), "a rollback, which judges nothing"),
        (lambda it: it["hosts"][0].update(reachable="no"), "`reachable` of a host is neither true nor false"),
        (lambda it: it["findings"][0].update(outcome="good"), "'good' is not a valid Outcome"),
        (lambda it: it["findings"][0].update(drift="no"), "`drift` of a finding is neither true nor false"),
        (lambda it: it["findings"][0].update(host=["mx1"]), "a name in a finding is no text"),
        (lambda it: it["run"].update(finished="yesterday"), "Invalid isoformat string"),
        (lambda it: it["run"].update(finished="2026-11-26T06:00:00"), "has no time zone"),
        (lambda it: it.update(strict=None), "`strict` is neither true nor false"),
    ],
)
def test_what_is_half_or_none_is_refused(edit: Edit, words: str) -> None:
    assert words in refused(edit)


def test_a_host_that_lacks_a_finding_is_named() -> None:
    def halve(document: dict[str, Any]) -> None:
        document["findings"] = [
            one for one in document["findings"] if (one["host"], one["control"]) != ("mx2", MANDATORY)
        ]
        document["summary"]["pass"] -= 1

    assert refused(halve) == f"is half: it has no finding of {MANDATORY} on mx2"


def test_a_control_that_the_baseline_has_and_no_host_is_half() -> None:
    told = render(report(lacking=[MANDATORY])).encode()
    with pytest.raises(UserError, match=f"has no finding of {MANDATORY} on mx1"):
        read(io.BytesIO(told), measure())


def test_a_run_over_some_controls_is_half() -> None:
    some = replace(report(), run=replace(report().run, chosen_from=Whole(120, {})))
    with pytest.raises(UserError, match="is half: its run looked at 60 of 120 controls only"):
        read(io.BytesIO(render(some).encode()), measure())


@pytest.mark.parametrize("part", [0.1, 0.5, 0.999])
def test_a_report_that_was_cut_off_is_refused(part: float) -> None:
    text = render(report()).encode()
    with pytest.raises(UserError, match="is no whole JSON: "):
        read(io.BytesIO(text[: int(len(text) * part)]), measure())


def test_a_host_that_was_not_reached_is_unknown() -> None:
    plain = report(wrong={("mx1", control): Outcome.UNKNOWN for control in measure().controls})
    gone = replace(plain, hosts=tuple(replace(one, reachable=one.name != "mx1") for one in plain.hosts))
    codes = {one.name: one.code for one in read(io.BytesIO(render(gone).encode()), measure()).places}
    assert codes == {"mx1": 3, "mx2": 0, "agensi.example": 0, "hq": 0}
