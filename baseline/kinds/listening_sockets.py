"""Kind `listening_sockets`: only what the host serves listens to the network."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from baseline.edits import Edit, SetBlock, SetUcl
from baseline.errors import CannotTell
from baseline.formats import sockets
from baseline.formats.dovecot import DROP_IN, section
from baseline.formats.sockets import Socket
from baseline.judge import Equal, OneOf, Want, Wants
from baseline.kinds.base import Control, Loosens
from baseline.model import State, Target
from baseline.model.looks import Parts
from baseline.programs import DOVECOT, RSPAMD
from baseline.readings.answers import ask, text
from baseline.readings.public_ports import PUBLIC, SOCKETS, RolePort, declared, of_peers, sshd_ports
from baseline.remedies.remedy import Effects, Remedy
from baseline.shell import script

if TYPE_CHECKING:
    from testinfra.host import Host

SSHD = "sshd -T"
CONTROLLER = script("baseline.kinds", "listening_sockets")

LOCKED = "$1$" + "y" * 32 + "$" + "y" * 52
"""A hash that no password is known to have: nobody logs in by one until the site sets its own (`rspamadm pw`)."""

_CONTROLLER = "/etc/rspamd/local.d/worker-controller.inc"
_CLIENTS_OF_DHCP = (68, 546)
_EPHEMERAL = range(32768, 61000)
"""Where Linux takes the ports of its own questions from: a UDP socket there most likely waits for an answer."""


class ListeningSockets(Control):
    """What listens where others can reach it is only what the host serves.

    Looked at: every listening socket of TCP and UDP, IPv4 and IPv6 alike, with the program behind it. Off loopback only
    the ports of the host's roles (`ports`), the inventory's `public_ports` and `peer_ports`, and sshd may listen;
    `loopback_only` are the ports of services that answer whoever reaches them, and never may. Left aside are DHCP's
    client ports and UDP ports from 32768 to 60999, which wait for answers. And the password of Rspamd's controller, of
    which only the sort is asked: the one that Debian ships, `q1`, is known to everybody.

    Applied: Rspamd's workers are bound to localhost, and the listeners of Dovecot's login services that are not
    declared are given the port 0, which ends them. A shipped password is replaced by a hash of which nobody knows the
    password; to use the web interface set your own, as `rspamadm pw` prints it. What another program has opened is
    for a person: nothing here stops what it does not know.

    What can go wrong: a socket of systemd's shows `systemd` as its program. Ports that containers publish may show no
    socket at all. Sources: ss(8), NIST SP 800-41 revision 1, CIS Debian Linux 12 Benchmark "services",
    doc.dovecot.org 2.3 "Service configuration"; of Dovecot 2.4 Debian ships ManageSieve on its old
    port 2000 as well.
    """

    summary: ClassVar[str] = "Only what the host serves listens to the network."
    loosens: ClassVar[Loosens] = {
        "ports": "higher",
        "loopback_only": "lower",
    }
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because a listener is ended that nobody declared, which is what is judged",
        notice="Undeclared ports of Dovecot and Rspamd no longer answer other hosts.",
    )

    kind: Literal["listening_sockets"]
    ports: Annotated[tuple[RolePort, ...], Field(description="Ports that the hosts of a role serve to everybody.")] = (
        PUBLIC
    )
    loopback_only: Annotated[
        tuple[Annotated[int, Field(ge=1, le=65535)], ...],
        Field(description="Ports of services that may never be reached from outside, whatever is declared."),
    ] = (783, 953, 3310, 6379, 10024, 10025, 11332, 11333, 11334, 11335, 12340)

    def expected(self, target: Target) -> Wants:
        """No socket off loopback but the declared ones, and no password that everybody knows."""
        wants: dict[str, Want] = {
            "undeclared sockets": Equal("none"),
            "sockets for loopback alone": Equal("none"),
        }
        if "antispam" in target.roles:
            wants["password of Rspamd's controller"] = OneOf(("own", "none", "no Rspamd"))
        return wants

    def actual(self, host: Host, target: Target) -> State:
        """The sockets that may not be there, and the sort of the password."""
        listed, sshd, password = ask(host, SOCKETS, SSHD, CONTROLLER)
        try:
            found = sockets.parse(text(listed))
        except ValueError as error:
            raise CannotTell(f"`{SOCKETS}` printed what is not read here: {error}") from None
        if not found:
            raise CannotTell(f"`{SOCKETS}` names no socket, not even that of this login")
        state = Parts()
        allowed = {
            protocol: {*declared(target, self.ports, protocol), *of_peers(target, protocol)}
            for protocol in ("tcp", "udp")
        }
        outside = [socket for socket in found if not socket.on_loopback and not _waits_for_answers(socket)]
        never = [socket for socket in outside if socket.port in self.loopback_only]
        with state.part():
            allowed["tcp"].update(sshd_ports(text(sshd)))
            undeclared = [socket for socket in outside if socket.port not in allowed[socket.protocol]]
            undeclared = [socket for socket in undeclared if socket not in never]
            state["undeclared sockets"] = _told(undeclared)
        state["sockets for loopback alone"] = _told(never)
        with state.part():
            several = (*undeclared, *never)
            state["sockets for a person"] = _told(socket for socket in several if _mend(socket) is None)
        if "antispam" in target.roles:
            with state.part():
                state["password of Rspamd's controller"] = _sort(text(password))
        return state

    def reads(self, target: Target) -> tuple[str, ...]:
        """The files that bind Rspamd's workers, and Dovecot's drop-in."""
        workers = tuple(f"/etc/rspamd/local.d/{file}" for file in RSPAMD.opened_by.values())
        return (
            *(workers if "antispam" in target.roles else ()),
            *((DROP_IN,) if "mailstore" in target.roles else ()),
        )

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """Bind Rspamd and end Dovecot's listeners; nothing while something else listens that only a person can end."""
        if state["sockets for a person"] != "none":
            return None
        edits: list[Edit] = []
        wrong = f"{state['undeclared sockets']}, {state['sockets for loopback alone']}"
        for port in (*RSPAMD.opened_by, *DOVECOT.opened_by):
            if f"tcp {port} (" in wrong:
                edits.append(_edit(port, self.id))
        if state.get("password of Rspamd's controller") in ("shipped", "empty"):
            edits.append(SetUcl(_CONTROLLER, "password", f'"{LOCKED}"'))
        if any(edit.path not in self.reads(target) for edit in edits):
            return None
        units = [
            program.unit
            for program in (DOVECOT, RSPAMD)
            if any(edit.path.startswith(f"{tree.root}/") for tree in program.trees for edit in edits)
        ]
        return Remedy(edits=tuple(edits), reloads=tuple(units))

    def advice(self, state: State) -> str:
        """What to do about other people's programs."""
        listed = state.get("sockets for a person", "none")
        if listed == "none":
            return self.fix
        return (
            f"{listed}: stop what listens there, bind it to loopback, or declare it in the inventory as public_ports "
            f"of the host, or as peer_ports for certain networks. {self.fix}"
        ).strip()


