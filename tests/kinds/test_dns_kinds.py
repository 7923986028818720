"""The kinds about DNS over a world that is written down: what each finds, and what it plans."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from baseline.errors import CannotTell, NothingToJudge
from baseline.formats import dkim, tlsa
from baseline.judge import Verdict, judge
from baseline.kinds import kinds
from baseline.kinds.base import Control, Remedy
from baseline.load import load_baseline
from baseline.model import Peer, State, Target
from baseline.model.probes import Fetch, Fetched, Handshake, Lookup, Port, Presented, Reached, Records, Said, Talk
from baseline.zone_edits import SetInclude, SetNamedOption, SetRecords
from tests.kinds.views import NOW, Written

SOA = "ns1.d.example. hostmaster.d.example. {} 3600 600 1209600 300"
WORLD: Mapping[tuple[str, str], Any] = {
    ("example", "NS"): ("a.nic.example.",),
    ("example", "SOA"): (SOA.format(9),),
    ("a.nic.example", "A"): ("198.51.100.1",),
    ("d.example", "SOA"): (SOA.format(5),),
    ("d.example", "NS"): ("ns1.d.example.", "ns2.d.example."),
    ("ns1.d.example", "A"): ("192.0.2.53",),
    ("ns2.d.example", "A"): ("198.51.100.53",),
    ("d.example", "A"): ("192.0.2.25",),
    ("d.example", "MX"): ("10 mail.d.example.",),
    ("d.example", "TXT"): ("v=spf1 ip4:192.0.2.25 -all", "site=1"),
    ("mail.d.example", "A"): ("192.0.2.25",),
    ("mail.d.example", "TXT"): ("v=spf1 a -all",),
    ("_dmarc.d.example", "TXT"): ("v=DMARC1; p=quarantine; rua=mailto:postmaster@d.example",),
    ("2.0.192.in-addr.arpa", "NS"): ("ns1.d.example.",),
    ("2.0.192.in-addr.arpa", "SOA"): (SOA.format(1),),
    ("25.2.0.192.in-addr.arpa", "PTR"): ("mail.d.example.",),
}
MAIL = "192.0.2.25"
HOST = Peer("mail.d.example", MAIL, frozenset({"mta", "antispam", "dns"}), ("d.example",), (MAIL,))
TARGET = Target(
    HOST.name,
    MAIL,
    roles=HOST.roles,
    domains=HOST.domains,
    outbound=HOST.outbound,
    peers=(HOST,),
    subject="d.example",
    vars={"private_addresses": True},
)
IN_FILE: State = {"zone": "d.example", "zone file": "/etc/bind/db.d.example", "zone kept": "in a file"}
CONTROLS = {control.id: control for control in load_baseline("mampu-2007").controls_for(TARGET)}
SEEN: dict[Any, Any] = {
    Port(MAIL, 25): Reached("open"),
    **{
        Lookup("d.example", "AXFR", address, recurse=False): Records("refused")
        for address in ("192.0.2.53", "198.51.100.53")
    },
}


def view(changes: Mapping[tuple[str, str], Any], at: Any = None, seen: Any = None) -> Written:
    return Written({**WORLD, **changes}, at, {**SEEN, **(seen or {})})


def looked(control: Control, world: Written, state: State = IN_FILE, target: Target = TARGET) -> tuple[Verdict, State]:
    found = {**state, **control.outside(world, state, target)}
    return judge(control.expected(target), found), found


def found(id_: str, changes: Mapping[tuple[str, str], Any], at: Any = None, seen: Any = None) -> tuple[str, str]:
    verdict, _ = looked(CONTROLS[id_], view(changes, at, seen))
    return verdict.outcome.value, verdict.reason


def planned(id_: str, changes: Mapping[tuple[str, str], Any], state: State = IN_FILE) -> Remedy | None:
    _, after = looked(CONTROLS[id_], view(changes), state)
    return CONTROLS[id_].remedy(after, TARGET)


def lines(remedy: Remedy | None) -> list[tuple[str, str, tuple[str, ...]]]:
    assert remedy is not None
    return [(one.owner, one.type, one.records) for one in remedy.edits if isinstance(one, SetRecords)]


D = "d.example"
GONE: tuple[str, ...] = ()


@pytest.mark.parametrize("id_", ["MEL-D-01", "MEL-D-04", "MEL-D-05", "MEL-D-07", "MEL-D-11"])
def test_a_sound_domain_passes(id_: str) -> None:
    assert found(id_, {}) == ("pass", "as wanted")
    assert planned(id_, {}) is None


@pytest.mark.parametrize(
    ("id_", "changes", "outcome", "reason"),
    [
        ("MEL-D-01", {(D, "MX"): ("0 .",)}, "fail", "null MX"),
        ("MEL-D-01", {(D, "MX"): GONE}, "warn", "the domain's own address"),
        ("MEL-D-01", {(D, "MX"): GONE, (D, "A"): GONE}, "fail", "not there"),
        ("MEL-D-01", {(D, "MX"): ("10 192.0.2.25.",)}, "fail", "an address, not a host"),
        ("MEL-D-01", {(D, "MX"): ("10 a_b.d.example.",)}, "fail", "no name of a host"),
        (
            "MEL-D-01",
            {(D, "MX"): ("10 x.d.example.",), ("x.d.example", "CNAME"): ("mail.d.example.",)},
            "fail",
            "alias",
        ),
        ("MEL-D-01", {(D, "MX"): ("10 mail.d.example.d.example.",)}, "fail", "a last dot is missing"),
        ("MEL-D-01", {(D, "MX"): ("10 mail.d.example.", "10 gone.d.example.")}, "fail", "without address"),
        ("MEL-D-04", {(D, "TXT"): ("site=1",)}, "fail", "SPF records is 0"),
        ("MEL-D-04", {(D, "TXT"): ("v=spf1 -all", "v=spf1 mx -all")}, "fail", "SPF records is 2"),
        ("MEL-D-04", {(D, "TXT"): ("v=spf1 +all",)}, "fail", "ends with is +all"),
        ("MEL-D-04", {(D, "TXT"): ("v=spf1 mx",)}, "fail", "ends with is nothing"),
        ("MEL-D-04", {(D, "TXT"): ("v=spf1 foo -all",)}, "fail", "no mechanism 'foo'"),
        ("MEL-D-04", {(D, "TXT"): ("v=spf1 ptr -all",)}, "fail", "uses ptr"),
        ("MEL-D-04", {(D, "TXT"): ("v=spf1 a:x.test a:y.test a:z.test -all",)}, "fail", "find nothing is 3"),
        ("MEL-D-04", {(D, "TXT"): ("v=spf1 include:gone.test -all",)}, "fail", "gone.test has no SPF record"),
        ("MEL-D-04", {(D, "TXT"): (f"v=spf1 {'ip4:192.0.2.25 ' * 40}-all",)}, "warn", "length"),
        ("MEL-D-04", {(D, "TXT"): ("v=spf1 mx ~all",)}, "pass", "as wanted"),
        (
            "MEL-D-04",
            {(D, "TXT"): ("v=spf1 redirect=r.example",), ("r.example", "TXT"): ("v=spf1 mx -all",)},
            "pass",
            "as wanted",
        ),
        ("MEL-D-05", {(D, "TXT"): ("v=spf1 ip4:192.0.2.26 -all",)}, "fail", "from 192.0.2.25 is fail"),
        ("MEL-D-05", {(D, "TXT"): ("v=spf1 +all",)}, "fail", "(a stranger) is pass"),
        ("MEL-D-05", {("mail.d.example", "TXT"): GONE}, "warn", "as the host's name from 192.0.2.25 is none"),
        (
            "MEL-D-05",
            {(D, "TXT"): ("v=spf1 ip4:192.0.2.25 ip4:172.16.0.0/12 -all",)},
            "warn",
            "widest ip4 network is 12",
        ),
        ("MEL-D-05", {(D, "TXT"): ("v=spf1 a:%{d} -all",)}, "pass", "as wanted"),
        ("MEL-D-07", {("_dmarc.d.example", "TXT"): GONE}, "fail", "records is 0"),
        ("MEL-D-07", {("_dmarc.d.example", "TXT"): ("v=DMARC1; p=none", "v=DMARC1; p=reject")}, "fail", "records is 2"),
        (
            "MEL-D-07",
            {("_dmarc.d.example", "TXT"): ("v=DMARC1; p=none; rua=mailto:a@d.example",)},
            "warn",
            "policy is none",
        ),
        ("MEL-D-07", {("_dmarc.d.example", "TXT"): ("v=DMARC1; p=reject",)}, "warn", "reports is not there"),
        (
            "MEL-D-07",
            {("_dmarc.d.example", "TXT"): ("v=DMARC1; p=reject; sp=none; rua=mailto:a@d.example",)},
            "warn",
            "sub-",
        ),
        ("MEL-D-07", {("_dmarc.d.example", "TXT"): ("v=DMARC1; q=1",)}, "fail", "neither a policy"),
        (
            "MEL-D-07",
            {
                ("_dmarc.d.example", "TXT"): GONE,
                ("_dmarc.example", "TXT"): ("v=DMARC1; p=none; sp=reject; rua=mailto:a@example",),
            },
            "pass",
            "as wanted",
        ),
        (
            "MEL-D-07",
            {("_dmarc.d.example", "TXT"): ("v=DMARC1; p=reject; rua=mailto:a@other.test",)},
            "warn",
            "d.example._report._dmarc.other.test",
        ),
        ("MEL-D-11", {(D, "SOA"): ("a. b. 5 60 30 1209600 300",)}, "fail", "refresh is 60 s"),
        ("MEL-D-11", {(D, "SOA"): ("a. b. 5 3600 7200 1209600 300",)}, "fail", "retry below refresh"),
        ("MEL-D-11", {(D, "SOA"): ("a. b. 5 3600 600 86400 300",)}, "fail", "expire is 86400 s"),
        ("MEL-D-11", {(D, "SOA"): ("a. b. 5 3600 600 1209600 604800",)}, "fail", "negative TTL"),
        ("MEL-D-11", {(D, "NS"): ("ns1.d.example.",)}, "fail", "addresses is 1"),
        ("MEL-D-11", {("ns2.d.example", "A"): ("192.0.2.53",)}, "fail", "addresses is 1"),
        ("MEL-D-11", {("ns2.d.example", "CNAME"): ("ns1.d.example.",)}, "fail", "alias ns2.d.example is ns1.d.example"),
        ("MEL-D-11", {(D, "MX"): Records("noerror", ("10 mail.d.example.",), 30)}, "fail", "TTL of MX is 30 s"),
    ],
)
def test_each_property_is_found(id_: str, changes: Mapping[tuple[str, str], Any], outcome: str, reason: str) -> None:
    got = found(id_, changes)
    assert (got[0], reason in got[1]) == (outcome, True), got


def test_a_private_address_is_a_fail_unless_the_inventory_says_that_it_will_do() -> None:
    strict = CONTROLS["MEL-D-01"].model_copy(update={"private": False})
    verdict, _ = looked(strict, view({}))
    assert "nobody outside reaches: 192.0.2.25" in verdict.reason


@pytest.mark.parametrize("status", ["servfail", "refused"])
@pytest.mark.parametrize("id_", ["MEL-D-01", "MEL-D-04", "MEL-D-05", "MEL-D-07", "MEL-D-11", "MEL-D-12"])
def test_a_resolver_that_fails_leaves_it_unknown(id_: str, status: str) -> None:
    broken = {key: Records(status) for key in WORLD}
    with pytest.raises(CannotTell):
        looked(CONTROLS[id_], Written({**broken, ("example", "NS"): Records(status)}, seen=SEEN))


def test_the_newest_copy_decides_and_others_are_told() -> None:
    stale = {(D, "SOA"): (SOA.format(4),), (D, "TXT"): ("site=1",)}
    assert found("MEL-D-04", {}, {"198.51.100.53": stale}) == (
        "warn",
        "at servers with an older copy is ns2.d.example (198.51.100.53) has nothing, wanted alike (advised)",
    )
    split = {(D, "TXT"): ("v=spf1 mx -all",)}
    outcome, reason = found("MEL-D-04", {}, {"198.51.100.53": split})
    assert outcome == "fail"
    assert "ns2.d.example (198.51.100.53) has v=spf1 mx -all" in reason


def test_the_resolvers_older_copy_is_a_warning_and_nothing_to_apply() -> None:
    new = {(D, "TXT"): ("v=spf1 ip4:192.0.2.25 -all", "site=1")}
    world = view({(D, "TXT"): ("site=1",)}, {"192.0.2.53": new, "198.51.100.53": new})
    verdict, state = looked(CONTROLS["MEL-D-04"], world)
    assert verdict.outcome == "warn"
    assert "at the resolver is otherwise" in verdict.reason
    assert CONTROLS["MEL-D-04"].remedy(state, TARGET) is None


def test_one_server_that_does_not_answer_is_told_and_the_others_decide() -> None:
    silent = {(D, kind): Records(trouble="no answer") for kind in ("SOA", "TXT")}
    verdict, state = looked(CONTROLS["MEL-D-04"], view({}, {"198.51.100.53": silent}))
    assert verdict.outcome == "pass"
    assert state["servers that did not answer"] == "TXT of d.example: no answer"
    with pytest.raises(CannotTell, match="no answer"):
        looked(CONTROLS["MEL-D-11"], view({}, {"198.51.100.53": silent}))


def test_a_lame_server_fails() -> None:
    lame = {(D, "SOA"): Records("noerror", authoritative=False)}
    outcome, reason = found("MEL-D-11", {}, {"198.51.100.53": lame})
    assert (outcome, "lame" in reason) == ("fail", True)
    refused = {(D, "SOA"): Records("refused")}
    assert "lame: answers REFUSED" in found("MEL-D-11", {}, {"198.51.100.53": refused})[1]


def test_a_server_of_the_parent_that_names_others_is_told() -> None:
    above = {(D, "NS"): ("ns1.d.example.", "old.example.")}
    assert "the parent names ns1.d.example, old.example" in found("MEL-D-11", {}, {"198.51.100.1": above})[1]


def test_serials_that_are_days_apart_fail() -> None:
    later = {(D, "SOA"): (SOA.format(2026112001),)}
    assert found("MEL-D-11", {(D, "SOA"): (SOA.format(2026112002),)}, {"198.51.100.53": later})[0] == "warn"
    assert found("MEL-D-11", {(D, "SOA"): (SOA.format(2026112402),)}, {"198.51.100.53": later})[0] == "fail"


def test_an_ipv6_address_that_is_out_of_reach_is_passed_over() -> None:
    v6 = {(D, kind): Records(trouble="no route") for kind in ("SOA", "TXT")}
    assert found("MEL-D-11", {("ns1.d.example", "AAAA"): ("2001:db8::53",)}, {"2001:db8::53": v6})[0] == "pass"


def test_a_transfer_for_everybody_is_closed_to_all_but_the_servers() -> None:
    given = {Lookup(D, "AXFR", one, recurse=False): Records("noerror") for one in ("192.0.2.53", "198.51.100.53")}
    state: State = {"zone on host": D, "allow-transfer": None}
    verdict, after = looked(CONTROLS["MEL-D-11"], view({}, seen=given), state)
    assert "given to strangers" in verdict.reason
    remedy = CONTROLS["MEL-D-11"].remedy(after, TARGET)
    assert remedy is not None
    wanted = "{ 127.0.0.1; ::1; 192.0.2.53; 198.51.100.53; }"
    assert remedy.edits == (SetNamedOption("allow-transfer", wanted, "/etc/bind/named.conf.options"),)
    assert CONTROLS["MEL-D-11"].remedy({**after, "zone on host": None}, TARGET) is None


@pytest.mark.parametrize(
    ("present", "wanted"),
    [
        ((), "v=spf1 ip4:192.0.2.25 -all"),
        (("v=spf1 a -all", "v=spf1 mx ~all"), "v=spf1 a mx ip4:192.0.2.25 -all"),
        (("v=spf1 include:s.example +all",), "v=spf1 include:s.example ip4:192.0.2.25 -all"),
        (("v=spf1 ipv4:192.0.2.25 ptr -all",), "v=spf1 ip4:192.0.2.25 -all"),
    ],
)
def test_one_record_comes_of_those_that_are_there(present: tuple[str, ...], wanted: str) -> None:
    changes = {(D, "TXT"): (*present, "site=1"), ("s.example", "TXT"): ("v=spf1 -all",)}
    for id_ in ("MEL-D-04", "MEL-D-05"):
        assert lines(planned(id_, changes)) == [(D, "TXT", (f'"{wanted}"',))]


def test_a_record_that_costs_too_much_is_for_a_person() -> None:
    remedy = planned("MEL-D-04", {(D, "TXT"): ("v=spf1 a:x.test a:y.test a:z.test -all",)})
    assert remedy is not None
    assert not remedy.edits
    assert "by hand" in remedy.advice


def test_without_a_zone_file_the_records_are_printed() -> None:
    for kept in ("not on this host", "by named itself: it signs the zone", None):
        remedy = planned("MEL-D-07", {("_dmarc.d.example", "TXT"): GONE}, {**IN_FILE, "zone kept": kept})
        assert remedy is not None
        assert not remedy.edits
        assert '_dmarc.d.example. IN TXT "v=DMARC1; p=quarantine; rua=mailto:postmaster@d.example"' in remedy.advice


def test_mx_records_are_written_for_the_hosts_of_the_inventory() -> None:
    remedy = planned("MEL-D-01", {(D, "MX"): ("0 .",)})
    assert lines(remedy) == [(D, "MX", ("10 mail.d.example.",))]
    both = planned(
        "MEL-D-01", {(D, "MX"): ("10 mx.other.test.", "20 gone.test."), ("mx.other.test", "A"): ("192.0.2.9",)}
    )
    assert both is None or "by hand" in both.advice


# --- hosts ----------------------------------------------------------------------------------------


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
    assert lines(control.remedy(after, TARGET)) == [("25.2.0.192.in-addr.arpa", "PTR", ("mail.d.example.",))]
    other = {**after, "myhostname": "vm", "addresses of myhostname": ""}
    remedy = control.remedy(other, TARGET)
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
    same = {"full name": True, "HELO in main.cf": "myhostname", "greeting in main.cf": "myhostname"}
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
        (Records(trouble="timeout"), "closed to strangers", "silent"),
        (Records("noerror", ("192.0.2.7",)), "closed to strangers", "for this machine"),
        (Records("nxdomain"), "open to everybody", "for anybody"),
    ],
)
def test_what_a_recursion_from_outside_shows(answer: Records, recursion: str, wanted: str) -> None:
    state: State = {"recursion": recursion}
    seen = {Lookup("example.com", "A", MAIL): answer}
    got = CONTROLS["MEL-D-13"].outside(view({}, seen=seen), state, TARGET)
    assert got == {f"recursion from here, at {MAIL}": wanted}


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
    f"{D} key file": "for Rspamd alone",
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
    return control.remedy(after, TARGET)


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


# --- what the lab cannot show: certificates that are trusted, and DNSSEC --------------------------

CERT_KEY = ec.generate_private_key(ec.SECP256R1())


def pem(organization: str) -> str:
    name = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, organization)])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, CERT_KEY.public_key(), 1, start, start + timedelta(days=365))
    return builder.sign(CERT_KEY, SHA256()).public_bytes(Encoding.PEM).decode()


CERTIFICATE = pem("Let's Encrypt")
HANDSHAKE = Handshake(MAIL, 25, "smtp", "mail.d.example")
SHOWN = {HANDSHAKE: Presented("TLSv1.3", chain=(CERTIFICATE,), trusted=True)}
POLICY = "version: STSv1\nmode: {}\nmx: mail.d.example\nmax_age: {}\n"
URL = Fetch("https://mta-sts.d.example/.well-known/mta-sts.txt")
STS: dict[tuple[str, str], Any] = {
    ("_mta-sts.d.example", "TXT"): ("v=STSv1; id=1",),
    ("mta-sts.d.example", "A"): ("192.0.2.80",),
    ("_smtp._tls.d.example", "TXT"): ("v=TLSRPTv1; rua=mailto:a@d.example",),
}


@pytest.mark.parametrize(
    ("changes", "fetched", "shown", "outcome", "reason"),
    [
        ({}, Fetched(200, body=POLICY.format("enforce", 604800)), {}, "pass", "as wanted"),
        ({}, Fetched(200, body=POLICY.format("testing", 604800)), {}, "warn", "mode is testing"),
        ({}, Fetched(200, body=POLICY.format("none", 604800)), {}, "fail", "mode is none"),
        ({}, Fetched(200, body=POLICY.format("enforce", 60)), {}, "fail", "max_age"),
        ({}, Fetched(200, body="nonsense"), {}, "fail", "policy is not valid"),
        ({}, Fetched(404), {}, "fail", "answers 404"),
        ({}, Fetched(trouble="its certificate is not trusted: expired"), {}, "fail", "not trusted"),
        ({("mta-sts.d.example", "A"): GONE}, None, {}, "fail", "mta-sts.d.example has no address"),
        (
            {(D, "MX"): ("10 ns1.d.example.",)},
            Fetched(200, body=POLICY.format("enforce", 604800)),
            {Handshake("192.0.2.53", 25, "smtp", "ns1.d.example"): Presented(trusted=True)},
            "fail",
            "MX ns1.d.example is not in the policy",
        ),
        (
            {},
            Fetched(200, body=POLICY.format("enforce", 604800)),
            {HANDSHAKE: Presented(why_not="expired")},
            "fail",
            "certificate of mail.d.example is expired",
        ),
        ({("_mta-sts.d.example", "TXT"): ("v=STSv1; id=1", "v=STSv1; id=2")}, Fetched(404), {}, "fail", "2 records"),
        (
            {("_smtp._tls.d.example", "TXT"): ("v=TLSRPTv1",)},
            Fetched(200, body=POLICY.format("enforce", 604800)),
            {},
            "fail",
            "rua=",
        ),
        (
            {("_smtp._tls.d.example", "TXT"): GONE},
            Fetched(200, body=POLICY.format("enforce", 604800)),
            {},
            "warn",
            "TLS-RPT",
        ),
        ({("_mta-sts.d.example", "TXT"): GONE}, None, {}, "warn", "MTA-STS record is not there"),
    ],
)
def test_tls_policies(
    changes: Mapping[tuple[str, str], Any], fetched: Fetched | None, shown: Any, outcome: str, reason: str
) -> None:
    seen = {**SHOWN, **shown, **({URL: fetched} if fetched else {})}
    verdict, state = looked(CONTROLS["MEL-D-08"], view({**STS, **changes}, seen=seen))
    assert (verdict.outcome.value, reason in verdict.reason) == (outcome, True), verdict
    remedy = CONTROLS["MEL-D-08"].remedy(state, TARGET)
    if "TLS-RPT" in reason:
        assert lines(remedy) == [("_smtp._tls.d.example", "TXT", ('"v=TLSRPTv1; rua=mailto:postmaster@d.example"',))]
    elif outcome != "pass":
        assert remedy is not None


def test_a_policy_that_could_not_be_fetched_is_unknown() -> None:
    with pytest.raises(CannotTell, match="timed out"):
        looked(CONTROLS["MEL-D-08"], view(STS, seen={**SHOWN, URL: Fetched(trouble="timed out")}))


OWN = f"3 1 1 {tlsa.associated(CERTIFICATE, 1, 1)}"


def secured(*records: str, secure: bool = True) -> dict[Any, Any]:
    mx = Lookup(D, "MX", secure=True)
    record = Lookup("_25._tcp.mail.d.example", "TLSA", secure=True)
    return {
        mx: Records("noerror", ("10 mail.d.example.",), authenticated=secure),
        record: Records("noerror" if records else "nxdomain", records, authenticated=secure),
        **SHOWN,
    }


@pytest.mark.parametrize(
    ("records", "secure", "outcome", "reason"),
    [
        ((OWN,), True, "pass", "as wanted"),
        ((f"3 1 1 {'0' * 64}", OWN), True, "pass", "as wanted"),
        ((f"3 1 1 {'0' * 64}",), True, "fail", "fits none"),
        ((OWN,), False, "fail", "MX is not secure"),
        ((f"1 1 1 {'0' * 64}",), True, "fail", "usable records"),
        ((f"3 0 1 {tlsa.associated(CERTIFICATE, 0, 1)}",), True, "warn", "form at"),
    ],
)
def test_dane(records: tuple[str, ...], *, secure: bool, outcome: str, reason: str) -> None:
    verdict, _ = looked(CONTROLS["MEL-D-09"], view({}, seen=secured(*records, secure=secure)), {})
    assert (verdict.outcome.value, reason in verdict.reason) == (outcome, True), verdict


def test_dane_without_records_is_no_matter_and_without_certificate_unknown() -> None:
    with pytest.raises(NothingToJudge):
        looked(CONTROLS["MEL-D-09"], view({}, seen=secured()), {})
    with pytest.raises(CannotTell):
        looked(CONTROLS["MEL-D-09"], view({}, seen={**secured(OWN), HANDSHAKE: Presented(trouble="refused")}), {})


@pytest.mark.parametrize(
    ("changes", "outcome", "reason"),
    [
        ({(D, "CAA"): ('0 issue "letsencrypt.org"',)}, "pass", "as wanted"),
        (
            {("mail.d.example", "CAA"): ('0 issue "letsencrypt.org"',), (D, "CAA"): ('0 issue ";"',)},
            "pass",
            "as wanted",
        ),
        ({("example", "CAA"): ('0 issue "letsencrypt.org"',)}, "pass", "as wanted"),
        ({}, "warn", "CAA for mail.d.example is none"),
        ({(D, "CAA"): ('0 issue ";"',)}, "fail", "Let's Encrypt may not issue"),
        ({(D, "CAA"): ('0 issue "letsencrypt.org"', '128 tbs "x"')}, "fail", "critical tags"),
    ],
)
def test_authorities(changes: Mapping[tuple[str, str], Any], outcome: str, reason: str) -> None:
    verdict, _ = looked(CONTROLS["MEL-D-10"], view(changes, seen=SHOWN))
    assert (verdict.outcome.value, reason in verdict.reason) == (outcome, True), verdict


def test_caa_is_written_only_for_authorities_that_are_named() -> None:
    plain = CONTROLS["MEL-D-10"]
    _, state = looked(plain, view({}, seen=SHOWN))
    remedy = plain.remedy(state, TARGET)
    assert remedy is not None
    assert not remedy.edits
    named_ = plain.model_copy(update={"issuers": ("letsencrypt.org",)})
    assert lines(named_.remedy(state, TARGET)) == [(D, "CAA", ('0 issue "letsencrypt.org"',))]


def signed(answer: Records, unchecked: Records | None = None, ds: tuple[str, ...] = ("1 13 2 ab",)) -> dict[Any, Any]:
    return {
        Lookup(D, "SOA", secure=True): answer,
        Lookup(D, "SOA", secure=True, unchecked=True): unchecked or answer,
        Lookup(D, "DS", secure=True): Records("noerror", ds),
    }


def until(days: int) -> tuple[str, ...]:
    end = f"{NOW + timedelta(days=days):%Y%m%d%H%M%S}"
    return (f"SOA 13 2 300 {end} 20261101000000 1234 d.example. abcd==",)


GOOD = Records("noerror", (SOA.format(5),), authenticated=True, signatures=until(10))


@pytest.mark.parametrize(
    ("seen", "outcome", "reason"),
    [
        (signed(GOOD), "pass", "as wanted"),
        (signed(replace(GOOD, signatures=until(2))), "fail", "days left of the signature is 2 days"),
        (signed(Records("noerror", (SOA.format(5),)), ds=()), "warn", "zone is unsigned"),
        (signed(Records("servfail"), Records("noerror", (SOA.format(5),))), "fail", "zone is bogus"),
        ({**signed(GOOD), Lookup(D, "NSEC3PARAM"): Records("noerror", ("1 0 10 abcd",))}, "warn", "NSEC3 iterations"),
        ({**signed(GOOD), Lookup(D, "NSEC3PARAM"): Records("noerror", ("1 0 0 -",))}, "pass", "as wanted"),
    ],
)
def test_dnssec(seen: Mapping[Any, Any], outcome: str, reason: str) -> None:
    verdict, _ = looked(CONTROLS["MEL-D-12"], view({}, seen=seen), {})
    assert (verdict.outcome.value, reason in verdict.reason) == (outcome, True), verdict


@pytest.mark.parametrize(
    "seen",
    [
        signed(Records("servfail"), Records("servfail")),
        signed(Records(trouble="timeout"), GOOD),
        signed(Records("noerror", (SOA.format(5),))),
    ],
)
def test_dnssec_that_cannot_be_told(seen: Mapping[Any, Any]) -> None:
    with pytest.raises(CannotTell):
        looked(CONTROLS["MEL-D-12"], view({}, seen=seen), {})


def test_every_kind_of_this_group_is_in_the_circulars_baseline() -> None:
    ours = {control.kind for id_, control in CONTROLS.items() if id_.startswith("MEL-D-")}
    assert len(ours) == 13
    assert ours <= kinds().keys()
