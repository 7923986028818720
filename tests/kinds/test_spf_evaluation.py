"""SPF evaluated as RFC 7208 says, over a view that is written down."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.model.probes import Lookup, Records
from baseline.readings.spf_evaluation import check_host, cost
from tests.kinds.views import World, Zones

EXAMPLE: Zones = {
    # RFC 7208, appendix A.
    ("example.com", "MX"): ("10 mail-a.example.com.", "20 mail-b.example.com."),
    ("example.com", "A"): ("192.0.2.10", "192.0.2.11"),
    ("amy.example.com", "A"): ("192.0.2.65",),
    ("bob.example.com", "A"): ("192.0.2.66",),
    ("mail-a.example.com", "A"): ("192.0.2.129",),
    ("mail-b.example.com", "A"): ("192.0.2.130",),
    ("example.org", "MX"): ("10 mail-c.example.org.",),
    ("mail-c.example.org", "A"): ("192.0.2.140",),
    ("10.2.0.192.in-addr.arpa", "PTR"): ("example.com.",),
    ("65.2.0.192.in-addr.arpa", "PTR"): ("amy.example.com.",),
}


def result(record: str, address: str, more: Zones | None = None, **identity: str) -> str:
    view = World({**EXAMPLE, ("example.com", "TXT"): (record, "another text"), **(more or {})})
    sender, helo = identity.get("sender", "strong-bad@example.com"), identity.get("helo", "mx.example.org")
    return check_host(lambda name, kind: asked(view, name, kind), address, "example.com", sender, helo).result


def asked(view: World, name: str, kind: str) -> Records:
    found = view.see(Lookup(name, kind))
    assert isinstance(found, Records)
    return found


@pytest.mark.parametrize(
    ("record", "address", "wanted"),
    [
        # RFC 7208, appendix A.1.
        ("v=spf1 +all", "203.0.113.1", "pass"),
        ("v=spf1 a -all", "192.0.2.10", "pass"),
        ("v=spf1 a -all", "192.0.2.12", "fail"),
        ("v=spf1 a:example.org -all", "192.0.2.10", "fail"),
        ("v=spf1 mx -all", "192.0.2.129", "pass"),
        ("v=spf1 mx -all", "192.0.2.140", "fail"),
        ("v=spf1 mx:example.org -all", "192.0.2.140", "pass"),
        ("v=spf1 mx mx:example.org -all", "192.0.2.130", "pass"),
        ("v=spf1 mx/30 mx:example.org/30 -all", "192.0.2.131", "pass"),
        ("v=spf1 mx/30 mx:example.org/30 -all", "192.0.2.143", "pass"),
        ("v=spf1 mx/30 -all", "192.0.2.132", "fail"),
        ("v=spf1 ptr -all", "192.0.2.10", "pass"),
        ("v=spf1 ptr -all", "192.0.2.65", "pass"),
        ("v=spf1 ptr -all", "192.0.2.140", "fail"),
        ("v=spf1 ip4:192.0.2.128/28 -all", "192.0.2.65", "fail"),
        ("v=spf1 ip4:192.0.2.128/28 -all", "192.0.2.129", "pass"),
        ("v=spf1 ip6:2001:db8::/32 -all", "2001:db8::1", "pass"),
        ("v=spf1 ip6:2001:db8::/32 -all", "192.0.2.1", "fail"),
        ("v=spf1 ip4:192.0.2.1 -all", "::ffff:192.0.2.1", "pass"),
        ("v=spf1 ~all", "192.0.2.1", "softfail"),
        ("v=spf1 ?all", "192.0.2.1", "neutral"),
        ("v=spf1 a", "192.0.2.1", "neutral"),
        ("v=spf1", "192.0.2.1", "neutral"),
        ("V=SPF1 IP4:192.0.2.1 -ALL", "192.0.2.1", "pass"),
        ("v=spf10 -all", "192.0.2.1", "none"),
        (" v=spf1 -all", "192.0.2.1", "none"),
        # Modifiers count wherever they stand; redirect only without all.
        ("v=spf1 -all redirect=none.example", "192.0.2.1", "fail"),
        ("v=spf1 redirect=none.example", "192.0.2.1", "permerror"),
        ("v=spf1 unknown=%{d} -all", "192.0.2.1", "fail"),
        ("v=spf1 include:none.example -all", "192.0.2.1", "permerror"),
        ("v=spf1 a:gone1.example a:gone2.example a:gone3.example -all", "192.0.2.1", "permerror"),
        ("v=spf1 a:gone1.example a:gone2.example -all", "192.0.2.1", "fail"),
        ("v=spf1 foo:bar -all", "192.0.2.1", "permerror"),
        ("v=spf1 ip4:192.0.2 -all", "192.0.2.1", "permerror"),
        ("v=spf1 ip4:2001:db8::1 -all", "192.0.2.1", "permerror"),
        ("v=spf1 a/33 -all", "192.0.2.1", "permerror"),
        ("v=spf1 all:x", "192.0.2.1", "permerror"),
        ("v=spf1 redirect=a.example redirect=b.example", "192.0.2.1", "permerror"),
        ("v=spf1 include: -all", "192.0.2.1", "permerror"),
        ("v=spf1 exists:%{x}.example -all", "192.0.2.1", "permerror"),
        ("v=spf1 -all ip4:192.0.2.1 nonsense/", "192.0.2.1", "permerror"),
    ],
)
def test_the_result_is_that_of_the_standard(record: str, address: str, wanted: str) -> None:
    assert result(record, address) == wanted


def test_two_records_are_a_permanent_error() -> None:
    more = {("example.com", "TXT"): ("v=spf1 -all", "v=spf1 a -all")}
    assert result("", "192.0.2.1", more) == "permerror"


@pytest.mark.parametrize(
    ("spec", "name"),
    [
        # RFC 7208 7.4.
        ("%{s}", "strong-bad@email.example.com"),
        ("%{o}", "email.example.com"),
        ("%{d}", "email.example.com"),
        ("%{d4}", "email.example.com"),
        ("%{d2}", "example.com"),
        ("%{d1}", "com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{l}", "strong-bad"),
        ("%{l-}", "strong.bad"),
        ("%{lr}", "strong-bad"),
        ("%{lr-}", "bad.strong"),
        ("%{l1r-}", "strong"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"),
        ("%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"),
        ("%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "3.2.0.192.in-addr.strong.lp._spf.example.com"),
        ("%{d2}.trusted-domains.example.net", "example.com.trusted-domains.example.net"),
    ],
)
def test_macros_are_those_of_the_standard(spec: str, name: str) -> None:
    from baseline.formats.spf import expand

    values = {
        "s": "strong-bad@email.example.com",
        "l": "strong-bad",
        "o": "email.example.com",
        "d": "email.example.com",
        "i": "192.0.2.3",
        "v": "in-addr",
    }
    assert expand(spec, values) == name


def test_an_address_of_version_6_expands_by_nibbles() -> None:
    name = f"{'.'.join(reversed('20010db80000000000000000000000cb'))}.ip6.example.org"
    record = "v=spf1 exists:%{ir}.%{v}.example.org -all"
    assert result(record, "2001:db8::cb", {(name, "A"): ("127.0.0.2",)}) == "pass"
    assert result(record, "2001:db8::cc") == "fail"


def chain(length: int) -> Zones:
    links = {(f"i{n}.example", "TXT"): (f"v=spf1 include:i{n + 1}.example -all",) for n in range(1, length)}
    return {**links, (f"i{length}.example", "TXT"): ("v=spf1 ip4:192.0.2.7 -all",)}


def test_ten_look_ups_are_the_most() -> None:
    assert result("v=spf1 include:i1.example -all", "192.0.2.7", chain(10)) == "pass"
    assert result("v=spf1 include:i1.example -all", "192.0.2.7", chain(11)) == "permerror"
    loop = {("i1.example", "TXT"): ("v=spf1 include:example.com",)}
    assert result("v=spf1 include:i1.example -all", "192.0.2.7", loop) == "permerror"


def test_a_fail_of_an_included_record_is_no_match() -> None:
    more = {("other.example", "TXT"): ("v=spf1 -all",)}
    assert result("v=spf1 include:other.example ~all", "192.0.2.7", more) == "softfail"


def costs(record: str, more: Zones) -> tuple[int, int, list[str]]:
    view = World({**EXAMPLE, ("example.com", "TXT"): (record,), **more})
    found = cost(lambda name, kind: asked(view, name, kind), "example.com")
    return found.lookups, found.void, list(found.faults)


def test_a_record_costs_what_all_its_terms_cost() -> None:
    assert costs("v=spf1 a mx ip4:192.0.2.0/24 include:i1.example -all", chain(3)) == (5, 0, [])
    assert costs("v=spf1 a:gone.example exists:gone.example -all mx", {}) == (2, 2, [])
    assert costs("v=spf1 redirect=i1.example", chain(1)) == (1, 0, [])
    loop = {("i1.example", "TXT"): ("v=spf1 include:example.com",)}
    assert costs("v=spf1 include:i1.example", loop) == (2, 0, ["example.com includes itself"])
    many = {("example.com", "MX"): tuple(f"10 m{n}.example.com." for n in range(11))}
    assert costs("v=spf1 mx -all", many) == (1, 0, ["mx:example.com has 11 hosts, more than 10"])


@given(st.text(alphabet="v=spf1 adlmxincue:./~-+?%{}0123456789", max_size=60))
def test_whatever_is_published_has_a_result(text: str) -> None:
    got = result(f"v=spf1 {text}", "192.0.2.9")
    assert got in ("none", "neutral", "pass", "fail", "softfail", "permerror")
