"""Kind `mailbox_tls`: mailboxes are reached over TLS alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from baseline.edits import Edit, SetBlock
from baseline.errors import CannotTell
from baseline.formats import sockets
from baseline.formats.dovecot import DROP_IN, protocol_block, setting_line
from baseline.judge import Advised, Equal, OneOf, Wants
from baseline.kinds.base import Control, Loosens
from baseline.model import Location, Outcome, State, Target
from baseline.model.looks import Parts
from baseline.model.probes import Said, Talk, View
from baseline.readings.answers import ask, text
from baseline.readings.dovecot_tls import (
    CERTIFICATE,
    DOVECOT,
    TRUSTED_WITHOUT,
    dovecot_tls,
    opened,
    set_at,
    swallowed,
    words_of,
)
from baseline.readings.exemptions import NOT_EVERYBODY
from baseline.readings.mail_ports import OLD, TlsVersion, accepted, heard, shake
from baseline.readings.outline import Outline, ProgramSetting, set_in
from baseline.readings.public_ports import SOCKETS, mail_ports, seen_from_outside
from baseline.readings.vantage import address_of
from baseline.remedies.remedy import Effects, Remedy

if TYPE_CHECKING:
    from testinfra.host import Host


_PLAIN: Mapping[int, Literal["imap", "pop3", "sieve"]] = {143: "imap", 110: "pop3", 4190: "sieve"}
_VERSIONS = {"imap": (993, 143), "pop3": (995, 110), "sieve": (4190,)}
"""Ports of one login service each: it speaks the same versions on all of them, so the first that listens will do."""

_WANTED = {"ssl": OneOf(("required",)), "ssl_min_protocol": OneOf(("TLSv1.2", "TLSv1.3"))}
_SET = {"ssl": "required", "ssl_min_protocol": "TLSv1.2"}


class MailboxTls(Control):
    """IMAP, POP3 and ManageSieve want TLS before a password, and speak nothing older than TLS 1.2.

    Looked at on the host: Dovecot's ssl and ssl_min_protocol, globally and as each protocol gets them, that there is a
    file with the certificate (in ssl_cert of 2.3 without the `<` the path itself would be taken for it), that
    login_trusted_networks does not hold everybody, since whom it holds may log in without TLS (with 2.4 only where TLS
    is not required), and which ports listen. Looked at from outside, on
    the ports that listen: what is offered before TLS (LOGINDISABLED for IMAP, no USER and no SASL mechanism for POP3
    and Sieve, and the command for TLS), and handshakes with TLS 1.0, 1.1 and what is spoken today. A setting that
    allows old versions which are refused all the same is a warning.

    Applied: `ssl = required` and ssl_min_protocol in a block of the drop-in, for a protocol of its own where the site's
    section for it says otherwise; with them what refuses passwords in clear text, where the release takes no
    configuration that lets them pass beside `ssl = required`. What can go wrong: programs that speak without TLS on 143
    or 110 are refused; name officers who use them before. Sources: RFC 8314, RFC 9325, RFC 8996, doc.dovecot.org 2.3
    "SSL configuration" and 2.4 "SSL/TLS".
    """

    summary: ClassVar[str] = "IMAP, POP3 and ManageSieve are spoken over TLS alone."
    shows: ClassVar[tuple[str, ...]] = ("before TLS on *", "TLS of today on *", *(f"{one} on *" for one in OLD))
    loosens: ClassVar[Loosens] = {}
    set_by: ClassVar[Mapping[str, ProgramSetting]] = set_in("dovecot", "ssl", "ssl_min_protocol")
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because the values that give way are the ones that are judged",
        notice="Mail programs without encryption, or with old versions of TLS, can no longer log in.",
    )

    kind: Literal["mailbox_tls"]

    def expected(self, target: Target) -> Wants:
        """TLS required everywhere, and seen to be."""
        del target
        return {
            "ssl": _WANTED["ssl"],
            "ssl for *": _WANTED["ssl"],
            "ssl_min_protocol": Advised(_WANTED["ssl_min_protocol"]),
            "ssl_min_protocol for *": Advised(_WANTED["ssl_min_protocol"]),
            CERTIFICATE: Equal("a file"),
            f"{CERTIFICATE} for *": Equal("a file"),
            TRUSTED_WITHOUT: Equal(NOT_EVERYBODY),
            f"{TRUSTED_WITHOUT} for *": Equal(NOT_EVERYBODY),
            "before TLS on *": Equal("no passwords"),
            **{f"{version} on *": Equal("refused") for version in OLD},
            "TLS of today on *": Equal("accepted"),
        }

    def actual(self, host: Host, target: Target) -> State:
        """The settings, and the ports that Dovecot listens on where others reach them."""
        version, main, each, listed = ask(host, *DOVECOT, SOCKETS)
        state = Parts()
        with state.part():
            state |= dovecot_tls(version, main, each)
        with state.part():
            try:
                listening = sockets.parse(text(listed))
            except ValueError as error:
                raise CannotTell(f"`{SOCKETS}` printed what is not read here: {error}") from None
            heard_of = {one.port for one in listening if one.protocol == "tcp" and not one.on_loopback}
            reached = seen_from_outside(target, heard_of)
            served = [port for port in (*_PLAIN, 993, 995) if port in reached]
            state["ports"] = ", ".join(map(str, served)) or "none"
        return state

    def set_at(self, state: State, written: Outline) -> Mapping[str, Location]:
        """The lines that win, by the names that the host's release has for them."""
        return set_at(state, written)

    def assumed(self, target: Target) -> State:
        """The ports of a mail store that the inventory does not close."""
        public = mail_ports(target)
        return {"ports": ", ".join(str(port) for port in (*_PLAIN, 993, 995) if port in public) or "none"}

    def outside(self, view: View, state: State, target: Target) -> State:
        """What each port offers before TLS, and the versions of each login service."""
        address = address_of(target)
        ports = [int(port) for port in re.findall(r"\d+", str(state["ports"]))]
        talks = {port: Talk(address, port, protocol) for port, protocol in _PLAIN.items() if port in ports}
        shaken = [next((one for one in several if one in ports), None) for several in _VERSIONS.values()]
        versions: tuple[TlsVersion, ...] = (*OLD, "")
        handshakes = {
            (port, version): shake(address, port, _PLAIN.get(port, ""), version)
            for port in shaken
            if port is not None
            for version in versions
        }
        view.ahead(*talks.values(), *handshakes.values())
        seen = Parts()
        for port, probe in talks.items():
            with seen.part():
                seen[f"before TLS on {port}"] = _before(heard(view, probe), probe.protocol)
        for port, version in handshakes:
            with seen.part():
                key = f"{version or 'TLS of today'} on {port}"
                seen[key] = accepted(view, address, port, _PLAIN.get(port, ""), version)
        return seen

    def reads(self, target: Target) -> tuple[str, ...]:
        """Dovecot's drop-in."""
        del target
        return (DROP_IN,)

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """A block for what differs everywhere, and one for each protocol that differs by itself."""
        del target
        if swallowed(state, required=True):
            return None
        wrong: dict[str, dict[str, str]] = {}
        for name, want in _WANTED.items():
            globally = want.judge(state[name]) is not Outcome.PASS
            if globally:
                wrong.setdefault("", {})[name] = _SET[name]
            for key, value in state.items():
                protocol = key.removeprefix(f"{name} for ") if key.startswith(f"{name} for ") else ""
                if protocol and want.judge(value) is not Outcome.PASS and not (globally and value == state[name]):
                    wrong.setdefault(protocol, {})[name] = _SET[name]
        words = words_of(state)
        for protocol in opened(state) if wrong and words.contradiction else ():
            wrong.setdefault(protocol, {})[words.clear_text] = words.closed
        edits: list[Edit] = []
        for protocol, settings in wrong.items():
            lines = "".join(setting_line(name, value) + "\n" for name, value in settings.items())
            body = protocol_block(protocol, settings) if protocol else lines
            edits.append(SetBlock(DROP_IN, f"{self.id} {protocol}".rstrip(), body))
        return Remedy(edits=tuple(edits), reloads=("dovecot",)) if edits else None

    def advice(self, state: State) -> str:
        """What only a person can do."""
        if swallowed(state, required=True):
            return f"Name in login_trusted_networks the site's own proxies alone. {self.fix}".strip()
        if CERTIFICATE not in state or state[CERTIFICATE] == "a file":
            return self.fix
        words = words_of(state)
        if words.by_angle:
            name = words.certificate
            return f"Write {name} with `<` before the path: `{name} = </etc/…`. {self.fix}".strip()
        return f"Name the file of the certificate: `{words.certificate} = /etc/…`. {self.fix}".strip()


def _before(said: Said, protocol: str) -> str:
    """What may be done before TLS, in words."""
    lines = [line.upper() for line in said.features]
    told = []
    if protocol == "imap":
        told += [] if "LOGINDISABLED" in lines else ["LOGIN"]
        told += [line for line in lines if line.startswith("AUTH=") and line not in ("AUTH=EXTERNAL", "AUTH=GSSAPI")]
    elif protocol == "pop3":
        told += [line for line in lines if line.split()[:1] == ["USER"] or re.match(r"SASL\s+\S", line)]
    else:
        told += [line for line in lines if re.match(r'"SASL"\s+"[^"]+"', line)]
    return f"passwords by {', '.join(told)}" if told else "no passwords"
