"""The texts of DNS records about mail: SPF, DKIM, DMARC, MTA-STS, TLS reports, TLSA, CAA, and names."""

from __future__ import annotations

import base64
import contextlib
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from baseline.formats import caa, dkim, dmarc, mta_sts, names, spf, tags, tlsa

RSA = rsa.generate_private_key(65537, 1024).public_key()
SPKI = RSA.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
BARE = RSA.public_bytes(Encoding.DER, PublicFormat.PKCS1)
ED = ed25519.Ed25519PrivateKey.generate().public_key()


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


class TestDkim:
    def test_a_key_is_the_same_in_every_form(self) -> None:
        wanted = dkim.public_key(SPKI)
        assert (wanted.algorithm, wanted.bits) == ("rsa", 1024)
        for text in (
            f"v=DKIM1; k=rsa; p={b64(SPKI)}",
            f"p={b64(BARE)}",
            f"k=rsa; t=s; p = {b64(SPKI)[:40]} {b64(SPKI)[40:]};",
        ):
            assert dkim.parse(text).key == wanted

    def test_ed25519_is_32_bytes_in_the_record(self) -> None:
        raw = ED.public_bytes(Encoding.Raw, PublicFormat.Raw)
        whole = ED.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        record = dkim.parse(f"v=DKIM1; k=ed25519; p={b64(raw)}")
        assert record.key == dkim.public_key(whole)
        assert dkim.text_of(whole) == f"v=DKIM1; k=ed25519; p={b64(raw)}"

    def test_what_is_written_is_read(self) -> None:
        assert dkim.parse(dkim.text_of(SPKI)).key == dkim.public_key(SPKI)

    def test_flags_and_a_revoked_key(self) -> None:
        record = dkim.parse("v=DKIM1; t=y:s; h=sha1; s=email; p=")
        assert (record.key, record.testing, record.hashes, record.services) == (None, True, ("sha1",), ("email",))

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "v=DKIM1; k=rsa",
            "v=DKIM2; p=",
            "k=rsa; v=DKIM1; p=",
            "v=DKIM1; p=@@",
            f"v=DKIM1; p={b64(b'none')}",
            f"v=DKIM1; k=ed25519; p={b64(SPKI)}",
            f"v=DKIM1; k=rsa; p={b64(ED.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))}",
            f"v=DKIM1; k=dsa; p={b64(SPKI)}",
            "v=DKIM1; p=; p=",
        ],
        # The keys are made anew by every process, and are no names for tests.
        ids=[
            *("empty", "no-key", "other-version", "version-not-first", "not-base64", "no-key-in-it"),
            *("rsa-as-ed25519", "ed25519-as-rsa", "unknown-algorithm", "key-twice"),
        ],
    )
    def test_what_verifiers_refuse_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"\w"):
            dkim.parse(text)

    def test_other_keys_are_refused(self) -> None:
        other = ec.generate_private_key(ec.SECP256R1()).public_key()
        with pytest.raises(ValueError, match="neither RSA nor Ed25519"):
            dkim.public_key(other.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


class TestDmarc:
    @pytest.mark.parametrize(
        ("text", "own", "sub", "missing"),
        [
            ("v=DMARC1; p=reject", "reject", "reject", "reject"),
            ("v=DMARC1;p=reject;sp=quarantine;np=none;", "reject", "quarantine", "none"),
            ("v=DMARC1; p=REJECT; t=y", "quarantine", "quarantine", "quarantine"),
            ("v=DMARC1; p=none; t=y", "none", "none", "none"),
            ("v=DMARC1; rua=mailto:a@d.example", "none", "none", "none"),
            ("v=DMARC1; p=bogus; rua=mailto:a@d.example", "none", "none", "none"),
            ("v = DMARC1 ; p = quarantine ; pct=5", "quarantine", "quarantine", "quarantine"),
        ],
    )
    def test_what_a_record_asks_for(self, text: str, own: str, sub: str, missing: str) -> None:
        record = dmarc.parse(text)
        assert (record.effective, record.for_subdomains, record.for_missing) == (own, sub, missing)

    @pytest.mark.parametrize(
        "text", ["", "v=DMARC1", "p=none; v=DMARC1", "v=DMARC2; p=none", "v=DMARC1; p=bogus", "v=DMARC1; x"]
    )
    def test_what_receivers_pass_over(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"\w"):
            dmarc.parse(text)

    def test_a_walk_goes_up_in_at_most_eight_steps(self) -> None:
        assert dmarc.walk("Mail.D.example.") == ("mail.d.example", "d.example", "example")
        deep = dmarc.walk("a.b.c.d.e.f.g.h.i.j.mail.example.com")
        # The example of RFC 9989 4.10.
        assert deep[0] == "a.b.c.d.e.f.g.h.i.j.mail.example.com"
        assert deep[1] == "g.h.i.j.mail.example.com"
        assert len(deep) == 8

    @pytest.mark.parametrize(
        ("uri", "domain"),
        [
            ("mailto:a@D.example", "d.example"),
            ("mailto:a@d.example!10m", "d.example"),
            ("mailto:a@d.example?subject=x", "d.example"),
            ("mailto:a", None),
            ("mailto:@d.example", None),
            ("https://d.example/", None),
            ("a@d.example", None),
        ],
    )
    def test_where_reports_go(self, uri: str, domain: str | None) -> None:
        assert dmarc.report_domain(uri) == domain


class TestSpf:
    def test_addresses_come_before_the_end_and_once(self) -> None:
        text = spf.with_addresses("v=spf1 mx ip4:192.0.2.1 -all", ("192.0.2.1", "2001:db8::1"))
        assert text == "v=spf1 mx ip4:192.0.2.1 ip6:2001:db8::1 -all"
        assert (
            spf.with_addresses("v=spf1 mx redirect=d.example", ("192.0.2.1",))
            == "v=spf1 mx ip4:192.0.2.1 redirect=d.example"
        )

    @pytest.mark.parametrize(
        ("text", "final"),
        [
            ("v=spf1 -all", "-all"),
            ("v=spf1 all", "+all"),
            ("v=spf1 redirect=d.example", "redirect=d.example"),
            ("v=spf1 mx", "nothing"),
        ],
    )
    def test_how_a_record_ends(self, text: str, final: str) -> None:
        assert spf.parse(text).final == final

    def test_a_prefix_of_nothing_is_everything(self) -> None:
        (one, two) = spf.parse("v=spf1 a/0//0 mx:d.example/24//64").directives
        assert (one.cidr4, one.cidr6, two.domain, two.cidr4, two.cidr6) == (0, 0, "d.example", 24, 64)

    @given(st.text(max_size=80))
    def test_any_text_is_read_or_refused(self, text: str) -> None:
        for whole in (text, f"v=spf1 {text}"):
            with contextlib.suppress(spf.SpfError):
                assert spf.parse(whole).final

    @given(st.ip_addresses())
    def test_an_address_is_a_mechanism(self, address: object) -> None:
        (directive,) = spf.parse(f"v=spf1 {spf.mechanism(str(address))}").directives
        assert directive.network is not None
        assert directive.network.num_addresses == 1


class TestPolicies:
    POLICY = "version: STSv1\r\nmode: enforce\r\nmx: mail.d.example\r\nmx: *.d.example\r\nmax_age: 604800\r\n"

    def test_a_policy_is_read_with_either_line_end(self) -> None:
        for text in (self.POLICY, self.POLICY.replace("\r", "")):
            policy = mta_sts.parse_policy(text)
            assert (policy.mode, policy.max_age) == ("enforce", 604800)

    @pytest.mark.parametrize(
        ("host", "covered"),
        [("mail.d.example.", True), ("MX1.d.example", True), ("a.b.d.example", False), ("d.example", False)],
    )
    def test_a_star_is_one_label(self, host: str, *, covered: bool) -> None:
        assert mta_sts.parse_policy(self.POLICY).covers(host) is covered

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "mode: enforce\nversion: STSv1\n",
            "version: STSv1\nmode: maybe\nmx: a.b\nmax_age: 1\n",
            "version: STSv1\nmode: enforce\nmax_age: 1\n",
            "version: STSv1\nmode: enforce\nmx: a.b\nmax_age: 99999999\n",
            "version: STSv1\nmode: enforce\nmx: a b\nmax_age: 1\n",
            "version: STSv1\nnonsense\n",
        ],
    )
    def test_what_senders_refuse(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"\w"):
            mta_sts.parse_policy(text)

    @given(
        st.sampled_from(["enforce", "testing"]),
        st.lists(st.sampled_from(["a.b", "mx.d.example"]), min_size=1),
        st.integers(0, mta_sts.LONGEST),
    )
    def test_a_policy_is_read_as_it_was_written(self, mode: str, hosts: list[str], age: int) -> None:
        assert mta_sts.parse_policy(mta_sts.policy_text(mode, hosts, age)) == mta_sts.Policy(mode, age, tuple(hosts))

    def test_records(self) -> None:
        assert mta_sts.parse_record("v=STSv1; id=20260101;") == "20260101"
        assert mta_sts.parse_report_record("v=TLSRPTv1;rua=mailto:a@d.example,https://d.example/r") == (
            "mailto:a@d.example",
            "https://d.example/r",
        )
        for text in ("v=STSv1; id=", "v=STSv1; id=a-b", "v=STSv1"):
            with pytest.raises(ValueError, match="id="):
                mta_sts.parse_record(text)
        for text in ("v=TLSRPTv1", "v=TLSRPTv1; rua=ftp://d.example", "v=TLSRPTv1; rua=mailto:a"):
            with pytest.raises(ValueError, match="rua="):
                mta_sts.parse_report_record(text)
        assert not mta_sts.is_record("v=STSv10; id=1")


