"""A small document over HTTPS, as a mail server fetches an MTA-STS policy (RFC 8461, section 3.3)."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Sequence
from typing import Protocol
from urllib.parse import urlsplit

from baseline.model.probes import Fetch, Fetched, Lookup
from baseline.probes.dns import look_up

_MOST_BYTES = 64 * 1024


class _Checking(Protocol):
    checking: ssl.SSLContext


def fetch(probe: Fetch, resolvers: Sequence[str], contexts: _Checking, seconds: float) -> Fetched:
    """The document, its server found through the same resolvers as everything else. No redirect is followed."""
    parts = urlsplit(probe.url)
    name = parts.hostname or ""
    if parts.scheme != "https" or not name:
        return Fetched(trouble=f"{probe.url} is no https address")
    found = [look_up(Lookup(name, kind), resolvers, seconds) for kind in ("A", "AAAA")]
    addresses = [address for records in found for address in records.records]
    if not addresses:
        told = "; ".join(records.trouble or records.status for records in found)
        return Fetched(trouble=f"{name} has no address: {told}")
    try:
        with (
            socket.create_connection((addresses[0], parts.port or 443), timeout=seconds) as plain,
            contexts.checking.wrap_socket(plain, server_hostname=name) as secured,
        ):
            connection = http.client.HTTPConnection(name, timeout=seconds)
            connection.sock = secured
            connection.request(
                "GET", parts.path or "/", headers={"User-Agent": "mail-baseline", "Accept": "text/plain"}
            )
            response = connection.getresponse()
            body = response.read(_MOST_BYTES).decode("utf-8", "backslashreplace")
            return Fetched(response.status, response.headers.get("Content-Type", ""), body)
    except ssl.SSLCertVerificationError as error:
        return Fetched(trouble=f"{name}: its certificate is not trusted: {error.verify_message}")
    except (OSError, http.client.HTTPException) as error:
        return Fetched(trouble=f"{name}: {error or type(error).__name__}")
