"""Kind `mailbox_quota`: what rules come to, and that its block leaves every root with a good limit."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from baseline.formats.dovecot import DROP_IN, quota_rule, settings_in
from baseline.judge import UNLIMITED
from baseline.kinds.mailbox_quota import MailboxQuota
from baseline.model import Outcome, State
from baseline.readings.dialects.limits_23 import UNUSED
from baseline.readings.dovecot import GLOBAL, VERSION
from baseline.readings.quota_rules import FLOOR, limit_of, rule_name, rule_names, rule_number, smallest, vsizes
from tests.kinds.hosts import TARGET, Given, control, edited, judged, seen, verdict


def quota(**fields: object) -> MailboxQuota:
    found = control("mailbox_quota", **fields)
    assert isinstance(found, MailboxQuota)
    return found


def answers(plugin: Mapping[str, str], index: str = "yes") -> dict[str, Given]:
    """What doveconf prints of these plugin settings."""
    lines = "".join(f"  {name} = {value}\n" for name, value in plugin.items())
    return {VERSION: "2.3.19.1 (9b53102964)\n", GLOBAL: f"mailbox_list_index = {index}\nplugin {{\n{lines}}}\n"}


ROOT = {"quota": "count:User quota", "quota_vsizes": "yes"}


@pytest.mark.parametrize(
    ("plugin", "outcome", "limit"),
    [
        (ROOT | {"quota_rule": "*:storage=1G"}, "pass", 1 << 30),
        (ROOT | {"quota_rule": "*:storage=100M"}, "pass", 100 << 20),
        (ROOT | {"quota_rule": "*:bytes=104857600"}, "pass", 100 << 20),
        (ROOT | {"quota_rule": "*:storage=102399"}, "warn", 102399 << 10),
        (ROOT | {"quota_rule": "*:bytes=100000000"}, "warn", FLOOR),
        (ROOT | {"quota_rule": "*:bytes=99999999"}, "fail", FLOOR - 1),
        (ROOT | {"quota_rule": "*:storage=100"}, "fail", 100 << 10),
        (ROOT | {"quota_rule": "*:storage=0"}, "pass", UNLIMITED),
        (ROOT | {"quota_rule": "Trash:storage=+10%%"}, "warn", UNLIMITED),
        (ROOT | {"quota_rule2": "*:storage=50M"}, "warn", UNLIMITED),
        (ROOT | {"quota_rule": "*:storage=1G", "quota_rule2": "*:storage=50M"}, "fail", 50 << 20),
        (ROOT | {"quota_rule": "*:storage=1G", "quota_rule3": "*:storage=50M"}, "warn", 1 << 30),
        (ROOT | {"quota_rule": "*:storage=1G", "quota2": "count:Two", "quota2_rule": "*:storage=9M"}, "fail", 9 << 20),
        ({"quota": "count:User quota", "quota_rule": "*:storage=1G"}, "fail", 1 << 30),
        ({"quota": "maildir:User quota", "quota_rule": "*:storage=1G"}, "pass", 1 << 30),
        ({"quota_rule": "*:storage=50M"}, "warn", UNLIMITED),
        ({}, "warn", UNLIMITED),
    ],
)
def test_rules_come_to(plugin: dict[str, str], outcome: str, limit: int | str) -> None:
    assert verdict(quota(), answers(plugin)).outcome == outcome
    assert seen(quota(), answers(plugin))["limit"] == limit


@pytest.mark.parametrize("rule", ["*:storage=1.5G", "*:storage=100 M", "*:storage=+100M", "*:storage=10%%", "", "1G"])
def test_a_rule_that_dovecot_refuses_is_a_fail(rule: str) -> None:
    found = verdict(quota(), answers(ROOT | {"quota_rule": rule}))
    assert found.outcome == "fail"
    assert "not readable" in found.reason


def test_unlimited_by_choice_needs_no_rule() -> None:
    assert verdict(quota(quota="unlimited"), answers(ROOT)).outcome == "pass"


def test_another_version_is_unknown() -> None:
    said = answers(ROOT) | {VERSION: "2.4.1 (abc)\n"}
    assert verdict(quota(), said).outcome == "unknown"
    assert "2.4" in verdict(quota(), said).reason


def test_the_list_index_is_advised() -> None:
    assert verdict(quota(), answers(ROOT | {"quota_rule": "*:storage=1G"}, index="no")).outcome == "warn"


@pytest.mark.parametrize(
    "fields",
    [{"min_bytes": "90MB"}, {"min_bytes": 99_999_999}, {"quota": "99MB"}, {"quota": "1GB", "min_bytes": "2GB"}],
)
def test_parameters_keep_to_the_mandate(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        quota(**fields)


# --- the remedy -----------------------------------------------------------------------------------


def mended(wanted: MailboxQuota, plugin: Mapping[str, str]) -> dict[str, str] | None:
    """The plugin settings in force once the remedy's block is read after the site's; None without a remedy."""
    remedy = wanted.remedy(seen(wanted, answers(plugin)), TARGET)
    if remedy is None:
        return None
    ((path, content),) = edited(remedy.edits, {}).items()
    assert path == DROP_IN
    return dict(plugin) | settings_in(content, "plugin")


def state_of(wanted: MailboxQuota, plugin: Mapping[str, str]) -> State:
    return seen(wanted, answers(plugin))


sizes = st.sampled_from(["0", "1M", "50M", "100M", "102399", "1G", "3T", "1.5G", "", "+1M"])
masks = st.sampled_from(["*", "?", "Trash", "INBOX", "Sent"])
rules = st.one_of(
    st.builds(lambda mask, size: f"{mask}:storage={size}", masks, sizes),
    st.sampled_from(["Trash:storage=+10%%", "Junk:ignore", "*:messages=1000", "", "nonsense"]),
)
numbered = st.dictionaries(st.integers(1, 6), rules, max_size=5)


@given(one=numbered, two=numbered, second=st.booleans(), vsized=st.sampled_from(["yes", "no", ""]))
@example(one={}, two={1: "*:storage=102399", 3: "Trash:storage=+10%%"}, second=True, vsized="yes")
def test_the_block_mends_every_root_for_good(
    one: dict[int, str], two: dict[int, str], second: bool, vsized: str
) -> None:
    plugin = {"quota": "count:User quota", "quota_vsizes": vsized}
    plugin |= {rule_name("quota", number): rule for number, rule in one.items()}
    if second:
        plugin |= {"quota2": "count:Second"} | {rule_name("quota2", number): rule for number, rule in two.items()}
    wanted = quota()
    before = judged(wanted, state_of(wanted, plugin))
    after = mended(wanted, plugin)
    if before.outcome is Outcome.PASS:
        return
    if after is None:
        # A gap is for a person, so the outcome stays a warning whatever else is mended.
        assert before.outcome is Outcome.WARN
        assert "rules after a gap" in before.reason
        return
    kept = [rule for rule in one.values() if mailbox_rule(rule)]
    assert all(rule in after.values() for rule in kept)
    found = judged(wanted, state_of(wanted, after))
    assert found.outcome is Outcome.PASS, found.reason
    assert mended(wanted, after) is None


def mailbox_rule(rule: str) -> bool:
    """Whether a rule is for one mailbox, and can be read: those stay."""
    try:
        return not quota_rule(rule.replace("%%", "%")).default
    except ValueError:
        return False


def test_a_good_limit_is_kept() -> None:
    after = mended(quota(), {"quota": "count:User quota", "quota_rule": "*:storage=500M"})
    assert after is not None
    assert after["quota_rule"] == "*:storage=500M"
    assert after["quota_vsizes"] == "yes"


def test_numbers_left_over_limit_nothing() -> None:
    after = mended(quota(), ROOT | {"quota_rule": "*:storage=1M", "quota_rule2": "*:storage=2M"})
    assert after is not None
    assert after["quota_rule"] == "*:storage=1G"
    assert after["quota_rule2"] == UNUSED


def test_a_host_without_quota_gets_a_root() -> None:
    after = mended(quota(), {})
    assert after == {"quota": "count:User quota", "quota_rule": "*:storage=1G", "quota_vsizes": "yes"}


# --- small things ---------------------------------------------------------------------------------


@given(number=st.integers(1, 500), root=st.sampled_from(["quota", "quota2", "quota17"]))
def test_names_of_rules_and_their_numbers(number: int, root: str) -> None:
    name = rule_name(root, number)
    assert rule_number(name, root) == number
    assert rule_names({name: "x", f"{root}x": "y", f"{root}_rule1": "z", f"{root}_rule01": "z"}, root) == [name]
    assert re.fullmatch(r"quota\d*_rule\d*", name)


def test_the_smallest_limit_bites() -> None:
    assert smallest([]) == UNLIMITED
    assert smallest([UNLIMITED, 5, 7]) == 5
    assert smallest([UNLIMITED, 5, "not readable: x"]) == "not readable: x"


def test_an_empty_rule_ends_nothing() -> None:
    limit, live = limit_of({"quota_rule": "*:storage=1G", "quota_rule2": ""}, "quota")
    assert isinstance(limit, str)
    assert limit.startswith("not readable")
    assert live == ["*:storage=1G", ""]


@pytest.mark.parametrize(
    ("value", "expected"), [(None, "no"), ("no", "no"), ("0", "no"), ("false", "no"), ("yes", "yes"), ("", "yes")]
)
def test_vsizes_as_dovecot_reads_it(value: str | None, expected: str) -> None:
    plugin = {} if value is None else {"quota_vsizes": value}
    assert vsizes(plugin, {"quota": "count:User quota"}) == expected
    assert vsizes(plugin, {"quota": "maildir:User quota"}) == "not needed"
