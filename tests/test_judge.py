"""The one comparison that every kind shares."""

from __future__ import annotations

import json
from dataclasses import replace

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
    not_looked_at,
)
from baseline.model import Compared, Location, Outcome, Scalar, Wanted
from baseline.model.numbers import shown, storable

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
    assert [(one.key, one.found, one.wanted) for one in verdict.keys] == [
        (key, value, want.data) for key, (want, value) in keys.items()
    ]
    assert [one.outcome for one in verdict.keys] == outcomes + [None] * (len(keys) - len(outcomes))


@given(st.dictionaries(st.sampled_from("abcd"), wants, min_size=1), st.sampled_from("abcd"))
def test_a_key_that_was_not_looked_at_is_unknown(keys: dict[str, Want], missing: str) -> None:
    state = {key: 0 for key in keys if key != missing}
    verdict = judge(keys, state)
    fails = any(want.judge(0) is FAIL for key, want in keys.items() if key != missing)
    assert verdict.outcome is (FAIL if fails else UNKNOWN if missing in keys else PASS)
    assert verdict.unseen == ((f"{missing} was not looked at",) if fails and missing in keys else ())
    assert [one.key for one in verdict.keys if one.outcome is UNKNOWN] == ([missing] if missing in keys else [])
    assert {one.key: one.found for one in verdict.keys if one.looked_at} == state


@given(
    st.dictionaries(st.sampled_from("abcd"), st.tuples(wants, scalars), min_size=1), st.sets(st.sampled_from("abcd"))
)
def test_what_was_not_seen_makes_nothing_better(keys: dict[str, tuple[Want, Scalar]], lost: set[str]) -> None:
    wanted = {key: want for key, (want, _) in keys.items()}
    whole = judge(wanted, {key: value for key, (_, value) in keys.items()})
    part = {key: value for key, (_, value) in keys.items() if key not in lost}
    verdict = judge(wanted, part, unseen=("it took too long",))
    assert verdict.outcome in (FAIL, UNKNOWN)
    assert verdict.outcome is UNKNOWN or (verdict.unseen == ("it took too long",) and whole.outcome is FAIL)
    assert verdict.outcome is FAIL or verdict.reason == "it took too long"
    assert (verdict.outcome is FAIL) == any(wanted[key].judge(value) is FAIL for key, value in part.items())


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
    assert [(one.key, one.outcome, one.holds, one.wrong) for one in verdict.keys] == [
        ("quota of a", WARN, False, True),
        ("quota of b", FAIL, False, True),
        ("quota of c", PASS, True, False),
    ]


def test_keys_are_in_the_order_of_the_state_with_what_nobody_wants_among_them() -> None:
    place = Location("/etc/postfix/main.cf", 7)
    verdict = judge({"b": Equal(1), "none of *": Equal(2), "a": AtMost(3)}, {"x": 0, "a": 4, "b": 1}, {"a": place})
    assert verdict.keys == (
        Compared("x", 0),
        Compared("a", 4, Wanted("at_most", (3,)), FAIL, place),
        Compared("b", 1, Wanted("equal", (1,)), PASS),
        Compared("none of *", None, Wanted("equal", (2,)), Outcome.NOTAPPLICABLE),
    )


def test_a_control_that_could_not_look_says_what_it_wanted() -> None:
    (one,) = not_looked_at({"a": Advised(AtLeast(2, 1, "days"))})
    assert (one.outcome, one.looked_at, one.holds, one.wrong) == (UNKNOWN, False, None, False)
    assert one.wanted == Wanted("at_least", (2,), "days", advised=True, tolerated=(1,))


def test_an_absent_thing_is_one_reason() -> None:
    verdict = judge({"exists": Equal(True), "mode": Equal("0640")}, {"exists": None, "mode": None})
    assert verdict.reason == "exists is not there, wanted True"
    assert [(one.outcome, one.holds) for one in verdict.keys] == [(FAIL, False), (None, None)]


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
        (float("nan"), "bytes", "nan bytes"),
        (float("inf"), "days", "inf days"),
        (float("-inf"), "", "-inf"),
        (10**400, "bytes", "about 10^400 bytes"),
        pytest.param(-(10**5000), "", "about -10^5000", id="5000 digits"),
        (1e308, "", "about 10^308"),
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


@given(scalars | st.sampled_from([10**400, -(10**5000), float("inf")]))
def test_every_value_can_be_stored_as_json(value: Scalar) -> None:
    kept = storable(value)
    assert json.loads(json.dumps(kept, allow_nan=False)) == kept
    assert storable(kept) == kept
    if value == value and isinstance(value, int | float) and abs(value) <= 1e300:
        assert (kept, type(kept)) == (value, type(value))


@given(wants, scalars, st.sampled_from(["", "bytes", "days"]))
def test_a_want_survives_as_data(want: Want, value: Scalar, unit: str) -> None:
    one = judge({"a": want}, {"a": storable(value)}).keys[0]
    assert one.wanted is not None
    one = replace(one, wanted=replace(one.wanted.mapped(storable), unit=unit))
    assert Compared.from_dict(json.loads(json.dumps(one.to_dict()))) == one


@pytest.mark.parametrize("number", [float("nan"), float("inf"), 10**400, 10**5000], ids=["nan", "inf", "400", "5000"])
@pytest.mark.parametrize("unit", ["", "bytes"])
def test_no_number_is_too_much_for_a_reason(number: float, unit: str) -> None:
    assert "wanted" in judge({"a": AtMost(5, unit=unit), "b": Equal(1)}, {"a": number, "b": number}).reason
