"""Kind `certificates`: what the mail services show is theirs, in time, and what the file says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from baseline import programs
from baseline.errors import CannotTell
from baseline.formats import certificates, sockets
from baseline.formats.certificates import Certificate
from baseline.judge import Advised, AtLeast, Equal, Want, Wants
from baseline.kinds.base import ByHand, Control, Line, Loosens
from baseline.model import Action, Scalar, State, Target
from baseline.model.looks import Parts
from baseline.model.probes import Handshake, Lookup, Starttls, View
from baseline.readings.answers import ask, decoded, shorten, text
from baseline.readings.dns import addresses, resolve
from baseline.readings.dovecot import by_dialect
from baseline.readings.mail_ports import presented, shake
from baseline.readings.public_ports import SOCKETS, mail_ports, seen_from_outside
from baseline.readings.vantage import address_of
from baseline.remedies.mending import faults
from baseline.remedies.remedy import Effects, Remedy
from baseline.shell import script

if TYPE_CHECKING:
    from testinfra.backend.base import CommandResult
    from testinfra.host import Host

_SHOW = script("baseline.kinds", "certificates")

_PATH = (
    "f=$(postconf -hx smtpd_tls_chain_files) && f=${f%%[ ,]*} && "
    '{ [ -n "$f" ] || f=$(postconf -hx smtpd_tls_cert_file); }'
)
POSTFIX = f"{_PATH} || exit\n{_SHOW}"
_FILE = by_dialect("f=$(doveconf -h ssl_cert) && f=${f#<} || exit", "f=$(doveconf -h ssl_server/cert_file) || exit")
DOVECOT = f"{_FILE}\n{_SHOW}"
NAME = "postconf -hx myhostname"

_SERVERS = (programs.POSTFIX, programs.DOVECOT)
_UNITS = {program.name: program.unit for program in _SERVERS}
_PORTS: Mapping[int, tuple[str, Starttls]] = {
    port.number: (program.name, port.starttls) for program in _SERVERS for port in program.ports
}


class Certificates(Control):
    """The certificates of SMTP, IMAP, POP3 and ManageSieve are valid, long enough, and for the right names.

    Looked at on the host: the file that Postfix and the one that Dovecot are told to use, and whether this host's own
    authorities vouch for it with what else the file holds (an intermediate certificate that is missing passes in
    browsers only). Looked at from outside: the certificate that each listening port shows, which has to be the one of
    the file: a renewal is only in force once the daemon was told. Its days left are counted from the time of the look.
    Names: the host's own (`myhostname`, on mail relays), the MX of its domains that lead to this address, on port 25,
    and `names`, on all ports, as users' programs have them. A common name alone counts for nothing.

    Applied: Postfix or Dovecot reloaded, where the file is right and what is shown is another one. Everything else is
    for a person: no machine orders a certificate here. Debian's own, `ssl-cert-snakeoil`, is signed by itself, and no
    authority vouches for it. With `trusted: false` that is only a warning, as for a host that serves other servers
    alone: they do not look. Sources: RFC 9325 section 6.1, RFC 8461 section 4.1, RFC 9525, RFC 8314.
    """

    summary: ClassVar[str] = "Certificates are valid, for the right names, and those of the file."
    shows: ClassVar[tuple[str, ...]] = ("days left on *", "strength on *", "chain on *", "names not covered on *")
    loosens: ClassVar[Loosens] = {
        "min_days": "lower",
        "min_rsa": "lower",
        "trusted": "lower",
        "names": "lower",
    }
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because the daemons only read the file again that the site gave them",
        notice="Nothing but the renewed certificate.",
    )
    by_hand: ClassVar[ByHand] = {
        "* certificate": (
            "Put a certificate for the names of this host where {rest} looks for it, its intermediates "
            "behind it, and reload {rest}."
        ),
        "* days left": "Renew the certificate of {rest}, and reload it.",
        "* strength": "Get {rest} a certificate with a stronger key ({wanted}).",
        "* chain": (
            "Give {rest} a certificate of an authority that hosts trust, its intermediates behind it in the file."
        ),
        "names not covered on *": (
            "Get a certificate that covers {found} as well, put it into the file, and reload the service."
        ),
    }

    kind: Literal["certificates"]
    min_days: Annotated[int, Field(ge=7, le=60, description="Days that a certificate has to be valid yet.")] = 21
    min_rsa: Annotated[int, Field(ge=2048, description="Bits of an RSA key; other keys count as what they equal.")] = (
        2048
    )
    trusted: Annotated[bool, Field(description="Whether an authority that the host trusts has to vouch for it.")] = True
    names: Annotated[
        tuple[Line, ...],
        Field(
            description="Names that users' programs have, besides the host's own.",
            examples=[["mail.agensi.example.my"]],
        ),
    ] = ()

    def expected(self, target: Target) -> Wants:
        """For the file of each program: there, in time, strong, vouched for; for each port: right name, that file."""
        wants: dict[str, Want] = {}
        for program in _programs(target):
            vouched = Equal("trusted")
            wants |= {
                f"{program} certificate": Equal("there"),
                f"{program} days left": AtLeast(self.min_days, unit="days"),
                f"{program} strength": AtLeast(self.min_rsa, unit="bits"),
                f"{program} chain": vouched if self.trusted else Advised(vouched),
            }
        if target.outside_only:
            wants |= {
                "days left on *": AtLeast(self.min_days, unit="days"),
                "strength on *": AtLeast(self.min_rsa, unit="bits"),
                "chain on *": Equal("trusted") if self.trusted else Advised(Equal("trusted")),
            }
        return wants | {
            "names not covered on *": Equal("none"),
            "shown on *": Equal("as in the file"),
        }

    def actual(self, host: Host, target: Target) -> State:
        """The files, and the ports that listen."""
        servers = _programs(target)
        questions = {"Postfix": POSTFIX, "Dovecot": DOVECOT}
        listed, name, *files = ask(
            host, SOCKETS, NAME if "mta" in target.roles else "hostname -f", *(questions[one] for one in servers)
        )
        state = Parts()
        with state.part():
            state["host name"] = text(name).strip()
        for program, answer in zip(servers, files, strict=True):
            with state.part():
                state |= _file(program, answer)
        with state.part():
            reached = seen_from_outside(target, _reached(listed))
            served = [port for port, (program, _) in _PORTS.items() if port in reached and program in servers]
            state["ports"] = ", ".join(map(str, served)) or "none"
        return state

    def outside(self, view: View, state: State, target: Target) -> State:
        """Days left by the time of the look; names, and the certificate that each port shows."""
        if target.outside_only:
            return self._alone(view, target)
        seen = Parts()
        for program in _programs(target):
            with seen.part():
                if state[f"{program} certificate"] == "there":
                    ends = datetime.fromisoformat(str(state[f"{program} valid until"]))
                    seen[f"{program} days left"] = (ends - view.now).days
        with seen.part():
            self._shown(view, state, target, seen)
        return seen

    def _alone(self, view: View, target: Target) -> State:
        """What each port shows by itself, where nobody tells what stands in a file."""
        if not target.fqdn:
            raise CannotTell("the inventory does not say for which name a certificate has to be: give it `fqdn`")
        address, servers = address_of(target), _programs(target)
        ports = [port for port in mail_ports(target) if port in _PORTS and _PORTS[port][0] in servers]
        probes = {port: shake(address, port, _PORTS[port][1], name=target.fqdn) for port in ports}
        view.ahead(*probes.values())
        seen = Parts()
        for port, probe in probes.items():
            with seen.part():
                given = presented(view, probe)
                shown = _first("\n".join(given.chain))
                seen[f"days left on {port}"] = (shown.ends - view.now).days
                seen[f"strength on {port}"] = shown.bits
                seen[f"chain on {port}"] = "trusted" if given.trusted else f"not trusted: {given.why_not}"
                seen[f"names not covered on {port}"] = self._lacking(view, target, port, shown, target.fqdn)
        return seen

    def _lacking(self, view: View, target: Target, port: int, shown: Certificate, name: str) -> str:
        """The names that a certificate lacks. Raises `CannotTell`."""
        exchangers = _exchangers(view, target, address_of(target)) if port == 25 else []
        lacking = [one for one in dict.fromkeys([name, *self.names, *exchangers]) if not shown.covers(one)]
        return ", ".join(lacking) or "none"

    def _shown(self, view: View, state: State, target: Target, seen: Parts) -> None:
        """The certificate that each port shows."""
        address, name = address_of(target), str(state["host name"])
        ports = []
        for port in map(int, re.findall(r"\d+", str(state["ports"]))):
            with seen.part():
                ports += [port] if state[f"{_PORTS[port][0]} certificate"] == "there" else []
        probes: dict[int, Handshake] = {port: shake(address, port, _PORTS[port][1], name=name) for port in ports}
        view.ahead(*probes.values(), *(Lookup(domain, "MX") for domain in target.domains if 25 in ports))
        for port, probe in probes.items():
            with seen.part():
                program = _PORTS[port][0]
                shown = _first("\n".join(presented(view, probe).chain))
                same = shown.digest == state[f"{program} digest"]
                seen[f"shown on {port}"] = "as in the file" if same else f"another, valid until {shown.ends:%Y-%m-%d}"
                seen[f"names not covered on {port}"] = self._lacking(view, target, port, shown, name)

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """Tell the daemons of a file that is right."""
        wrong = faults(self.expected(target), state)
        stale = {_PORTS[int(key.split()[-1])][0] for key in wrong if key.startswith("shown on ")}
        others = {key for key, outcome in wrong.items() if " on " not in key and outcome == "fail"}
        if not stale or others:
            return None
        units = " ".join(sorted(_UNITS[program] for program in stale))
        reload = f"systemctl reload {units}\n"
        return Remedy(actions=(Action(f"have {units} read the certificate anew", reload, ":\n"),))

    def advice(self, state: State) -> str:
        """Where a daemon still shows what was replaced in its file, and no reload is planned."""
        del state
        return "Reload the daemon, so that it shows the certificate that stands in the file."


def _programs(target: Target) -> list[str]:
    roles = {"Postfix": "mta", "Dovecot": "mailstore"}
    return [program for program, role in roles.items() if role in target.roles]


def _reached(listed: CommandResult) -> set[int]:
    """The ports that listen where others reach them."""
    try:
        listening = sockets.parse(text(listed))
    except ValueError as error:
        raise CannotTell(f"`{SOCKETS}` printed what is not read here: {error}") from None
    return {one.port for one in listening if one.protocol == "tcp" and not one.on_loopback}


def _file(program: str, answer: CommandResult) -> dict[str, Scalar]:
    """What is known of a program's file: its certificate, its end, its strength, and who vouches for it."""
    printed = text(answer)
    head, _, rest = printed.partition("\n")
    if not head.startswith("file "):
        return {f"{program} certificate": None, f"{program} file": head.removeprefix("absent ")}
    path = head.removeprefix("file ")
    try:
        own = _first(rest)
    except CannotTell:
        said = shorten(decoded(answer.stderr_bytes)) or "no certificate in it"
        return {f"{program} certificate": f"{path} cannot be read: {said}", f"{program} file": path}
    verified = re.findall(r"^verify (.*)$", rest, re.M)
    trusted = any(line == f"{path}: OK" for line in verified)
    why = next((line.partition(": ")[2] for line in verified if line.startswith("error ")), "")
    return {
        f"{program} certificate": "there",
        f"{program} file": path,
        f"{program} digest": own.digest,
        f"{program} valid until": own.ends.isoformat(),
        f"{program} key": own.key,
        f"{program} strength": own.bits,
        f"{program} chain": "trusted" if trusted else f"not trusted: {why or shorten('; '.join(verified))}",
    }


def _first(pem: str) -> Certificate:
    try:
        return certificates.parse(pem)[0]
    except ValueError as error:
        raise CannotTell(f"a certificate cannot be read: {error}") from None


def _exchangers(view: View, target: Target, address: str) -> list[str]:
    """The mail exchangers of the host's domains that are this host, by DNS. Raises `CannotTell`."""
    names: dict[str, None] = {}
    for domain in target.domains:
        records = resolve(view, domain, "MX").records
        names |= dict.fromkeys(record.split()[-1].rstrip(".") for record in records if record.split()[-1] != ".")
    own = {address, *target.outbound}
    view.ahead(*(Lookup(name, kind) for name in names for kind in ("A", "AAAA")))
    return [name for name in names if own & {*addresses(view, name)}]
