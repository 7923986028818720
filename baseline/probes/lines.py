"""Dialogues by line with mail servers: SMTP, IMAP, POP3 and ManageSieve alike.

Written out, and not taken from the standard library's clients, since a probe says what a client would not: a command
out of order, a name of its own choice in TLS, and it wants every line of the reply.
"""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
from collections.abc import Iterator
from typing import Protocol, Self

from baseline.model.probes import Said, ServerReply, Starttls, Talk
from baseline.probes.patience import TOO_LATE, Patience, left
from baseline.probes.turns import CONNECTIONS

_LONGEST_LINE = 64 * 1024
_MOST_LINES = 500


class NotUnderstood(Exception):
    """The server says something that is no reply of the protocol, or will not begin TLS."""


class _Looking(Protocol):
    def looking(self, version: str = "") -> ssl.SSLContext: ...


class Lines:
    """A connection read by line. A server that sends without end is cut off, and so is one that sends by the byte."""

    def __init__(self, connection: socket.socket, patience: Patience) -> None:
        self.socket = connection
        self._patience = patience
        self._left = b""

    @classmethod
    @contextlib.contextmanager
    def connected(cls, address: str, port: int, patience: Patience) -> Iterator[Self]:
        """A new connection, closed at the end. Raises OSError."""
        with patience.turn(address, port, CONNECTIONS):
            lines = cls(socket.create_connection((address, port), timeout=patience.next()), patience)
            try:
                yield lines
            finally:
                # Inside TLS it is another socket than at the beginning.
                lines.socket.close()

    def send(self, line: str) -> None:
        """One line, its end added. Raises `TimeoutError`."""
        self.socket.settimeout(self._patience.next())
        self.socket.sendall(line.encode("utf-8", "surrogateescape") + b"\r\n")

    def line(self) -> str:
        """The next line, for which there is the time of one step. Raises EOFError at the end of the connection."""
        until = self._patience.until()
        while b"\n" not in self._left:
            if len(self._left) > _LONGEST_LINE:
                raise NotUnderstood("a line without end")
            self.socket.settimeout(left(until))
            more = self.socket.recv(4096)
            if not more:
                raise EOFError("the server closed the connection")
            self._left += more
        line, _, self._left = self._left.partition(b"\n")
        return line.rstrip(b"\r").decode("utf-8", "backslashreplace")

    @property
    def spoke_ahead(self) -> bool:
        """Whether the server has said more than was read: before TLS, that may be anybody's word."""
        return bool(self._left)

    def secure(self, context: ssl.SSLContext, name: str | None) -> None:
        """Go on inside TLS."""
        self.socket.settimeout(self._patience.next())
        self.socket = context.wrap_socket(self.socket, server_hostname=name)


def talk(probe: Talk, contexts: _Looking, patience: Patience) -> Said:
    """A dialogue from greeting to its end, which is QUIT or LOGOUT."""
    try:
        with Lines.connected(probe.address, probe.port, patience) as lines:
            if probe.tls == "implicit":
                lines.secure(contexts.looking(), None)
            greeting = _greeting(lines, probe.protocol)
            features = _features(lines, probe, greeting)
            in_tls: tuple[str, ...] = features if probe.tls == "implicit" else ()
            if probe.tls == "starttls":
                _ask_for_tls(lines, probe.protocol)
                lines.secure(contexts.looking(), None)
                again = _greeting(lines, "sieve") if probe.protocol == "sieve" else greeting
                in_tls = _features(lines, probe, again)
            replies, ended = _commands(lines, probe)
            with contextlib.suppress(OSError):
                lines.send("a9 LOGOUT" if probe.protocol == "imap" else "QUIT")
    except (OSError, EOFError, NotUnderstood) as error:
        reason = TOO_LATE if isinstance(error, TimeoutError) else str(error) or type(error).__name__
        return Said(trouble=f"{probe.address} port {probe.port}: {reason}")
    return Said(greeting.text.partition("\n")[0], features, in_tls, tuple(replies), ended)


def begin_tls(lines: Lines, protocol: Starttls) -> None:
    """Greeting, and the protocol's own command for TLS; the next byte is TLS. Raises NotUnderstood when refused."""
    _greeting(lines, protocol)
    if protocol == "smtp":
        lines.send("EHLO probe.invalid")
        reply_of(lines, protocol, None)
    _ask_for_tls(lines, protocol)


def _ask_for_tls(lines: Lines, protocol: str) -> None:
    command = {"smtp": "STARTTLS", "imap": "a1 STARTTLS", "pop3": "STLS", "sieve": "STARTTLS"}[protocol]
    lines.send(command)
    reply = reply_of(lines, protocol, "a1")
    if reply.code not in ("220", "OK", "+OK"):
        raise NotUnderstood(f"{command.split()[-1]} was refused: {reply.text}")


