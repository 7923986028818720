"""What can be looked at from outside a host, and what was seen: questions and answers as values.

Kinds make the questions and read the answers; only `baseline.probes` sends anything. An answer always comes: one that
could not be had carries its `trouble` instead, and a kind then raises `CannotTell`. A refused connection, a closed port
or NXDOMAIN are answers, not trouble.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal, Protocol, overload

from baseline.classes import dataclass

Starttls = Literal["", "smtp", "imap", "pop3", "sieve"]
"""The protocol that TLS is begun in by its own command; empty for TLS from the first byte."""


@dataclass(frozen=True)
class Lookup:
    """One DNS question. `name` is absolute and without its last dot.

    `server` is the address to ask, with a port as BIND's tools write it (`192.0.2.1#5353`) where it is not 53; empty
    asks the target's resolvers in turn. Without `recurse` the server is to answer from its own zones only. `secure`
    asks for DNSSEC (the DO bit), `unchecked` for what fails validation, too (CD).
    """

    name: str
    type: str
    server: str = ""
    recurse: bool = True
    secure: bool = False
    unchecked: bool = False


@dataclass(frozen=True)
class Records:
    """The answer to a `Lookup`.

    `status` is `noerror` (no `records` then is NODATA), `nxdomain`, `servfail`, `refused`, or another RCODE in lower
    case. `records` are the data of the asked type at the end of the chain of `aliases`, in presentation form; strings
    of a TXT record are joined, without quotes. `trouble` says why there is no answer (timeout, no route).
    """

    status: str = ""
    records: tuple[str, ...] = ()
    ttl: int = 0
    aliases: tuple[str, ...] = ()
    authoritative: bool = False
    authenticated: bool = False
    signatures: tuple[str, ...] = ()
    trouble: str = ""


@dataclass(frozen=True)
class Talk:
    """A dialogue by command and reply with a mail server; nothing is ever delivered by one unless `body` is given.

    With `tls` the dialogue happens inside TLS: `implicit` from the first byte, `starttls` after the protocol's own
    command. Commands after a lost connection are not sent. For SMTP, EHLO (as `hello`) is sent first and its reply is
    kept apart; a `body` is sent after a command DATA that was answered with 354.
    """

    address: str
    port: int
    protocol: Literal["smtp", "imap", "pop3", "sieve"] = "smtp"
    tls: Literal["", "implicit", "starttls"] = ""
    hello: str = "probe.invalid"
    commands: tuple[str, ...] = ()
    body: str = ""


@dataclass(frozen=True)
class ServerReply:
    """One reply. `code` is SMTP's number, or IMAP's and POP3's OK, NO, BAD, +OK, -ERR; `text` all of its lines."""

    code: str
    text: str


@dataclass(frozen=True)
class Said:
    """The answer to a `Talk`.

    `greeting` is the server's first line. `features` are the lines of the EHLO reply or of CAPABILITY, as they are
    before TLS; `features_in_tls` the same inside. `replies` are those to the commands, fewer when the connection ended,
    and then `ended` says how: with SMTP's 421, too, which answers no command. `trouble` says why there was no dialogue
    at all (refused, timeout, TLS failed, a greeting that takes nobody, features that are not told).
    """

    greeting: str = ""
    features: tuple[str, ...] = ()
    features_in_tls: tuple[str, ...] = ()
    replies: tuple[ServerReply, ...] = ()
    ended: str = ""
    trouble: str = ""


@dataclass(frozen=True)
class Handshake:
    """TLS with a server, with its name asked for (SNI), and only with `version` when one is given (`TLSv1.2`)."""

    address: str
    port: int
    starttls: Starttls = ""
    server_name: str = ""
    version: Literal["", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"] = ""


@dataclass(frozen=True)
class Presented:
    """The answer to a `Handshake`.

    `chain` are the certificates sent, in PEM, the server's own first. `trusted` is whether this machine's authorities
    vouch for the chain and the name; `why_not` says why they do not. `refused` is how the server declined what was
    offered: by an alert, by what it chose instead, or by closing twice what it takes in today's version. `trouble` is
    why there was no handshake to speak of (refused, timeout, no STARTTLS, broken off, a version that this machine's
    own TLS library does not offer).
    """

    version: str = ""
    cipher: str = ""
    chain: tuple[str, ...] = ()
    trusted: bool = False
    why_not: str = ""
    refused: str = ""
    trouble: str = ""


@dataclass(frozen=True)
class Port:
    """Whether a TCP port is open from here."""

    address: str
    port: int


@dataclass(frozen=True)
class Reached:
    """The answer to a `Port`: `open`, `refused` (reset, or told so by ICMP), or `silent` (no answer in time)."""

    state: str = ""
    trouble: str = ""


@dataclass(frozen=True)
class Fetch:
    """A small document over HTTPS, its certificate checked, no redirect followed."""

    url: str


@dataclass(frozen=True)
class Fetched:
    """The answer to a `Fetch`. `trouble` says why there was none, a bad certificate included."""

    status: int = 0
    type: str = ""
    body: str = ""
    trouble: str = ""


Probe = Lookup | Talk | Handshake | Port | Fetch
Seen = Records | Said | Presented | Reached | Fetched

_ANSWERS: Mapping[type, type] = {
    Lookup: Records,
    Talk: Said,
    Handshake: Presented,
    Port: Reached,
    Fetch: Fetched,
}


class View(Protocol):
    """The world outside a host, as a kind may ask it. All of one `see` are looked at together."""

    now: datetime
    """The time of the look, with its zone (UTC)."""

    @overload
    def see(self, probe: Lookup, /) -> Records: ...
    @overload
    def see(self, probe: Talk, /) -> Said: ...
    @overload
    def see(self, probe: Handshake, /) -> Presented: ...
    @overload
    def see(self, probe: Port, /) -> Reached: ...
    @overload
    def see(self, probe: Fetch, /) -> Fetched: ...
    def see(self, probe: Probe, /) -> Seen:
        """The answer to one question. Never fails: see `trouble`."""
        ...

    def ahead(self, *probes: Probe) -> None:
        """Say that these will be asked, so that they are looked at together and not one after the other."""
        ...


def probe_to_dict(probe: Probe) -> dict[str, Any]:
    """A question as JSON carries it."""
    return {"probe": type(probe).__name__, **asdict(probe)}


def seen_to_dict(seen: Seen) -> dict[str, Any]:
    """An answer as JSON carries it, without what is empty."""
    return {name: value for name, value in asdict(seen).items() if value}


def probe_from_dict(document: Mapping[str, Any]) -> Probe:
    """The opposite of `probe_to_dict`. Raises KeyError and TypeError for what it never gives."""
    by_name = {kind.__name__: kind for kind in _ANSWERS}
    made: Probe = by_name[document["probe"]](
        **{name: value for name, value in _fields(document).items() if name != "probe"}
    )
    return made


def seen_from_dict(probe: Probe, document: Mapping[str, Any]) -> Seen:
    """The opposite of `seen_to_dict`, for the answer to `probe`."""
    fields = _fields(document)
    if "replies" in fields:
        fields["replies"] = tuple(ServerReply(**reply) for reply in fields["replies"])
    made: Seen = _ANSWERS[type(probe)](**fields)
    return made


def _fields(document: Mapping[str, Any]) -> dict[str, Any]:
    """JSON has lists where these values have tuples."""
    return {name: tuple(value) if isinstance(value, list) else value for name, value in document.items()}
