"""Kind `auth_over_tls`: nobody is asked for a password outside of TLS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Literal

from baseline.edits import DropOverride, Edit, SetBlock, SetOverride, SetParameter
from baseline.errors import CannotTell
from baseline.formats.dovecot import DROP_IN, protocol_block, setting_line
from baseline.formats.postfix import POSTFIX_FILES
from baseline.judge import Advised, Equal, OneOf, Want, Wants
from baseline.kinds.base import Control, Loosens
from baseline.model import Location, Scalar, State, Target
from baseline.model.looks import Parts
from baseline.model.probes import Talk, View
from baseline.readings.answers import ask
from baseline.readings.dialects.tls import TLS
from baseline.readings.dovecot import DIALECT
from baseline.readings.dovecot_tls import (
    CLEAR_TEXT,
    CLOSED,
    DOVECOT,
    TRUSTED_WITHOUT,
    dovecot_tls,
    opened,
    set_at,
    swallowed,
    words_of,
)
from baseline.readings.exemptions import NOT_EVERYBODY
from baseline.readings.mail_ports import heard, offers, smtp_services
from baseline.readings.outline import Outline, ProgramSetting, set_in
from baseline.readings.postfix import Postfix
from baseline.readings.public_ports import mail_ports, seen_from_outside
from baseline.readings.vantage import address_of
from baseline.remedies.remedy import Effects, Remedy

if TYPE_CHECKING:
    from testinfra.host import Host

_PARAMETERS = ("smtpd_sasl_auth_enable", "smtpd_tls_auth_only", "smtpd_tls_security_level", "smtpd_tls_wrappermode")
_MISSPELT = "(not read"
_MEANT = {"smtpd_tls_auth_only": "yes", "smtpd_tls_security_level": "encrypt"}
"""What a misspelt override has meant, where it can only have meant one thing that is any good."""


class AuthOverTls(Control):
    """Passwords are only asked for inside TLS, at SMTP and at the protocols of mailboxes.

    Looked at on the host: for every smtpd service whether it takes passwords, and whether only in TLS
    (smtpd_tls_auth_only, wrappermode, or a security level that demands TLS); overrides of master.cf that Postfix does
    not read since they are misspelt (`-o name = value`), which look right to whoever reads the file; whether Dovecot
    lets passwords be sent in clear text (disable_plaintext_auth of 2.3, auth_allow_cleartext of 2.4), as each protocol
    gets it; and that login_trusted_networks, whose clients need no TLS (with 2.4 only where it is not required), does
    not hold everybody. Looked at from outside: what EHLO offers before TLS and in it, on
    every port that takes mail. A loopback client would see something else: Dovecot takes connections from its own
    address for safe. That port 25 offers no passwords at all, and that submission demands TLS, is advised: the one is
    for other servers, the other for people.

    Applied: smtpd_tls_auth_only in main.cf and not otherwise in any override; misspelt overrides of the two parameters
    about TLS written as they were meant; AUTH taken off port 25 where submission offers it; TLS demanded for
    submission; clear text refused by Dovecot. What can go wrong: an officer whose program speaks to port 25 with a
    password, or without TLS, has to be told before. Sources: RFC 8314 sections 3.3 and 4, RFC 4954 section 4,
    postconf(5), master(5), doc.dovecot.org 2.3 "SSL" and 2.4 auth_allow_cleartext.
    """

    summary: ClassVar[str] = "Passwords are only asked for inside TLS."
    shows: ClassVar[tuple[str, ...]] = ("AUTH before TLS on *",)
    loosens: ClassVar[Loosens] = {}
    set_by: ClassVar[Mapping[str, ProgramSetting]] = set_in(
        "postfix",
        "smtpd_tls_auth_only",
        also={"passwords": "smtpd_tls_auth_only", "submission demands TLS": "smtpd_tls_security_level"},
    )
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because it sets how logins are offered, and not who may log in; rules that the site has "
        "in a dropped override are named",
        notice="Programs that log in without encryption can no longer log in.",
    )

    kind: Literal["auth_over_tls"]

    def expected(self, target: Target) -> Wants:
        """By role: smtpd's services and what they are seen to offer; Dovecot's protocols."""
        wants: dict[str, Want] = {}
        if "mta" in target.roles:
            wants["misspelt overrides"] = Equal("none")
            wants["passwords at *"] = OneOf(("in TLS only", "not taken", "no such service"))
            wants["passwords at smtp/inet"] = OneOf(("not taken", "no such service"), warn=("in TLS only",))
            wants["smtpd_tls_auth_only"] = Advised(Equal("yes"))
            wants["submission demands TLS at *"] = Advised(Equal("yes"))
            wants["AUTH before TLS on *"] = Equal("not offered")
            wants["AUTH in TLS on *"] = Equal("offered")
        if "mailstore" in target.roles:
            wants[CLEAR_TEXT] = Equal(CLOSED)
            wants[f"{CLEAR_TEXT} for *"] = Equal(CLOSED)
            wants[TRUSTED_WITHOUT] = Equal(NOT_EVERYBODY)
            wants[f"{TRUSTED_WITHOUT} for *"] = Equal(NOT_EVERYBODY)
        return wants

    def demands(self, target: Target) -> Wants:
        """What it wants of Postfix, and that Dovecot lets no password pass in clear text, by either release's name."""
        demands = dict(super().demands(target))
        if "mailstore" in target.roles:
            for words in TLS.values():
                for where in ("", " for *"):
                    demands[f"dovecot {words.clear_text}{where}"] = Equal(words.closed)
        return demands

    def actual(self, host: Host, target: Target) -> State:
        """The settings of both programs."""
        view = Postfix(host) if "mta" in target.roles else None
        dovecot = ask(host, *DOVECOT) if "mailstore" in target.roles else []
        state = Parts()
        if view is not None:
            with state.part():
                state |= _services(view)
        if dovecot:
            with state.part():
                found = dovecot_tls(*dovecot)
                kept = (DIALECT, CLEAR_TEXT, TRUSTED_WITHOUT)
                state |= {key: value for key, value in found.items() if key.startswith(kept)}
        return state

    def set_at(self, state: State, written: Outline) -> Mapping[str, Location]:
        """The lines that win; Dovecot's by the names that the host's release has for them."""
        return {**super().set_at(state, written), **set_at(state, written)}

    def assumed(self, target: Target) -> State:
        """The ports of a relay that speak in clear text at first, and that the inventory does not close."""
        return {f"service on {port}": "plain" for port in mail_ports(target) if port in (25, 587)}

    def outside(self, view: View, state: State, target: Target) -> State:
        """What EHLO offers before TLS, and in it where passwords are taken."""
        if "mta" not in target.roles:
            return {}
        address = address_of(target)
        seen = Parts()
        ports = {int(key.split()[-1]): str(value) for key, value in state.items() if key.startswith("service on ")}
        ports = {port: ports[port] for port in seen_from_outside(target, ports)}
        plain = [port for port, sort in ports.items() if "wrapped" not in sort]
        view.ahead(*(Talk(address, port) for port in plain))
        inside: dict[int, Literal["starttls", "implicit"]] = {}
        for port in plain:
            with seen.part():
                said = heard(view, Talk(address, port))
                seen[f"AUTH before TLS on {port}"] = "offered" if offers(said, "AUTH") else "not offered"
                if "AUTH" in ports[port] and offers(said, "STARTTLS"):
                    inside[port] = "starttls"
        inside |= {port: "implicit" for port in ports if port not in plain}
        probes = {port: Talk(address, port, tls=how) for port, how in inside.items()}
        view.ahead(*probes.values())
        for port, probe in probes.items():
            with seen.part():
                lines = heard(view, probe).features_in_tls
                found = any(line.upper().startswith("AUTH") for line in lines)
                seen[f"AUTH in TLS on {port}"] = "offered" if found or "AUTH" not in ports[port] else "not offered"
        return seen

    def reads(self, target: Target) -> tuple[str, ...]:
        """Postfix's two files and Dovecot's drop-in."""
        postfix = POSTFIX_FILES if "mta" in target.roles else ()
        return (*postfix, *((DROP_IN,) if "mailstore" in target.roles else ()))

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """The parameters and overrides of Postfix, and a block for Dovecot; None for what may have meant anything."""
        del target
        if _doubtful(state) or swallowed(state):
            return None
        edits: list[Edit] = [*self._postfix(state)]
        reloads = ["postfix"] if edits else []
        wrong = opened(state)
        for protocol in wrong[:1] if "" in wrong else wrong:
            words = words_of(state)
            line = {words.clear_text: words.closed}
            body = protocol_block(protocol, line) if protocol else setting_line(words.clear_text, words.closed)
            edits.append(SetBlock(DROP_IN, f"{self.id} {protocol}".rstrip(), body))
        if wrong:
            reloads.append("dovecot")
        return Remedy(edits=tuple(edits), reloads=tuple(reloads)) if edits else None

    def advice(self, state: State) -> str:
        """What only whoever wrote it knows."""
        if swallowed(state):
            or_required = "" if swallowed(state, required=True) else ", or demand TLS by `ssl = required`"
            return f"Name in login_trusted_networks the site's own proxies alone{or_required}. {self.fix}".strip()
        if not _doubtful(state):
            return self.fix
        return (
            f"Write {state['misspelt overrides']} in master.cf as `-o name=value`, without spaces. {self.fix}".strip()
        )

    def _postfix(self, state: State) -> list[Edit]:
        edits: list[Edit] = []
        for named in str(state.get("misspelt overrides", "none")).split(", "):
            match = re.fullmatch(r"(\S+) of (\S+)", named)
            if match:
                edits.append(SetOverride(match[2], match[1], _MEANT[match[1]]))
        unsafe = [key for key, value in state.items() if key.startswith("passwords at ") and value == "without TLS"]
        if state.get("smtpd_tls_auth_only") == "no":
            edits.append(SetParameter("smtpd_tls_auth_only", "yes"))
        edits += [DropOverride(key.removeprefix("passwords at "), "smtpd_tls_auth_only") for key in unsafe]
        others = any(
            value not in ("not taken", "no such service")
            for key, value in state.items()
            if key.startswith("passwords at ") and key != "passwords at smtp/inet"
        )
        if others and state.get("passwords at smtp/inet") not in ("not taken", "no such service", None):
            edits.append(SetOverride("smtp/inet", "smtpd_sasl_auth_enable", "no"))
        for key, value in state.items():
            if key.startswith("submission demands TLS at ") and value == "no":
                service = key.removeprefix("submission demands TLS at ")
                edits.append(SetOverride(service, "smtpd_tls_security_level", "encrypt"))
        return edits