def certificate(key: ec.EllipticCurvePrivateKey, organization: str = "Let's Encrypt") -> str:
    """A certificate that signs itself."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, organization)])
    start = datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, start, start + timedelta(days=90))
    return builder.sign(key, SHA256()).public_bytes(Encoding.PEM).decode()


class TestTlsa:
    KEY = ec.generate_private_key(ec.SECP256R1())
    OTHER = ec.generate_private_key(ec.SECP256R1())

    def test_a_record_fits_the_certificate_that_it_was_made_of(self) -> None:
        chain = (certificate(self.KEY), certificate(self.OTHER))
        spki = self.KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert tlsa.associated(chain[0], 1, 1) == sha256(spki).hexdigest()
        for matching in (0, 1, 2):
            for selector in (0, 1):
                own = tlsa.parse(f"3 {selector} {matching} {tlsa.associated(chain[0], selector, matching).upper()}")
                above = tlsa.parse(f"2 {selector} {matching} {tlsa.associated(chain[1], selector, matching)}")
                assert own.fits(chain)
                assert above.fits(chain)
                assert not own.fits(chain[1:])
                assert not above.fits(chain[:1])

    @pytest.mark.parametrize(
        ("text", "usable"),
        [("3 1 1 ab", True), ("1 1 1 ab", False), ("0 0 1 ab", False), ("3 2 1 ab", False), ("3 1 9 ab", False)],
    )
    def test_which_records_senders_heed(self, text: str, *, usable: bool) -> None:
        assert tlsa.parse(text).usable is usable

    @pytest.mark.parametrize("text", ["", "3 1 1", "3 1 x ab", "3 1 1 zz"])
    def test_other_text_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match="no TLSA record"):
            tlsa.parse(text)


class TestCaa:
    def test_records_are_read(self) -> None:
        assert caa.parse('0 issue "LetsEncrypt.org; validationmethods=dns-01"').authority == "letsencrypt.org"
        assert caa.parse('128 tbs "x"').critical
        assert caa.parse('0 issue ";"').authority == ""
        with pytest.raises(ValueError, match="no CAA record"):
            caa.parse("issue x")

    @pytest.mark.parametrize(
        ("texts", "permitted"),
        [
            (['0 issue "letsencrypt.org"'], True),
            (['0 issue "digicert.com"'], False),
            (['0 issue "digicert.com"', '0 issue "letsencrypt.org"'], True),
            (['0 issue ";"'], False),
            (['0 iodef "mailto:a@d.example"'], True),
        ],
    )
    def test_who_may_issue(self, texts: list[str], *, permitted: bool) -> None:
        assert caa.permits([caa.parse(text) for text in texts], caa.authorities_of("Let's Encrypt")) is permitted

    def test_an_authority_that_is_not_known_has_no_names(self) -> None:
        assert caa.authorities_of("Nobody") == ()


class TestNames:
    @pytest.mark.parametrize(
        ("name", "full"),
        [
            ("mail.d.example", True),
            ("mail.d.example.", True),
            ("vm", False),
            ("192.0.2.1", False),
            ("-a.b", False),
            ("a_b.c", False),
            ("", False),
            ("a..b", False),
        ],
    )
    def test_full_names(self, name: str, *, full: bool) -> None:
        assert names.is_full(name) is full

    @pytest.mark.parametrize(
        ("name", "pool"),
        [
            ("192-0-2-25.dyn.example", True),
            ("25.2.0.192.pool.example", True),
            ("host-192-000-002-025.example", True),
            ("c0000219.example", True),
            ("mail25.example", False),
        ],
    )
    def test_names_made_of_the_address(self, name: str, *, pool: bool) -> None:
        assert names.from_a_pool(name, "192.0.2.25") is pool

    def test_the_name_of_a_pointer(self) -> None:
        assert names.reverse("192.0.2.1") == "1.2.0.192.in-addr.arpa"

    def test_inside_is_by_labels(self) -> None:
        assert names.inside("a.D.example.", "d.example")
        assert not names.inside("ad.example", "d.example")


@given(
    st.dictionaries(st.from_regex(r"[a-z]{1,3}", fullmatch=True), st.from_regex(r"[a-z0-9:@. ]{0,9}", fullmatch=True))
)
def test_tags_are_read_as_they_were_written(pairs: dict[str, str]) -> None:
    text = "; ".join(f"{name}={value}" for name, value in pairs.items())
    assert tags.parse(text) == {name: value.strip() for name, value in pairs.items()}
