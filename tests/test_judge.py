"""The one comparison that every kind shares."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.judge import (
    MOST_REASONS,
    UNLIMITED,
    Advised,
    AtLeast,
    AtMost,
    Between,
    Equal,
    Matches,
    OneOf,
    Want,
    judge,
    shown,
)
from baseline.model import Outcome, Scalar

PASS, WARN, FAIL, UNKNOWN = Outcome.PASS, Outcome.WARN, Outcome.FAIL, Outcome.UNKNOWN
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=True), st.text(max_size=5))
numbers = st.integers(-(1 << 40), 1 << 40)
wants = st.one_of(
    scalars.map(Equal),
    st.lists(scalars, max_size=3).map(lambda values: OneOf(tuple(values))),
    numbers.map(AtLeast),
    numbers.map(AtMost),
    st.tuples(numbers, numbers).map(lambda pair: Between(min(pair), max(pair))),
    st.sampled_from(["a+", ".*"]).map(lambda pattern: Matches(pattern, "some letters")),
)


@given(numbers, numbers, numbers)
def test_bounds(value: int, floor: int, actual: int) -> None:
    low, high = min(value, floor), max(value, floor)
    assert AtLeast(high, floor=low).judge(actual) is (PASS if actual >= high else WARN if actual >= low else FAIL)
    assert AtMost(low, ceiling=high).judge(actual) is (PASS if actual <= low else WARN if actual <= high else FAIL)
    assert AtLeast(high).judge(actual) is (PASS if actual >= high else FAIL)
    assert AtMost(low).judge(actual) is (PASS if actual <= low else FAIL)
    assert Between(low, high).judge(actual) is (PASS if low <= actual <= high else FAIL)


@given(st.one_of(st.none(), st.booleans(), st.text(max_size=5)))
def test_what_is_no_number_never_passes_a_bound(actual: Scalar) -> None:
    for want in (AtMost(1 << 60), Between(-(1 << 60), 1 << 60), AtLeast(-(1 << 60))):
        assert want.judge(actual) is (PASS if actual == UNLIMITED and isinstance(want, AtLeast) else FAIL)


def test_unlimited_is_above_every_floor_and_below_no_ceiling() -> None:
    assert AtLeast(1 << 60).judge(UNLIMITED) is PASS
    assert AtMost(1 << 60).judge(UNLIMITED) is FAIL
    assert Between(0, 1 << 60).judge(UNLIMITED) is FAIL


def test_a_truth_value_is_no_number() -> None:
    assert Equal(1).judge(True) is FAIL
    assert Equal(False).judge(0) is FAIL
    assert OneOf((0, 1)).judge(True) is FAIL
    assert Equal(1).judge(1.0) is PASS
    assert Equal(True).judge(True) is PASS
    assert Equal(None).judge("") is FAIL


def test_tolerated_values_warn() -> None:
    want = OneOf(("tempfail", "quarantine"), warn=("reject",))
    assert [want.judge(value) for value in ("quarantine", "reject", "accept", None)] == [PASS, WARN, FAIL, FAIL]


def test_a_pattern_has_to_match_from_end_to_end() -> None:
    want = Matches("[45][0-9]{2}", "a refusal")
    assert [want.judge(value) for value in ("452", "452 x", "x452", 452, None)] == [PASS, FAIL, FAIL, FAIL, FAIL]


@given(wants, scalars)
def test_advice_never_fails_and_never_passes_what_does_not(want: Want, actual: Scalar) -> None:
    assert not isinstance(want, Advised)
    assert Advised(want).judge(actual) is (PASS if want.judge(actual) is PASS else WARN)


@given(st.dictionaries(st.sampled_from("abcd"), st.tuples(wants, scalars), min_size=1))
def test_the_verdict_is_the_worst_of_the_keys_up_to_the_first_that_is_absent(
    keys: dict[str, tuple[Want, Scalar]],
) -> None:
    verdict = judge({key: want for key, (want, _) in keys.items()}, {key: value for key, (_, value) in keys.items()})
    outcomes = []
    for want, value in keys.values():
        outcomes.append(want.judge(value))
        if value is None and outcomes[-1] is FAIL:
            break
    assert verdict.outcome is max(outcomes, key=[PASS, WARN, FAIL].index)
    assert (verdict.reason == "as wanted") == (verdict.outcome is PASS)
    assert list(verdict.expected) == list(keys)


@given(st.dictionaries(st.sampled_from("abcd"), wants, min_size=1), st.sampled_from("abcd"))
def test_a_key_that_was_not_looked_at_is_unknown(keys: dict[str, Want], missing: str) -> None:
    state = {key: 0 for key in keys if key != missing}
    verdict = judge(keys, state)
    assert (verdict.outcome is UNKNOWN) == (missing in keys)


def test_nothing_looked_at_is_no_pass() -> None:
    assert judge({}, {"a": 1}).outcome is UNKNOWN
    assert judge({"quota of *": AtLeast(1)}, {}).outcome is UNKNOWN
    assert judge({"quota of *": AtLeast(1)}, {"quota for a": 1}).outcome is UNKNOWN


def test_a_star_speaks_of_every_key_with_that_beginning() -> None:
    wanted = {"quota of *": AtLeast(100, floor=50, unit="bytes")}
    assert judge(wanted, {"quota of a": 100, "quota of b": UNLIMITED, "other": 0}).outcome is PASS
    verdict = judge(wanted, {"quota of a": 60, "quota of b": 10, "quota of c": 200})
    assert verdict.outcome is FAIL
    assert verdict.reason == "quota of a is 60 bytes, wanted >= 100 bytes; quota of b is 10 bytes, wanted >= 100 bytes"


def test_an_absent_thing_is_one_reason() -> None:
    verdict = judge({"exists": Equal(True), "mode": Equal("0640")}, {"exists": None, "mode": None})
    assert verdict.reason == "exists is not there, wanted True"


def test_an_absent_thing_that_is_only_advised_hides_no_failure() -> None:
    verdict = judge({"hint": Advised(Equal("x")), "limit": AtLeast(5)}, {"hint": None, "limit": 1})
    assert verdict.outcome is FAIL
    assert verdict.reason == "hint is not there, wanted x (advised); limit is 1, wanted >= 5"


@given(st.integers(MOST_REASONS + 1, 60))
def test_many_reasons_are_counted(accounts: int) -> None:
    verdict = judge({"quota of *": AtLeast(9)}, {f"quota of u{number}": 1 for number in range(accounts)})
    assert verdict.reason.count("wanted") == MOST_REASONS
    assert verdict.reason.endswith(f"and {accounts - MOST_REASONS} more")


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (104857600, "bytes", "100 MiB"),
        (1073741824, "bytes", "1 GiB"),
        (10240000, "bytes", "9.8 MiB (10240000 bytes)"),
        (512, "bytes", "512 bytes"),
        (1024, "bytes", "1 KiB"),
        (0, "bytes", "0 bytes"),
        (300, "seconds", "300 seconds"),
        (5, "", "5"),
        (0.5, "", "0.5"),
    ],
)
def test_numbers_for_people(value: float, unit: str, text: str) -> None:
    assert shown(value, unit) == text


@pytest.mark.parametrize(
    ("want", "text"),
    [
        (Equal(None), "not there"),
        (Equal(""), "empty"),
        (OneOf(("a", None)), "a or not there"),
        (AtLeast(1024, unit="bytes"), ">= 1 KiB"),
        (AtMost(5), "<= 5"),
        (Between(1, 2), "1 to 2"),
        (Matches("x", "an x"), "an x"),
        (Advised(Equal("a")), "a (advised)"),
    ],
)
def test_wants_for_people(want: Want, text: str) -> None:
    assert str(want) == text
