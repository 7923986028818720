"""Kinds `account_quota`, `unlimited_accounts` and `quota_capacity`, on what doveadm says of accounts."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.edits import PutFile
from baseline.errors import CannotTell
from baseline.facts import snapshot_host
from baseline.judge import UNLIMITED, Verdict
from baseline.kinds.base import Control
from baseline.kinds.quota_capacity import STORES, QuotaCapacity
from baseline.kinds.unlimited_accounts import UnlimitedAccounts, sha256
from baseline.model import Account, Answer, Outcome, State, Target
from baseline.readings.dovecot import GLOBAL, QUOTAS, USERS, VERSION, login_of, read_quotas
from baseline.readings.own_limits import OWN_LIMITS
from baseline.remedies.roster_userdb import DICT, PATHS, ROSTER, USERDB
from tests.kinds.hosts import TARGET, control, judged, seen

KIB = 1024


def row(user: str, limit: int | str, used: int = 0, root: str = "User quota", sort: str = "STORAGE") -> dict[str, str]:
    """One row as doveadm prints it: sizes in KiB, `-` for no limit."""
    return {
        "username": user,
        "root": root,
        "type": sort,
        "value": str(used),
        "limit": str(limit),
        "percent": "0",
    }


def said(rows: Sequence[Mapping[str, str]], errors: str = "", rc: int = 0) -> Answer:
    return Answer(rc, json.dumps(list(rows)).encode(), errors.encode())


PRINTED = b"mail_plugins = quota\nplugin {\n  quota = count:User quota\n}\n"
DOVECOT = {VERSION: Answer(0, b"2.3.19.1\n"), GLOBAL: Answer(0, PRINTED)}
NO_OWN_LIMITS = Answer(0, b"somebody|quota_rule=|quota_storage_size=\n" * 9)


def state(wanted: Control, answers: Mapping[str, Answer], target: Target = TARGET) -> State:
    return seen(wanted, DOVECOT | {OWN_LIMITS: NO_OWN_LIMITS} | dict(answers), target)


@pytest.mark.parametrize("lost", [Answer(0), Answer(1), Answer(0, b"a|quota_rule=|quota_storage_size=\n")])
def test_limits_of_a_userdb_that_are_not_told_of_are_not_known(lost: Answer) -> None:
    answers = {QUOTAS: said([row("a", 1 << 20), row("b", 1 << 20)]), OWN_LIMITS: lost}
    with pytest.raises(CannotTell):
        state(control("account_quota"), answers)


def found(wanted: Control, answers: Mapping[str, Answer], target: Target = TARGET) -> Verdict:
    return judged(wanted, state(wanted, answers, target), target)


def roster(**classes: str) -> Target:
    accounts = tuple(Account(f"{name}@d1.test", sort) for name, sort in classes.items())
    return replace(TARGET, roster=accounts)


# --- account_quota --------------------------------------------------------------------------------

QUOTA = control("account_quota")


@pytest.mark.parametrize(
    ("rows", "outcome", "smallest"),
    [
        ([row("a", 102400)], "pass", 102400 * KIB),
        ([row("a", "-")], "pass", UNLIMITED),
        ([row("a", "-"), row("b", 102399)], "warn", 102399 * KIB),
        ([row("a", 97656)], "fail", 97656 * KIB),
        ([row("a", 1048576), row("a", 30720, root="Second")], "fail", 30720 * KIB),
        ([row("a", 1048576), row("a", "-", sort="MESSAGE")], "pass", 1 << 30),
        ([row("a", 100)], "fail", 100 * KIB),
    ],
)
def test_the_smallest_limit_of_each_account_counts(rows: list[dict[str, str]], outcome: str, smallest: object) -> None:
    assert found(QUOTA, {QUOTAS: said(rows)}).outcome == outcome
    assert state(QUOTA, {QUOTAS: said(rows)})["smallest limit"] == smallest


BROKEN = (
    "doveadm(siti@d1.test): Error: Failed to initialize quota: Invalid quota root quota: Invalid rule *:storage=1.5G"
)


def test_an_account_whose_rule_is_refused_is_a_fault_and_names_it() -> None:
    answer = said([row("ali@d1.test", 1048576)], BROKEN)
    assert found(QUOTA, {QUOTAS: answer}).outcome == "fail"
    assert str(state(QUOTA, {QUOTAS: answer})["limit of siti@d1.test"]).startswith("broken: Invalid quota root")


def failed(user: str, sort: str) -> dict[str, str]:
    """A row of a resource that could not be asked, as doveadm prints it."""
    return row(user, "error", sort=sort) | {"value": "error", "percent": "error"}


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (
            said([row("ali", 1048576)], "doveadm(siti): Error: Failed to expand plugin setting quota_rule = 'x': no"),
            "Failed to expand plugin setting quota_rule",
        ),
        (
            said(
                [row("ali", 1048576), failed("siti", "STORAGE"), row("siti", "-", sort="MESSAGE")],
                "doveadm(siti): Error: Failed to get quota resource STORAGE: quota-fs: quotactl failed: No such file",
                75,
            ),
            "Failed to get quota resource STORAGE: quota-fs",
        ),
        (said([row("ali", 1048576), failed("siti", "STORAGE")]), "its storage could not be asked"),
        (
            said([row("ali", 1048576)], f"doveadm(bob): Error: User lookup failed\n{BROKEN.replace('@d1.test', '')}"),
            "Invalid quota root",
        ),
        (
            said(
                [row("ali", 1048576)],
                f"doveadm(siti): Error: mkdir(/x) failed: no\n{BROKEN.replace('@d1.test', '')}",
            ),
            "Invalid quota root",
        ),
    ],
)
def test_whatever_keeps_dovecot_from_a_quota_is_a_fault(answer: Answer, why: str) -> None:
    """As Dovecot 2.3.19 put it; another account that could not be looked at does not hide it."""
    assert found(QUOTA, {QUOTAS: answer}).outcome == "fail"
    assert str(state(QUOTA, {QUOTAS: answer})["limit of siti"]).startswith(f"broken: {why}")


def test_a_number_of_messages_that_cannot_be_asked_is_no_fault_of_space() -> None:
    answer = said(
        [row("ali", 1048576), failed("ali", "MESSAGE")],
        "doveadm(ali): Error: Failed to get quota resource MESSAGE: no",
        75,
    )
    assert found(QUOTA, {QUOTAS: answer}).outcome == "pass"


@pytest.mark.parametrize(
    "answer",
    [
        said([], "Fatal: Unknown command 'quota', but plugin quota exists. Try to set mail_plugins=quota", 75),
        said([], "doveadm(ali@d1.test): Error: Quota not enabled", 68),
    ],
)
def test_quota_that_is_off_is_a_fail(answer: Answer) -> None:
    verdict = found(QUOTA, {QUOTAS: answer})
    assert verdict.outcome == "fail"
    assert verdict.reason == "quota is not there, wanted enabled"


@pytest.mark.parametrize(
    "answer",
    [
        said([]),
        said([], "Error: auth-master: userdb list: User listing returned failure", 75),
        said([row("a", 1048576)], "doveadm: Error: Failed to iterate through some users"),
        said([row("a", 1048576)], "doveadm(b): Error: mkdir(/x) failed: Permission denied"),
        said([row("a", "many")]),
        said([{"username": "a"}]),
        Answer(0, b"not json"),
        Answer(0, b'{"a": 1}'),
        Answer(0, b"[1]"),
        Answer(127, b"", b"sh: doveadm: not found"),
        Answer(134, b"", b"Panic: file auth-master.c"),
    ],
)
def test_what_cannot_be_read_is_unknown(answer: Answer) -> None:
    with pytest.raises(CannotTell):
        state(QUOTA, {QUOTAS: answer})


def test_a_complaint_about_an_account_whose_limit_is_told_is_no_matter() -> None:
    answer = said(
        [row("nobody", 1048576)], "doveadm(nobody): Error: mkdir(/nonexistent/Maildir) failed: Permission denied"
    )
    assert found(QUOTA, {QUOTAS: answer}).outcome == "pass"


def test_who_is_gone_is_no_account() -> None:
    answer = said([row("a", 1048576)], "doveadm(ghost): Info: User no longer exists, skipping")
    assert state(QUOTA, {QUOTAS: answer})["accounts"] == 1


def test_ten_thousand_accounts_make_no_state_of_ten_thousand_keys() -> None:
    rows = [row(f"u{number}@d1.test", 1000 + number) for number in range(10_000)]
    seen = state(QUOTA, {QUOTAS: said(rows)})
    assert len(seen) < 100
    assert seen["accounts below the floor"] == 10_000
    assert seen["limit of u0@d1.test"] == 1000 * KIB


def test_roster_accounts_that_dovecot_does_not_list_are_named() -> None:
    target = roster(ali="standard", siti="standard", boss="top_management")
    verdict = found(QUOTA, {QUOTAS: said([row("ali@d1.test", 1048576), row("siti", "-")])}, target)
    assert verdict.outcome == "warn"
    assert "boss@d1.test" in verdict.reason
    assert "siti" not in verdict.reason


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,6}@[a-z]{1,4}\.test", fullmatch=True),
        st.lists(st.one_of(st.just("-"), st.integers(1, 1 << 40)), min_size=1, max_size=3),
        min_size=1,
        max_size=20,
    )
)
def test_the_minimum_over_roots(limits: dict[str, list[Any]]) -> None:
    rows = [row(user, limit, root=f"r{n}") for user, given in limits.items() for n, limit in enumerate(given)]
    answer = said(rows)
    quotas = read_quotas(snapshot_host("x", {QUOTAS: answer}).run(QUOTAS))
    for user, present in limits.items():
        numbers = [limit for limit in present if limit != "-"]
        assert quotas.accounts[user].limit == (min(numbers) * KIB if numbers else None)


@pytest.mark.parametrize(
    ("address", "login"), [("Ali@D1.test", "ali@d1.test"), ("siti@d1.test", "siti"), ("boss@d1.test", None)]
)
def test_logins_of_addresses(address: str, login: str | None) -> None:
    assert login_of(address, {"ali@d1.test", "ali", "siti"}) == login


# --- unlimited_accounts ---------------------------------------------------------------------------


def top(answer: Answer, users: str, digests: Sequence[str] = ()) -> dict[str, Answer]:
    files = {
        f"if [ -f {path} ]; then sha256sum <{path}; else echo absent; fi": Answer(0, f"{digest}\n".encode())
        for path, digest in zip_longest(PATHS, digests, fillvalue="absent")
    }
    return {USERS: Answer(0, users.encode()), QUOTAS: answer} | files


def unlimited() -> UnlimitedAccounts:
    wanted = control("unlimited_accounts", obligation="recommended")
    assert isinstance(wanted, UnlimitedAccounts)
    return wanted


BOSS = roster(ali="standard", boss="top_management")


def test_without_top_management_there_is_nothing_to_judge() -> None:
    assert unlimited().expected(roster(ali="standard")) == {}
    assert unlimited().expected(TARGET) == {}
    assert seen(unlimited(), {}) == {}


def test_a_limited_director_is_a_warning_and_is_lifted() -> None:
    answers = top(said([row("boss@d1.test", 1048576)]), "boss@d1.test\n")
    verdict = found(unlimited(), answers, BOSS)
    assert verdict.outcome == "warn"
    remedy = unlimited().remedy(state(unlimited(), answers, BOSS), BOSS)
    assert remedy is not None
    content = {edit.path: edit.content for edit in remedy.edits if isinstance(edit, PutFile)}
    lines = content[f"{ROSTER}.dict"].splitlines()
    assert lines[0] == "shared/userdb/boss@d1.test"
    assert json.loads(lines[1]) == {"quota_rule": "*:storage=0", "quota_rule2": "*:storage=0"}
    assert "result_success = continue" in content[USERDB]
    assert "iterate_disable = yes" in content[DICT]
    assert remedy.reloads == ("dovecot",)


def test_an_unlimited_director_passes_by_whatever_means() -> None:
    answers = top(said([row("boss@d1.test", "-")]), "boss@d1.test\n")
    assert found(unlimited(), answers, BOSS).outcome == "pass"


def test_the_login_is_the_one_that_dovecot_lists() -> None:
    answers = top(said([row("boss", 1048576)]), "boss\n")
    remedy = unlimited().remedy(state(unlimited(), answers, BOSS), BOSS)
    assert remedy is not None
    assert any("shared/userdb/boss\n" in edit.content for edit in remedy.edits if isinstance(edit, PutFile))


def test_before_quota_is_on_the_files_decide() -> None:
    off = said([], "doveadm(boss@d1.test): Error: Quota not enabled", 68)
    answers = top(off, "boss@d1.test\n")
    assert found(unlimited(), answers, BOSS).outcome == "warn"
    remedy = unlimited().remedy(state(unlimited(), answers, BOSS), BOSS)
    assert remedy is not None
    written = [sha256(edit) + "  -" for edit in remedy.edits if isinstance(edit, PutFile)]
    assert found(unlimited(), top(off, "boss@d1.test\n", written), BOSS).outcome == "pass"


def test_a_rule_that_cannot_be_read_is_for_a_person() -> None:
    broken = BROKEN.replace("siti", "boss")
    answers = top(said([row("ali@d1.test", 1048576)], broken), "ali@d1.test\nboss@d1.test\n")
    assert found(unlimited(), answers, BOSS).outcome == "warn"
    assert unlimited().remedy(state(unlimited(), answers, BOSS), BOSS) is None


def test_odd_addresses_are_left_to_a_person() -> None:
    odd = replace(TARGET, roster=(Account('bo"ss@d1.test', "top_management"),))
    answers = top(said([row('bo"ss@d1.test', 1048576)]), 'bo"ss@d1.test\n')
    assert unlimited().remedy(state(unlimited(), answers, odd), odd) is None


# --- quota_capacity -------------------------------------------------------------------------------


def capacity(**fields: object) -> QuotaCapacity:
    wanted = control("quota_capacity", **fields)
    assert isinstance(wanted, QuotaCapacity)
    return wanted


def store(*accounts: str, size: int = 10 << 30, inodes: str = "1000", free: str = "500") -> str:
    """One filesystem that holds all accounts."""
    lines = [f"account\t{account}\t/var/vmail" for account in accounts]
    lines += ["device\t61\t/var/vmail", "   1B-blocks Inodes IFree Mounted on File"]
    return "\n".join([*lines, f"{size} {inodes} {free} / /var/vmail"]) + "\n"


def asked(rows: Sequence[Mapping[str, str]], places: str, plugin: str = "") -> dict[str, Answer]:
    printed = f"plugin {{\n  quota = count:User quota\n{plugin}}}\n".encode()
    return {
        VERSION: Answer(0, b"2.3.19.1\n"),
        GLOBAL: Answer(0, printed),
        QUOTAS: said(rows),
        STORES: Answer(0, places.encode()),
    }


GIB = 1 << 20  # in KiB


@pytest.mark.parametrize(
    ("rows", "outcome", "ratio"),
    [
        # 10 GiB, of which 9 are usable; each GiB of quota counts with a grace of 10 %.
        ([row(f"u{n}", GIB) for n in range(6)], "pass", 0.734),
        ([row(f"u{n}", GIB) for n in range(8)], "warn", 0.978),
        ([row(f"u{n}", GIB) for n in range(9)], "fail", 1.1),
        ([row("u0", "-")], "pass", 0.556),
        ([row("u0", "-", used=6 * GIB)], "warn", 1.0),
        ([row("u0", "-", used=7 * GIB)], "fail", 1.167),
    ],
)
def test_promised_against_usable(rows: list[dict[str, str]], outcome: str, ratio: float) -> None:
    answers = asked(rows, store(*(one["username"] for one in rows)))
    assert state(capacity(), answers)["ratio on /"] == ratio
    assert found(capacity(), answers).outcome == outcome


def test_grace_is_what_the_site_set() -> None:
    rows = [row("u0", GIB)]
    none = state(capacity(), asked(rows, store("u0"), "  quota_grace = 0%%\n"))
    half = state(capacity(), asked(rows, store("u0"), "  quota_grace = 50%%\n"))
    assert none["promised on /"] == 1 << 30
    assert half["promised on /"] == 3 << 29


def test_accounts_are_added_up_per_device() -> None:
    places = (
        "account\ta\t/one\naccount\tb\t/two\naccount\tc\t/one/c\n"
        "device\t1\t/one\ndevice\t2\t/two\ndevice\t1\t/one/c\n"
        f"{4 << 30} 0 0 /one /one\n{40 << 30} - - /two /two\n{4 << 30} 0 0 /one /one/c\n"
    )
    seen = state(capacity(), asked([row("a", GIB), row("b", GIB), row("c", GIB)], places))
    assert seen["promised on /one"] == int(2.2 * (1 << 30))
    assert seen["promised on /two"] == int(1.1 * (1 << 30))
    assert seen["free inodes on /one"] == UNLIMITED
    assert seen["free inodes on /two"] == UNLIMITED


def test_too_few_inodes_warn() -> None:
    answers = asked([row("a", GIB)], store("a", inodes="1000", free="50"))
    assert found(capacity(), answers).outcome == "warn"


@pytest.mark.parametrize(
    "places", ["", store("somebody-else"), "account\ta\t/x\n", store("a").replace("device", "dev")]
)
def test_a_store_that_cannot_be_found_is_unknown(places: str) -> None:
    with pytest.raises(CannotTell):
        state(capacity(), asked([row("a", GIB)], places))


@given(st.lists(st.integers(1, 1 << 30), min_size=1, max_size=30), st.integers(1 << 30, 1 << 44))
def test_a_store_that_promises_too_much_never_passes(limits: list[int], size: int) -> None:
    rows = [row(f"u{n}", limit) for n, limit in enumerate(limits)]
    answers = asked(rows, store(*(one["username"] for one in rows), size=size))
    promised = sum(limit * KIB * 1.1 for limit in limits)
    outcome = found(capacity(), answers).outcome
    assert (outcome is Outcome.FAIL) == (promised > size * 90 // 100)
    assert (outcome is Outcome.PASS) == (promised <= 0.8 * (size * 90 // 100))


def test_quota_that_is_off_promises_nothing() -> None:
    answers = asked([], store("a")) | {QUOTAS: said([], "doveadm(a): Error: Quota not enabled", 68)}
    with pytest.raises(Exception, match="quota is not in force"):
        state(capacity(), answers)
