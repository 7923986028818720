"""The kinds about DNS on hosts over a world that is written down: reverse names, greetings, resolvers, DKIM keys."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from baseline.errors import CannotTell
from baseline.formats import dkim
from baseline.model import State
from baseline.model.looks import Parts
from baseline.model.probes import Lookup, Records, Said, Talk
from baseline.remedies.barrier import mendable
from baseline.remedies.remedy import Remedy
from baseline.zone_edits import SetInclude
from tests.kinds.dns_world import (
    CONTROLS,
    GONE,
    IN_FILE,
    MAIL,
    TARGET,
    D,
    lines,
    looked,
    view,
)
from tests.kinds.views import NOW


@pytest.mark.parametrize(
    ("changes", "outcome", "reason"),
    [
        ({}, "pass", "as wanted"),
        ({("25.2.0.192.in-addr.arpa", "PTR"): GONE}, "fail", "names of 192.0.2.25 is 0"),
        ({("25.2.0.192.in-addr.arpa", "PTR"): ("ns1.d.example.",)}, "fail", "leads elsewhere"),
        ({("25.2.0.192.in-addr.arpa", "PTR"): ("192-0-2-25.d.example.",)}, "fail", "named after itself"),
        ({("25.2.0.192.in-addr.arpa", "PTR"): ("mail.d.example.", "d.example.")}, "warn", "number of names"),
    ],
)
def test_reverse_names(changes: Mapping[tuple[str, str], Any], outcome: str, reason: str) -> None:
    state: State = {"myhostname": "mail.d.example"}
    verdict, _ = looked(CONTROLS["MEL-D-02"], view(changes), state)
    assert (verdict.outcome.value, reason in verdict.reason) == (outcome, True), verdict


def test_a_pointer_is_written_where_the_host_keeps_the_reverse_zone() -> None:
    zone = {"zone": "2.0.192.in-addr.arpa", "zone file": "/etc/bind/db.192.0.2", "zone kept": "in a file"}
    state: State = {"myhostname": "mail.d.example", **{f"{key} of {MAIL}": value for key, value in zone.items()}}
    control = CONTROLS["MEL-D-02"]
    _, after = looked(control, view({("25.2.0.192.in-addr.arpa", "PTR"): GONE}), state)
    inside = mendable(control, state, after, TARGET)
    assert lines(control.remedy(inside, TARGET)) == [("25.2.0.192.in-addr.arpa", "PTR", ("mail.d.example.",))]
    _, elsewhere = looked(
        control,
        view({("25.2.0.192.in-addr.arpa", "PTR"): GONE, ("mail.d.example", "A"): ("192.0.2.9",)}),
        state,
    )
    for seen, target in ((elsewhere, TARGET), (after, replace(TARGET, fqdn=""))):
        remedy = control.remedy(mendable(control, state, seen, target), target)
        assert remedy is not None
        assert not remedy.edits


@pytest.mark.parametrize(
    ("changes", "greeting", "outcome", "reason"),
    [
        ({}, "220 mail.d.example ESMTP", "pass", "as wanted"),
        ({}, "220-mail.d.example ESMTP", "pass", "as wanted"),
        ({}, "220 firewall ESMTP", "fail", "greeting on port 25 is firewall ESMTP"),
        ({("mail.d.example", "A"): ("192.0.2.9",)}, "220 mail.d.example", "fail", "the name has 192.0.2.25"),
        ({("25.2.0.192.in-addr.arpa", "PTR"): ("d.example.",)}, "220 mail.d.example", "warn", "name in PTR"),
    ],
)
def test_names_of_a_server(changes: Mapping[tuple[str, str], Any], greeting: str, outcome: str, reason: str) -> None:
    same: State = {"full name": True, "HELO in main.cf": "myhostname", "greeting in main.cf": "myhostname"}
    state: State = {"myhostname": "mail.d.example", **same, "virtual domains in mydestination": None}
    seen = {Talk(MAIL, 25): Said(greeting=greeting)}
    verdict, _ = looked(CONTROLS["MEL-D-03"], view(changes, seen=seen), state)
    assert (verdict.outcome.value, reason in verdict.reason) == (outcome, True), verdict


def test_a_port_that_does_not_greet_leaves_the_name_unknown() -> None:
    state: State = {"myhostname": "mail.d.example"}
    with pytest.raises(CannotTell, match="port 25"):
        looked(CONTROLS["MEL-D-03"], view({}, seen={Talk(MAIL, 25): Said(trouble="no route")}), state)


@pytest.mark.parametrize(
    ("answer", "recursion", "wanted"),
    [
        (Records("refused"), "closed to strangers", "refused"),
        (Records("noerror"), "closed to strangers", "refused"),
        (Records("nxdomain", authoritative=True), "closed to strangers", "only own zones"),
        (Records("noerror", ("192.0.2.7",)), "closed to strangers", "for this machine"),
        (Records("nxdomain"), "open to everybody", "for anybody"),
    ],
)
def test_what_a_recursion_from_outside_shows(answer: Records, recursion: str, wanted: str) -> None:
    state: State = {"recursion": recursion}
    seen = {Lookup("example.com", "A", MAIL): answer}
    got = CONTROLS["MEL-D-13"].outside(view({}, seen=seen), state, TARGET)
    assert got == {f"recursion from here, at {MAIL}": wanted}


@pytest.mark.parametrize("answer", [Records(trouble="timeout"), Records("servfail")])
def test_a_recursion_that_is_not_answered_shows_nothing(answer: Records) -> None:
    seen = {Lookup("example.com", "A", MAIL): answer}
    got = CONTROLS["MEL-D-13"].outside(view({}, seen=seen), {"recursion": "closed to strangers"}, TARGET)
    assert isinstance(got, Parts)
    assert [*got] == []
    assert "A of example.com" in str(got.unseen[0])


KEY = rsa.generate_private_key(65537, 2048).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
OTHER = rsa.generate_private_key(65537, 1024).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
NAME = "mail._domainkey.d.example"
SIGNED: State = {
    "signing": "on",
    "settled": True,
    "selector": "mail",
    f"{D} signature": "d=d.example",
    f"{D} in a section": False,
    f"{D} selector": "mail",
    f"{D} key path": "/var/lib/rspamd/dkim/d.example.mail.key",
    f"{D} public key": base64.b64encode(KEY).decode(),
    f"{D} key made": int((NOW - timedelta(days=10)).timestamp()),
    f"{D} key file": "for the signer alone",
    f"{D} RSA bits": 2048,
    **{f"{D} {key}": value for key, value in IN_FILE.items()},
}
UNSIGNED: State = {
    **SIGNED,
    f"{D} signature": "none",
    f"{D} public key": None,
    f"{D} key made": None,
    f"{D} key file": None,
}
PUBLISHED = {(NAME, "TXT"): (dkim.text_of(KEY),)}


@pytest.mark.parametrize(
    ("state", "texts", "outcome", "reason"),
    [
        ({}, (dkim.text_of(KEY),), "pass", "as wanted"),
        ({}, (dkim.text_of(OTHER),), "fail", "another rsa key of 1024 bits"),
        ({}, (), "fail", "key records is 0"),
        ({}, (dkim.text_of(KEY), dkim.text_of(OTHER)), "fail", "key records is 2"),
        ({}, ("v=DKIM1; p=",), "fail", "revoked"),
        ({}, ("v=DKIM1; p=@",), "fail", "no base64"),
        ({}, (f"{dkim.text_of(KEY)}; t=y",), "fail", "in test mode"),
        ({}, (f"{dkim.text_of(KEY)}; h=sha1",), "fail", "not for mail signed with SHA-256"),
        ({f"{D} signature": "d=example"}, (dkim.text_of(KEY),), "fail", "signature is d=example"),
        ({f"{D} RSA bits": 1024}, (dkim.text_of(KEY),), "fail", "RSA bits is 1024"),
        ({f"{D} key made": 0}, (dkim.text_of(KEY),), "warn", "key age"),
        ({f"{D} key file": "mode 0444"}, (dkim.text_of(KEY),), "fail", "key file is mode 0444"),
    ],
)
def test_keys(state: State, texts: tuple[str, ...], outcome: str, reason: str) -> None:
    verdict, _ = looked(CONTROLS["MEL-D-06"], view({(NAME, "TXT"): texts}), {**SIGNED, **state})
    assert (verdict.outcome.value, reason in verdict.reason) == (outcome, True), verdict


def dkim_remedy(state: State, changes: Mapping[tuple[str, str], Any]) -> Remedy | None:
    control = CONTROLS["MEL-D-06"]
    _, after = looked(control, view(changes), state)
    return control.remedy(mendable(control, state, after, TARGET), TARGET)


def test_a_key_is_made_published_and_used_in_one_go() -> None:
    remedy = dkim_remedy(UNSIGNED, {})
    assert remedy is not None
    assert [action.name for action in remedy.actions] == [
        "make and publish the DKIM key mail of d.example",
        "load the zone d.example and wait for its secondaries",
    ]
    assert any(isinstance(edit, SetInclude) for edit in remedy.edits)
    assert "private" not in remedy.actions[0].do.lower()


def test_with_dns_elsewhere_the_record_is_printed() -> None:
    elsewhere: State = {**SIGNED, f"{D} zone kept": "not on this host"}
    remedy = dkim_remedy(elsewhere, {})
    assert remedy is not None
    assert not remedy.edits
    assert "mail._domainkey.d.example. IN TXT" in remedy.advice
    nothing = dkim_remedy({**UNSIGNED, f"{D} zone kept": "not on this host"}, {})
    assert nothing is not None
    assert "rspamadm dkim_keygen -b 2048 -s mail -d d.example" in nothing.advice


@pytest.mark.parametrize(
    ("state", "advice"),
    [
        ({**UNSIGNED, "settled": False}, "from a map"),
        ({**UNSIGNED, "signing": "off"}, "turned off"),
        ({**UNSIGNED, f"{D} in a section": True}, "its section"),
        ({**SIGNED, f"{D} RSA bits": 1024}, "too short"),
        ({**SIGNED, f"{D} key file": "mode 0444"}, "chmod 0440"),
    ],
)
def test_what_no_machine_mends_is_said(state: State, advice: str) -> None:
    remedy = dkim_remedy(state, PUBLISHED)
    assert remedy is not None
    assert not remedy.edits
    assert advice in remedy.advice
