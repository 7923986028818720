"""A site that signs with OpenDKIM: what its files say, who hands it mail, and what an apply offers instead."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace

import pytest

from baseline.errors import CannotTell
from baseline.facts import look
from baseline.kinds.dkim_keys import SETTINGS, DkimKeys
from baseline.model import Answer, Outcome, State
from baseline.readings.dkim_signers import SIGNER
from baseline.readings.opendkim import OPEN, Setup, _among, read_setup, sign_question
from baseline.remedies.opendkim_mending import to_mend
from tests.cases.changed import answering, judged, recorded, saying
from tests.kinds.dns_world import CONTROLS, IN_FILE, TARGET, D
from tests.kinds.test_dns_hosts import KEY, SIGNED

FILE = f"file\t/k/%s\t600\t1700000000\t%s\t{base64.b64encode(KEY).decode()}\n"
BEGIN = "unit\tactive\nset\tuserid\topendkim\nsocket\topen to Postfix\n"


def setup(printed: str) -> Setup:
    return read_setup(BEGIN + printed)


def test_the_key_of_a_table_is_found_by_domain_and_selector() -> None:
    found = setup(
        "set\tkeytable\tfile:/k/table\nkey\t%:one:/k/%\nkey\tother.test:one:/k/another\nkey\t%:two:/k/two\n"
        + FILE % ("d.example", "yes")
    )
    path, selector, file = found.key_of(D, {"s": "one", "d": D})
    assert (path, selector, file and file.readable) == ("/k/d.example", "one", True)
    with pytest.raises(CannotTell, match=r"2 keys for one of other\.test"):
        found.key_of("other.test", {"s": "one", "d": "other.test"})
    assert found.key_of("third.test", {}) == ("", "", None)


@pytest.mark.parametrize(
    ("printed", "reason"),
    [
        ("set\tkeytable\tdsn:\n", "KeyTable is of the sort `dsn:`"),
        ("set\tkeytable\t/k/table\nkey\t%:one:\n", "holds the key one of d.example itself"),
        ("set\tkeyfile\t/k/one\nset\tinclude\t/etc/more.conf\n", "includes another file"),
    ],
)
def test_keys_that_are_elsewhere_are_unknown(printed: str, reason: str) -> None:
    with pytest.raises(CannotTell, match=reason):
        setup(printed).key_of(D, {"s": "one", "d": D})


@pytest.mark.parametrize("printed", ["file\t/k/x\t600\n", "file\t/k/x\t600\t1\tyes\t\n", "key\tone\n", "what\n"])
def test_a_set_up_that_is_not_understood_is_unknown(printed: str) -> None:
    with pytest.raises(CannotTell, match="not understood"):
        setup(printed)


@pytest.mark.parametrize(
    ("socket", "milters", "asked"),
    [
        ("local:/var/spool/postfix/opendkim/o.sock", "unix:opendkim/o.sock", True),
        ("/run/o.sock", "unix:/run/o.sock", True),
        ("local:/run/o.sock", "inet:127.0.0.1:11332, unix:/run/p.sock", False),
        ("inet:8891@localhost", "inet:127.0.0.1:11332, inet:127.0.0.1:8891", True),
        ("inet:8891", "{ inet:localhost:8891, default_action = accept }", True),
        ("inet:8891@localhost", "inet:127.0.0.1:8892", False),
        ("", "inet:127.0.0.1:8891", False),
    ],
)
def test_a_milter_is_opendkim_when_it_is_at_its_socket(socket: str, milters: str, asked: bool) -> None:
    assert _among(milters, socket, "/var/spool/postfix") is asked


BY_OPENDKIM: State = {
    **SIGNED,
    f"{D} {SIGNER}": "OpenDKIM",
    f"{D} key path": "/etc/dkimkeys/mail.private",
    "OpenDKIM's unit": "active",
    "OpenDKIM's Mode": "sv",
    "OpenDKIM's socket": OPEN,
    "OpenDKIM asked in submission/inet": "yes",
    **{f"{D} {key}": value for key, value in IN_FILE.items()},
    f"{D} published key": Outcome.PASS,
    f"{D} key records": Outcome.PASS,
}


def control() -> DkimKeys:
    found = CONTROLS["MEL-D-06"]
    assert isinstance(found, DkimKeys)
    return found


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"OpenDKIM's unit": "failed"}, "run `systemctl enable --now opendkim`"),
        ({"OpenDKIM's socket": "closed to Postfix"}, "let Postfix write to the Socket"),
        ({"OpenDKIM's Mode": "v"}, "put s into Mode"),
        ({"OpenDKIM asked in submission/inet": "no"}, "smtpd_milters and non_smtpd_milters (in submission/inet)"),
        ({f"{D} signature": "none"}, "have Domain, or SigningTable and KeyTable"),
        ({f"{D} RSA bits": 1024}, "the key /etc/dkimkeys/mail.private is too short"),
        ({f"{D} key file": "mode 0644"}, "with mode 0600"),
        ({f"{D} published key": Outcome.FAIL}, "publish this key, once, at mail._domainkey.d.example"),
    ],
)
def test_what_is_wrong_with_it_a_person_mends_or_rspamd_signs_instead(wrong: State, said: str) -> None:
    remedy = control().remedy({**BY_OPENDKIM, **wrong}, TARGET)
    assert remedy is not None
    assert said in remedy.advice
    assert remedy.begins == ("signs",)
    assert [one.what for one in remedy.displaces] == [f"OpenDKIM's key for {D}"]
    # A key of Rspamd's own is made and published: that of OpenDKIM, which its account alone may read, is left alone.
    assert {edit.path for edit in remedy.edits} == {SETTINGS, IN_FILE["zone file"]}
    assert "/etc/dkimkeys" not in repr((remedy.edits, remedy.actions))


def test_where_it_signs_as_it_should_there_is_nothing_to_do() -> None:
    assert to_mend(BY_OPENDKIM, 2048) == ""
    remedy = control().remedy(BY_OPENDKIM, TARGET)
    assert remedy is None


def without_rspamadm(answers: Mapping[str, Answer]) -> dict[str, Answer]:
    return {one: Answer(127, b"", b"sh: 1: rspamadm: not found") for one in answers if one.startswith("rspamadm ")}


def test_a_site_without_rspamd_is_judged_too() -> None:
    found = recorded("dkim_keys/nothing-opendkim-signs")
    assert judged(answering(found, without_rspamadm(found.answers))).finding.outcome is Outcome.PASS


def test_mail_that_another_filter_takes_over_may_be_signed_behind_it() -> None:
    found = recorded("dkim_keys/fail-opendkim-not-asked-at-one-port")
    filtered = saying(found, "postconf -x", "content_filter =", "content_filter = smtp:[127.0.0.1]:10024")
    result = judged(filtered).finding
    assert (result.outcome, "submission/inet hands mail to smtp:[127.0.0.1]:10024" in result.reason) == (
        Outcome.UNKNOWN,
        True,
    )


def test_each_domain_has_its_own_answer_and_all_of_them_cost_one_exchange() -> None:
    found = recorded("dkim_keys/nothing-opendkim-signs")
    signed = found.answers[sign_question("d1.lab.test")].stdout.decode()
    both = ("d1.lab.test", "clinic.d1.lab.test")
    wanted, target = found.as_control(), replace(found.as_target(), domains=both)
    told = f"{signed}ended with 0\nended with 70\n"

    def said(command: str) -> Answer:
        same = command.replace(f"domains='{' '.join(both)}'", "domains=d1.lab.test").replace(both[1], both[0])
        return Answer(0, told.encode()) if command == sign_question(*both) else found.answers[same]

    looked = look([wanted], target, lambda commands: {one: said(one) for one in commands})
    state = looked.states[wanted.key]
    assert not isinstance(state, Exception)
    assert [state[f"{one} signature"] for one in both] == ["d=d1.lab.test", "none"]
