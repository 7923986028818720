"""The filter's controls over answers that no lab host gives: SpamAssassin, odd configurations, broken replies."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from baseline.errors import CannotTell, NothingToJudge
from baseline.kinds.filter_freshness import AGES, TIMER, UPDATERS
from baseline.kinds.malware_scanning import INSTALLED, LIMIT, PING
from baseline.model import Answer
from baseline.readings.filter_engine import SA_SCORE, SPAMASS_MILTER
from baseline.readings.rspamd import DUMP
from tests.kinds.antispam import HERE, files, host, state, verdict
from tests.kinds.hosts import control, for_a_person

SOCKET = "u_str LISTEN 0 128 /var/spool/postfix/spamass/spamass.sock 1 * 0\n"
SA = {"smtpd_milters": "unix:spamass/spamass.sock"}
MASTER = "smtp inet n - y - - smtpd\nsubmission inet n - y - - smtpd\n"


# --- content_filter -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("main", "overrides", "outcome"),
    [
        ({}, {}, "pass"),
        ({}, {"smtp/inet": {"smtpd_milters": ""}}, "fail"),
        ({}, {"127.0.0.1:10025/inet": {"smtpd_milters": ""}}, "pass"),
        ({"smtpd_milters": "inet:127.0.0.1:11333"}, {}, "fail"),
        ({"smtpd_milters": "inet:127.0.0.1:8891, inet:localhost:11332"}, {}, "pass"),
        ({"receive_override_options": "no_address_mappings, no_milters"}, {}, "fail"),
        ({"receive_override_options": "no_address_mappings"}, {}, "pass"),
        ({"non_smtpd_milters": ""}, {}, "warn"),
    ],
)
def test_where_the_filter_is_asked(main: dict[str, str], overrides: dict[str, dict[str, str]], outcome: str) -> None:
    wanted = control("content_filter")
    assert verdict(wanted, state(wanted, host(main, overrides))).outcome == outcome


def test_several_workers_are_all_read() -> None:
    wanted = control("content_filter")
    for workers, expected in (
        ([{"normal": {}}, {"rspamd_proxy": {"milter": False}}], "fail"),
        ([{"normal": {}}], "fail"),
        ({"rspamd_proxy": {"milter": True}}, "pass"),
    ):
        assert verdict(wanted, state(wanted, host(rspamd={"worker": workers}))).outcome == expected


def test_spamassassin_by_its_milter() -> None:
    wanted = control("content_filter", engine="spamassassin")
    there = host(SA, more={"ss -Hlx": SOCKET, DUMP: Answer(127)})
    assert verdict(wanted, state(wanted, there)).outcome == "pass"
    assert verdict(wanted, state(wanted, host(SA))).reason.startswith(
        "filter at unix:spamass/spamass.sock is not there"
    )


def test_a_filter_that_is_not_installed_is_installed_and_started() -> None:
    wanted = control("content_filter")
    found = state(wanted, host({"smtpd_milters": ""}, more={"ss -Hltn": ""}))
    remedy = wanted.remedy(found, HERE)
    assert remedy is not None
    assert remedy.packages == ("rspamd",)
    assert [action.name for action in remedy.actions] == ["start rspamd.service"]


def test_other_milters_are_kept_and_overrides_changed_where_they_stand() -> None:
    wanted = control("content_filter")
    main = {"smtpd_milters": "inet:127.0.0.1:8891", "non_smtpd_milters": "inet:127.0.0.1:8891"}
    found = state(wanted, host(main, {"smtp/inet": {"smtpd_milters": ""}}))
    before = {
        "/etc/postfix/main.cf": "".join(f"{name} = {value}\n" for name, value in main.items()),
        "/etc/postfix/master.cf": MASTER.replace("y - - smtpd\nsub", "y - - smtpd -o smtpd_milters=\nsub"),
    }
    after = files(wanted, found, before)
    assert after is not None
    assert after["/etc/postfix/main.cf"] == (
        "smtpd_milters = inet:127.0.0.1:11332, inet:127.0.0.1:8891\n"
        "non_smtpd_milters = inet:127.0.0.1:11332, inet:127.0.0.1:8891\n"
    )
    assert "-o smtpd_milters=inet:127.0.0.1:11332" in after["/etc/postfix/master.cf"]


def test_a_host_that_takes_mail_from_itself_alone_has_nothing_to_filter() -> None:
    wanted = control("content_filter")
    with pytest.raises(NothingToJudge, match="inet_interfaces"):
        state(wanted, host({"inet_interfaces": "loopback-only"}))
    with pytest.raises(NothingToJudge, match="no smtpd service"):
        state(wanted, host(services="127.0.0.1:25 inet n - y - - smtpd\n"))


# --- filter_failure -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("main", "outcome"),
    [
        ({}, "pass"),
        ({"milter_default_action": "shutdown"}, "pass"),
        ({"milter_default_action": "accept"}, "fail"),
        ({"smtpd_milters": "{ inet:127.0.0.1:11332, default_action = accept }"}, "fail"),
        ({"smtpd_milters": "{ inet:127.0.0.1:11332, default_action = tempfail }"}, "pass"),
        ({"milter_content_timeout": "5"}, "fail"),
        ({"milter_content_timeout": "1m"}, "pass"),
    ],
)
def test_what_happens_when_the_filter_fails(main: dict[str, str], outcome: str) -> None:
    wanted = control("filter_failure")
    assert verdict(wanted, state(wanted, host(main))).outcome == outcome


def test_what_stays_is_for_a_person() -> None:
    wanted = control("filter_failure")
    own = state(wanted, host({"smtpd_milters": "{ inet:127.0.0.1:11332, default_action=accept }"}))
    assert wanted.remedy(own, HERE) is None
    assert "braces" in for_a_person(wanted, own, HERE)


def test_spamassassin_has_no_time_of_its_own() -> None:
    wanted = control("filter_failure", engine="spamassassin")
    assert verdict(wanted, state(wanted, host(SA, more={DUMP: Answer(127)}))).outcome == "pass"


# --- spam_thresholds ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("actions", "outcome"),
    [
        ({"greylist": 4, "add_header": 6, "reject": 15}, "pass"),
        ({"greylist": 4, "add_header": 6, "reject": 9999}, "fail"),
        ({"greylist": 4, "reject": 15}, "fail"),
        ({"greylist": 4, "add_header": 12, "reject": 8}, "fail"),
        ({"greylist": 9, "add_header": 6, "reject": 15}, "fail"),
        ({"greylist": 4, "add_header": [6, 7], "reject": 15}, "fail"),
    ],
)
def test_scores(actions: dict[str, Any], outcome: str) -> None:
    wanted = control("spam_thresholds")
    assert verdict(wanted, state(wanted, host(rspamd={"actions": actions}))).outcome == outcome


@pytest.mark.parametrize(
    ("scores", "running", "outcome"),
    [
        ("", "spamass-milter -r 15", "pass"),
        ("5.0\n", "spamass-milter -r15", "pass"),
        ("5\n4.5 # the site's\n", "spamass-milter -r 15", "pass"),
        ("", "spamass-milter -i 127.0.0.1", "fail"),
        ("", "spamass-milter -r -1", "fail"),
        ("50\n", "spamass-milter -r 15", "fail"),
    ],
)
def test_scores_of_spamassassin(scores: str, running: str, outcome: str) -> None:
    wanted = control("spam_thresholds", engine="spamassassin")
    found = state(wanted, host(more={SA_SCORE: scores, SPAMASS_MILTER: running}))
    assert verdict(wanted, found).outcome == outcome
    assert wanted.remedy(found, HERE) is None


@pytest.mark.parametrize("running", ["", "spamass-milter -r x", "spamass-milter -r", "spamass-milter 'x"])
def test_a_milter_that_cannot_be_read_is_unknown(running: str) -> None:
    wanted = control("spam_thresholds", engine="spamassassin")
    with pytest.raises(CannotTell):
        state(wanted, host(more={SPAMASS_MILTER: running}))
    with pytest.raises(CannotTell, match="no number"):
        state(wanted, host(more={SA_SCORE: "five\n"}))


def test_only_scores_that_are_out_of_bounds_are_set() -> None:
    wanted = control("spam_thresholds")
    found = state(wanted, host(rspamd={"actions": {"greylist": 3, "add_header": 7, "reject": 99}}))
    assert files(wanted, found, {}) == {"/etc/rspamd/local.d/actions.conf": "reject = 15;\n"}
    swapped = state(wanted, host(rspamd={"actions": {"greylist": 4, "add_header": 10, "reject": 9}}))
    assert wanted.remedy(swapped, HERE) is None


@pytest.mark.parametrize("fields", [{"reject": 50}, {"mark": 3.5, "greylist": 4}, {"reject": 10, "mark": 11}])
def test_scores_that_make_no_sense_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        control("spam_thresholds", **fields)


# --- filter_freshness -----------------------------------------------------------------------------

UNIT = "Id={}\nLoadState={}\nActiveState={}\nUnitFileState={}\n"


def updaters(timer: str = "inactive disabled", freshclam: str = "") -> str:
    blocks = []
    for name, said in (("clamav-freshclam.service", freshclam), (TIMER, timer)):
        active, enabled = said.split() if said else ("inactive", "")
        blocks.append(UNIT.format(name, "loaded" if said else "not-found", active, enabled))
    return "\n".join(blocks)


def fresh(ages: str, said: str, **fields: Any) -> str:
    wanted = control("filter_freshness", **fields)
    answers = host(more={AGES: ages, UPDATERS.format(timer=TIMER): said})
    return verdict(wanted, state(wanted, answers)).outcome.value


DAY = 86400
RULES = "/var/lib/spamassassin/4.000001/updates_spamassassin_org.cf"


@pytest.mark.parametrize(
    ("ages", "said", "outcome"),
    [
        (f"{DAY} {RULES}\n", updaters("active enabled"), "pass"),
        (f"{30 * DAY} {RULES}\n", updaters("active enabled"), "fail"),
        (f"{DAY} {RULES}\n", updaters("inactive disabled"), "fail"),
        ("", updaters("active enabled"), "fail"),
        (f"-50 {RULES}\n", updaters("active enabled"), "pass"),
    ],
)
def test_rules_of_spamassassin(ages: str, said: str, outcome: str) -> None:
    assert fresh(ages, said, engine="spamassassin") == outcome


@pytest.mark.parametrize(
    ("ages", "freshclam", "outcome"),
    [
        (f"{DAY} /var/lib/clamav/daily.cld\n", "active enabled", "pass"),
        (f"{3 * DAY} /var/lib/clamav/daily.cvd\n", "active enabled", "fail"),
        (f"{DAY} /var/lib/clamav/daily.cld\n", "inactive enabled", "fail"),
        ("", "active enabled", "fail"),
    ],
)
def test_signatures_of_clamav(ages: str, freshclam: str, outcome: str) -> None:
    assert fresh(ages, updaters(freshclam=freshclam)) == outcome


def test_maps_have_to_be_fetched_where_that_is_wanted() -> None:
    with pytest.raises(NothingToJudge):
        fresh("", updaters())
    assert fresh("", updaters(), min_maps=1) == "fail"
    assert fresh(f"{DAY} /var/lib/rspamd/a.map\n", updaters(), min_maps=1) == "pass"


def test_an_updater_is_started_where_that_helps() -> None:
    wanted = control("filter_freshness", engine="spamassassin")
    question = UPDATERS.format(timer=TIMER)
    idle = host(more={AGES: f"{DAY} {RULES}\n", question: updaters("active disabled")})
    remedy = wanted.remedy(state(wanted, idle), HERE)
    assert remedy is not None
    assert [(action.do, action.undo) for action in remedy.actions] == [
        (f"systemctl --quiet enable --now {TIMER}\n", f"systemctl --quiet disable {TIMER}; :\n")
    ]
    old = host(more={AGES: f"{60 * DAY} {RULES}\n", question: updaters("inactive disabled")})
    assert wanted.remedy(state(wanted, old), HERE) is None


@pytest.mark.parametrize(("ages", "said"), [("yesterday /x\n", updaters()), ("", "nothing\n")])
def test_ages_that_cannot_be_read_are_unknown(ages: str, said: str) -> None:
    with pytest.raises(CannotTell):
        fresh(ages, said)


# --- malware_scanning -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "ping", "outcome"),
    [("", "yes", "pass"), ("25M", "yes", "pass"), ("1M", "yes", "fail"), ("", "no", "fail"), ("", "unasked", "fail")],
)
def test_what_clamd_does(limit: str, ping: str, outcome: str) -> None:
    wanted = control("malware_scanning")
    scanner = {"clamav": {"type": "clamav", "servers": "/run/clamav/clamd.ctl", "action": "reject"}}
    answers = host(
        {"message_size_limit": "26214400"},
        rspamd={"antivirus": scanner},
        modules="Modules enabled: antivirus\n",
        more={INSTALLED: "installed\n", PING: f"{ping}\n", LIMIT: f"{limit}\n"},
    )
    assert verdict(wanted, state(wanted, answers)).outcome == outcome
