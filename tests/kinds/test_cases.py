"""Every recorded case gives the finding that the real host gave, with no host.

`pytest tests/kinds --update` writes what the answers give now into the cases. Look at what changed before you commit.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pytest

from baseline.kinds import kinds
from tests.cases.files import CaseFiles

CASES = CaseFiles()
OBLIGATORY = ("pass", "fail", "unknown", "nothing")

ONLY_WARN = {"maintenance_agreement", "unlimited_accounts"}
"""Kinds whose mandate only encourages (`digalakkan`) or suggests (`dicadangkan`): a warning stands for their fail."""

WRITTEN = {"exchange_quota": "no lab of ours can have an Exchange, so nothing can be recorded from one"}
"""Kinds without a recorded case, and why. Their documents are written, and said to be: `tests/written/README.md`.

They have the obligatory cases all the same, in a test module of their own.
"""

IN_NO_LAB = {
    "dane_records": {"pass", "nothing"},
    "dnssec_state": {"pass", "fail", "nothing"},
    "tls_policies": {"pass", "nothing"},
}
"""What no lab can show: a certificate that this machine trusts, or a zone that validates. See test_dns_secured.py."""


@pytest.mark.parametrize("name", CASES.names())
def test_the_finding_is_the_recorded_one(name: str, update: bool) -> None:
    case = CASES.load(name)
    judged = case.judge()
    assert judged.unknown == ()
    assert judged.unused == ()
    if update:
        case = case.expecting(judged)
        CASES.save_expected(case)
    assert (judged.finding.outcome.value, judged.finding.reason) == (case.outcome, case.reason)
    assert judged.plan.empty == case.plan_empty
    word = case.name.partition("-")[0]
    assert (case.outcome, word == "nothing") in ((word, False), ("pass", case.plan_empty))


def test_files_stand_as_they_are_written() -> None:
    assert [name for name in CASES.names() if not CASES.is_laid_out(name)] == [], "run `pytest tests/kinds --update`"


def test_every_kind_has_the_obligatory_cases() -> None:
    have = defaultdict(set)
    for name in CASES.names():
        kind, _, short = name.partition("/")
        word = short.partition("-")[0]
        have[kind].add("fail" if word == "warn" and kind in ONLY_WARN else word)
    lacking = {
        kind: [word for word in OBLIGATORY if word not in have[kind]]
        for kind in kinds()
        if kind not in WRITTEN and not (have[kind] | IN_NO_LAB.get(kind, set())).issuperset(OBLIGATORY)
    }
    assert lacking == {}
    assert have.keys() <= kinds().keys()


@pytest.mark.parametrize("kind", WRITTEN)
def test_what_is_written_is_not_among_the_recorded(kind: str) -> None:
    assert kind in kinds()
    assert not (CASES.folder / kind).exists()
    words = {path.name.partition("-")[0] for path in (Path(__file__).parents[1] / "written" / kind).glob("*.json")}
    assert words == {*OBLIGATORY}
    assert (Path(__file__).parent / f"test_{kind}.py").is_file()
