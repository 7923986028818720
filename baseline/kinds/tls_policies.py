"""Kind `tls_policies`: senders are told to use TLS (MTA-STS), and to report when they could not (TLS-RPT)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from baseline.errors import CannotTell
from baseline.formats import mta_sts, names
from baseline.judge import Between, Equal, OneOf, Want, Wants
from baseline.kinds.base import Line, Loosens
from baseline.kinds.domain import DomainControl
from baseline.model import Scalar, State, Target
from baseline.model.looks import Parts
from baseline.model.probes import Fetch, Handshake, View
from baseline.readings.dns import VANTAGE, addresses, told
from baseline.readings.senders import mail_hosts
from baseline.remedies.mending import helps
from baseline.remedies.remedy import Effects, Remedy
from baseline.remedies.zone_records import RecordSet, publish, txt

RPT_MINE = r"v=TLSRPTv1\s*(;|$)"


class TlsPolicies(DomainControl):
    """The policy that has senders refuse to deliver without TLS, and the address for reports of failures.

    Looked at: the TXT record `_mta-sts.DOMAIN`; the policy at `https://mta-sts.DOMAIN/.well-known/mta-sts.txt`, with
    its certificate checked and no redirect followed; whether its `mx` patterns match every MX of the domain; whether
    each MX presents a certificate that is trusted for its name; and the TXT record `_smtp._tls.DOMAIN`. What is not
    there is a warning; what is there and wrong is a fail, as far as the obligation lets it.

    Applied: the TXT record for reports, where everything else is in order. The policy needs a web server with a
    certificate for `mta-sts.DOMAIN`, so it is for a person: the plan prints what it should say, and the records.

    What can go wrong: a policy that is changed without a new `id` in the TXT record is not fetched again.
    `*.d.example` matches one label only. Testing mode reports and protects nothing: a warning. With `enforce`, an MX
    whose certificate has run out gets no more mail from those who heed the policy. How to read it: `policy`
    `matches`, and `certificate of MX` are those of senders' checks. Sources: RFC 8461 sections 3.1, 3.2, 4.1, 5; RFC
    8460 section 3.
    """

    summary: ClassVar[str] = "Senders are told to use TLS, and to report when they could not."
    loosens: ClassVar[Loosens] = {"min_age": "lower", "mode": "lower"}
    in_zone: ClassVar[tuple[str, ...]] = ("MTA-STS record", "TLS-RPT record")
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because only the domain's TLS-RPT record gives way, which is what is judged",
        notice="Nothing for users; servers elsewhere report on TLS to the address in the record.",
    )

    kind: Literal["tls_policies"]
    mode: Annotated[Literal["testing", "enforce"], Field(description="The weakest mode that passes.")] = "enforce"
    min_age: Annotated[int, Field(ge=86400, le=31557600, description="Seconds for which senders keep it.")] = 604800
    reports: Annotated[
        Line,
        Field(pattern=r"^(mailto:|https://)[^\s,;!]+$", description="Where reports go; `{domain}` is the domain."),
    ] = "mailto:postmaster@{domain}"

    def expected(self, target: Target) -> Wants:
        """A policy that holds for every MX, and an address for reports."""
        del target
        modes = ("enforce",) if self.mode == "enforce" else ("enforce", "testing")
        wants: dict[str, Want] = {
            "MTA-STS record": OneOf(("valid",), warn=("not there",)),
            "mode": OneOf((*modes, "no policy"), warn=("testing",)),
            "policy": OneOf(("valid", "no policy")),
            "max_age of*": Between(self.min_age, mta_sts.LONGEST, "s"),
            "MX *": Equal("matches"),
            "certificate of *": Equal("trusted"),
            "TLS-RPT record": OneOf(("valid",), warn=("not there",)),
        }
        return {**wants, **{f"TLS-RPT {key}": want for key, want in VANTAGE.items()}}

    def outside(self, view: View, state: State, target: Target) -> State:
        """Both records, and the policy."""
        del state
        domain = target.subject
        found = Parts()
        with found.part():
            rpt = told(view, f"_smtp._tls.{domain}", "TXT", mta_sts.is_report_record)
            found["TLS-RPT record"] = _judged(rpt.records, mta_sts.parse_report_record)
            found |= {f"TLS-RPT {key}": value for key, value in rpt.state.items()}
        with found.part():
            sts = told(view, f"_mta-sts.{domain}", "TXT", mta_sts.is_record)
            found["MTA-STS record"] = _judged(sts.records, mta_sts.parse_record)
            found["id"] = sts.records[0] if len(sts.records) == 1 else None
            hosts = [names.bare(one.split()[-1]) for one in told(view, domain, "MX").whole()]
            found["hosts"] = " ".join(hosts) or None
            nothing = {"mode": "no policy", "policy": "no policy"}
            found |= {**nothing, **_policy(view, domain, hosts)} if sts.records else nothing
            sts.whole()
        return found

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """The record for reports; the policy is for a person."""
        if not helps(self.expected(target), state, lambda key: not key.startswith("TLS-RPT record")):
            return Remedy(advice=self._by_hand(target))
        return publish(state, self.wanted_records(target)[-1:])

    def wanted_records(self, target: Target) -> Sequence[RecordSet]:
        """Both records. The id has to change with every change of the policy."""
        domain = target.subject
        reports = self.reports.replace("{domain}", domain)
        return (
            txt(f"_mta-sts.{domain}", "v=STSv1; id=1", r"v=STSv1"),
            txt(f"_smtp._tls.{domain}", f"v=TLSRPTv1; rua={reports}", RPT_MINE),
        )

    def _by_hand(self, target: Target) -> str:
        lines = "; ".join(line for one in self.wanted_records(target) for line in one.lines())
        policy = mta_sts.policy_text(self.mode, mail_hosts(target), self.min_age).replace("\n", " / ").rstrip(" /")
        return (
            f"serve https://mta-sts.{target.subject}/.well-known/mta-sts.txt with `{policy}` (each part a line), then "
            f"publish, with a new id for every change: {lines}"
        )


def _judged(records: tuple[str, ...], parse: mta_sts.Parse) -> str:
    if not records:
        return "not there"
    if len(records) > 1:
        return f"{len(records)} records"
    try:
        parse(records[0])
    except ValueError as error:
        return f"not valid: {error}"
    return "valid"


def _policy(view: View, domain: str, hosts: list[str]) -> dict[str, Scalar]:
    """What the policy says of the domain's MX hosts, and what they present."""
    url = f"https://mta-sts.{domain}/.well-known/mta-sts.txt"
    if not addresses(view, f"mta-sts.{domain}"):
        return {"policy": f"mta-sts.{domain} has no address"}
    seen = view.see(Fetch(url))
    if "certificate is not trusted" in seen.trouble:
        return {"policy": seen.trouble}
    if seen.trouble:
        raise CannotTell(f"{url}: {seen.trouble}")
    if seen.status != 200:
        return {"policy": f"{url} answers {seen.status}"}
    try:
        policy = mta_sts.parse_policy(seen.body)
    except ValueError as error:
        return {"policy": f"not valid: {error}"}
    found: dict[str, Scalar] = {"policy": "valid", "mode": policy.mode, "max_age of the policy": policy.max_age}
    found |= {f"MX {host}": "matches" if policy.covers(host) else "not in the policy" for host in hosts}
    questions = {host: Handshake(_address(view, host), 25, "smtp", host) for host in hosts}
    view.ahead(*questions.values())
    for host, question in questions.items():
        shown = view.see(question)
        if shown.trouble:
            raise CannotTell(f"the certificate of {host}: {shown.trouble}")
        found[f"certificate of {host}"] = "trusted" if shown.trusted else shown.why_not or "not trusted"
    return found


def _address(view: View, host: str) -> str:
    """The first address of a mail host. Raises `CannotTell`."""
    for one in addresses(view, host):
        return one
    raise CannotTell(f"the certificate of {host}: it has no address")
