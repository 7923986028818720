"""A request by HTTPS. No redirect is followed, no proxy is used, and of the answer the first line counts."""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Mapping
from functools import partial
from typing import Protocol
from urllib.parse import urlsplit

from baseline.alerting.failing import NotSent
from baseline.alerting.trusting import cut, trusted
from baseline.deadline import cut_after
from baseline.errors import CannotTell
from baseline.secret import Secret
from baseline.version import __version__


class Asked(Protocol):
    """What says how long to wait, and whom to trust."""

    @property
    def ca(self) -> str: ...

    @property
    def seconds(self) -> int: ...


def post(
    url: str,
    asked: Asked,
    body: bytes,
    headers: Mapping[str, str],
    *,
    method: str = "POST",
    token: Secret | None = None,
) -> None:
    """Make the request, once. Raises `NotSent` for any answer but one from 200 to 299."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    sent = {"User-Agent": f"mail-baseline/{__version__}", "Connection": "close", **headers}
    if body:
        sent["Content-Type"] = "application/json"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = None
    try:
        if token is not None:
            sent["Authorization"] = f"Bearer {token.reveal()}"
        context = trusted(asked.ca)
        connection = http.client.HTTPSConnection(host, parts.port or 443, timeout=asked.seconds, context=context)
        with cut_after(asked.seconds, partial(_cut, connection)):
            connection.request(method, path, body or None, sent)
            status = connection.getresponse().status
    except CannotTell as error:
        raise NotSent(str(error)) from None
    except ssl.SSLCertVerificationError as error:
        raise NotSent(f"{host}: its certificate is not trusted: {error.verify_message}") from None
    except TimeoutError:
        raise NotSent(f"{host} does not answer within {asked.seconds} seconds") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        # What a header may not hold is quoted by the error, and the token is one.
        why = type(error).__name__ if isinstance(error, ValueError) else error or type(error).__name__
        raise NotSent(f"{host}: {why}") from None
    finally:
        if connection is not None:
            connection.close()
    if 300 <= status < 400:
        raise NotSent(f"{host} answers {status}, a redirect, which is not followed: give the address it leads to")
    if not 200 <= status < 300:
        raise NotSent(f"{host} answers {status}")


def _cut(connection: http.client.HTTPSConnection) -> None:
    cut(connection.sock)
