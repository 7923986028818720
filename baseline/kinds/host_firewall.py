"""Kind `host_firewall`: the host refuses what it does not serve, now and after a boot."""

from __future__ import annotations

import json
from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from baseline.edits import PutFile
from baseline.errors import CannotTell
from baseline.formats import nftables
from baseline.formats.nftables import Ruleset
from baseline.judge import Advised, Equal, Matches, OneOf, Want, Wants
from baseline.kinds.base import Control, Loosens
from baseline.model import Scalar, State, Target
from baseline.model.looks import Parts
from baseline.readings.answers import as_json, ask, decoded, shorten, text
from baseline.readings.firewall_facts import FAMILIES, STRANGERS, Gate, networks
from baseline.readings.firewall_loaders import COMPARED, OTHERS, loader
from baseline.readings.public_ports import PUBLIC, RolePort, declared, of_peers, sshd_ports
from baseline.readings.ssh_session import SESSION, Login, session
from baseline.remedies.firewall_loading import FILE, load
from baseline.remedies.mending import helps
from baseline.remedies.remedy import Duty, Effects, Remedy
from baseline.shell import script
from baseline.templates import render

if TYPE_CHECKING:
    from testinfra.backend.base import CommandResult
    from testinfra.host import Host

_CLOSED = "ports to serve, closed over"
_AFTER_BOOT = "undeclared ports open after a boot"
TABLE = ("inet", "baseline")
RUNNING = "nft -j list ruleset"
LINKS = "ip -j link show"
UNIT = "systemctl show -p LoadState,ActiveState,UnitFileState nftables.service"
SSHD = "sshd -T"
BOOTED = script("baseline.kinds", "host_firewall", file=FILE)


