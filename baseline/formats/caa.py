"""CAA records (RFC 8659 section 4)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from baseline.classes import dataclass

KNOWN = ("issue", "issuewild", "iodef", "issuemail", "issuevmc", "contactemail", "contactphone")
"""Tags that authorities understand."""

AUTHORITIES = {
    "Let's Encrypt": ("letsencrypt.org",),
    "DigiCert": ("digicert.com",),
    "GeoTrust": ("digicert.com", "geotrust.com"),
    "Sectigo": ("sectigo.com", "comodoca.com", "usertrust.com"),
    "COMODO": ("sectigo.com", "comodoca.com"),
    "GlobalSign": ("globalsign.com",),
    "Google Trust Services": ("pki.goog",),
    "Entrust": ("entrust.net",),
    "ZeroSSL": ("sectigo.com", "zerossl.com"),
    "Buypass": ("buypass.com",),
    "Actalis": ("actalis.it",),
    "Amazon": ("amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"),
    "Pos Digicert": ("posdigicert.com.my",),
    "MSC Trustgate": ("msctrustgate.com",),
}
"""How the organization of an issuer begins, and the names that its CAA records use."""


@dataclass(frozen=True)
class Caa:
    """One record."""

    critical: bool
    tag: str
    value: str

    @property
    def authority(self) -> str:
        """The authority that an `issue` names, without parameters; empty for nobody."""
        return self.value.partition(";")[0].strip().lower()


def parse(text: str) -> Caa:
    """A record in presentation form. Raises ValueError."""
    match = re.fullmatch(r'(\d{1,3}) "?([A-Za-z0-9]+)"? "?(.*?)"?', text)
    if match is None or int(match[1]) > 255:
        raise ValueError(f"{text[:60]!r} is no CAA record")
    return Caa(bool(int(match[1]) & 128), match[2].lower(), match[3].replace('\\"', '"'))


def permits(records: Sequence[Caa], authorities: Sequence[str]) -> bool:
    """Whether any of these names of an authority may issue; with no `issue` at all everybody may."""
    named = [one.authority for one in records if one.tag == "issue"]
    return not named or any(name in named for name in authorities)


def authorities_of(organization: str) -> tuple[str, ...]:
    """The names that an issuer's organization goes by in CAA records; none for one that is not known here."""
    for beginning, found in AUTHORITIES.items():
        if organization.lower().startswith(beginning.lower()):
            return found
    return ()
