"""What a worker gives back is read like a file that somebody else wrote."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from baseline.cluster.parcel import Doing
from baseline.cluster.results import MOST_BYTES, NoResult, read, refused, written
from baseline.engine import HostResult
from baseline.load import load_baseline
from baseline.model import ApplyOutcome, HostApply, HostReport, Target
from baseline.model.heard import Heard
from baseline.visit import findings_of

TARGET = Target("mx1", "192.0.2.1", roles=frozenset({"mta"}))
CONTROLS = load_baseline("mampu-2007").only(controls=["MEL-Q-*", "MEL-D-*"]).controls_for(TARGET)
RESULT = HostResult(
    HostReport("mx1", "192.0.2.1", ("mta",), reachable=True, exchanges=1, seconds=0.5),
    findings_of(CONTROLS, TARGET, {}),
    heard=Heard({"ask true": b"\x00\xff"}, {"MEL-Q-01": ("ask true",)}),
)
Change = Callable[[dict[str, Any]], object]


def test_a_result_comes_back_as_it_was() -> None:
    assert read(written(RESULT), TARGET, CONTROLS, "check") == RESULT
    applied = replace(RESULT, apply=HostApply("mx1", ApplyOutcome.NOTHING, "nothing to do"))
    assert read(written(applied), TARGET, CONTROLS, "apply") == applied


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda one: one.update(schema="baseline.host/9"), "its schema is 'baseline.host/9'"),
        (lambda one: one.update(version="0.0.1"), "it runs baseline 0.0.1, and this is"),
        (lambda one: one.pop("findings"), "KeyError: 'findings'"),
        (lambda one: one.update(findings=[]), "its result tells nothing of MEL-"),
        (lambda one: one["findings"].pop(), "its result tells nothing of MEL-"),
        (lambda one: one["findings"][0].update(control="MEL-X-99"), "tells of 'MEL-X-99', which was not asked for"),
        (lambda one: one["findings"][0].update(host="mx2"), "tells of 'mx2', which was not asked for"),
        (lambda one: one["findings"][0].update(outcome="splendid"), "'splendid' is not a valid Outcome"),
        (lambda one: one["findings"][0].update(reason=["a", "list"]), "reason: Input should be a valid string"),
        (lambda one: one["findings"][0].update(unseen=[{}]), "unseen.0: Input should be a valid string"),
        (lambda one: one["host"].update(name="mx2"), "its result is of 'mx2'"),
        (lambda one: one["host"].update(reachable="yes"), "reachable: Input should be a valid boolean"),
        (lambda one: one["host"].update(seconds="long"), "seconds: Input should be a valid number"),
        (lambda one: one.update(host=None), "what it gave is no result"),
        (lambda one: one.update(apply={"host": "mx1"}), "KeyError: 'plan'"),
        (lambda one: one.update(heard={"answers": {"ask x": "no base64"}, "asked": {}}), "what it gave is no result"),
        (
            lambda one: one.update(apply=HostApply("mx1", ApplyOutcome.APPLIED, "of its own accord").to_dict()),
            "its result is not that of check",
        ),
    ],
)
def test_nonsense_is_refused_in_words(spoil: Change, words: str) -> None:
    document = json.loads(written(RESULT))
    spoil(document)
    with pytest.raises(NoResult) as said:
        read(json.dumps(document).encode(), TARGET, CONTROLS, "check")
    assert words in str(said.value)


@pytest.mark.parametrize(
    "given",
    [None, 3, {"schema": "baseline.host/1"}, b"", b"\xff", b"[]", b"[" * 100_000, b'{"schema": NaN}', refused()[:-1]],
)
def test_what_is_no_document_is_refused(given: object) -> None:
    with pytest.raises(NoResult):
        read(given, TARGET, CONTROLS, "check")


def test_a_result_that_is_too_large_is_not_read() -> None:
    with pytest.raises(NoResult, match="are the most that is read"):
        read(b" " * (MOST_BYTES + 1), TARGET, CONTROLS, "check")


@pytest.mark.parametrize("doing", ["apply", "journal"])
def test_an_apply_that_is_not_told_of_is_refused(doing: Doing) -> None:
    with pytest.raises(NoResult, match=f"its result is not that of {doing}"):
        read(written(RESULT), TARGET, CONTROLS, doing)
