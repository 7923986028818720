"""DMARC records (RFC 9989 sections 4.7 and 4.10; RFC 9990 for where reports go)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from baseline.classes import dataclass
from baseline.formats import names, tags

VERSION = "DMARC1"
POLICIES = ("none", "quarantine", "reject")
"""From the weakest on."""
MOST_LABELS = 8
"""Above the author's own domain, a tree walk goes on with at most so many labels less one."""


@dataclass(frozen=True)
class DmarcRecord:
    """One record. `policy` is None when `p` is missing or no policy: then it is `none`, if reports are asked for."""

    policy: str | None
    subdomains: str | None
    missing: str | None
    reports: tuple[str, ...]
    psd: str = "u"
    testing: bool = False
    strict_dkim: bool = False
    strict_spf: bool = False

    @property
    def effective(self) -> str:
        """The policy for the domain itself; in testing mode the next weaker one (`t=y`)."""
        return _lowered(self.policy or "none", testing=self.testing)

    @property
    def for_subdomains(self) -> str:
        """The policy for domains below."""
        return _lowered(self.subdomains or self.policy or "none", testing=self.testing)

    @property
    def for_missing(self) -> str:
        """The policy for domains below that do not exist."""
        return _lowered(self.missing or self.subdomains or self.policy or "none", testing=self.testing)


def is_dmarc(text: str) -> bool:
    """Whether a TXT record counts as DMARC at all; others are passed over."""
    return tags.is_version(text, VERSION)


def parse(text: str) -> DmarcRecord:
    """The record. Raises ValueError for what receivers pass over."""
    if not is_dmarc(text):
        raise ValueError(f"does not begin with v={VERSION}")
    found = tags.parse(text)
    reports = tuple(uri.strip() for uri in found.get("rua", "").split(",") if uri.strip())
    policy = _policy(found, "p")
    if policy is None and not reports:
        raise ValueError("has neither a policy (p=) nor an address for reports (rua=)")
    return DmarcRecord(
        policy=policy,
        subdomains=_policy(found, "sp"),
        missing=_policy(found, "np"),
        reports=reports,
        psd=found.get("psd", "u").lower(),
        testing=found.get("t", "n").lower() == "y",
        strict_dkim=found.get("adkim", "r").lower() == "s",
        strict_spf=found.get("aspf", "r").lower() == "s",
    )


def walk(domain: str) -> tuple[str, ...]:
    """The domains of a tree walk, the first the author's own (RFC 9989 4.10)."""
    labels = names.bare(domain).split(".")
    found = [".".join(labels)]
    rest = labels[-(MOST_LABELS - 1) :] if len(labels) >= MOST_LABELS else labels[1:]
    while rest:
        found.append(".".join(rest))
        rest = rest[1:]
    return tuple(found)


def report_domain(uri: str) -> str | None:
    """The domain that a `mailto:` of `rua` sends reports to; None for what is no such address."""
    match = re.fullmatch(r"mailto:([^@?!]+)@([^@?!]+)(![0-9]+[kmgt]?)?(\?.*)?", uri, re.I)
    if match is None or not names.is_full(match[2]):
        return None
    return names.bare(match[2])


def weaker(one: str, other: str) -> bool:
    """Whether a policy is weaker than another."""
    return POLICIES.index(one) < POLICIES.index(other)


def _policy(found: Mapping[str, str], tag: str) -> str | None:
    value = found.get(tag, "").lower()
    return value if value in POLICIES else None


def _lowered(policy: str, *, testing: bool) -> str:
    return POLICIES[max(0, POLICIES.index(policy) - 1)] if testing else policy