class HostFirewall(Control):
    """The host's firewall refuses everything but what the host serves, over IPv4 and IPv6 alike.

    Looked at: the ruleset that runs, and the one that /etc/nftables.conf makes, which is loaded for that in a network
    namespace of its own. Both are asked by packets, from several addresses of strangers and from the administrators'
    networks, for every port that any rule could be about. So a firewall of the site's own passes as well as the one
    that is applied here, whatever its tables are called. Wanted: nothing open to strangers but the ports of the host's
    roles (`ports`, but for the inventory's `closed_ports`) and of its `public_ports`; those open; its `peer_ports` open
    to the networks that they are declared for, and to nobody else; sshd open to the inventory's `admin_sources` and to
    nobody else (without any, sshd may be open to all, which is a warning); answers to the host's own connections,
    loopback, and the ICMP that IP cannot do without let in; every table of the file running as the file says; and
    nftables.service started at boot. Tables that are not in the file, as fail2ban and Docker make them, count for what
    is let in and are left alone.

    Applied: /etc/nftables.conf with one table, `inet baseline`, that replaces only itself; loaded, and enabled. The
    host cannot lock out who applies: a plan is made only when the connection that it is made over would be let in by
    the new rules; it is confirmed over a new login; and without the confirmation the host puts back the table that was
    loaded before, with the file.

    What can go wrong: rules of iptables, marks and queues are not read; where the answer hangs on them it is unknown.
    A file with rules of the site's own is not replaced: declare what it opens, or take its rules over, by hand. Ports
    that containers publish pass by forwarding and are not looked at. What a boot brings is `unknown` where firewalld,
    ufw, Shorewall, ferm or netfilter-persistent is enabled and active in place of nftables.service; what firewalld lets
    in now is judged, as far as it uses nftables. Sources: nft(8),
    libnftables-json(5), RFC 4890, NIST SP 800-41 revision 1, CIS Debian Linux 12 Benchmark "nftables".
    """

    summary: ClassVar[str] = "The host's firewall refuses what the host does not serve, over IPv4 and IPv6."
    loosens: ClassVar[Loosens] = {"ports": "higher"}
    effects: ClassVar[Effects | None] = Effects(
        displaces="a firewall of another program (firewalld, ufw, Shorewall, ferm, netfilter-persistent), whose "
        "openings it would narrow; rules of the site's own in /etc/nftables.conf are never replaced, and "
        "tables that others loaded stay",
        notice="Ports that nobody declared can no longer be reached from elsewhere.",
    )

    kind: Literal["host_firewall"]
    ports: Annotated[tuple[RolePort, ...], Field(description="Ports that the hosts of a role serve to everybody.")] = (
        PUBLIC
    )

    def expected(self, target: Target) -> Wants:
        """Nothing open but what is declared, for both versions of IP; loaded, and loaded again after a boot."""
        wants: dict[str, Want] = {"input rules": Equal("there")}
        for version in FAMILIES.values():
            wants[f"undeclared ports open over {version}"] = Equal("none")
            wants[f"{_CLOSED} {version}"] = Equal("none")
            wants[f"needed traffic refused over {version}"] = Equal("none")
            shut: Want = Equal("closed")
            wants[f"sshd to strangers over {version}"] = shut if target.admin_sources else Advised(Equal("closed"))
        if target.peer_ports:
            wants["ports for certain networks"] = Equal("open")
        wants["sshd to administrators"] = OneOf(("open", "not restricted"))
        wants["a new login from here"] = OneOf(("let in", "no login to look at"))
        wants[FILE] = Equal("as it runs")
        wants[_AFTER_BOOT] = Equal("none")
        wants["nftables.service"] = Matches("enabled.*", "enabled")
        return wants

    def actual(self, host: Host, target: Target) -> State:
        """What the running ruleset and that of the file let in."""
        asked = (RUNNING, BOOTED, LINKS, UNIT, SSHD, SESSION, OTHERS)
        running, booted, links, unit, sshd, here, loading = ask(host, *asked)
        rules = _ruleset(running, text(running))
        interfaces = _interfaces(as_json(links))
        ssh = sshd_ports(text(sshd))
        login = session(here)
        gate = Gate(rules, interfaces)
        if not rules.filters_input():
            state = Parts({"input rules": None})
        else:
            state = Parts()
            with state.part():
                state |= self._lets_in(gate, target, ssh)
            with state.part():
                state["a new login from here"] = self._own_login(gate, login)
        state["this login"] = str(login) if login else "none"
        state["ports of sshd"] = ", ".join(map(str, ssh))
        with state.part():
            state |= self._on_disk(booted, rules, interfaces, target, ssh)
        others = Gate(rules.without(TABLE, *_placeholders(rules)), interfaces)
        with state.part():
            state["closed by other tables"] = self._closed(others, target)
        state["table inet baseline"] = "loaded" if TABLE in rules.tables else None
        with state.part():
            shown = dict(line.split("=", 1) for line in decoded(unit.stdout_bytes).splitlines() if "=" in line)
            at_boot = shown.get("UnitFileState") or shown.get("LoadState") or ""
            # A file that closes everything by itself does so whatever another one loads beside it.
            alone = at_boot.startswith("enabled") and state.get(_AFTER_BOOT) == "none"
            why = None if alone else _loaded_otherwise(loading)
            if why is not None:
                for key in (FILE, _AFTER_BOOT):
                    state.pop(key, None)
                raise why
            text(unit)
            state["nftables.service"] = f"{at_boot}, {shown.get('ActiveState')}"
        return state

    def reads(self, target: Target) -> tuple[str, ...]:
        """The file that nftables.service loads."""
        del target
        return (FILE,)

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """The file, loaded and enabled; advice where that would lock out, undo the site's rules, or not help."""
        why = self._not_by_machine(state, target)
        if why:
            return Remedy(advice=why)
        ports = {*map(int, str(state["ports of sshd"]).split(", "))}
        login = Login.parse(state["this login"])
        if not helps(self.expected(target), state, lambda key: key in self._for_inventory(target)):
            return None
        rules = render(
            "nftables/nftables.conf.j2",
            control=self.id,
            ssh=", ".join(map(str, sorted(ports | ({login.port} if login else set())))),
            sources4=", ".join(networks(target.admin_sources, 4)),
            sources6=", ".join(networks(target.admin_sources, 6)),
            tcp=", ".join(map(str, declared(target, self.ports, "tcp"))),
            udp=", ".join(map(str, declared(target, self.ports, "udp"))),
            peers=_peers(target),
        )
        begins: tuple[Duty, ...] = ("guards",) if state["table inet baseline"] is None else ()
        return Remedy(edits=(PutFile(FILE, rules, mode=0o755),), actions=(load(state),), begins=begins)

    def advice(self, state: State) -> str:
        """What only a person can do."""
        if any(value == "open" for key, value in state.items() if key.startswith("sshd to strangers")):
            default = "Name the networks that the host is administered from as admin_sources in the inventory."
            return self._not_by_machine(state, None) or self.fix or default
        closed = [value for key, value in state.items() if key.startswith(_CLOSED) and value != "none"]
        if closed and not self._not_by_machine(state, None):
            return self.fix or (
                f"Open {closed[0]}; or name those that this host does not serve as closed_ports in the inventory."
            )
        return self._not_by_machine(state, None) or self.fix

    def _not_by_machine(self, state: State, target: Target | None) -> str:
        """Why nothing may be planned; empty when it may."""
        site = state.get("rules of the site in the file", "none")
        if site != "none":
            return (
                f"{FILE} holds rules of the site's own ({site}), which are not replaced: declare what they open as "
                "public_ports and admin_sources in the inventory, and what they close as closed_ports, close the rest, "
                f"or move them away to have this package's rules. {self.fix}"
            ).strip()
        if state.get("closed by other tables", "none") != "none":
            return (
                f"tables that are not in {FILE} close {state['closed by other tables']}: look at `nft list ruleset` "
                f"for what made them. {self.fix}"
            ).strip()
        login = Login.parse(state.get("this login"))
        if target is not None and login and target.admin_sources and not _covers(target.admin_sources, login.source):
            return (
                f"the new rules would lock out {login.source}, which this host is being administered from: add it to "
                f"admin_sources in the inventory. {self.fix}"
            ).strip()
        return ""

    def _for_inventory(self, target: Target) -> list[str]:
        """What only an entry of the inventory mends: who administers the host."""
        return [] if target.admin_sources else [f"sshd to strangers over {version}" for version in FAMILIES.values()]

    def _lets_in(self, gate: Gate, target: Target, ssh: Sequence[int]) -> dict[str, Scalar]:
        state: dict[str, Scalar] = {"input rules": "there"}
        wanted = {protocol: declared(target, self.ports, protocol) for protocol in ("tcp", "udp")}
        allowed = {"tcp": [*wanted["tcp"], *ssh], "udp": wanted["udp"]}
        for family, version in FAMILIES.items():
            state[f"undeclared ports open over {version}"] = gate.open_to_strangers(family, allowed)
            state[f"{_CLOSED} {version}"] = gate.closed_to_strangers(family, wanted)
            state[f"needed traffic refused over {version}"] = gate.lacking(family)
            strangers = any(gate.reached(family, STRANGERS[family], "tcp", port) for port in ssh)
            state[f"sshd to strangers over {version}"] = "open" if strangers else "closed"
        refused = [
            network
            for network in target.admin_sources
            for port in ssh
            if not gate.reached(_family(network), [str(ip_network(network)[0])], "tcp", port)
        ]
        state["sshd to administrators"] = f"closed to {', '.join(refused)}" if refused else "open"
        if not target.admin_sources:
            state["sshd to administrators"] = "not restricted"
        if target.peer_ports:
            state["ports for certain networks"] = _to_peers(gate, target)
        return state

    def _closed(self, others: Gate, target: Target) -> str:
        """Declared ports that tables of others close, whatever this package's table says."""
        wanted = {protocol: declared(target, self.ports, protocol) for protocol in ("tcp", "udp")}
        told = {version: others.closed_to_strangers(family, wanted) for family, version in FAMILIES.items()}
        return ", ".join(f"{ports} over {version}" for version, ports in told.items() if ports != "none") or "none"

    def _own_login(self, gate: Gate, login: Login | None) -> str:
        if login is None:
            return "no login to look at"
        family = _family(login.source)
        return "let in" if gate.reached(family, [login.source], "tcp", login.port) else "refused"

    def _on_disk(
        self, booted: CommandResult, running: Ruleset, interfaces: list[str], target: Target, ssh: Sequence[int]
    ) -> dict[str, Scalar]:
        """The file's ruleset: whether it runs, what it would let in, and whether the site wrote rules of its own."""
        said = decoded(booted.stderr_bytes).strip()
        if booted.rc == 0 and decoded(booted.stdout_bytes).strip() == "absent":
            return {FILE: None, _AFTER_BOOT: None}
        if booted.rc != 0 and FILE not in said:
            raise CannotTell(f"{FILE} could not be loaded apart to look at it: exit code {booted.rc} ({shorten(said)})")
        if booted.rc != 0:
            return {FILE: f"cannot be loaded: {shorten(said)}", _AFTER_BOOT: None}
        rules = _ruleset(booted, text(booted))
        gate = Gate(rules, interfaces)
        allowed = {protocol: declared(target, self.ports, protocol) for protocol in ("tcp", "udp")}
        allowed["tcp"] = [*allowed["tcp"], *ssh]
        opened = {version: gate.open_to_strangers(family, allowed) for family, version in FAMILIES.items()}
        told = [f"{ports} over {version}" for version, ports in opened.items() if ports != "none"]
        differing = [" ".join(table) for table in rules.acting() if not rules.same(table, running)]
        own = [" ".join(table) for table in rules.acting() if table != TABLE]
        return {
            FILE: f"not as it runs: table {', '.join(differing)}" if differing else "as it runs",
            _AFTER_BOOT: ", ".join(told) or "none",
            "rules of the site in the file": ", ".join(own) or "none",
        }


