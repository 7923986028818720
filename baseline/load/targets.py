"""A host's variables as a `Target`: how to reach it, what it is for, and what templates may ask.

Templates in inventory values are not evaluated. They pass as text, except in what this package itself acts on,
where they are refused: a host called `{{ ip }}` cannot be reached. `{{ inventory_dir }}` and `{{ inventory_hostname }}`
are filled in there.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from baseline.formats import names
from baseline.load.quota_reports import read_quota_report
from baseline.load.registers import read_register
from baseline.load.rosters import read_roster
from baseline.load.spelling import misspelt
from baseline.load.ssh_args import KEYS_ARE_CHECKED, SshArguments, parse_ssh_arguments
from baseline.load.text import expanded
from baseline.load.tree import Items, Leaf, Position, Problems, Tree, nearest, plain, short
from baseline.model import ROLES, Account, Evidence, Peer, Shell, Subject, Target
from baseline.model.quotas import QuotaReport

_PORTS = ("public_ports", "closed_ports")
_LISTS = ("roles", "domains", "resolvers", "outbound", "certificate_authorities", "admin_sources", *_PORTS)
_SECRET = re.compile(r"ansible_.*(pass|password|passphrase)")
_TRUTHS = {"yes": True, "true": True, "on": True, "1": True, "no": False, "false": False, "off": False, "0": False}
_OVER_SSH = ("ssh", "smart", "paramiko", "paramiko_ssh", "ansible.builtin.ssh", "ansible.builtin.paramiko_ssh")
_LOCAL = ("local", "ansible.builtin.local")
_OLDER = {
    "ansible_host": "ansible_ssh_host",
    "ansible_port": "ansible_ssh_port",
    "ansible_user": "ansible_ssh_user",
    "ansible_ssh_private_key_file": "ansible_private_key_file",
}
_SHELLS: Mapping[str, Shell] = {"sh": "sh", "powershell": "powershell", "cmd": "powershell"}
"""Ansible's words for the login shell; on Windows PowerShell is started from either of its two."""

_OURS = (
    *_LISTS,
    "roster",
    "register",
    "exchange_report",
    "exchange_reference",
    "fqdn",
    "private_addresses",
    "site",
    *_OLDER,
    "ansible_become",
    "ansible_connection",
    "ansible_shell_type",
)
"""The variables that mean something here: what a misspelt one is measured by."""

_FILLED_IN = re.compile(r"\{\{\s*(inventory_(?:dir|hostname|hostname_short))\s*\}\}")
_ADDRESS = re.compile(r"[A-Za-z0-9_:][A-Za-z0-9_.:%-]*")
_DOMAIN = re.compile(r"(?!-)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?")


@dataclass
class Reading:
    """What one reading of inventories shares: mistakes, notes, and the files that several hosts name."""

    problems: Problems = field(default_factory=Problems)
    notes: Problems = field(default_factory=Problems)
    misspelt: Problems = field(default_factory=Problems)
    rosters: dict[Path, tuple[Account, ...]] = field(default_factory=dict)
    registers: dict[Path, tuple[Evidence, ...]] = field(default_factory=dict)
    quota_reports: dict[Path, QuotaReport | None] = field(default_factory=dict)

    def roster(self, path: Path) -> tuple[Account, ...]:
        """The accounts of a file, which is read once."""
        if path not in self.rosters:
            self.rosters[path] = read_roster(path, self.problems)
        return self.rosters[path]

    def register(self, path: Path) -> tuple[Evidence, ...]:
        """The records of a file, which is read once."""
        if path not in self.registers:
            self.registers[path] = read_register(path, self.problems)
        return self.registers[path]

    def quota_report(self, path: Path) -> QuotaReport | None:
        """The report of a file, which is read once; None when there is a mistake in it."""
        if path not in self.quota_reports:
            self.quota_reports[path] = read_quota_report(path, self.problems)
        return self.quota_reports[path]


