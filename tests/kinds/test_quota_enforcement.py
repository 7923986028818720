"""Kind `quota_enforcement`: plugins per protocol, roots that count and enforce, and who delivers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.errors import CannotTell
from baseline.formats.dovecot import DROP_IN, settings_in
from baseline.judge import Advised, AtLeast, Equal, Wants
from baseline.kinds.quota_enforcement import DEVICES, QuotaEnforcement
from baseline.model import Answer, Outcome, State
from baseline.readings.dialects.dialect import EARLY, plugins_question
from baseline.readings.dovecot import BLOCKS, GLOBAL, QUOTAS, VERSION
from baseline.readings.postfix import POSTCONF
from baseline.remedies.mending import faults, helps, improves
from tests.kinds.hosts import TARGET, control, files_after, for_a_person, judged, seen, verdict

CONTEXTS = ("imap", "lmtp", "lda", "pop3", "doveadm")
HELD = replace(TARGET, domains=("d1.test",))
LOADED = dict.fromkeys(CONTEXTS, "quota") | {"imap": "quota imap_quota"}
ROOT = "  quota = count:User quota\n  quota_vsizes = yes\n"
LMTP = "lmtp:unix:private/dovecot-lmtp"
SERVICES = """\
smtp inet n - y - - smtpd
lmtp unix - - y - - lmtp
virtual unix - n n - - virtual
local unix - n n - - local
dovecot unix - n n - - pipe flags=DRhu user=vmail:vmail argv=/usr/lib/dovecot/dovecot-lda -f ${sender} -d ${recipient}
maildrop unix - n n - - pipe flags=DRXhu user=vmail argv=/usr/bin/maildrop -d ${recipient}
"""


def enforcement(**fields: object) -> QuotaEnforcement:
    wanted = control("quota_enforcement", **fields)
    assert isinstance(wanted, QuotaEnforcement)
    return wanted


def host(
    plugins: Mapping[str, str] | None = None,
    *,
    everywhere: str = "quota",
    roots: str = ROOT,
    protocols: str = " imap lmtp pop3",
    store: str = "maildir:~/Maildir",
    devices: str = "PrivateDevices=no\n",
    complaints: str = "",
    **postfix: str,
) -> dict[str, Answer]:
    """The answers of a host with these lists."""
    main = {
        "virtual_mailbox_domains": "d1.test",
        "virtual_transport": LMTP,
        "mydestination": "mx.d1.test, localhost",
        "mailbox_transport": "",
        "mailbox_command": "",
    } | postfix
    settings = f"protocols = {protocols}\nmail_plugins = {everywhere}\nmail_location = {store}\nplugin {{\n{roots}}}\n"
    said = {VERSION: "2.3.19.1\n", GLOBAL: settings, BLOCKS: "", DEVICES: devices}
    said |= {
        plugins_question(name): f"mail_plugins = {found}\n" for name, found in {**LOADED, **(plugins or {})}.items()
    }
    parameters = "".join(f"{name} = {value}\n" for name, value in main.items())
    said |= dict(zip(POSTCONF, (parameters, "", SERVICES), strict=True))
    rows = b'[{"username":"ali","root":"User quota","type":"STORAGE","value":"0","limit":"1048576","percent":"0"}]'
    quotas = Answer(0, rows, complaints.encode())
    return {QUOTAS: quotas} | {command: Answer(0, text.encode()) for command, text in said.items()}


def state(answers: Mapping[str, Answer], wanted: QuotaEnforcement | None = None) -> State:
    return seen(wanted or enforcement(), answers, HELD)


def outcome(answers: Mapping[str, Answer], wanted: QuotaEnforcement | None = None) -> Outcome:
    return judged(wanted or enforcement(), state(answers, wanted), HELD).outcome


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (host(), "pass"),
        (host({"imap": "imap_quota"}), "fail"),
        (host({"imap": "quota"}), "fail"),
        (host({"lmtp": "sieve"}), "fail"),
        (host({"lda": ""}), "fail"),
        (host({"doveadm": ""}), "fail"),
        (host({"pop3": ""}), "fail"),
        (host({"pop3": ""}, protocols="imap lmtp"), "pass"),
        (host({"lda": ""}, protocols="imap lmtp"), "fail"),
        (host({"imap": "xquota imap_quota"}), "fail"),
        (host(everywhere=""), "fail"),
        (host(roots=""), "fail"),
        (host(roots="  quota = count:User quota\n"), "fail"),
        (host(roots="  quota = count:User quota:noenforcing\n  quota_vsizes = yes\n"), "fail"),
        (host(roots="  quota = maildir:User quota\n"), "pass"),
        (host(roots="  quota = maildir:User quota\n", store="mbox:~/mail"), "fail"),
        (host(roots="  quota = fs:User quota\n"), "pass"),
        (host(roots="  quota = fs:User quota\n", devices="PrivateDevices=yes\n"), "fail"),
        (host(roots="  quota = dict:User quota::proxy::quota\n"), "fail"),
        (host(roots=f"{ROOT}  quota2 = count:Second:noenforcing\n"), "fail"),
        (host(virtual_transport="virtual"), "fail"),
        (host(virtual_transport="dovecot"), "pass"),
        (host(virtual_transport="maildrop:"), "fail"),
        (host(virtual_transport="nosuch"), "fail"),
        (host(mydestination="mx.d1.test, D1.test"), "fail"),
        (host(mydestination="mx.d1.test, d1.test", mailbox_transport=LMTP), "pass"),
        (host(mydestination="d1.test", mailbox_command="/usr/lib/dovecot/dovecot-lda -f x"), "pass"),
        (host(mydestination="d1.test", mailbox_command='procmail -a "$EXTENSION"'), "fail"),
        (host(virtual_mailbox_domains=""), "fail"),
        (host(virtual_mailbox_domains="", mailbox_transport=LMTP), "pass"),
        (host(virtual_mailbox_domains="", mydestination=""), "pass"),
    ],
)
def test_each_path_counts(answers: Mapping[str, Answer], expected: str) -> None:
    assert outcome(answers) == expected


def test_a_store_without_postfix_is_delivered_to_over_the_network() -> None:
    store = replace(HELD, roles=frozenset({"mailstore"}))
    answers = host() | {POSTCONF[0]: Answer(127, b"", b"not found")}
    assert verdict(enforcement(), answers, store).outcome == "pass"
    with pytest.raises(CannotTell):
        state(answers)


def test_only_the_drivers_that_are_allowed() -> None:
    assert outcome(host(roots="  quota = dict:User quota::x\n"), enforcement(drivers=["count", "dict"])) == "pass"
    assert outcome(host(roots="  quota = maildir:User quota\n"), enforcement(drivers=["count"])) == "fail"


def mended(answers: Mapping[str, Answer]) -> dict[str, str] | None:
    """The files after the remedy; None without one."""
    return files_after(enforcement(), state(answers), {}, HELD)


plugin_lists = st.lists(st.sampled_from(["quota", "imap_quota", "sieve", "zlib", "acl"]), unique=True).map(" ".join)


@given(
    found=st.fixed_dictionaries({name: plugin_lists for name in CONTEXTS}),
    everywhere=plugin_lists,
    roots=st.sampled_from([ROOT, "", "  quota = maildir:Mine:noenforcing\n", "  quota = fs:Mine\n"]),
    store=st.sampled_from(["maildir:~/Maildir", "mbox:~/mail"]),
)
def test_the_remedy_loads_what_is_missing_and_keeps_the_rest(
    found: dict[str, str], everywhere: str, roots: str, store: str
) -> None:
    before = host(found, everywhere=everywhere, roots=roots, store=store)
    files = mended(before)
    if outcome(before) is Outcome.PASS:
        assert files is None
        return
    assert files is not None
    text = files[DROP_IN]
    lists = {name: settings_in(text, f"protocol {name}")["mail_plugins"] for name in CONTEXTS}
    for name in CONTEXTS:
        assert set(found[name].split()) <= set(lists[name].split())
    wide = settings_in(files.get(EARLY, text)).get("mail_plugins", everywhere)
    assert set(everywhere.split()) <= set(wide.split())
    block = "".join(f"  {name} = {value}\n" for name, value in settings_in(text, "plugin").items())
    after = host(lists, everywhere=wide, roots=block, store=store)
    assert outcome(after) is Outcome.PASS
    assert mended(after) is None


def test_users_keep_the_name_of_their_root() -> None:
    files = mended(host(roots="  quota = dict:Peti mel::proxy::quota\n"))
    assert files is not None
    assert settings_in(files[DROP_IN], "plugin")["quota"] == "count:Peti mel"


def test_delivery_elsewhere_is_for_a_person() -> None:
    assert mended(host(virtual_transport="virtual")) is None
    assert "virtual_transport" in for_a_person(enforcement(), state(host(virtual_transport="virtual")))
    assert mended(host({"imap": ""}, virtual_transport="virtual")) is None


# --- whether a remedy is worth planning -----------------------------------------------------------

WANTS: Wants = {"a": Equal(1), "b": Advised(Equal(1)), "c *": AtLeast(10, 5)}


@pytest.mark.parametrize(
    ("seen", "by_hand", "worth"),
    [
        ({"a": 1, "b": 1, "c x": 10}, set(), False),
        ({"a": 0, "b": 1, "c x": 10}, set(), True),
        ({"a": 0, "b": 1, "c x": 10}, {"a"}, False),
        ({"a": 0, "b": 0, "c x": 10}, {"b"}, True),
        ({"a": 1, "b": 0, "c x": 7}, {"b"}, False),
        ({"a": 1, "b": 0, "c x": 1}, {"b"}, True),
        ({"a": 0, "b": 0, "c x": 1}, {"c x"}, False),
    ],
)
def test_a_remedy_has_to_leave_the_control_better_off(seen: State, by_hand: set[str], worth: bool) -> None:
    assert helps(WANTS, seen, lambda key: key in by_hand) is worth


@given(
    st.dictionaries(st.sampled_from(["a", "b", "c x", "c y", "other"]), st.integers(0, 12)),
    st.dictionaries(st.sampled_from(["a", "b", "c x", "c y", "other"]), st.integers(0, 12)),
)
def test_improving_is_a_strict_order(one: State, other: State) -> None:
    assert not improves(WANTS, one, one)
    assert not (improves(WANTS, one, other) and improves(WANTS, other, one))
    assert "other" not in faults(WANTS, one)


@pytest.mark.parametrize(
    "why",
    [
        "Failed to initialize quota: Invalid quota root quota: Invalid warning rule: storage=80%",
        "Failed to expand plugin setting quota_rule = '*:storage=%{nosuch}G': Unknown variable '%nosuch'",
        "Failed to get quota resource STORAGE: quota-fs: quotactl(Q_GETQUOTA, lab-root) failed: No such file",
    ],
)
def test_an_account_whose_quota_dovecot_cannot_set_up_fails_in_its_words(why: str) -> None:
    """As Dovecot 2.3.19 puts it; alone it is for a person, with what is amiss here it may follow from it."""
    answers = host(complaints=f"doveadm(siti@d1.test): Error: {why}\n")
    found = judged(enforcement(), state(answers), HELD)
    assert found.outcome is Outcome.FAIL
    assert why.removeprefix("Failed to initialize quota: ") in found.reason
    assert enforcement().remedy(state(answers), HELD) is None
    both = host(roots="  quota = count:User quota\n", complaints=f"doveadm(siti@d1.test): Error: {why}\n")
    assert enforcement().remedy(state(both), HELD) is not None


def test_accounts_that_could_not_be_looked_at_change_nothing_here() -> None:
    lost = host(complaints="doveadm(siti@d1.test): Error: User lookup failed: Internal error occurred.\n")
    assert judged(enforcement(), state(lost), HELD).outcome is Outcome.PASS
    assert judged(enforcement(), state(host() | {QUOTAS: Answer(127)}), HELD).outcome is Outcome.PASS
