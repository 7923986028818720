"""Kind `intrusion_prevention`: whoever guesses passwords is shut out for a while."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from ipaddress import ip_network
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from baseline.edits import PutFile
from baseline.errors import CannotTell
from baseline.formats import fail2ban
from baseline.judge import Advised, AtLeast, Between, Equal, Matches, Want, Wants
from baseline.kinds.base import Control, Line, Loosens
from baseline.model import Action, Scalar, State, Target
from baseline.programs import FAIL2BAN, OPENSSH, Program
from baseline.readings.answers import ask, decoded, shorten, text
from baseline.readings.fail2ban import (
    JAILS,
    LoginLines,
    client,
    dotted,
    files,
    journalmatch,
    known_by,
    knows,
    lines_matter,
    replies,
    safe,
    status,
    too_many,
    units_question,
)
from baseline.readings.public_ports import sshd_ports
from baseline.readings.releases import QUESTION as RELEASES
from baseline.readings.releases import releases
from baseline.readings.ssh_session import SESSION, Login, session
from baseline.readings.units import blocks_of
from baseline.remedies.mending import helps
from baseline.remedies.remedy import Effects, Remedy
from baseline.shell import script
from baseline.templates import render

if TYPE_CHECKING:
    from testinfra.host import Host

FILE = "/etc/fail2ban/jail.d/99-baseline.local"
INSTALLED = "dpkg-query -W -f '${Package} ${db:Status-Status}\\n' fail2ban python3-systemd"
UNIT = "systemctl show -p ActiveState,UnitFileState fail2ban.service"
SSHD = "sshd -T"
IPTABLES = "command -v iptables || echo none"


class IntrusionPrevention(Control):
    """A program on the host shuts out addresses that guess passwords; or the network does, as a record attests.

    Looked at, for `provider: fail2ban`: that it is installed, answers and starts at boot; that a jail runs for sshd, on
    mail relays for logins at Postfix, and on mail stores for those at Dovecot; that the jail reads what these programs
    write (a jail that runs on a file nobody writes any more, or on journal entries of a unit that has another name,
    never bans anybody), and takes their lines for failed logins: the filter of fail2ban 1.1.0 knows none that Dovecot
    2.4 writes; that its ban can be carried out; that tries, time and ban are within bounds; that the
    addresses never banned are no large part of the Internet; and that the address which this host is being looked at
    from is among them, so that administrators are not shut out (a warning).

    Applied: the package with what it needs to read the journal, a file of jails, and the service. Never banned are
    loopback, the inventory's `admin_sources`, `ignored`, whatever the running jails ignore already, and the address of
    the login that applies.

    What can go wrong: behind a gateway that hides its clients one guesser shuts out all of them: name it in `ignored`.
    With `provider: network` the host is not looked at: an intrusion prevention system in front of it has to be
    attested. Sources: jail.conf(5), fail2ban-client(1), NIST SP 800-94.
    """

    summary: ClassVar[str] = "Addresses that guess passwords are shut out."
    loosens: ClassVar[Loosens] = {
        "provider": "change",
        "most_tries": "higher",
        "findtime": "lower",
        "bantime": "lower",
        "ignored": "higher",
    }
    effects: ClassVar[Effects | None] = Effects(
        displaces="jails of the same names in the site's own files of fail2ban; another program that bans "
        "(CrowdSec, SSHGuard, DenyHosts), beside which it would begin",
        notice="Whoever mistypes a password several times cannot reach the host for a while.",
    )

    kind: Literal["intrusion_prevention"]
    provider: Annotated[
        Literal["fail2ban", "network"], Field(description="`network`: a system in front of the host, to be attested.")
    ] = "fail2ban"
    tries: Annotated[int, Field(ge=3, le=10, description="Failures until a ban, as applied.")] = 5
    most_tries: Annotated[int, Field(ge=3, le=20, description="Failures until a ban, at most.")] = 10
    findtime: Annotated[int, Field(ge=60, description="Seconds within which failures are counted, at least.")] = 600
    bantime: Annotated[int, Field(ge=60, description="Seconds that a ban lasts, at least.")] = 600
    ignored: Annotated[
        tuple[Line, ...],
        Field(
            description="Addresses and networks that are never banned.",
            examples=[["192.0.2.10"]],
        ),
    ] = ()

    def expected(self, target: Target) -> Wants:
        """A server that answers, and jails that read, count and ban."""
        wants: dict[str, Want] = {"fail2ban": Equal("installed"), "server": Equal("answers")}
        for jail in self._jails(target):
            wants[f"{jail} reads"] = Matches(r"(the journal|files)( of .*)?", "what the program writes")
            wants[f"{jail} bans by"] = Matches(r"(?!.*(none|not installed)).+", "a way that works here")
            wants[f"{jail} failures until a ban"] = Between(3, self.most_tries)
            wants[f"{jail} seconds counted"] = AtLeast(self.findtime, unit="seconds")
            wants[f"{jail} seconds banned"] = AtLeast(self.bantime, unit="seconds")
            if lines_matter(jail):
                wants[f"{jail} knows failed logins"] = Equal("yes")
        wants["too many never banned"] = Equal("none")
        wants["fail2ban.service"] = Equal("enabled, active")
        wants["this login's address"] = Advised(Matches("never banned|no login to look at", "never banned"))
        return wants

    def actual(self, host: Host, target: Target) -> State:
        """Package, service, and what the running server says of each jail."""
        if self.provider == "network":
            raise CannotTell("an intrusion prevention system of the network has to be attested, and no record does")
        jails = self._jails(target)
        in_doubt = [jail for jail in jails if lines_matter(jail)]
        asked = (INSTALLED, UNIT, client(jails), files(jails), SSHD, IPTABLES, SESSION, RELEASES, units_question(jails))
        installed, unit, said, stale, sshd, iptables, here, told_by, units, *known = ask(
            host, *asked, *(knows(jail) for jail in in_doubt)
        )
        if installed.rc not in (0, 1):
            text(installed)
        login = session(here)
        state: dict[str, Scalar] = {
            "this login": str(login) if login else "none",
            "ports of sshd": ",".join(map(str, sshd_ports(text(sshd)))),
        }
        told, blocks = releases(text(told_by)), {block["Id"]: block for block in blocks_of(text(units))}
        written = {jail: LoginLines.of(jail, told, blocks) for jail in jails}
        for jail, one in written.items():
            state |= {f"{jail} unit": one.unit, f"{jail} written since": dotted(one.failed.since)}
        packages = decoded(installed.stdout_bytes).splitlines()
        state["python3-systemd"] = "installed" if "python3-systemd installed" in packages else None
        if "fail2ban installed" not in packages:
            return state | {"fail2ban": None}
        state |= {"fail2ban": "installed", "fail2ban.service": _unit(text(unit)), "server": None}
        text(said)
        if fail2ban.NOT_RUNNING in decoded(said.stderr_bytes) or not decoded(said.stdout_bytes).strip():
            return state
        state["server"] = "answers"
        gone = text(stale).split()
        answers_of = replies(said, jails)
        ignored: set[str] = set()
        for jail in jails:
            answers = answers_of[jail]
            state |= self._jail(jail, answers, gone, written[jail], iptables="none" not in text(iptables))
            ignored.update(fail2ban.members(answers["ignoreip"]) if state[f"{jail} reads"] is not None else ())
        for jail, answer in zip(in_doubt, known, strict=True):
            state[f"{jail} knows failed logins"] = (
                (text(answer).strip() or None) if written[jail].failed.line else "yes"
            )
        state["never banned"] = ", ".join(sorted(ignored))
        state["too many never banned"] = ", ".join(too_many(ignored)) or "none"
        state["this login's address"] = safe(login, [answers_of[jail]["ignoreip"] for jail in jails])
        return state

    def reads(self, target: Target) -> tuple[str, ...]:
        """The jails of this package."""
        del target
        return (FILE,)

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """The package, the jails and the service."""
        if not helps(self.expected(target), state, lambda _: False) and state["fail2ban"] is not None:
            return None
        login = Login.parse(state["this login"])
        strangers = str(state.get("too many never banned") or "").split(", ")
        known = [one for one in str(state.get("never banned") or "").split(", ") if one and one not in strangers]
        own = [login.source] if login else []
        ignored = _joined(["127.0.0.0/8", "::1/128", *target.admin_sources, *self.ignored, *known, *own])
        jails = [
            {
                "name": jail,
                "ports": _ports(JAILS[jail], state),
                "journal": journalmatch(jail, str(state[f"{jail} unit"])),
                "failregex": known_by(jail, str(state[f"{jail} written since"])),
            }
            for jail in self._jails(target)
        ]
        written = render(
            "fail2ban/jails.local.j2",
            control=self.id,
            jails=jails,
            maxretry=self.tries,
            findtime=self.findtime,
            bantime=self.bantime,
            ignored=" ".join(ignored),
        )
        return Remedy(
            edits=(PutFile(FILE, written),),
            packages=() if state["fail2ban"] and state["python3-systemd"] else FAIL2BAN.packages,
            actions=() if state.get("fail2ban.service") == "enabled, active" else (_start(state),),
            reloads=("fail2ban",),
            begins=() if state["fail2ban"] else ("bans",),
            jails=tuple(self._jails(target)),
            noticed=f"Whoever mistypes a password {self.tries} times within {self.findtime // 60} minutes cannot reach "
            f"the host for {self.bantime // 60} minutes.",
        )

    def advice(self, state: State) -> str:
        """What to do where nothing of ours is written."""
        if state.get("server") is None:
            return self.fix or "Install fail2ban, and run `systemctl enable --now fail2ban`."
        return self.fix or (
            "Set it in a file of /etc/fail2ban/jail.d that ends in .local: the last of these by name is read last."
        )

    def _jails(self, target: Target) -> list[str]:
        return [jail for jail, program in JAILS.items() if not program.role or program.role in target.roles]

    def _jail(
        self, jail: str, answers: Mapping[str, str], gone: list[str], written: LoginLines, *, iptables: bool
    ) -> dict[str, Scalar]:
        watch = status(answers["status"])
        if watch is None:
            return {f"{jail} {what}": None for what in ("reads", "bans by", *_NUMBERS.values())}
        actions = fail2ban.members(answers["actions"])
        lacking = [name for name in actions if name.startswith("iptables") and not iptables]
        told = f"{', '.join(lacking)}, which is not installed" if lacking else ", ".join(actions) or "none"
        state: dict[str, Scalar] = {f"{jail} reads": written.reads(watch, gone), f"{jail} bans by": told}
        for name, key in _NUMBERS.items():
            number = answers[name]
            if not number.lstrip("-").isdigit():
                raise CannotTell(f"`fail2ban-client get {jail} {name}` printed no number: {shorten(number)}")
            # A ban of -1 seconds lasts for ever.
            state[f"{jail} {key}"] = "unlimited" if name == "bantime" and int(number) < 0 else int(number)
        return state


_NUMBERS = {"maxretry": "failures until a ban", "findtime": "seconds counted", "bantime": "seconds banned"}


def _ports(program: Program, state: State) -> str:
    """The ports that a jail closes; those of sshd as it is configured."""
    if program is OPENSSH:
        return str(state["ports of sshd"])
    also = program.jail.also if program.jail else ()
    return ",".join(map(str, sorted({*also, *(port.number for port in program.ports)})))


def _unit(printed: str) -> str:
    shown = dict(line.split("=", 1) for line in printed.splitlines() if "=" in line)
    return f"{shown.get('UnitFileState')}, {shown.get('ActiveState')}"


def _joined(addresses: Iterable[str]) -> list[str]:
    """Addresses in one spelling, each once, in order; names stay as they are."""
    found: dict[str, None] = {}
    for one in addresses:
        try:
            network = ip_network(one, strict=False)
        except ValueError:
            found[one] = None
            continue
        single = network.prefixlen == network.max_prefixlen
        found[str(network.network_address) if single else str(network)] = None
    return list(found)


def _start(state: State) -> Action:
    """Enabled and started, and answering before it is told to reload."""
    enabled, active = str(state.get("fail2ban.service", "")).startswith("enabled"), state.get("server") is not None
    undo = [] if enabled else ["systemctl --quiet disable fail2ban.service || r=1"]
    if not active:
        undo.append("systemctl stop fail2ban.service || r=1")
    return Action(
        name="start fail2ban",
        do=script("baseline.kinds", "intrusion_prevention"),
        undo="\n".join(["r=0", *undo, "exit $r", ""]),
    )