def target_of(name: str, folder: Path, groups: list[str], variables: Mapping[str, Tree], reading: Reading) -> Target:
    """The target of a host of a file in `folder`. Mistakes go to `reading`, and the target is then not to be used."""
    host = _Host(variables, reading, _filled_in(name, folder))
    ssh = host.ssh_arguments()
    host.check_habits()
    host.check_spelling()
    local = host.connection_is_local()
    address = "local" if local else host.address("ansible_host") or name
    return Target(
        name=name,
        address=address,
        port=host.port("ansible_port") or ssh.port_number or 22,
        user=host.text("ansible_user"),
        key_file=host.path("ansible_ssh_private_key_file"),
        become=host.truth("ansible_become"),
        known_hosts=ssh.known_hosts,
        jump=ssh.jump,
        roles=frozenset(host.roles()),
        fqdn=host.fqdn(name),
        groups=tuple(groups),
        domains=tuple(host.domains()),
        resolvers=tuple(host.addresses("resolvers", "resolver")),
        outbound=tuple(host.addresses("outbound", "outbound address")) or (() if local or ssh.jump else _own(address)),
        admin_sources=tuple(host.admin_sources()),
        public_ports=tuple(host.ports("public_ports")),
        closed_ports=tuple(host.ports("closed_ports")),
        roster=host.roster(),
        register=host.register(),
        site=host.text("site") or "",
        shell=host.shell(),
        quota_report=host.quota_report("exchange_report"),
        quota_reference=host.quota_report("exchange_reference"),
        vars=host.kept(),
    )


@dataclass(frozen=True)
class _Ssh:
    jump: str | None = None
    known_hosts: tuple[str, ...] = ()
    port_number: int | None = None


