"""The lab's document for `baseline probe`: the first host is an agency's, and the last one plays a provider outside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from baseline.lab.place import LabHost
from baseline.lab.register import SITE

AT_AGENCY, AT_OUTSIDE = "bob", "alice"


def write_probes(directory: Path, agency: LabHost, outside: LabHost) -> None:
    """Write probes.yml into the lab's directory, and beside it the passwords that it names."""
    for account in (AT_AGENCY, AT_OUTSIDE):
        file = directory / _password(account)
        file.touch(mode=0o600)
        file.write_text(f"lab-{account}\n")
    text = yaml.safe_dump(_document(agency, outside), sort_keys=False)
    # A tag has no form among Python's values.
    for account in (AT_AGENCY, AT_OUTSIDE):
        text = text.replace(f"password: {_password(account)}", f"password: !secret {{file: {_password(account)}}}")
    head = f"# {agency.name} is an agency's host, and {outside.name} plays a mail system outside.\n"
    (directory / "probes.yml").write_text(head + text)


def _document(agency: LabHost, outside: LabHost) -> dict[str, Any]:
    return {
        "vantage": "outside",
        "mailboxes": [
            {
                "address": f"{AT_AGENCY}@{agency.domain}",
                "site": SITE,
                "authserv_id": agency.fqdn,
                "password": _password(AT_AGENCY),
                **{service: _server(agency) for service in ("smtp", "submission", "imap")},
            }
        ],
        "providers": [
            {
                "name": outside.domain,
                "address": f"{AT_OUTSIDE}@{outside.domain}",
                "authserv_id": outside.fqdn,
                "password": _password(AT_OUTSIDE),
                **{service: _server(outside) for service in ("submission", "imap")},
            }
        ],
        "limits": {"latency_seconds": 60, "lost_seconds": 120, "poll_seconds": 2},
        # All addresses of a lab are private ones, which would be the agency's own.
        "other_networks": [f"{outside.address}/32"],
    }


def _server(host: LabHost) -> dict[str, str]:
    return {"host": host.address, "server_name": host.fqdn, "ca": "lab-ca.pem"}


def _password(account: str) -> str:
    return f"password-{account}"
