"""Whose certificates are trusted where messages go out, and how a server that does not end is cut off."""

from __future__ import annotations

import contextlib
import socket
import ssl

from baseline.alerting.failing import NotSent


def trusted(ca: str) -> ssl.SSLContext:
    """TLS that checks names and certificates, by those of the machine or by those of a file. Raises `NotSent`."""
    try:
        return ssl.create_default_context(cafile=ca or None)
    except (OSError, ssl.SSLError) as error:
        raise NotSent(f"{ca}: {error.strerror or 'it holds no certificates'}") from None


def cut(connection: socket.socket | None) -> None:
    """End a connection that another thread waits for. In the midst of a handshake that has no effect yet."""
    if connection is not None:
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
