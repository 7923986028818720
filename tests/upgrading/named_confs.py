"""One named.conf for each option and value that BIND 9.20 takes otherwise than 9.18, which takes all of them."""

from __future__ import annotations

from collections.abc import Mapping

_CLOSED = "allow-transfer { none; };"
_OPTIONS = {
    "alt-transfer-source": "192.0.2.1",
    "alt-transfer-source-v6": "::1",
    "coresize": "default",
    "cookie-algorithm": "aes",
    "datasize": "default",
    "dnskey-sig-validity": "30",
    "dnssec-dnskey-kskonly": "yes",
    "dnssec-secure-to-insecure": "yes",
    "dnssec-update-mode": "maintain",
    "dnssec-validation": "yes",
    "files": "default",
    "glue-cache": "yes",
    "keep-response-order": "{ any; }",
    "lock-file": "none",
    "max-zone-ttl": "1d",
    "reserved-sockets": "5",
    "resolver-nonbackoff-tries": "3",
    "resolver-retry-interval": "900",
    "root-delegation-only": "",
    "sig-validity-interval": "30",
    "sortlist": "{ any; }",
    "stacksize": "default",
    "tkey-dhkey": '"a" 1',
    "tkey-domain": '"x"',
    "update-check-ksk": "yes",
    "use-alt-transfer-source": "yes",
}
_ZONE = f'zone "d.test" {{\n\ttype primary;\n\tfile "/x";\n\t{_CLOSED}\n'

CONFS: Mapping[str, str] = {
    **{name: f"options {{\n\t{_CLOSED}\n\t{name} {value};\n}};\n" for name, value in _OPTIONS.items()},
    "auto-dnssec": f'{_ZONE}\tauto-dnssec maintain;\n\tkey-directory "/tmp";\n\tinline-signing yes;\n}};\n',
    "category": "logging {\n\tcategory delegation-only { null; };\n};\n",
    "max-zone-ttl of a policy": f"{_ZONE}\tdnssec-policy default;\n\tinline-signing yes;\n\tmax-zone-ttl 1d;\n}};\n",
    "nsec3param": (
        'dnssec-policy "p" {\n\tkeys { csk lifetime unlimited algorithm 13; };\n'
        "\tnsec3param iterations 10 optout no salt-length 8;\n};\n"
    ),
    "type": 'zone "com" {\n\ttype delegation-only;\n};\n',
    "unix": 'controls {\n\tunix "/x" perm 0600 owner 0 group 0;\n};\n',
}
"""By the setting that is told, and what it is told of where there are two of it."""
