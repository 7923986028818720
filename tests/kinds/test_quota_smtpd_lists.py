"""The access lists of smtpd: rules put in their place and nothing else changed; kind `overquota_refusal` over them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.edits import PlaceRule, RulePlace, SetBlock, SetOverride, SetParameter, compose, present_in
from baseline.errors import CannotTell
from baseline.formats import postfix
from baseline.formats.dovecot import DROP_IN, parse_settings, settings_in
from baseline.formats.postfix import set_override
from baseline.formats.restrictions import after_refusal, before_end, before_permits, first, last, without
from baseline.kinds.overquota_refusal import ELSEWHERE, REPLIES, SERVICE, OverquotaRefusal
from baseline.model import Answer, FileState, Outcome, State
from baseline.readings.dialects.dialect import EARLY, plugins_question
from baseline.readings.dovecot import GLOBAL, VERSION
from baseline.readings.exemptions import question
from baseline.readings.postfix import POSTCONF
from baseline.readings.smtpd_lists import names
from tests.kinds.hosts import TARGET, control, files_after, judged, seen

RULE = "check_policy_service unix:private/quota-status"

MASTER = """\
# service type  private unpriv  chroot  wakeup  maxproc command + args
smtp      inet  n       -       y       -       -       smtpd
#submission inet n      -       y       -       -       smtpd
submission inet n       -       y       -       -       smtpd
  -o syslog_name=postfix/submission
  -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject
# a comment within
  -o { smtpd_sender_restrictions = reject_non_fqdn_sender, permit }
