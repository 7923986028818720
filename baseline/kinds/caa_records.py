"""Kind `caa_records`: only the authority in use may issue certificates for the domain's mail hosts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from cryptography import x509
from pydantic import Field

from baseline.errors import CannotTell
from baseline.formats import caa, names
from baseline.judge import Equal, OneOf, Want, Wants
from baseline.kinds.base import ByHand, Line, Loosens
from baseline.kinds.domain import DomainControl
from baseline.model import Scalar, State, Target
from baseline.model.looks import Parts
from baseline.model.probes import Handshake, Lookup, View
from baseline.readings.dns import VANTAGE, addresses, resolve, told
from baseline.remedies.mending import faults
from baseline.remedies.remedy import Effects, Remedy
from baseline.remedies.zone_records import RecordSet, publish

PERMITTED = "may issue"
NOT_KNOWN = "not known"


class CaaRecords(DomainControl):
    """The CAA record set that holds for each MX host of the domain, and whether its certificate's issuer may issue.

    Without CAA every authority in the world may issue a certificate for the host's name.

    Looked at: CAA at each MX host's name and, where it has none, at the names above it, the first that has any (RFC
    8659 section 3; aliases are followed), through a resolver; the issuer of the certificate that the host presents on
    port 25. No record is a warning; an issuer that is not among those named is a fail, since the next renewal will; a
    critical flag on a tag that authorities do not know stops all of them. An issuer whose names in CAA are not known
    here is told and not judged: give `issuers`. Where records stand and no certificate is seen, it is unknown.

    Applied: `issue` for each of `issuers` at the domain, where the inventory or an overlay names them and the zone's
    file is on a host of the inventory. Without `issuers` nothing is written: a wrong name stops renewals.

    What can go wrong: `issue ";"` forbids all. A record at the host's own name hides those of the domain. Sources:
    RFC 8659 sections 3 and 4.
    """

    summary: ClassVar[str] = "Only the authority in use may issue certificates for the domain's mail hosts."
    nothing_to_judge: ClassVar[str] = "the domain has no MX host"
    loosens: ClassVar[Loosens] = {"issuers": "higher"}
    in_zone: ClassVar[tuple[str, ...]] = ("CAA for", "records for", "critical tags for", "issuer of")
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because records are added only where there are none",
        notice="Only the named authorities can issue certificates for the domain from now on.",
    )
    by_hand: ClassVar[ByHand] = {
        "critical tags for *": "Take the CAA record with the tag {found} out: who does not know it may issue nothing.",
    }

    kind: Literal["caa_records"]
    issuers: Annotated[
        tuple[Line, ...], Field(description="Names of authorities as CAA has them, such as letsencrypt.org.")
    ] = ()

    def expected(self, target: Target) -> Wants:
        """A record set that lets the authority in use issue."""
        del target
        wants: dict[str, Want] = {
            "CAA for *": OneOf(("there",), warn=("none",)),
            "critical tags for *": Equal(None),
            "issuer of *": OneOf((PERMITTED, NOT_KNOWN)),
        }
        return {**wants, **VANTAGE}

    def outside(self, view: View, state: State, target: Target) -> State:
        """The record sets, and the issuers."""
        del state
        here = told(view, target.subject, "CAA")
        hosts = [
            host
            for host in (names.bare(one.split()[-1]) for one in resolve(view, target.subject, "MX").records)
            if host
        ]
        found = Parts(here.state)
        for host in hosts or [target.subject]:
            with found.part():
                found |= self._of(view, host, known=bool(hosts))
        return found

    def _of(self, view: View, host: str, *, known: bool) -> State:
        """The record set that counts for a host; and the issuer, of one that is known to have a certificate."""
        texts = _relevant(view, host)
        records = [caa.parse(text) for text in texts]
        unknown = [one.tag for one in records if one.critical and one.tag not in caa.KNOWN]
        found: dict[str, Scalar] = {}
        found[f"CAA for {host}"] = "there" if records else "none"
        found[f"records for {host}"] = "; ".join(texts) or None
        found[f"critical tags for {host}"] = ", ".join(unknown) or None
        if known and records:
            found |= self._issuer(view, host, records)
        return found

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """`issue` records, where it is known for whom."""
        wrong = faults(self.expected(target), state).keys() - {*VANTAGE}
        if not wrong:
            return None
        sets = self.wanted_records(target)
        if not sets:
            return Remedy(
                advice='Name the authority in `issuers`, or publish a record such as 0 issue "letsencrypt.org".'
            )
        if any(not key.startswith("CAA for ") for key in wrong):
            return Remedy(advice="CAA records are there and wrong: change them, or certificates are not renewed.")
        return publish(state, sets)

    def wanted_records(self, target: Target) -> Sequence[RecordSet]:
        """`issue` for each issuer."""
        if not self.issuers:
            return ()
        return (RecordSet(target.subject, "CAA", tuple(f'0 issue "{one}"' for one in self.issuers), r"\d+ issue "),)

    def _issuer(self, view: View, host: str, records: Sequence[caa.Caa]) -> dict[str, Scalar]:
        """Whether whoever issued the host's certificate may do so again. Raises `CannotTell` where none is seen."""
        own = addresses(view, host)
        if not own:
            raise CannotTell(f"the certificate of {host}: it has no address")
        seen = view.see(Handshake(own[0], 25, "smtp", host))
        if seen.trouble or not seen.chain:
            raise CannotTell(f"the certificate of {host}: {seen.trouble or seen.refused or 'none'}")
        issuer = x509.load_pem_x509_certificate(seen.chain[0].encode()).issuer
        named = issuer.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)
        organization = str(named[0].value) if named else ""
        authorities = (*self.issuers, *caa.authorities_of(organization))
        state: dict[str, Scalar] = {f"certificate of {host} is by": organization or issuer.rfc4514_string()}
        if not authorities:
            return {**state, f"issuer of {host}": NOT_KNOWN}
        permitted = caa.permits(records, authorities)
        return {**state, f"issuer of {host}": PERMITTED if permitted else f"{organization} may not issue"}


def _relevant(view: View, host: str) -> tuple[str, ...]:
    """The record set that holds for a name (RFC 8659 section 3)."""
    view.ahead(*(Lookup(one, "CAA") for one in names.upwards(host)))
    for one in names.upwards(host):
        records = resolve(view, one, "CAA").records
        if records:
            return records
    return ()
