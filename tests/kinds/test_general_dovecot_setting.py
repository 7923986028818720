"""Kind `dovecot_setting` on answers of Dovecot 2.3 and 2.4."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from baseline.edits import SetBlock
from baseline.formats.dovecot import DROP_IN
from baseline.kinds.dovecot_setting import DovecotSetting
from baseline.model import Answer, Outcome
from baseline.readings.dovecot_values import each_question, value_question
from tests.kinds.hosts import TARGET, Given, control, seen, verdict

VERSION = "2.3.19.1 (9b53102964)\n"


def wanted(**fields: Any) -> DovecotSetting:
    found = control("dovecot_setting", **fields)
    assert isinstance(found, DovecotSetting)
    return found


def answers(name: str, main: str | None, version: Given = VERSION, **protocols: str | None) -> dict[str, Given]:
    """What doveconf says; None is a setting that is not there, of which it prints nothing at all."""

    def printed(value: str | None) -> str:
        return "" if value is None else f"{value}\n"

    each = "".join(f"protocol {protocol}\n{printed(value)}" for protocol, value in protocols.items())
    alone: dict[str, Given] = {value_question(name, p): printed(v) for p, v in protocols.items()}
    return {"dovecot --version": version, value_question(name): printed(main), each_question(name): each} | alone


@pytest.mark.parametrize(
    ("main", "imap", "outcome"),
    [
        ("required", "required", "pass"),
        ("yes", "yes", "fail"),
        ("required", "yes", "fail"),
        ("yes", "required", "fail"),
    ],
)
def test_globally_and_for_every_protocol(main: str, imap: str, outcome: str) -> None:
    assert verdict(wanted(name="ssl", value="required"), answers("ssl", main, imap=imap)).outcome == outcome


def test_for_the_protocols_named_alone() -> None:
    said = answers("mail_plugins", " ", imap=" quota imap_quota", lmtp="")
    assert verdict(wanted(name="mail_plugins", value="quota imap_quota", protocols=["imap"]), said).outcome == "pass"
    found = verdict(wanted(name="mail_plugins", value="quota imap_quota", protocols=["imap", "lmtp"]), said)
    assert found.reason == "mail_plugins for lmtp is empty, wanted quota imap_quota"


@pytest.mark.parametrize(
    ("value", "printed", "outcome"),
    [
        ("100M", "100 M", "pass"),
        ("102400k", "100 M", "pass"),
        ("131072", "128 k", "pass"),
        ("100M", "101 M", "fail"),
        ("30s", "30 secs", "pass"),
        ("60 mins", "1 hours", "pass"),
        ("1 hour", "59 mins", "fail"),
        ("500 msecs", "500 msecs", "pass"),
        ("10 m", "10 mins", "pass"),
        ("yes", "yes", "pass"),
        ("a  b", "a b", "pass"),
    ],
)
def test_sizes_and_times_are_compared_by_what_they_mean(value: str, printed: str, outcome: str) -> None:
    said = answers("some_setting", printed, imap=printed)
    assert verdict(wanted(name="some_setting", value=value), said).outcome == outcome


def test_values_of_plugins_are_text() -> None:
    said = answers("plugin/quota_rule", "100 M", imap="100 M")
    assert verdict(wanted(name="plugin/quota_rule", value="100M"), said).outcome is Outcome.FAIL


def test_bounds() -> None:
    said = answers("mail_attachment_min_size", "128 k", imap="128 k")
    bounded = {"name": "mail_attachment_min_size", "unit": "bytes"}
    assert verdict(wanted(**bounded, value="128k", at_least="128k"), said).outcome == "pass"
    assert verdict(wanted(**bounded, value="1M", at_least="129k"), said).outcome == "fail"
    assert verdict(wanted(**bounded, value="100k", at_least="1k", at_most="200k"), said).outcome == "pass"
    assert verdict(wanted(**bounded, value="100k", at_most="127k"), said).outcome == "fail"
    odd = answers("mail_attachment_min_size", "a lot", imap="a lot")
    assert "not a number" in verdict(wanted(**bounded, value="1M", at_least="1k"), odd).reason


@pytest.mark.parametrize(("printed", "outcome"), [(None, "pass"), ("0", "pass"), ("30M", "pass"), ("1M", "fail")])
def test_a_limit_that_is_not_set_is_none(printed: str | None, outcome: str) -> None:
    asked = wanted(name="plugin/quota_max_mail_size", value="100M", at_least="25M", zero_is_unlimited=True)
    assert verdict(asked, answers("plugin/quota_max_mail_size", printed, imap=printed)).outcome == outcome


def test_a_setting_that_is_not_there_is_for_a_person() -> None:
    asked = wanted(name="no_such", value="x")
    said = answers("no_such", None, imap=None)
    assert verdict(asked, said).reason == "no_such is not there, wanted x"
    assert asked.remedy(seen(asked, said), TARGET) is None
    assert "has no setting" in asked.advice(seen(asked, said))


def blocks(asked: DovecotSetting, said: dict[str, Given]) -> dict[str, str]:
    remedy = asked.remedy(seen(asked, said), TARGET)
    assert remedy is not None
    assert remedy.reloads == ("dovecot",)
    assert all(isinstance(edit, SetBlock) and edit.path == DROP_IN for edit in remedy.edits)
    return {edit.key: edit.text for edit in remedy.edits if isinstance(edit, SetBlock)}


def test_remedies_are_written_where_the_value_differs() -> None:
    asked = wanted(name="ssl", value="required")
    assert blocks(asked, answers("ssl", "yes", imap="yes", lmtp="yes")) == {"MEL-X-01": "ssl = required"}
    assert blocks(asked, answers("ssl", "yes", imap="no", lmtp="yes")) == {
        "MEL-X-01": "ssl = required",
        "MEL-X-01 imap": "protocol imap {\n  ssl = required\n}\n",
    }
    assert blocks(asked, answers("ssl", "required", imap="no")) == {
        "MEL-X-01 imap": "protocol imap {\n  ssl = required\n}\n"
    }


def test_remedies_of_plugins_and_of_named_protocols() -> None:
    asked = wanted(name="plugin/quota_rule", value="*:storage=1G")
    said = answers("plugin/quota_rule", None, imap=None)
    assert blocks(asked, said) == {"MEL-X-01": "plugin {\n  quota_rule = *:storage=1G\n}\n"}
    asked = wanted(name="plugin/k", value='a "b" # c', protocols=["imap"])
    assert blocks(asked, answers("plugin/k", None, imap="x")) == {
        "MEL-X-01 imap": 'protocol imap {\n  plugin {\n    k = "a \\"b\\" # c"\n  }\n}\n'
    }


@pytest.mark.parametrize(
    "changed",
    [
        {"dovecot --version": "2.5.0 (7d8c0e5759)\n"},
        {"dovecot --version": Answer(127, b"", b"sh: dovecot: not found")},
        {"dovecot --version": ""},
        {value_question("ssl"): Answer(89, b"", b"doveconf: Fatal: Error in configuration file")},
        {value_question("ssl"): "a\nb\n"},
    ],
)
def test_what_is_no_answer_is_unknown(changed: dict[str, Given]) -> None:
    said = answers("ssl", "required", imap="required") | changed
    assert verdict(wanted(name="ssl", value="required"), said).outcome is Outcome.UNKNOWN


def test_no_protocol_at_all_is_unknown() -> None:
    found = verdict(wanted(name="ssl", value="required"), answers("ssl", "required"))
    assert found.outcome is Outcome.UNKNOWN
    assert "names no protocol" in found.reason


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "a b", "value": "x"},
        {"name": "service/imap", "value": "x"},
        {"name": "ssl", "value": "x\ny"},
        {"name": "ssl", "value": "yes", "protocols": ["imaap"]},
        {"name": "a", "value": "1M", "at_least": "2M"},
        {"name": "a", "value": "2M", "at_least": "2M", "accept": ["1M"]},
        {"name": "ssl_key_password", "value": "hunter2"},
        {"name": "a"},
    ],
)
def test_what_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        wanted(**fields)


IN_24 = "2.4.1-4 (7d8c0e5759)\n"


@pytest.mark.parametrize(
    ("asked", "main", "imap", "outcome"),
    [
        ({"name": "ssl", "value": "required"}, "ssl = required", "ssl = required", "pass"),
        ({"name": "ssl", "value": "required"}, "ssl = required", "ssl = yes", "fail"),
        ({"name": "login_greeting", "value": "a # b"}, 'login_greeting = "a # b"', 'login_greeting = "a # b"', "pass"),
        ({"name": "quota_mail_size", "value": "100M", "at_least": "25M"}, "quota_mail_size = unlimited", None, "fail"),
        (
            {"name": "quota_mail_size", "value": "100M", "at_least": "25M"},
            "quota_mail_size = unlimited",
            "quota_mail_size = 30 M",
            "pass",
        ),
        (
            {"name": "ssl_server_cert_file", "value": "/a.pem"},
            "ssl_server {\n  cert_file = /a.pem\n}",
            "ssl_server {\n  cert_file = /a.pem\n}",
            "pass",
        ),
        # A list in braces adds to the one for everybody.
        ({"name": "mail_plugins", "value": "quota"}, "mail_plugins = quota", "mail_plugins {\n  acl = no\n}", "pass"),
        ({"name": "mail_plugins", "value": "quota"}, "mail_plugins = quota", "mail_plugins {\n  acl = yes\n}", "fail"),
        # What 2.4 does not know it prints nothing of: the names of 2.3 pass for nothing.
        ({"name": "disable_plaintext_auth", "value": "yes"}, None, None, "fail"),
        (
            {"name": "plugin/quota_max_mail_size", "value": "100M", "at_least": "25M", "zero_is_unlimited": True},
            None,
            None,
            "fail",
        ),
    ],
)
def test_the_dialect_of_2_4(asked: dict[str, Any], main: str | None, imap: str | None, outcome: str) -> None:
    said = answers(asked["name"], main, IN_24, imap=imap)
    assert verdict(wanted(**asked), said).outcome == outcome


def test_a_plugin_s_setting_is_written_in_no_dialect_that_has_no_such_section() -> None:
    asked = wanted(name="plugin/quota_rule", value="*:storage=1G")
    said = answers("plugin/quota_rule", None, IN_24, imap=None)
    assert asked.remedy(seen(asked, said), TARGET) is None
    assert "has no setting plugin/quota_rule" in asked.advice(seen(asked, said))
    mended = wanted(name="ssl", value="required")
    assert blocks(mended, answers("ssl", "ssl = yes", IN_24, imap="ssl = yes")) == {"MEL-X-01": "ssl = required"}


def test_the_list_of_a_named_protocol_is_told_with_the_one_for_everybody() -> None:
    said = answers("mail_plugins", "mail_plugins = quota", IN_24, imap="mail_plugins {\n  imap_quota = yes\n}")
    asked = wanted(name="mail_plugins", value="quota imap_quota", protocols=["imap"])
    assert verdict(asked, said).outcome == "pass"
