"""Kind `postfix_setting` on answers of Postfix 3.7."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from baseline.edits import DropOverride, SetOverride, SetParameter
from baseline.model import Answer, Outcome
from tests.kinds.hosts import TARGET, Given, control, seen, verdict

MAIN = """\
message_size_limit = 10240000
mynetworks = 127.0.0.0/8
non_smtpd_milters = inet:localhost:11332
smtpd_helo_required = no
"""
RAW = MAIN.replace("inet:localhost:11332", "$smtpd_milters")
SERVICES = (
    "smtp       inet  n       -       y       -       -       smtpd\n"
    "submission inet  n       -       y       -       -       smtpd -o smtpd_helo_required=yes\n"
)


def answers(**changed: Given) -> dict[str, Given]:
    """What an ordinary host says; `main`, `overrides`, `services`, `raw` and `raw_overrides` may differ."""
    return {
        "postconf -x": changed.get("main", MAIN),
        "postconf -xP": changed.get("overrides", "submission/inet/smtpd_helo_required = yes\n"),
        "postconf -M": changed.get("services", SERVICES),
        "postconf": changed.get("raw", RAW),
        "postconf -P": changed.get("raw_overrides", "submission/inet/smtpd_helo_required = yes\n"),
    }


def outcome(said: dict[str, Given] | None = None, **fields: Any) -> str:
    return verdict(control("postfix_setting", **fields), said or answers()).outcome


def test_the_value_has_to_be_the_wanted_one() -> None:
    assert outcome(name="mynetworks", value="127.0.0.0/8") == "pass"
    assert outcome(name="mynetworks", value="127.0.0.0/16") == "fail"
    assert outcome(name="mynetworks", value="127.0.0.0/16", accept=["127.0.0.0/8"]) == "pass"


def test_an_override_that_repeats_the_wanted_value_is_no_fault() -> None:
    said = answers(main=MAIN.replace("required = no", "required = yes"))
    assert outcome(said, name="smtpd_helo_required", value="yes") == "pass"
    assert outcome(name="smtpd_helo_required", value="no") == "fail"
    assert outcome(name="smtpd_helo_required", value="no", services=["smtp/inet"]) == "pass"


def test_a_parameter_that_this_postfix_lacks_is_not_set() -> None:
    wanted = control("postfix_setting", name="smtpd_forbid_bare_newline", value="normalize")
    state = seen(wanted, answers())
    assert state["smtpd_forbid_bare_newline"] is None
    assert wanted.remedy(state, TARGET) is None
    assert "upgrade Postfix" in wanted.advice(state)
    assert verdict(wanted, answers()).outcome is Outcome.FAIL


@pytest.mark.parametrize("value", ["100M", "20971520 # 20 MB", "", "1e9"])
def test_a_number_that_postfix_dies_of_fails(value: str) -> None:
    said = answers(main=f"message_size_limit = {value}\n", overrides="", services="")
    found = verdict(control("postfix_setting", name="message_size_limit", value="26214400", at_least=1), said)
    assert found.outcome is Outcome.FAIL
    assert "not a number" in found.reason


def test_bounds_take_sizes_times_and_no_limit() -> None:
    bounded: dict[str, Any] = {"name": "message_size_limit", "value": "26214400", "unit": "bytes"}
    assert outcome(**bounded, at_least="9MB") == "pass"
    assert outcome(**bounded, at_least="25MB") == "fail"
    assert outcome(**bounded, at_least="1MB", at_most="25MB") == "pass"
    assert outcome(**bounded, at_least="20MB", at_most="25MB") == "fail"
    zero = answers(main="mailbox_size_limit = 0\n", overrides="", services="")
    limit: dict[str, Any] = {"name": "mailbox_size_limit", "value": "0", "at_least": "100MB"}
    assert outcome(zero, **limit, zero_is_unlimited=True) == "pass"
    slow = answers(main="milter_connect_timeout = 2m\n", overrides="", services="")
    timeout = {"name": "milter_connect_timeout", "value": "30s", "unit": "seconds"}
    assert outcome(slow, **timeout, at_most=120) == "pass"
    assert outcome(slow, **timeout, at_most=119) == "fail"


def test_a_name_in_the_value_holds_as_written_and_expanded() -> None:
    assert outcome(name="non_smtpd_milters", value="$smtpd_milters") == "pass"
    assert outcome(name="non_smtpd_milters", value="$other_milters") == "fail"
    assert outcome(name="non_smtpd_milters", value="$other", accept=["inet:localhost:11332"]) == "pass"


def test_lists_are_compared_by_their_words_only_when_asked() -> None:
    said = answers(main="mynetworks = 127.0.0.0/8,   [::1]/128\n", overrides="", services="")
    assert outcome(said, name="mynetworks", value="127.0.0.0/8 [::1]/128", as_list=True) == "pass"
    assert outcome(said, name="mynetworks", value="127.0.0.0/8 [::1]/128") == "fail"
    assert outcome(said, name="mynetworks", value="127.0.0.0/8, [::1]/128") == "pass"


def test_an_earlier_definition_is_a_warning_and_is_mended() -> None:
    warning = b"postconf: warning: /etc/postfix/main.cf, line 9: overriding earlier entry: mynetworks=0.0.0.0/0\n"
    said = answers(main=Answer(0, MAIN.encode(), warning))
    wanted = control("postfix_setting", name="mynetworks", value="127.0.0.0/8")
    assert verdict(wanted, said).outcome is Outcome.WARN
    remedy = wanted.remedy(seen(wanted, said), TARGET)
    assert remedy is not None
    assert remedy.edits == (SetParameter("mynetworks", "127.0.0.0/8"),)
    assert (
        verdict(control("postfix_setting", name="smtpd_helo_required", value="no", services=["a/inet"]), said).outcome
        == "pass"
    )


def test_the_remedy_sets_the_parameter_and_drops_what_contradicts() -> None:
    wanted = control("postfix_setting", name="smtpd_helo_required", value="never")
    remedy = wanted.remedy(seen(wanted, answers()), TARGET)
    assert remedy is not None
    assert remedy.edits == (
        SetParameter("smtpd_helo_required", "never"),
        DropOverride("submission/inet", "smtpd_helo_required"),
    )
    assert remedy.reloads == ("postfix",)


def test_a_misspelt_override_is_not_passed_over() -> None:
    services = SERVICES.replace("-o smtpd_helo_required=yes", "-o smtpd_helo_required = no")
    said = answers(main=MAIN.replace("required = no", "required = yes"), overrides="", services=services)
    wanted = control("postfix_setting", name="smtpd_helo_required", value="yes")
    found = verdict(wanted, said)
    assert found.outcome is Outcome.FAIL
    assert "smtpd_helo_required in submission/inet is (not read: misspelt in master.cf)" in found.reason
    remedy = wanted.remedy(seen(wanted, said), TARGET)
    assert remedy is not None
    assert remedy.edits == (DropOverride("submission/inet", "smtpd_helo_required"),)


def test_what_follows_a_misspelt_override_is_not_passed_over_either() -> None:
    services = SERVICES.replace("-o smtpd_helo_required=yes", "-o mynetworks = x -o smtpd_helo_required=yes")
    said = answers(main=MAIN.replace("required = no", "required = yes"), overrides="", services=services)
    assert outcome(said, name="smtpd_helo_required", value="yes") == "fail"


def test_arguments_that_postconf_misreads_are_unknown() -> None:
    # Seen of Postfix 3.7 with `-osmtpd_helo_required=no`, which smtpd itself reads well.
    services = SERVICES.replace("-o smtpd_helo_required=yes", "-o smtpd_hel -o _required=n -o")
    said = answers(overrides="submission/inet/_required = n\n", services=services)
    found = verdict(control("postfix_setting", name="smtpd_helo_required", value="no"), said)
    assert found.outcome is Outcome.UNKNOWN
    assert "misreads the arguments of submission/inet" in found.reason


# --- one service ----------------------------------------------------------------------------------


def test_of_one_service_its_own_value_counts() -> None:
    one: dict[str, Any] = {"name": "smtpd_helo_required", "only": "submission/inet"}
    assert outcome(**one, value="yes") == "pass"
    assert outcome(**one, value="no") == "fail"
    assert outcome(name="smtpd_helo_required", value="no", only="smtp/inet") == "pass"


def test_of_one_service_the_override_is_set_or_dropped() -> None:
    wanted = control("postfix_setting", name="smtpd_helo_required", value="yes", only="smtp/inet")
    remedy = wanted.remedy(seen(wanted, answers()), TARGET)
    assert remedy is not None
    assert remedy.edits == (SetOverride("smtp/inet", "smtpd_helo_required", "yes"),)
    wanted = control("postfix_setting", name="smtpd_helo_required", value="no", only="submission/inet")
    remedy = wanted.remedy(seen(wanted, answers()), TARGET)
    assert remedy is not None
    assert remedy.edits == (DropOverride("submission/inet", "smtpd_helo_required"),)


def test_a_service_that_is_not_there_fails_and_is_for_a_person() -> None:
    wanted = control("postfix_setting", name="smtpd_helo_required", value="no", only="smtps/inet")
    state = seen(wanted, answers())
    assert verdict(wanted, answers()).reason == "smtpd_helo_required in smtps/inet is not there, wanted no"
    assert wanted.remedy(state, TARGET) is None
    assert "no service smtps/inet" in wanted.advice(state)


# --- could not look -------------------------------------------------------------------------------


@pytest.mark.parametrize("which", ["main", "overrides", "services"])
@pytest.mark.parametrize("rc", [1, 124, 127])
def test_a_question_without_an_answer_is_unknown(which: str, rc: int) -> None:
    broken: dict[str, Given] = {which: Answer(rc, b"", b"postconf: fatal: bad configuration")}
    found = verdict(control("postfix_setting", name="smtpd_helo_required", value="no"), answers(**broken))
    assert found.outcome is Outcome.UNKNOWN
    assert "postconf" in found.reason


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "a b", "value": "x"},
        {"name": "a", "value": "x\ny"},
        {"name": "a", "value": "5", "at_least": 10},
        {"name": "a", "value": "x", "at_least": 10},
        {"name": "a", "value": "10", "at_least": 10, "accept": ["5"]},
        {"name": "a", "value": "x", "services": ["submission"]},
        {"name": "a", "value": "x", "services": ["a/inet"], "only": "a/inet"},
        {"name": "a"},
    ],
)
def test_what_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        control("postfix_setting", **fields)
