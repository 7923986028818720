"""The kinds about a domain's records over a world that is written down: what each finds, and what it plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from baseline.edits import compose, present_in
from baseline.errors import CannotTell
from baseline.model import FileState, State
from baseline.model.probes import Lookup, Port, Reached, Records
from baseline.remedies.barrier import mendable
from tests.kinds.dns_world import (
    CONTROLS,
    GONE,
    HOST,
    IN_FILE,
    SEEN,
    SOA,
    TARGET,
    WORLD,
    D,
    found,
    looked,
    planned,
    rewritten,
    view,
    zone_file,
)
from tests.kinds.views import World


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
                ("_dmarc.example", "TXT"): ("v=DMARC1; p=none; sp=reject; rua=mailto:a@d.example",),
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
        looked(CONTROLS[id_], World({**broken, ("example", "NS"): Records(status)}, seen=SEEN))


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


def test_one_server_that_does_not_answer_is_told_and_what_it_has_is_not_known() -> None:
    silent = {(D, kind): Records(trouble="no answer") for kind in ("SOA", "TXT")}
    verdict, state = looked(CONTROLS["MEL-D-04"], view({}, {"198.51.100.53": silent}))
    assert verdict.outcome == "unknown"
    assert "at the name servers was not looked at" in verdict.reason
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
    state: State = {**IN_FILE, "zone on host": D, "allow-transfer": None}
    verdict, after = looked(CONTROLS["MEL-D-11"], view({}, seen=given), state)
    assert "given to strangers" in verdict.reason
    control = CONTROLS["MEL-D-11"]
    remedy = control.remedy(mendable(control, state, after, TARGET), TARGET)
    assert remedy is not None
    servers = ("@ NS ns1", "@ NS ns2", "ns1 A 192.0.2.53", "ns2 A 198.51.100.53")
    files = {
        "/etc/bind/named.conf.options": FileState(b"options {\n};\n"),
        "/etc/bind/db.d.example": FileState(zone_file(*servers).encode()),
    }
    (change,) = compose([("", edit) for edit in remedy.edits], present_in(files))
    assert b"allow-transfer { 127.0.0.1; ::1; 192.0.2.53; 198.51.100.53; };" in (change.after.content or b"")
    files["/etc/bind/db.d.example"] = FileState(zone_file(*servers[:3]).encode())
    with pytest.raises(ValueError, match=r"gives no address of ns2\.d\.example"):
        compose([("", edit) for edit in remedy.edits], present_in(files))
    assert control.remedy({**after, "zone on host": None}, TARGET) is None


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
        here = [f'@ TXT "{record}"' for record in (*present, "site=1")]
        assert {*rewritten(planned(id_, changes), *here, kind="TXT")} == {wanted, "site=1"}


def test_a_name_of_a_host_in_another_zone_is_for_whoever_keeps_that_and_mended_with_it() -> None:
    """`mail.d.example` sends for both domains, and only the zone of the first has room for its record."""
    nameless = {("mail.d.example", "TXT"): GONE}
    here = planned("MEL-D-05", nameless)
    control = CONTROLS["MEL-D-05"]
    wrong = ["as the host's name from 192.0.2.25"]
    told = {"name of 192.0.2.25": "mail.d.example"}
    elsewhere = planned("MEL-D-05", nameless, {"zone": "clinic.example", "zone file": "/x", "zone kept": "in a file"})
    assert here is not None
    assert elsewhere is not None
    assert not elsewhere.edits
    assert elsewhere.advice == 'Publish in the zone of the host\'s name: mail.d.example. IN TXT "v=spf1 a -all"'
    assert control.mended_with(here, wrong, told)
    assert not control.mended_with(here, [*wrong, "from 192.0.2.25"], told)
    assert not control.mended_with(here, wrong, {"name of 192.0.2.25": "mx.d.example"})
    assert not control.mended_with(here, [], told)
    assert not control.mended_with(elsewhere, wrong, told)


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
    control = CONTROLS["MEL-D-01"]
    remedy = planned("MEL-D-01", {(D, "MX"): ("0 .",)})
    assert rewritten(remedy, "@ MX 0 .", kind="MX") == ("10 mail.d.example",)
    changes = {(D, "MX"): ("10 mx.other.test.", "20 gone.test."), ("mx.other.test", "A"): ("192.0.2.9",)}
    _, state = looked(control, view(changes, seen={Port("192.0.2.9", 25): Reached("refused")}))
    both = control.remedy(mendable(control, IN_FILE, state, TARGET), TARGET)
    with pytest.raises(ValueError, match="some MX targets are sound but not in the inventory"):
        rewritten(both, "@ MX 10 mx.other.test.", "@ MX 20 gone.test.", kind="MX")
    nameless = replace(TARGET, peers=(replace(HOST, fqdn=""),))
    told = control.remedy(mendable(control, IN_FILE, state, nameless), nameless)
    assert told is not None
    assert "`fqdn`" in told.advice


def test_other_records_of_the_name_are_listed_and_left_alone() -> None:
    from baseline.kinds.spf_record import MOST_LISTED, _left_alone

    assert _left_alone([]) is None
    assert _left_alone(["b=2", "a=1"]) == "a=1; b=2"
    said = _left_alone([f"verification={number:02}" + "x" * 100 for number in range(MOST_LISTED + 3)])
    assert said is not None
    assert said.endswith("and 3 more")
    assert said.count("…") == MOST_LISTED
