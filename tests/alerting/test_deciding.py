"""What is told: changes only, once they last; and never nothing of a change that lasts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.alerting.deciding import Hysteresis, decide
from baseline.alerting.remembered import Memory, Remembered
from baseline.alerting.standings import StandsAs
from baseline.model import Change
from tests.alerting.looks import DAY, days, look, played, stood

STANDINGS: tuple[StandsAs, ...] = ("good", "waived", "warn", "fail", "drift", "unknown")
any_standing = st.sampled_from(STANDINGS)
patiences = st.builds(Hysteresis, after=st.integers(1, 4), turns=st.integers(2, 5), within=st.integers(6, 12))


@pytest.mark.parametrize(
    ("first", "standings", "told"),
    [
        ("good", ["good", "good"], [[], []]),
        ("good", ["fail", "fail", "fail"], [[], ["newly failing"], []]),
        ("good", ["fail", "good", "good"], [[], [], []]),
        ("good", ["fail", "warn", "warn"], [[], [], ["newly failing"]]),
        ("fail", ["good", "good", "good"], [[], ["mended"], []]),
        ("fail", ["good", "fail", "good", "good"], [[], [], ["flapping"], []]),
        ("warn", ["fail", "fail"], [[], ["failing otherwise"]]),
        ("good", ["unknown", "unknown", "good", "good"], [[], ["newly unknown"], [], ["known again"]]),
        ("fail", ["unknown", "unknown", "fail", "fail"], [[], ["newly unknown"], [], ["known again"]]),
        ("fail", ["unknown", "unknown", "good", "good"], [[], ["newly unknown"], [], ["mended"]]),
        ("good", ["unknown", "unknown", "fail", "fail"], [[], ["newly unknown"], [], ["newly failing"]]),
        ("good", ["drift", "drift", "good", "good"], [[], ["newly drifted"], [], ["drift gone"]]),
        ("fail", ["waived", "waived", "fail", "fail"], [[], ["waived"], [], ["newly failing"]]),
    ],
)
def test_a_change_is_told_once_it_was_seen_twice(
    first: StandsAs, standings: list[StandsAs], told: list[list[str]]
) -> None:
    assert days(standings, first=first) == told


def test_what_is_urgent_is_told_at_once_and_mended_like_all() -> None:
    assert days(["fail", "fail", "good", "good"], urgent=True) == [["newly failing"], [], [], ["mended"]]


def test_flapping_is_told_once_and_so_is_its_end() -> None:
    standings: list[StandsAs] = ["fail", "good", "fail", "good", "fail", "good", "good", "good", "good"]
    assert days(standings) == [[], [], ["flapping"], [], [], [], [], ["flaps no longer"], []]
    standings = ["fail", "good", "fail", "good", "fail", "fail", "fail", "fail"]
    assert days(standings, urgent=True) == [["newly failing"], [], ["flapping"], [], [], [], ["flaps no longer"], []]
    assert days(standings) == [[], [], ["flapping"], [], [], [], ["newly failing"], []]


def test_the_first_look_is_one_alert_that_lists_what_is_wrong_already() -> None:
    many = [stood("fail", f"OUR-A-{number:02}") for number in range(60)]
    _, (first, second) = played([look(0, *many), look(1, *many)])
    (summary,) = first
    assert (summary.kind, len(summary.others)) == ("alerts begin", 60)
    assert second == ()


def test_a_new_host_is_one_alert_and_so_is_one_that_went() -> None:
    here = stood("good")
    new = [stood("fail", f"OUR-A-{number:02}", "mx2") for number in range(9)]
    came = look(1, here, *new, changes=(Change("host appeared", "mx2"),))
    memory, (_, alerts, none) = played([look(0, here), came, look(2, here, *new)])
    assert [(one.kind, one.host, len(one.others)) for one in alerts] == [("host appeared", "mx2", 9)]
    assert none == ()
    went = look(3, here, changes=(Change("host vanished", "mx2"),))
    memory, (alerts,) = played([went], memory=memory)
    assert [(one.kind, one.host) for one in alerts] == [("host vanished", "mx2")]
    assert {host for host, _ in memory.known} == {"mx1"}


def test_an_upgraded_host_is_one_alert_and_what_lasts_of_it_is_not_told_again() -> None:
    before = [stood("good", f"OUR-A-{number:02}") for number in range(9)]
    after = [stood("fail", f"OUR-A-{number:02}", urgent=True) for number in range(9)]
    upgrade = Change("release upgraded", "mx1", before="debian 12", now="debian 13")
    other = [stood("good", host="mx2"), stood("fail", host="mx2", urgent=True)]
    looks = [look(0, *before, other[0]), look(1, *after, other[1], changes=(upgrade,)), look(2, *after, other[1])]
    _, (_, alerts, none) = played(looks)
    assert [(one.kind, one.host) for one in alerts] == [("release upgraded", "mx1"), ("newly failing", "mx2")]
    assert (alerts[0].before, alerts[0].now, len(alerts[0].others)) == ("debian 12", "debian 13", 9)
    assert none == ()


def test_another_baseline_is_one_alert() -> None:
    added = Change("control added", "", "OUR-A-02", cause="baseline", because="ours 1 → 2")
    looks = [look(0, stood("good")), look(1, stood("good"), stood("fail", "OUR-A-02"), changes=(added,))]
    _, (_, alerts) = played(looks)
    assert [one.kind for one in alerts] == ["baseline changed", "looked at for the first time"]


def test_a_host_that_is_silent_is_one_alert_and_its_controls_keep_what_they_were() -> None:
    mine = [stood("good", f"OUR-A-{number:02}") for number in range(9)]
    lost = look(1, silent=("mx1",), hosts=())
    again = look(2, silent=("mx1",), hosts=())
    looks = [look(0, *mine), lost, again, look(3, *mine), look(4, *mine)]
    memory, told = played(looks)
    assert [[one.kind for one in alerts] for alerts in told[1:]] == [[], ["not reached"], [], ["reached again"]]
    assert len(memory.known) == 10


def test_facts_of_a_host_are_told_when_they_come_and_when_they_went() -> None:
    stale = stood("fail", "stale postfix.service")
    broken = stood("fail", "transaction 20260101", urgent=True)
    looks = [look(0), look(1, stale, broken), look(2, stale, broken), look(3), look(4), look(5)]
    memory, told = played(looks)
    kinds = [sorted(one.kind for one in alerts) for alerts in told[1:]]
    assert kinds == [["newly failing"], ["newly failing"], [], ["mended", "mended"], []]
    assert [*memory.known] == [("mx1", "")]


def test_checks_that_were_missed_are_told_by_the_next_one() -> None:
    _, (_, on_time, late) = played([look(0), look(1), look(5)])
    assert on_time == ()
    (alert,) = late
    assert (alert.kind, alert.now, alert.since) == ("checks missed", "3", "2026-01-03T07:00:00Z")
    _, (_, by_hand) = played([look(0), look(5, every=0)])
    assert by_hand == ()


def test_a_note_is_told_once_while_it_stays() -> None:
    full = ("this run is not in the history: no space left",)
    _, told = played([look(0), look(1, notes=full), look(2, notes=full), look(3), look(4, notes=full)])
    assert [[one.kind for one in alerts] for alerts in told[1:]] == [["note"], [], [], ["note"]]


def test_that_a_waiver_ends_is_told_once_and_so_is_that_it_ended() -> None:
    ends, ended = ("waiver expiring", "that of OUR-A-01 ends"), ("waiver expired", "that of OUR-A-01 ended")
    looks = [look(0), *(look(number, waivers=(ends,)) for number in (1, 2)), look(3, waivers=(ended,)), look(4)]
    told = [[one.kind for one in alerts] for alerts in played(looks)[1][1:]]
    assert told == [["waiver expiring"], [], ["waiver expired"], []]


def test_controls_that_were_not_looked_at_keep_what_they_were() -> None:
    both = [stood("fail"), stood("good", "OUR-A-02")]
    memory, told = played([look(0, *both), look(1, both[0], whole=False), look(2, *both)])
    assert told[1:] == [(), ()]
    memory, _ = played([look(3, both[0])], memory=memory)
    assert ("mx1", "OUR-A-02") not in memory.known


@given(st.lists(any_standing, max_size=30), any_standing, st.booleans(), patiences)
def test_what_lasts_is_always_told(before: list[StandsAs], last: StandsAs, urgent: bool, patience: Hysteresis) -> None:
    """Whatever was before: once it stayed the same for long enough, people know exactly how it stands."""
    tail = [last] * (patience.after + 2)
    looks = [look(number, stood(one, urgent=urgent)) for number, one in enumerate([*before, *tail])]
    memory, told = played(looks, patience)
    one = memory.known["mx1", "OUR-A-01"]
    assert (one.told, one.flapping) == (last, False)
    heard = [alert.now for alerts in told[1:] for alert in alerts if alert.kind not in ("flapping", "flaps no longer")]
    assert [*before, last, *heard][-1 if heard else 0] == last


@given(st.lists(any_standing, min_size=1, max_size=40), patiences)
def test_nothing_is_told_twice(standings: list[StandsAs], patience: Hysteresis) -> None:
    """What is told differs from what was told before, unless flapping came between."""
    looks = [look(number, stood(one)) for number, one in enumerate(standings)]
    _, told = played(looks, patience)
    known = standings[0]
    for alert in (alert for alerts in told[1:] for alert in alerts):
        if alert.kind in ("flapping", "flaps no longer"):
            continue
        assert (alert.before, alert.now != known) == (known, True)
        known = alert.now  # type: ignore[assignment]


@given(st.integers(1, 60), st.booleans())
def test_what_turns_every_time_is_told_at_most_twice(number: int, urgent: bool) -> None:
    standings: list[StandsAs] = ["fail" if each % 2 == 0 else "good" for each in range(number)]
    assert sum(map(len, days(standings, urgent=urgent))) <= 2


@given(st.lists(any_standing, min_size=1, max_size=20), patiences)
def test_controls_do_not_disturb_each_other(standings: list[StandsAs], patience: Hysteresis) -> None:
    alone = played([look(n, stood(one)) for n, one in enumerate(standings)], patience)[1]
    both = played([look(n, stood(one), stood("good", "OUR-B-01")) for n, one in enumerate(standings)], patience)[1]
    assert alone[1:] == both[1:]


@given(st.sampled_from(STANDINGS), st.text(max_size=3), st.integers(0, 3), st.sampled_from([None, *STANDINGS]))
def test_what_is_remembered_comes_back_as_it_was(told: StandsAs, words: str, times: int, known: StandsAs) -> None:
    one = Remembered(told, words, pending=known, times=times, recent=words, known=known)
    assert Remembered.from_list(one.to_list()) == one


def test_a_look_that_is_told_twice_changes_nothing_more() -> None:
    """A run that was decided on, and whose process died before it could keep that, decides the same again."""
    memory = played([look(0, stood("good")), look(1, stood("fail"))])[0]
    assert decide(memory, look(2, stood("fail")), Hysteresis()) == decide(memory, look(2, stood("fail")), Hysteresis())
    assert Memory.from_dict(memory.to_dict()) == memory
    assert memory.every == DAY
