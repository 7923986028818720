"""A small document over HTTPS, as a mail server fetches an MTA-STS policy (RFC 8461, section 3.3)."""

from __future__ import annotations

import http.client
import io
import socket
import ssl
from collections.abc import Callable
from typing import Protocol
from urllib.parse import urlsplit

from baseline.model.probes import Fetch, Fetched, Lookup, Records
from baseline.probes.patience import TOO_LATE, Patience
from baseline.probes.turns import CONNECTIONS

_MOST_BYTES = 64 * 1024
_MOST_WITH_HEAD = 4 * _MOST_BYTES


class _Reading(io.RawIOBase):
    """What a server answers, bounded as a whole: the standard library reads interim answers as long as they come."""

    def __init__(self, secured: ssl.SSLSocket, patience: Patience) -> None:
        super().__init__()
        self._socket = secured
        self._patience = patience
        self._left = _MOST_WITH_HEAD

    def makefile(self, mode: str) -> io.BufferedReader:
        """What `http.client` reads from."""
        del mode
        return io.BufferedReader(self)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """The next bytes. Raises OSError."""
        if self._left <= 0:
            raise OSError("an answer without end")
        self._socket.settimeout(self._patience.next())
        number = self._socket.recv_into(buffer)
        self._left -= number
        return number


class _Checking(Protocol):
    checking: ssl.SSLContext


def fetch(probe: Fetch, look_up: Callable[[Lookup], Records], contexts: _Checking, patience: Patience) -> Fetched:
    """The document, its server found by `look_up` as everything else is. No redirect is followed."""
    parts = urlsplit(probe.url)
    name = parts.hostname or ""
    if parts.scheme != "https" or not name:
        return Fetched(trouble=f"{probe.url} is no https address")
    found = [look_up(Lookup(name, kind)) for kind in ("A", "AAAA")]
    addresses = [address for records in found for address in records.records]
    if not addresses:
        told = "; ".join(records.trouble or records.status for records in found)
        return Fetched(trouble=f"{name} has no address: {told}")
    try:
        port = parts.port or 443
        with (
            patience.turn(addresses[0], port, CONNECTIONS),
            socket.create_connection((addresses[0], port), timeout=patience.next()) as plain,
            contexts.checking.wrap_socket(plain, server_hostname=name, suppress_ragged_eofs=False) as secured,
        ):
            secured.settimeout(patience.next())
            connection = http.client.HTTPConnection(name)
            connection.sock = secured
            target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
            connection.request("GET", target, headers={"User-Agent": "mail-baseline", "Accept": "text/plain"})
            response = http.client.HTTPResponse(_Reading(secured, patience), method="GET")  # type: ignore[arg-type]
            response.begin()
            body = response.read(_MOST_BYTES)
            if response.length and len(body) < _MOST_BYTES:
                raise http.client.IncompleteRead(body, response.length)
            text = body.decode("utf-8", "backslashreplace")
            return Fetched(response.status, response.headers.get("Content-Type", ""), text)
    except ssl.SSLCertVerificationError as error:
        return Fetched(trouble=f"{name}: its certificate is not trusted: {error.verify_message}")
    except TimeoutError:
        return Fetched(trouble=f"{name}: {TOO_LATE}")
    except (OSError, http.client.HTTPException) as error:
        return Fetched(trouble=f"{name}: {error or type(error).__name__}")
