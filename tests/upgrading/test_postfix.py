"""What is foreseen of Postfix. `tests.lab.test_upgrade_check` asks both programs."""

from __future__ import annotations

import pytest

from baseline.upgrading.postfix_facts import DEPRECATED, NEW_DEFAULTS, REMOVED_RESTRICTIONS
from tests.upgrading.hosts import named, of_postfix

ALL_CONCERNED = (
    "smtpd_milters = inet:x:1\nsmtp_tls_policy_maps = hash:/p\nsmtpd_tls_security_level = may\n"
    "smtp_tls_ciphers = high\n"
)


@pytest.mark.parametrize("name", NEW_DEFAULTS)
def test_a_default_that_changes_is_told_and_kept_by_writing_it(name: str) -> None:
    one = named(of_postfix(ALL_CONCERNED), name)
    assert one.verdict == "changes"
    assert repr(NEW_DEFAULTS[name].after) in one.meaning
    if NEW_DEFAULTS[name].kept:
        assert one.instead.endswith(f"+{name} = {NEW_DEFAULTS[name].before}")


@pytest.mark.parametrize("name", NEW_DEFAULTS)
def test_a_setting_that_is_written_keeps_its_value(name: str) -> None:
    found = of_postfix(f"{ALL_CONCERNED}{name} = {NEW_DEFAULTS[name].before}\n")
    assert [one for one in found if one.setting == name] == []
    assert "the other 5 settings" in found[-1].meaning


def test_a_default_that_concerns_nobody_here_is_not_told() -> None:
    assert {one.setting for one in of_postfix("inet_protocols = ipv4\n") if one.verdict != "same"} == {
        "smtpd_forbid_bare_newline",
        "smtpd_forbid_unauth_pipelining",
    }


@pytest.mark.parametrize("name", DEPRECATED)
def test_what_is_deprecated_works_and_is_named_with_its_line(name: str) -> None:
    one = named(of_postfix(f"a = b\n{name} = yes\n"), name)
    assert (one.verdict, one.where) == ("same", "/etc/postfix/main.cf:2")
    assert DEPRECATED[name] in one.meaning


@pytest.mark.parametrize(
    ("main", "written"),
    [
        ("smtpd_use_tls = yes\n", "+smtpd_tls_security_level = may"),
        ("smtpd_enforce_tls = yes\n", "+smtpd_tls_security_level = encrypt"),
        ("smtpd_use_tls = no\n", "-smtpd_use_tls = no"),
        ("smtpd_use_tls = yes\nsmtpd_tls_security_level = encrypt\n", "-smtpd_use_tls = yes"),
        ("smtpd_tls_dh1024_param_file = /x\n", "-smtpd_tls_dh1024_param_file = /x"),
    ],
)
def test_in_place_of_an_old_switch_stands_the_level_that_it_means(main: str, written: str) -> None:
    one = named(of_postfix(main), main.partition(" ")[0])
    assert one.instead.splitlines()[-1] == written


@pytest.mark.parametrize("name", REMOVED_RESTRICTIONS)
def test_a_restriction_that_is_gone_stops_all_mail(name: str) -> None:
    one = named(
        of_postfix(f"smtpd_recipient_restrictions =\n  {name},\n  reject_unauth_destination\n"),
        "smtpd_recipient_restrictions",
    )
    assert one.verdict == "breaks"
    assert "451 4.3.5" in one.meaning
    assert name not in one.instead.splitlines()[-1]
    assert "reject_unauth_destination" in one.instead.splitlines()[-1]


def test_the_lists_of_reject_maps_rbl_are_named_one_by_one() -> None:
    main = "maps_rbl_domains = a.test, b.test\nsmtpd_client_restrictions = permit_mynetworks reject_maps_rbl\n"
    one = named(of_postfix(main), "smtpd_client_restrictions")
    assert one.instead.splitlines()[-1] == (
        "+smtpd_client_restrictions = permit_mynetworks, reject_rbl_client a.test, reject_rbl_client b.test"
    )


def test_a_restriction_of_one_service_is_told_with_the_service() -> None:
    overrides = "submission/inet/smtpd_relay_restrictions = check_relay_domains\n"
    master = "submission inet n - y - - smtpd\n  -o smtpd_relay_restrictions=check_relay_domains\n"
    one = named(of_postfix("", overrides, master), "smtpd_relay_restrictions of submission/inet")
    assert (one.verdict, one.where) == ("breaks", "/etc/postfix/master.cf:2")


def test_a_grade_without_ciphers_and_a_list_for_it() -> None:
    found = of_postfix("smtpd_tls_ciphers = low\ntls_low_cipherlist = ALL\n")
    assert named(found, "smtpd_tls_ciphers").instead.endswith("+smtpd_tls_ciphers = medium")
    assert named(found, "tls_low_cipherlist").verdict == "changes"


def test_tables_of_a_package_and_of_nobody() -> None:
    found = of_postfix(
        "alias_maps = hash:/a mysql:/b\nvirtual_alias_maps = wildcard:/c\nmydestination = lmtp:unix:/x\n"
    )
    assert "postfix-mysql" in named(found, "alias_maps").meaning
    assert named(found, "virtual_alias_maps").verdict == "unknown"
    assert [one for one in found if one.setting == "mydestination"] == []


def test_what_is_written_for_the_old_unit_is_not_read_any_more() -> None:
    path = "/etc/systemd/system/postfix@-.service.d/limit.conf"
    found = of_postfix("", units=f"{path}\n", instances="/etc/postfix-out\n")
    assert [one.where for one in found if one.verdict == "breaks"] == [path, "/etc/postfix/main.cf"]


def test_a_secret_beside_what_changes_is_not_in_the_diff() -> None:
    one = named(of_postfix("x = password:hunter2\nsmtpd_use_tls = yes\ny = password:hunter3\n"), "smtpd_use_tls")
    assert "hunter" not in one.instead
