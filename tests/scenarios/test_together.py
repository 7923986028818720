"""Which scenarios are played at once."""

from __future__ import annotations

from collections import Counter

from tests.scenarios import SCENARIOS
from tests.scenarios.scenario import Scenario, away
from tests.scenarios.together import together


def test_each_scenario_is_played_exactly_once() -> None:
    groups = together(SCENARIOS)
    assert Counter(id(one) for group in groups for one in group) == Counter(map(id, SCENARIOS))


def test_a_control_is_in_a_group_once_only() -> None:
    for group in together(SCENARIOS):
        assert len({one.control for one in group}) == len(group)


def test_what_names_the_same_file_program_setting_or_control_is_kept_apart() -> None:
    first = Scenario("MEL-X-01", "fail-it", "touch /etc/one && systemctl reload dovecot", also=(("MEL-X-02", "fail"),))
    others = (
        Scenario("MEL-X-03", "fail-file", "rm /etc/one"),
        Scenario("MEL-X-04", "fail-program", "systemctl stop dovecot"),
        Scenario("MEL-X-02", "fail-control", "true"),
        Scenario("MEL-X-05", "fail-mend", "true", mend="rm -f /etc/one"),
    )
    for other in others:
        assert together((first, other)) == ((first,), (other,))
    setting = (
        Scenario("MEL-X-01", "fail-it", "postconf -e mailbox_size_limit=1"),
        Scenario("MEL-X-02", "fail-it", "postconf -e 'mailbox_size_limit = 2'"),
    )
    assert len(together(setting)) == 2


def test_what_does_not_meet_is_played_at_once() -> None:
    pair = (Scenario("MEL-X-01", "fail-it", "rm /etc/one"), Scenario("MEL-X-02", "fail-it", "rm /etc/two"))
    assert together(pair) == (pair,)


def test_what_leaves_the_others_in_the_dark_is_played_with_its_like_only() -> None:
    dark = tuple(away(f"MEL-X-0{number}", "unknown-it", "/usr/bin/it") for number in range(1, 4))
    assert together((*dark, Scenario("MEL-Y-01", "fail-it", "rm /etc/one")))[0] == dark