def _greeting(lines: Lines, protocol: str) -> ServerReply:
    """The first reply. Raises NotUnderstood where the server takes nobody now, from whom nothing is learnt."""
    reply = reply_of(lines, protocol, None)
    if reply.code not in ("220", "OK", "PREAUTH", "+OK"):
        raise NotUnderstood(f"greeted with {reply.code} {reply.text}")
    return reply


_UNKNOWN_COMMAND = ("500", "502")


def _features(lines: Lines, probe: Talk, greeting: ServerReply) -> tuple[str, ...]:
    """What the server says it can do. Raises NotUnderstood where it does not say: that is not nothing."""
    if probe.protocol == "sieve":
        return tuple(greeting.text.splitlines())
    lines.send({"smtp": f"EHLO {probe.hello}", "imap": "a0 CAPABILITY", "pop3": "CAPA"}[probe.protocol])
    reply = reply_of(lines, probe.protocol, "a0", many=True)
    if probe.protocol == "smtp" and reply.code in _UNKNOWN_COMMAND:
        return ()
    told = [line.split()[2:] for line in reply.text.splitlines() if "CAPABILITY" in line]
    if reply.code not in ("250", "OK", "+OK") or (probe.protocol == "imap" and not told):
        raise NotUnderstood(f"does not tell what it can do: {reply.code} {reply.text}")
    if probe.protocol == "imap":
        return tuple(word for words in told for word in words)
    return tuple(line for line in reply.text.splitlines()[1:] if line != ".")


def _commands(lines: Lines, probe: Talk) -> tuple[list[ServerReply], str]:
    replies: list[ServerReply] = []
    try:
        for number, command in enumerate(probe.commands, start=2):
            tag = f"a{number}"
            lines.send(f"{tag} {command}" if probe.protocol == "imap" else command)
            replies.append(_answer(lines, probe.protocol, tag))
            if command.upper() == "DATA" and replies[-1].code == "354":
                for line in probe.body.splitlines():
                    lines.send(f".{line}" if line.startswith(".") else line)
                lines.send(".")
                replies.append(_answer(lines, probe.protocol, tag))
    except TimeoutError:
        return replies, TOO_LATE
    except (OSError, EOFError, NotUnderstood) as error:
        return replies, str(error) or type(error).__name__
    return replies, ""


def _answer(lines: Lines, protocol: str, tag: str) -> ServerReply:
    """A reply to a command. Raises EOFError for SMTP's 421, which only says that the dialogue ends (RFC 5321, 3.8)."""
    reply = reply_of(lines, protocol, tag)
    if protocol == "smtp" and reply.code == "421":
        raise EOFError(f"421 {reply.text}")
    return reply


def reply_of(lines: Lines, protocol: str, tag: str | None, *, many: bool = False) -> ServerReply:
    """One reply, whatever its number of lines. Raises NotUnderstood, EOFError and OSError."""
    said: list[str] = []
    while len(said) < _MOST_LINES:
        line = lines.line()
        said.append(line)
        code = _ended(line, protocol, tag, many=many, first=said[0])
        if code is not None:
            texts = [_without_code(one, protocol) for one in said]
            return ServerReply(code, "\n".join(texts))
    raise NotUnderstood("a reply without end")


def _ended(line: str, protocol: str, tag: str | None, *, many: bool, first: str) -> str | None:
    """The code of a reply that this line ends; None while it goes on."""
    if protocol == "smtp":
        match = re.match(r"([2-5][0-9]{2})([ -]|$)", line)
        if match is None:
            raise NotUnderstood(f"no reply of SMTP: {line[:100]}")
        return None if match[2] == "-" else match[1]
    if protocol == "pop3":
        if line.startswith("-ERR"):
            return "-ERR"
        if many and first.startswith("+OK"):
            return "+OK" if line == "." else None
        if line.startswith("+OK"):
            return "+OK"
        raise NotUnderstood(f"no reply of POP3: {line[:100]}")
    if protocol == "sieve":
        match = re.match(r"(OK|NO|BYE)\b", line)
        return match[1] if match else None
    match = re.match(rf"(?:\*|{tag}) (OK|NO|BAD|BYE|PREAUTH)\b" if tag is None else rf"{tag} (OK|NO|BAD)\b", line)
    if match is None and tag is None:
        raise NotUnderstood(f"no greeting of IMAP: {line[:100]}")
    return match[1] if match else None


def _without_code(line: str, protocol: str) -> str:
    return line[4:] if protocol == "smtp" else line
