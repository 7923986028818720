"""What a restriction list of Postfix decides about a stranger, rule by rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.formats.restrictions import REFUSES_STRANGERS, Decision, expand, for_stranger, reached, restriction_tokens

HARMLESS = ("permit_mynetworks", "permit_sasl_authenticated", "reject_unknown_sender_domain", "warn_if_reject reject")
DOUBTFUL = ("check_sender_access hash:/a", "check_policy_service unix:p", "permit_mx_backup")
ANY = st.sampled_from([*HARMLESS, *DOUBTFUL, *sorted(REFUSES_STRANGERS), "permit", "permit_tls_all_clientcerts"])


@given(st.lists(ANY))
def test_the_first_rule_that_decides_decides(rules: list[str]) -> None:
    found = for_stranger(rules)
    deciding = [rule for rule in rules if rule not in (*HARMLESS, *DOUBTFUL)]
    if not deciding:
        assert found.word == "end"
        assert found.doubts == tuple(rule for rule in rules if rule in DOUBTFUL)
        return
    assert found.rule == deciding[0]
    assert found.word == ("refused" if deciding[0] in REFUSES_STRANGERS else "permitted")
    assert found.doubts == tuple(rule for rule in rules[: rules.index(deciding[0])] if rule in DOUBTFUL)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (
            "permit_mynetworks permit_sasl_authenticated defer_unauth_destination",
            Decision("refused", "defer_unauth_destination"),
        ),
        ("permit_sasl_authenticated,reject", Decision("refused", "reject")),
        ("permit_mynetworks", Decision("end")),
        ("permit, reject_unauth_destination", Decision("permitted", "permit")),
        ("warn_if_reject reject_unauth_destination, permit", Decision("permitted", "permit")),
        (
            "check_client_access cidr:/etc/own, check_helo_access hash:/etc/helo, reject_unauth_destination",
            Decision("refused", "reject_unauth_destination", ("check_helo_access hash:/etc/helo",)),
        ),
    ],
)
def test_lists_as_people_write_them(value: str, expected: Decision) -> None:
    assert for_stranger(restriction_tokens(value)) == expected


@given(st.lists(ANY), ANY)
def test_a_rule_is_reached_unless_something_decides_for_everybody(rules: list[str], wanted: str) -> None:
    ends = [place for place, rule in enumerate(rules) if rule in ("permit", "reject", "defer")]
    place = rules.index(wanted) if wanted in rules else None
    assert reached(rules, wanted) is (place is not None and (not ends or place <= ends[0]))


@given(st.lists(ANY, max_size=4), st.lists(ANY, max_size=4))
def test_classes_are_replaced_by_their_rules(before: list[str], inner: list[str]) -> None:
    classes = {"strict": ", ".join(inner)}
    assert expand([*before, "strict"], classes) == [*before, *restriction_tokens(classes["strict"])]
    assert expand(before, {}) == before


def test_classes_in_classes() -> None:
    assert expand(["a", "x"], {"a": "b, y", "b": "z"}) == ["z", "y", "x"]
    assert expand(["a"], {"a": "b", "b": "a"}) == ["a"]