def _doubtful(state: State) -> bool:
    """Whether a misspelt override may have meant anything."""
    named = str(state.get("misspelt overrides", "none"))
    return named != "none" and any(one.split()[0] not in _MEANT for one in named.split(", "))


def _services(view: Postfix) -> dict[str, Scalar]:
    """Every smtpd service by what it does with passwords, and overrides that are not read."""
    overrides = {name: view.overrides(name) for name in _PARAMETERS}
    services = view.services("smtpd")
    if not services:
        raise CannotTell("`postconf -M` lists no smtpd service, so nothing takes mail by SMTP here")

    def effective(service: str, name: str) -> str:
        override = overrides[name].get(service)
        return (view.setting(name) or "") if override is None or _MISSPELT in override else override

    misspelt = [
        f"{name} of {service}"
        for name, found in overrides.items()
        for service, value in found.items()
        if _MISSPELT in value and service in services
    ]
    ports = smtp_services(view)
    state: dict[str, Scalar] = {
        "misspelt overrides": ", ".join(misspelt) or "none",
        "smtpd_tls_auth_only": view.setting("smtpd_tls_auth_only"),
        "passwords at smtp/inet": "no such service",
    }
    for service in services:
        takes = effective(service, "smtpd_sasl_auth_enable") == "yes"
        wrapped = effective(service, "smtpd_tls_wrappermode") == "yes"
        demands = wrapped or effective(service, "smtpd_tls_security_level") == "encrypt"
        safe = demands or effective(service, "smtpd_tls_auth_only") == "yes"
        state[f"passwords at {service}"] = "not taken" if not takes else "in TLS only" if safe else "without TLS"
        if takes and ports.get(service, 25) != 25:
            state[f"submission demands TLS at {service}"] = "yes" if demands else "no"
        if service in ports:
            state[f"service on {ports[service]}"] = f"{'wrapped' if wrapped else 'plain'}{', AUTH' if takes else ''}"
    return state