class _Host:
    def __init__(self, variables: Mapping[str, Tree], reading: Reading, known: Mapping[str, str]) -> None:
        self._variables = variables
        self._reading = reading
        self._known = known
        self._wrong = reading.problems.add

    def text(self, name: str) -> str | None:
        """One text; None when it is not set."""
        leaf = self._leaf(name)
        if leaf is None:
            return None
        text = leaf.value if isinstance(leaf.value, str) else leaf.text
        text = _FILLED_IN.sub(lambda found: self._known[found[1]], text)
        if re.search(r"\{[{%]", text):
            self._wrong(leaf.place, f"`{name}`: templates in an inventory are not evaluated: write the value")
            return None
        return text

    def address(self, name: str) -> str | None:
        """A host name or address."""
        text = self.text(name)
        if text is not None and not _ADDRESS.fullmatch(text):
            self._wrong(self._place(name), f"`{name}`: {short(text)} is not a host name or an address")
        return text

    def port(self, name: str) -> int | None:
        """A TCP port."""
        text = self.text(name)
        return None if text is None else self._port(text, name, self._place(name))

    def truth(self, name: str) -> bool:
        """A truth value, in YAML's or Ansible's words; false when it is not set."""
        text = self.text(name)
        if text is None:
            return False
        if text.lower() not in _TRUTHS:
            self._wrong(self._place(name), f"`{name}`: {short(text)} is neither yes nor no")
        return _TRUTHS.get(text.lower(), False)

    def path(self, name: str) -> str | None:
        """A path, relative to the file that names it."""
        text = self.text(name)
        return None if text is None else str(_beside(self._place(name), text).absolute())

    def roles(self) -> Iterator[str]:
        """Roles that are known."""
        for role, place in self._words("roles"):
            if role not in ROLES:
                self._wrong(place, f"there is no role {short(role)}: {nearest(role, ROLES)}")
            yield role

    def domains(self) -> Iterator[str]:
        """Mail domains, in lower case."""
        for domain, place in self._words("domains"):
            if not _DOMAIN.fullmatch(domain) or len(domain) > 253:
                self._wrong(place, f"{short(domain)} is not a domain")
            yield domain.lower().rstrip(".")

    def addresses(self, name: str, what: str) -> Iterator[str]:
        """IP addresses."""
        for address, place in self._words(name):
            try:
                ipaddress.ip_address(address)
            except ValueError:
                self._wrong(place, f"{what} {short(address)} is not an IP address")
            yield address

    def fqdn(self, name: str) -> str:
        """The host's full name in the DNS: as given, else its name in the inventory, else the one it is reached by."""
        given = self.text("fqdn")
        if given is not None and not names.is_full(given):
            self._wrong(self._place("fqdn"), f"`fqdn`: {short(given)} is no full name, such as mx1.agensi.example.my")
        known = (one for one in (given, name, self.text("ansible_host")) if one and names.is_full(one))
        return names.bare(next(known, ""))

    def admin_sources(self) -> Iterator[str]:
        """Networks, or single addresses, that the host is administered from."""
        for network, place in self._words("admin_sources"):
            try:
                yield str(ipaddress.ip_network(network))
            except ValueError:
                self._wrong(place, f"administrators' source {short(network)} is not an address or a network")

    def ports(self, name: str) -> Iterator[str]:
        """Ports such as `443/tcp`."""
        for port, place in self._words(name):
            number, _, protocol = port.partition("/")
            if self._port(number, name, place) and protocol not in ("tcp", "udp"):
                self._wrong(place, f"`{name}`: {short(port)} is not a port with its protocol, such as 443/tcp")
            yield port

    def roster(self) -> tuple[Account, ...] | None:
        """The accounts of the roster; None when no roster is named."""
        text = self.text("roster")
        return None if text is None else self._reading.roster(_beside(self._place("roster"), text))

    def register(self) -> tuple[Evidence, ...] | None:
        """The records of the register of evidence; None when no register is named."""
        text = self.text("register")
        return None if text is None else self._reading.register(_beside(self._place("register"), text))

    def quota_report(self, name: str) -> QuotaReport | None:
        """A report of Exchange's quotas; None when no file is named."""
        text = self.text(name)
        return None if text is None else self._reading.quota_report(_beside(self._place(name), text))

    def shell(self) -> Shell:
        """The language that the host is asked in. A host of which a report is brought is an Exchange host as well."""
        text = self.text("ansible_shell_type") or "sh"
        if text not in _SHELLS:
            place = self._place("ansible_shell_type")
            self._wrong(place, f"`ansible_shell_type`: {short(text)} is not asked in: {nearest(text, _SHELLS)}")
        reported = self.text("exchange_report") is not None
        if _SHELLS.get(text) == "powershell" and self.text("ansible_connection") in _LOCAL:
            self._wrong(self._place("ansible_shell_type"), "`ansible_shell_type`: this machine is asked in sh")
        if self.text("exchange_reference") is not None and _SHELLS.get(text) == "sh" and not reported:
            place = self._place("exchange_reference")
            self._wrong(
                place, "`exchange_reference` is for an Exchange host: one with `ansible_shell_type: powershell`"
            )
        return "powershell" if reported else _SHELLS.get(text, "sh")

    def connection_is_local(self) -> bool:
        """Whether the host is this machine itself."""
        connection = self.text("ansible_connection")
        if connection is None or connection in _OVER_SSH or connection in _LOCAL:
            return connection in _LOCAL
        place = self._place("ansible_connection")
        self._wrong(place, f"connection {short(connection)} is not supported: only ssh and local are")
        return False

    def ssh_arguments(self) -> _Ssh:
        """What the extra arguments of ssh say that is followed here."""
        jump, port = None, None
        known_hosts: tuple[str, ...] = ()
        for name in ("ansible_ssh_common_args", "ansible_ssh_extra_args"):
            text = self.text(name)
            place = self._place(name)
            arguments = SshArguments() if text is None else self._parsed(text, place)
            jump = jump or arguments.jump
            known_hosts = known_hosts or tuple(str(_beside(place, path).absolute()) for path in arguments.known_hosts)
            if arguments.port is not None and port is None:
                port = self._port(arguments.port, name, place)
        return _Ssh(jump, known_hosts, port)

    def check_habits(self) -> None:
        """Settings of Ansible's that would weaken a run if followed, or mislead if silently left aside."""
        for name in ("ansible_host_key_checking", "ansible_ssh_host_key_checking"):
            if name in self._variables and not self.truth(name):
                self._wrong(self._place(name), f"`{name}`: {KEYS_ARE_CHECKED}")
        for name, usual in (("ansible_become_method", "sudo"), ("ansible_become_user", "root")):
            text = self.text(name)
            if text not in (None, usual, f"ansible.builtin.{usual}"):
                self._note(self._place(name), f"`{name}`: {text} is left aside: this package uses sudo to become root")

    def check_spelling(self) -> None:
        """Variables that were most likely meant to be of ours, or of those of Ansible's that are followed."""
        for name, meant in misspelt(self._variables, _OURS):
            self._reading.misspelt.add(
                self._variables[name].place, f"`{name}` means nothing here: did you mean `{meant}`?"
            )

    def kept(self) -> dict[str, Any]:
        """The variables that templates see: all but secrets, which would end in output. Lists of ours are lists."""
        kept = {}
        for name, tree in self._variables.items():
            if _SECRET.fullmatch(name):
                self._note(tree.place, f"`{name}` is left out: this package logs in with keys and keeps no passwords")
            elif isinstance(tree, Leaf) and tree.tag == "!vault":
                self._note(tree.place, f"`{name}` is left out: it is encrypted, and vaults are not opened here")
            else:
                kept[name] = [word for word, _ in self._words(name)] if name in _LISTS else plain(tree)
        return kept

    def _leaf(self, name: str) -> Leaf | None:
        tree = self._tree(name)
        if tree is None or (isinstance(tree, Leaf) and tree.value is None):
            return None
        if not isinstance(tree, Leaf):
            self._wrong(tree.place, f"`{name}` is one value, not a list or a mapping")
            return None
        if tree.tag == "!vault":
            self._wrong(tree.place, f"`{name}` is encrypted, and vaults are not opened here")
            return None
        return tree

    def _tree(self, name: str) -> Tree | None:
        return self._variables.get(name) or self._variables.get(_OLDER.get(name, ""))

    def _place(self, name: str) -> Position:
        tree = self._tree(name)
        return tree.place if tree else Position("")

    def _words(self, name: str) -> list[tuple[str, Position]]:
        """A list of texts, or one text separated by commas or spaces."""
        tree = self._tree(name)
        if not isinstance(tree, Items):
            text = self.text(name)
            return [(word, self._place(name)) for word in re.split(r"[,\s]+", text or "") if word]
        words = []
        for node in tree.nodes:
            if isinstance(node, Leaf) and isinstance(node.value, str):
                words.append((node.value, node.place))
            else:
                hint = f": write `{plain(node)}/tcp`" if name in _PORTS and isinstance(node, Leaf) else ""
                self._wrong(node.place, f"`{name}` must be a list of texts, not {short(plain(node))}{hint}")
        return words

    def _port(self, text: str, name: str, place: Position) -> int | None:
        if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
            self._wrong(place, f"`{name}`: {short(text)} is not a port between 1 and 65535")
            return None
        return int(text)

    def _parsed(self, text: str, place: Position) -> SshArguments:
        try:
            arguments = parse_ssh_arguments(text)
        except ValueError as error:
            self._wrong(place, f"{str(error).lower()}: close the quotes")
            return SshArguments()
        for note in arguments.notes:
            self._note(place, note)
        for refusal in arguments.refused:
            self._wrong(place, refusal)
        return arguments

    def _note(self, place: Position, message: str) -> None:
        self._reading.notes.add(place, message)