pickup    unix  n       -       y       60      1       pickup
smtp      unix  -       -       y       -       -       smtp
"""

tokens = st.sampled_from(
    [
        "permit_mynetworks",
        "permit_sasl_authenticated",
        "reject_unauth_destination",
        "reject_unknown_sender_domain",
        "check_client_access hash:/etc/postfix/clients",
        "check_policy_service unix:private/other",
        "$mua_restrictions",
        RULE,
    ]
)
separators = st.sampled_from([", ", ",", " ", "  "])


@st.composite
def lists(draw: st.DrawFn) -> str:
    """A list as people write it."""
    chosen = draw(st.lists(tokens, max_size=6))
    return "".join(token + draw(separators) for token in chosen).strip(", ")


def read(value: str) -> list[str]:
    return postfix.restriction_tokens(value)


@given(lists())
def test_a_rule_is_put_first_once(value: str) -> None:
    after = first(value, RULE)
    assert read(after) == [RULE, *(token for token in read(value) if token != RULE)]
    assert read(first(after, RULE)) == read(after)


@given(lists())
def test_a_rule_is_taken_out_everywhere(value: str) -> None:
    assert read(without(value, RULE)) == [token for token in read(value) if token != RULE]


@given(lists())
def test_a_rule_is_put_behind_the_refusal(value: str) -> None:
    after = after_refusal(value, RULE)
    rest = [token for token in read(value) if token != RULE]
    if "reject_unauth_destination" not in rest:
        assert after is None
        return
    assert after is not None
    place = rest.index("reject_unauth_destination")
    assert read(after) == [*rest[: place + 1], RULE, *rest[place + 1 :]]


@given(lists())
def test_a_rule_is_put_last_behind_the_own_users(value: str) -> None:
    after = read(last(value, RULE))
    assert after[-1] == RULE
    assert {"permit_mynetworks", "permit_sasl_authenticated"} <= set(after)
    rest = [token for token in read(value) if token != RULE]
    assert after[: len(rest)] == rest
    assert after.count(RULE) == 1


@given(lists())
def test_a_rule_is_put_before_what_lets_pass(value: str) -> None:
    after = read(before_permits(value, RULE))
    assert [token for token in after if token != RULE] == [token for token in read(value) if token != RULE]
    assert RULE in after
    assert not any(token.startswith(("permit", "$")) for token in after[: after.index(RULE)])
    assert before_permits(before_permits(value, RULE), RULE) == before_permits(value, RULE)


@given(lists(), st.sampled_from(["permit", "reject", "defer", ""]))
def test_a_rule_is_put_before_the_end(value: str, end: str) -> None:
    whole = f"{value}, {end}, permit_mynetworks" if end else value
    after = read(before_end(whole, RULE))
    assert [token for token in after if token != RULE] == [token for token in read(whole) if token != RULE]
    assert RULE in after
    assert not {"permit", "reject", "defer"} & set(after[: after.index(RULE)])


@given(lists(), st.permutations([("first", RULE), ("before_permits", "reject_a"), ("before_end", "reject_b")]))
def test_rules_of_several_controls_come_together_in_any_order(value: str, asked: list[tuple[RulePlace, str]]) -> None:
    files = {postfix.MAIN_CF: FileState(f"smtpd_sender_restrictions = {value}\n".encode())}
    edits = [("MEL-X-01", PlaceRule("smtpd_sender_restrictions", rule, place)) for place, rule in asked]
    once = {change.path: change.after for change in compose(edits, present_in(files))} or files
    found = read(postfix.parameters((once[postfix.MAIN_CF].content or b"").decode())["smtpd_sender_restrictions"])
    assert found[0] == RULE
    assert {"reject_a", "reject_b"} <= set(found)
    assert compose(edits, present_in(once)) == ()


def test_lookalikes_are_other_rules() -> None:
    assert names([f"{RULE}2"], RULE) is None
    assert names([f"warn_if_reject {RULE}"], RULE) is None
    assert names(["permit", f"{RULE}, timeout=10s"], RULE) == 1
    assert without("x_check_policy_service unix:private/quota-status", RULE).startswith("x_check")


# --- overrides ------------------------------------------------------------------------------------

values = st.lists(st.sampled_from(["permit", "reject", RULE, "$mua", "${mua}", "a=b"]), max_size=4).map(", ".join)


@given(
    service=st.sampled_from(["smtp/inet", "submission/inet", "pickup/unix", "smtp/unix"]),
    name=st.sampled_from(["smtpd_recipient_restrictions", "smtpd_sender_restrictions", "syslog_name", "new_one"]),
    value=values,
)
def test_an_override_is_set_and_no_other_changed(service: str, name: str, value: str) -> None:
    before = postfix.written_overrides(MASTER)
    after = set_override(MASTER, service, name, value)
    found = postfix.written_overrides(after)
    assert found[service] == before[service] | {name: value}
    assert {one: found[one] for one in found if one != service} == {
        one: before[one] for one in before if one != service
    }
    assert set_override(after, service, name, value) == after
    assert [line for line in after.splitlines() if line.startswith("#")] == [
        line for line in MASTER.splitlines() if line.startswith("#")
    ]


@pytest.mark.parametrize("value", ["a\nb", "a}b", "{a", "a\x00"])
def test_a_value_that_would_break_out_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        set_override(MASTER, "smtp/inet", "x", value)


def test_a_service_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="no service lmtp/inet"):
        set_override(MASTER, "lmtp/inet", "x", "y")


def test_a_file_that_says_so_already_stays() -> None:
    there = FileState(MASTER.encode())
    edit = SetOverride("submission/inet", "syslog_name", "postfix/submission")
    assert edit.change(there) is there


# --- overquota_refusal ----------------------------------------------------------------------------

DOVECOT = """\
plugin {
  quota_status_nouser = DUNNO
  quota_status_overquota = 452 4.2.2 Mailbox is full
  quota_status_success = DUNNO
}
mail_plugins = quota
"""
LISTENER = """\
service quota-status {
  client_limit = 1
  executable = quota-status -p postfix
  unix_listener /var/spool/postfix/private/quota-status {
    group = postfix
    mode = 0600
    user = postfix
  }
}
"""
RELAY = "permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination"


def refusal(**fields: object) -> OverquotaRefusal:
    wanted = control("overquota_refusal", **fields)
    assert isinstance(wanted, OverquotaRefusal)
    return wanted


def host(
    recipient: str = RULE,
    *,
    relay: str = RELAY,
    order: str = "yes",
    overrides: Mapping[str, str] | None = None,
    dovecot: str = DOVECOT,
    service: str = LISTENER,
    elsewhere: int = 67,
    networks: str = "127.0.0.0/8",
) -> dict[str, Answer]:
    """The answers of a host with these lists."""
    main = (
        "smtpd_sender_restrictions =\n"
        f"smtpd_recipient_restrictions = {recipient}\nsmtpd_relay_restrictions = {relay}\n"
        f"smtpd_relay_before_recipient_restrictions = {order}\nmynetworks = {networks}\n"
    )
    written = "".join(f"{name} = {value}\n" for name, value in (overrides or {}).items())
    services = "smtp inet n - y - - smtpd\nsubmission inet n - y - - smtpd\npickup unix n - y 60 1 pickup\n"
    raw = (
        "postconf smtpd_sender_restrictions smtpd_recipient_restrictions smtpd_relay_restrictions"
        " smtpd_relay_before_recipient_restrictions"
    )
    said = dict(zip(POSTCONF, (main, written, services), strict=True)) | {raw: main, "postconf -P": written}
    said |= {
        VERSION: "2.3.19.1\n",
        GLOBAL: dovecot,
        plugins_question("quota-status"): dovecot,
        REPLIES: "",
        SERVICE: service,
        "postconf -hx queue_directory": "/var/spool/postfix\n",
        question(TARGET): "table hash:/etc/postfix/clients\ntable static:OK\nsaid 221 0 60 0 chsfd OK\n",
    }
    return {command: Answer(0, text.encode()) for command, text in said.items()} | {ELSEWHERE: Answer(elsewhere)}


def state(answers: Mapping[str, Answer], wanted: OverquotaRefusal | None = None) -> State:
    return seen(wanted or refusal(), answers)


def outcome(answers: Mapping[str, Answer]) -> Outcome:
    return judged(refusal(), state(answers)).outcome


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (host(), "pass"),
        (host(f"reject_unknown_recipient_domain, {RULE}, permit"), "pass"),
        (host(f"permit_mynetworks, {RULE}"), "warn"),
        (host(f"permit_mynetworks, {RULE}", networks="0.0.0.0/0"), "fail"),
        (host(f"permit_mynetworks, {RULE}", networks="0.0.0.0/0", elsewhere=0), "fail"),
        (host(f"check_client_access static:OK, {RULE}"), "fail"),
        (host(f"check_client_access mysql:/etc/own, {RULE}", relay=""), "fail"),
        (host(f"permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination, {RULE}", relay=""), "warn"),
        (host(f"permit, {RULE}"), "fail"),
        (host(f"permit_auth_destination, {RULE}"), "fail"),
        (host(f"reject, {RULE}"), "fail"),
        (host(""), "fail"),
        (host(f"warn_if_reject {RULE}"), "fail"),
        (host(order="no"), "fail"),
        (host(f"reject_unauth_destination, {RULE}", order="no"), "pass"),
        (host(relay=""), "fail"),
        (host(overrides={"submission/inet/smtpd_recipient_restrictions": "permit_sasl_authenticated,reject"}), "fail"),
        (host(overrides={"submission/inet/smtpd_relay_restrictions": "permit_sasl_authenticated,reject"}), "pass"),
        (host(overrides={"smtp/inet/smtpd_relay_before_recipient_restrictions": "no"}), "fail"),
        (host(elsewhere=0), "fail"),
        (host(f"permit_mynetworks, permit_sasl_authenticated, {RULE}", elsewhere=0), "pass"),
        (host(dovecot=DOVECOT.replace("= quota\n", "= zlib\n")), "fail"),
        (host(dovecot=DOVECOT.replace("nouser = DUNNO", "nouser = REJECT")), "fail"),
        (host(dovecot=DOVECOT.replace("success = DUNNO", "success = OK")), "fail"),
        (host(dovecot=DOVECOT.replace("  quota_status_success = DUNNO\n", "")), "fail"),
        (host(dovecot=DOVECOT.replace("452 4.2.2 Mailbox is full", "552 5.2.2 Full")), "pass"),
        (host(dovecot=DOVECOT.replace("452 4.2.2 Mailbox is full", "REJECT")), "fail"),
        (host(service=""), "fail"),
        (host(service=LISTENER.replace("user = postfix", "user = root").replace("group = postfix", "group =")), "fail"),
        (host(service=LISTENER.replace("user = postfix", "user = root").replace("0600", "0660")), "pass"),
        (host(service=LISTENER.replace("private/quota-status", "private/other")), "fail"),
    ],
)
def test_where_it_is_asked(answers: Mapping[str, Answer], expected: str) -> None:
    assert outcome(answers) == expected


def test_a_host_that_takes_no_mail_has_nothing_to_refuse() -> None:
    store = replace(TARGET, roles=frozenset({"mailstore"}))
    assert refusal().expected(store) == {}
    assert seen(refusal(), {}, store) == {}


def test_no_smtpd_and_no_answer_are_unknown() -> None:
    quiet = host() | {POSTCONF[2]: Answer(0, b"pickup unix n - y 60 1 pickup\n")}
    with pytest.raises(CannotTell, match="no smtpd"):
        state(quiet)
    with pytest.raises(CannotTell):
        state(host(elsewhere=75))


def edited(answers: Mapping[str, Answer]) -> dict[str, str] | None:
    """The files after the remedy; None without one."""
    before = {postfix.MAIN_CF: "myhostname = x\n", postfix.MASTER_CF: MASTER}
    return files_after(refusal(), state(answers), before)


def test_the_block_is_read_back_as_it_was_meant() -> None:
    files = edited(host("", dovecot="mail_plugins =\nplugin {\n}\n", service=""))
    assert files is not None
    too_large = {"quota_status_toolarge": "452 4.2.2 Mailbox is full"}
    assert settings_in(files[DROP_IN], "plugin") == settings_in(DOVECOT, "plugin") | too_large
    assert settings_in(files[EARLY])["mail_plugins"] == "quota"
    found = {(*one.section, one.name): one.value for one in parse_settings(files[DROP_IN])}
    socket = "unix_listener /var/spool/postfix/private/quota-status"
    assert found["service quota-status", "executable"] == "quota-status -p postfix"
    assert found["service quota-status", socket, "user"] == "postfix"
    assert postfix.parameters(files[postfix.MAIN_CF])["smtpd_recipient_restrictions"] == RULE


def test_a_list_of_the_sites_own_plugins_is_kept() -> None:
    files = edited(host("", dovecot=DOVECOT.replace("= quota\n", "= zlib acl\n")))
    assert files is not None
    assert settings_in(files[DROP_IN])["mail_plugins"] == "zlib acl quota"
    assert EARLY not in files


def test_overrides_are_changed_where_they_stand() -> None:
    given = "permit_sasl_authenticated,reject"
    files = edited(host(overrides={"submission/inet/smtpd_recipient_restrictions": given}))
    assert files is not None
    found = postfix.written_overrides(files[postfix.MASTER_CF])["submission/inet"]["smtpd_recipient_restrictions"]
    assert found == f"{RULE}, {given}"
    assert postfix.MAIN_CF not in files


def test_the_order_is_set_where_it_does_not_hold() -> None:
    remedy = refusal().remedy(state(host(order="no")), TARGET)
    assert remedy is not None
    assert SetParameter("smtpd_relay_before_recipient_restrictions", "yes") in remedy.edits


def test_a_warning_that_would_stay_is_for_a_person() -> None:
    left = host(f"permit_mynetworks, reject_unauth_destination, {RULE}", relay="")
    assert refusal().remedy(state(left), TARGET) is None
    assert refusal().remedy(state(host("permit_mynetworks", relay="")), TARGET) is None


def test_what_is_well_placed_stays() -> None:
    broken = host(dovecot=DOVECOT.replace("success = DUNNO", "success = OK"))
    remedy = refusal().remedy(state(broken), TARGET)
    assert remedy is not None
    assert all(isinstance(edit, SetBlock) for edit in remedy.edits)


@pytest.mark.parametrize("order", ["yes", "no"])
@pytest.mark.parametrize("relay", [RELAY, "permit_mynetworks reject"])
@pytest.mark.parametrize("elsewhere", [0, 67])
@given(recipient=lists())
def test_every_remedy_leads_to_a_pass_or_is_not_offered(order: str, relay: str, elsewhere: int, recipient: str) -> None:
    answers = host(recipient, relay=relay, order=order, elsewhere=elsewhere)
    files = edited(answers)
    if files is None:
        return
    main = postfix.parameters(files.get(postfix.MAIN_CF, ""))
    after = host(
        main.get("smtpd_recipient_restrictions", recipient),
        relay=relay,
        order=main.get("smtpd_relay_before_recipient_restrictions", order),
        elsewhere=elsewhere,
    )
    assert outcome(after) is Outcome.PASS


def test_the_other_listener() -> None:
    wanted = refusal(listener="inet:127.0.0.1:12340")
    remedy = wanted.remedy(state(host(""), wanted), TARGET)
    assert remedy is not None
    block = next(edit for edit in remedy.edits if isinstance(edit, SetBlock) and edit.key != "mail_plugins")
    assert "port = 12340" in block.text
    listening = re.sub(r"unix_listener(?s:.*?)\}", "inet_listener x {\n    port = 12340\n  }", LISTENER)
    answers = host("check_policy_service inet:127.0.0.1:12340", service=listening)
    assert judged(wanted, state(answers, wanted)).outcome == "pass"


def test_whom_a_rule_before_it_lets_pass_follows_it_to_the_end_of_the_list() -> None:
    """First in the list it is asked of everybody; where logins have no domain it goes last, which mends nothing."""
    found = state(host(f"permit_mynetworks, {RULE}", networks="0.0.0.0/0"))
    assert found["exempt in smtp/inet"] == "everybody, by permit_mynetworks (mynetworks has 0.0.0.0/0)"
    assert refusal().remedy(found, TARGET) is not None
    bare = state(host(f"permit_mynetworks, {RULE}", networks="0.0.0.0/0", elsewhere=0))
    assert refusal().remedy(bare, TARGET) is None


def test_a_table_that_cannot_be_asked_leaves_it_unknown() -> None:
    with pytest.raises(CannotTell, match="mysql:/etc/own"):
        state(host(f"check_client_access mysql:/etc/own, {RULE}"))