def _loaded_otherwise(loading: CommandResult) -> CannotTell | None:
    """Why it is not known what is loaded at boot, where another unit may load it."""
    try:
        unit = loader(loading)
    except CannotTell as reason:
        return reason
    return _not_read(unit) if unit else None


def _not_read(unit: str) -> CannotTell:
    if unit in COMPARED:
        compared = COMPARED[unit]
        return CannotTell(
            f"{unit} loads the firewall at boot, and what it would load is not read here: compare {compared}"
        )
    return CannotTell(f"{unit} loads the firewall at boot, and what it would load is not read here")


def _to_peers(gate: Gate, target: Target) -> str:
    """Whether each network reaches the ports that are served to it: `open`, or what is closed to whom."""
    closed = [
        f"{protocol} {port} to {network}"
        for protocol in ("tcp", "udp")
        for port, sources in of_peers(target, protocol).items()
        for network in sources
        if not gate.reached(_family(network), [str(ip_network(network)[0])], protocol, port)
    ]
    return f"closed: {', '.join(closed)}" if closed else "open"


def _peers(target: Target) -> list[tuple[str, str, int, str]]:
    """Keyword for the version of IP, networks, number and protocol of each port for certain networks."""
    return [
        ("ip" if version == 4 else "ip6", ", ".join(chosen), port, protocol)
        for protocol in ("tcp", "udp")
        for port, sources in of_peers(target, protocol).items()
        for version in (4, 6)
        if (chosen := networks(sources, version))
    ]


def _placeholders(rules: Ruleset) -> list[tuple[str, str]]:
    """Tables that do nothing, as Debian's file makes them."""
    acting = rules.acting()
    return [table for table in rules.tables if table not in acting]


def _ruleset(result: CommandResult, printed: str) -> Ruleset:
    try:
        return nftables.parse(printed)
    except ValueError as error:
        raise CannotTell(
            f"the ruleset of nft cannot be read: {error}: {shorten(decoded(result.stdout_bytes))}"
        ) from None


def _interfaces(links: object) -> list[str]:
    """Names of the network interfaces but loopback."""
    if not isinstance(links, list):
        raise CannotTell(f"`{LINKS}` printed no list: {shorten(json.dumps(links))}")
    names = [str(link.get("ifname")) for link in links if "LOOPBACK" not in link.get("flags", ())]
    if not names:
        raise CannotTell(f"`{LINKS}` names no network interface but loopback")
    return names


def _family(network: str) -> Literal["ip", "ip6"]:
    return "ip" if ip_network(network).version == 4 else "ip6"


def _covers(sources: tuple[str, ...], address: str) -> bool:
    here = ip_address(address)
    return any(here in ip_network(source) for source in sources if ip_network(source).version == here.version)