def with_peers(targets: Sequence[Target]) -> list[Target]:
    """The targets, each with the hosts that share a domain with it, and the domains that it speaks for.

    A domain is looked at through the first host of role dns that has it, and that can be asked for its zone files.
    """
    speaker: dict[str, str] = {}
    for target in targets:
        if "dns" in target.roles and target.shell == "sh":
            for domain in target.domains:
                speaker.setdefault(domain, target.name)
    peers = [
        Peer(target.name, target.address, target.roles, target.domains, target.outbound, target.fqdn)
        for target in targets
    ]
    return [
        replace(
            target,
            peers=tuple(peer for peer in peers if peer.name == target.name or {*peer.domains} & {*target.domains}),
            speaks_for=tuple(Subject("domain", one) for one in target.domains if speaker.get(one) == target.name),
        )
        for target in targets
    ]


def _filled_in(name: str, folder: Path) -> dict[str, str]:
    """Those of Ansible's variables that are filled in, for one host."""
    short_name = name if _own(name) else name.partition(".")[0]
    return {
        "inventory_dir": str(folder.absolute()),
        "inventory_hostname": name,
        "inventory_hostname_short": short_name,
    }


def _own(address: str) -> tuple[str, ...]:
    """What a host sends from unless the inventory says otherwise: the address that it is reached at."""
    try:
        return (str(ipaddress.ip_address(address)),)
    except ValueError:
        return ()


def _beside(place: Position, path: str) -> Path:
    return Path(place.file).parent / expanded(path)
