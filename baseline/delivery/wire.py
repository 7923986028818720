"""Reading from a server that may mean harm: every line and every reply has a longest time and a greatest size.

The clients of the standard library bound the wait for each packet alone, so that who sends a byte now and then is
waited for without end, and they keep whatever a reply is said to hold.
"""

from __future__ import annotations

import contextlib
import socket
import ssl

from baseline.probes.patience import Patience, left

LONGEST_LINE = 64 * 1024
LARGEST_REPLY = 1024 * 1024


class TooMuch(OSError):
    """A server says more than an answer can hold."""


class Wire:
    """What is read from one connection. `allow` begins a new reply, which may hold `LARGEST_REPLY` bytes."""

    def __init__(self, patience: Patience) -> None:
        self.patience = patience
        self._left = b""
        self._spare = LARGEST_REPLY

    def allow(self) -> None:
        """The next reply has the whole of what a reply may hold."""
        self._spare = LARGEST_REPLY

    def forget(self) -> None:
        """What was said before TLS. Raises `TooMuch` where there is more than was asked for: it was slipped in."""
        if self._left:
            raise TooMuch("the server said something before TLS that was meant to count inside it")

    def line(self, connection: socket.socket) -> bytes:
        """The next line with its end; what is left of it at the end of the connection. Raises OSError."""
        until = self.patience.until()
        while b"\n" not in self._left:
            if len(self._left) > LONGEST_LINE:
                raise TooMuch("the server sends a line without end")
            if not self._more(connection, until):
                said, self._left = self._left, b""
                return said
        line, _, self._left = self._left.partition(b"\n")
        self._spend(len(line) + 1)
        return line + b"\n"

    def exactly(self, connection: socket.socket, size: int) -> bytes:
        """So many bytes; fewer at the end of the connection. Raises OSError."""
        self._spend(size)
        until = self.patience.until()
        while len(self._left) < size and self._more(connection, until):
            pass
        said, self._left = self._left[:size], self._left[size:]
        return said

    def _more(self, connection: socket.socket, until: float) -> bool:
        connection.settimeout(left(until))
        more = connection.recv(16 * 1024)
        self._left += more
        return bool(more)

    def _spend(self, size: int) -> None:
        self._spare -= size
        if self._spare < 0:
            raise TooMuch("the server sends a reply without end")


def connected(host: str, port: int, patience: Patience) -> socket.socket:
    """A new connection. Raises OSError."""
    return socket.create_connection((host, port), timeout=patience.next())


def secured(connection: socket.socket, context: ssl.SSLContext, name: str, patience: Patience) -> ssl.SSLSocket:
    """The connection inside TLS. Raises OSError."""
    connection.settimeout(patience.next())
    return context.wrap_socket(connection, server_hostname=name)


def cut(connection: socket.socket | None) -> None:
    """End a connection that another thread waits for."""
    if connection is not None:
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
