"""What BIND 9.20, as Debian 13 has it, makes of options of BIND 9.18.

Seen on the programs themselves, 9.18.49 and 9.20.30: the options that each knows, by name and by `named-checkconf`;
their defaults, which `named -C` prints; and the package bind9 of Debian 13: its NEWS, and the files that it takes away.
What is not here, both programs take alike.
"""

from __future__ import annotations

from collections.abc import Mapping

ALIKE = "leave it out"

REMOVED: Mapping[str, str] = {
    "alt-transfer-source": ALIKE,
    "alt-transfer-source-v6": ALIKE,
    "auto-dnssec": "",
    "coresize": "set LimitCORE= in a drop-in of named.service",
    "datasize": "set LimitDATA= in a drop-in of named.service",
    "delegation-only": ALIKE,
    "files": "set LimitNOFILE= in a drop-in of named.service",
    "glue-cache": ALIKE,
    "lock-file": ALIKE,
    "reserved-sockets": ALIKE,
    "resolver-nonbackoff-tries": ALIKE,
    "resolver-retry-interval": ALIKE,
    "root-delegation-only": ALIKE,
    "stacksize": "set LimitSTACK= in a drop-in of named.service",
    "tkey-dhkey": ALIKE,
    "use-alt-transfer-source": ALIKE,
}
"""Options that named does not know any more, and does not start with. Empty: a person has to decide."""

IGNORED: Mapping[str, str] = {
    "dnskey-sig-validity": "signatures of keys are valid as long as the zone's dnssec-policy says",
    "dnssec-dnskey-kskonly": "which keys sign the DNSKEY records is what the zone's dnssec-policy says",
    "dnssec-secure-to-insecure": "a zone stops being signed by `dnssec-policy insecure` alone",
    "dnssec-update-mode": "dynamic updates are always signed by dnssec-policy",
    "keep-response-order": "answers over TCP go out in the order in which they are ready",
    "sig-validity-interval": "signatures are valid as long as the zone's dnssec-policy says",
    "tkey-domain": "TKEY is negotiated by GSS-API alone",
    "update-check-ksk": "which keys sign the DNSKEY records is what the zone's dnssec-policy says",
}
"""Options that named 9.20 reads over, and how it behaves whatever they say."""

DEPRECATED = frozenset({"max-zone-ttl", "sortlist"})

TAKEN_AWAY = frozenset(
    f"/etc/bind/{name}"
    for name in ("db.0", "db.127", "db.255", "db.empty", "db.local", "named.conf.default-zones", "zones.rfc1918")
)
"""Files that the package takes away while it is upgraded: what still names one of them is not loaded."""

SHIPPED_ZONES = "/etc/bind/named.conf.default-zones"
"""What the package itself includes, and replaces together with its own named.conf."""
