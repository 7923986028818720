"""The standard library's IMAP client, bounded: it waits no longer than its patience, and keeps no reply without end."""

from __future__ import annotations

import contextlib
import imaplib
import socket
from typing import TYPE_CHECKING

from baseline.delivery.failing import NoAnswer, WrongAnswer
from baseline.delivery.trusting import trusted
from baseline.delivery.wire import Wire, connected, cut, secured
from baseline.load.probed import MailServer
from baseline.probes.patience import Patience

if TYPE_CHECKING:
    from typing_extensions import Buffer

FOR_NOW = (b"UNAVAILABLE", b"INUSE", b"LIMIT", b"SERVERBUG", b"CONTACTADMIN")
"""Response codes of RFC 5530 that hold for now only."""


def quoted(name: str) -> str:
    """A name as IMAP writes it between quotes."""
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


class ImapClient(imaplib.IMAP4):
    """A client that waits no longer than its patience, and keeps no more than a reply may hold."""

    def __init__(self, server: MailServer, patience: Patience) -> None:
        # It connects in `begin`, so that whoever holds it can cut it off meanwhile.
        self.sock: socket.socket | None = None  # type: ignore[assignment]
        self._server = server
        self.wire = Wire(patience)

    def begin(self, where: str) -> None:
        """Connect, and log in. Raises what `_told` tells."""
        super().__init__(self._server.server_name, self._server.port)
        if self._server.tls == "starttls":
            self.wire.allow()
            self.secure()
        if self._server.password is None or self.state != "NONAUTH":
            raise WrongAnswer(f"{where}: there is nothing to log in with")
        self.wire.allow()
        self._log_in(self._server.user, self._server.password.reveal(), where)
        # Some servers tell what they can do only to those whom they know.
        self._get_capabilities()

    def _log_in(self, user: str, password: str, where: str) -> None:
        if "AUTH=PLAIN" in self.capabilities:
            said = f"\0{user}\0{password}".encode()
            try:
                self.authenticate("PLAIN", lambda _: said)
            except imaplib.IMAP4.abort:
                raise
            except imaplib.IMAP4.error as error:
                raise _login_failed(where, error) from None
            return
        if "LOGINDISABLED" in self.capabilities:
            raise WrongAnswer(f"{where}: it lets nobody log in")
        try:
            self.login(quoted(user), password)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            raise _login_failed(where, error) from None

    def open(self, host: str = "", port: int = 143, timeout: float | None = None) -> None:
        """Called by the base class to connect."""
        del timeout
        self.host, self.port = host, port
        plain = self.sock = connected(self._server.host, port, self.wire.patience)
        if self._server.tls == "tls":
            self.sock = secured(plain, trusted(self._server.ca), host, self.wire.patience)

    def secure(self) -> None:
        """Go on inside TLS, as `starttls` does, but not with what was slipped in before."""
        kind, said = self._simple_command("STARTTLS")
        if kind != "OK":
            raise self.error(f"STARTTLS is refused: {said!r}")
        self.wire.forget()
        assert self.sock is not None
        context = trusted(self._server.ca)
        self.sock = secured(self.sock, context, self._server.server_name, self.wire.patience)
        self._tls_established = True
        self._get_capabilities()

    def read(self, size: int) -> bytes:
        assert self.sock is not None
        return self.wire.exactly(self.sock, size)

    def readline(self) -> bytes:
        assert self.sock is not None
        return self.wire.line(self.sock)

    def send(self, data: Buffer) -> None:
        assert self.sock is not None
        self.sock.settimeout(self.wire.patience.next())
        self.sock.sendall(data)

    def shutdown(self) -> None:
        cut(self.sock)
        if self.sock is not None:
            self.sock.close()

    def end(self) -> None:
        """Log out, whatever comes of it, and close."""
        with contextlib.suppress(OSError, imaplib.IMAP4.error, ValueError, AttributeError):
            self.wire.allow()
            self.logout()
        self.shutdown()


def _login_failed(where: str, error: BaseException) -> NoAnswer | WrongAnswer:
    """The words are left out: what a server answers to a login may quote it."""
    for_now = any(code.decode() in str(error).upper() for code in FOR_NOW)
    return NoAnswer(f"{where}: no login now") if for_now else WrongAnswer(f"{where}: the login is refused")
