"""Kind `dmarc_policy`: receivers are told what to do with mail that is not from the domain, and whom to report to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from baseline.formats import dmarc, names
from baseline.judge import Advised, Equal, OneOf, Want, Wants
from baseline.kinds.base import Line, Loosens
from baseline.kinds.domain import DomainControl
from baseline.model import Scalar, State, Target
from baseline.model.probes import Lookup, View
from baseline.readings.dns import VANTAGE, resolve, told
from baseline.remedies.mending import faults
from baseline.remedies.remedy import Effects, Remedy
from baseline.remedies.zone_records import RecordSet, publish, txt

MINE = r"v\s*=\s*DMARC1\s*(;|$)"


class DmarcPolicy(DomainControl):
    """The DMARC record that holds for the domain: its own, or one that a tree walk finds above it.

    Looked at: the TXT records at `_dmarc.DOMAIN`, at a resolver and at each of the zone's own servers; where there is
    none, those of the names above (RFC 9989 4.10). Two records count as none. In testing mode (`t=y`) the next
    weaker policy holds. Addresses for reports in another domain have to be allowed there
    (`DOMAIN._report._dmarc.OTHER`), else no receiver sends any.

    Applied: one record with `policy` and `reports`, in place of those that are there and fall short, in the zone's
    file; without a zone file on a host of the inventory, the plan prints it.

    What can go wrong: before `quarantine` or `reject`, everything that sends in the domain's name has to pass SPF or
    DKIM with the domain in From: read the reports first. Mailing lists break both. `pct=` is no longer heeded. How to
    read it: `policy` `none` asks receivers to do nothing. Sources: RFC 9989 sections 4.7, 4.10; RFC 9990 section 4;
    NIST SP 800-177r1.
    """

    summary: ClassVar[str] = "Receivers are told what to do with forged mail of the domain, and whom to report to."
    loosens: ClassVar[Loosens] = {
        "policy": "lower",
        "require_reports": "lower",
    }
    in_zone: ClassVar[tuple[str, ...]] = ("records", "record", "valid", "policy", "reports")
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because only the domain's own DMARC record gives way, which is what is judged",
        notice="Servers elsewhere do with forged mail in the domain's name what the record says.",
    )

    kind: Literal["dmarc_policy"]
    policy: Annotated[Literal["none", "quarantine", "reject"], Field(description="The weakest policy that passes.")] = (
        "quarantine"
    )
    require_reports: Annotated[bool, Field(description="Whether `rua` has to name an address.")] = True
    reports: Annotated[
        Line,
        Field(pattern=r"^mailto:[^\s,;!]+$", description="Where reports go; `{domain}` is the domain."),
    ] = "mailto:postmaster@{domain}"

    def expected(self, target: Target) -> Wants:
        """One record, strong enough, with a place for reports."""
        del target
        strong = tuple(one for one in dmarc.POLICIES if not dmarc.weaker(one, self.policy))
        wants: dict[str, Want] = {
            "records": OneOf((1,)),
            "valid": Equal("yes"),
            "policy": OneOf(strong, warn=("none",)),
            "policy for sub-domains": OneOf(strong, warn=("none",)),
            "policy for names that are not there": OneOf(strong, warn=("none",)),
        }
        if self.require_reports:
            wants["reports"] = Advised(Equal("as they should be"))
        return {**wants, **VANTAGE}

    def outside(self, view: View, state: State, target: Target) -> State:
        """The record that holds."""
        del state
        domain = target.subject
        here = told(view, f"_dmarc.{domain}", "TXT", dmarc.is_dmarc)
        at, texts = domain, here.records
        if not texts:
            at, texts = _above(view, domain)
        found: dict[str, Scalar] = {"records": len(texts), "stands at": at if texts else None, **here.state}
        found["record"] = " | ".join(texts) or None
        empty = dict.fromkeys(("valid", "policy", "policy for sub-domains", "policy for names that are not there"))
        found |= {**empty, "reports": None}
        if len(texts) != 1:
            return found
        try:
            record = dmarc.parse(texts[0])
        except ValueError as error:
            return {**found, "valid": f"no: {error}"}
        own = at == domain
        found |= {
            "valid": "yes",
            "policy": record.effective if own else record.for_subdomains,
            "policy for sub-domains": record.for_subdomains,
            "policy for names that are not there": record.for_missing,
            "reports": _reports(view, record.reports, at),
        }
        return found

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """One record of the domain's own."""
        wrong = faults(self.expected(target), state).keys() - {*VANTAGE}
        if not wrong:
            return None
        return publish(state, self.wanted_records(target))

    def wanted_records(self, target: Target) -> Sequence[RecordSet]:
        """The record."""
        text = f"v=DMARC1; p={self.policy}; rua={self.reports.replace('{domain}', target.subject)}"
        return (txt(f"_dmarc.{target.subject}", text, MINE),)


def _above(view: View, domain: str) -> tuple[str, tuple[str, ...]]:
    """Where the record of the organizational domain stands, and what it is (RFC 9989 4.10)."""
    walk = dmarc.walk(domain)[1:]
    view.ahead(*(Lookup(f"_dmarc.{one}", "TXT") for one in walk))
    last: tuple[str, tuple[str, ...]] = ("", ())
    for one in walk:
        texts = tuple(text for text in resolve(view, f"_dmarc.{one}", "TXT").records if dmarc.is_dmarc(text))
        if len(texts) != 1:
            continue
        try:
            record = dmarc.parse(texts[0])
        except ValueError:
            continue
        if record.psd == "y":
            return last if last[1] else (one, texts)
        last = (one, texts)
        if record.psd == "n":
            break
    return last


def _reports(view: View, uris: Sequence[str], domain: str) -> str | None:
    """Whether receivers may send reports to these addresses."""
    if not uris:
        return None
    for uri in uris:
        where = dmarc.report_domain(uri)
        if where is None:
            return f"{uri} is no mail address"
        if names.inside(where, domain) or names.inside(domain, where):
            continue
        allowed = resolve(view, f"{domain}._report._dmarc.{where}", "TXT").records
        if not any(dmarc.is_dmarc(text) for text in allowed):
            return (
                f"{where} does not allow reports on {domain}: it lacks the TXT record {domain}._report._dmarc.{where}"
            )
    return "as they should be"