def _waits_for_answers(socket: Socket) -> bool:
    return socket.protocol == "udp" and (socket.port in _CLIENTS_OF_DHCP or socket.port in _EPHEMERAL)


def _told(found: Iterable[Socket]) -> str:
    """`tcp 8080 (nc on 0.0.0.0 and ::), udp 123 (ntpd on *)`, or `none`."""
    by_port: dict[tuple[str, int], list[Socket]] = {}
    for socket in sorted(found, key=lambda one: (one.protocol, one.port, one.address)):
        by_port.setdefault((socket.protocol, socket.port), []).append(socket)
    lines = []
    for (protocol, port), group in by_port.items():
        programs = "/".join(sorted({name for socket in group for name in socket.programs})) or "unknown"
        addresses = " and ".join(dict.fromkeys(socket.address for socket in group))
        lines.append(f"{protocol} {port} ({programs} on {addresses})")
    return ", ".join(lines) or "none"


def _mend(socket: Socket) -> str | None:
    """The program whose configuration ends or moves this socket; None when that is for a person."""
    ours = (one.unit for one in (RSPAMD, DOVECOT) if one.unit in socket.programs and socket.port in one.opened_by)
    return next(ours, None) if socket.protocol == "tcp" else None


def _edit(port: int, control: str) -> Edit:
    if port in RSPAMD.opened_by:
        return SetUcl(f"/etc/rspamd/local.d/{RSPAMD.opened_by[port]}", "bind_socket", f'"localhost:{port}"')
    service, _, listener = DOVECOT.opened_by[port].partition("/")
    ended = section(f"inet_listener {listener}", ["port = 0"])
    return SetBlock(DROP_IN, f"{control} {listener}", section(f"service {service}", [ended]))


def _sort(said: str) -> str:
    words = said.split()
    if not words:
        return "none"
    if unknown := set(words) - {"shipped", "empty", "own", "absent"}:
        raise CannotTell(f"the sort of Rspamd's password cannot be read: {', '.join(sorted(unknown))}")
    return {"absent": "no Rspamd"}.get(words[0], words[0]) if len(set(words)) == 1 else sorted(set(words))[-1]
