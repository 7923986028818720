"""What no lab can show, over a world that is written down: trusted certificates and DNSSEC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from baseline.errors import CannotTell, NothingToJudge
from baseline.formats import tlsa
from baseline.kinds import kinds
from baseline.model.probes import Fetch, Fetched, Handshake, Lookup, Presented, Records
from tests.kinds.dns_world import (
    CONTROLS,
    GONE,
    MAIL,
    SOA,
    TARGET,
    D,
    lines,
    looked,
    view,
)
from tests.kinds.views import NOW

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
