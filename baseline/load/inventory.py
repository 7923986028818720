"""Inventories as Ansible reads them: YAML, INI and executable ones, with `group_vars/` and `host_vars/` beside."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from baseline.classes import dataclass
from baseline.last_run import failed_hosts
from baseline.late import regex
from baseline.load import yaml
from baseline.load.extra_vars import extra_variables
from baseline.load.groups import ALL, UNGROUPED, Graph, Hierarchy
from baseline.load.hosts_yaml import add_hosts, read_script, read_tree
from baseline.load.patterns import matching, names_failed
from baseline.load.peers import with_peers
from baseline.load.reading import Reading, tell_unheard, tell_unverified
from baseline.load.ssh_config import SshConfig
from baseline.load.targets import target_of
from baseline.load.text import decode, read_bytes
from baseline.load.tree import Position, Problems, Table
from baseline.load.variable_files import TAGS, YAML, variables_beside
from baseline.load.vaults import HEADER, Vaults, revealed
from baseline.model.waivers import LONGEST_DAYS, NOTICE_DAYS

if TYPE_CHECKING:
    from baseline.errors import Problem
    from baseline.model import Target

_VARIABLES = ("group_vars", "host_vars")
# Ansible's list for directories (that of 2.19, which reads `.ini`), and the rosters that may lie there.
_PASSED_OVER = regex(
    r"\..*|.*(~|\.(orig|bak|cfg|retry|pyc|pyo|swp|rpm|md|txt|rst|csv))|group_vars|host_vars|vars_plugins"
)
_SECTION = regex(r"\s*(?:[#;].*\n\s*)*\[[^\]\s,]+\][ \t]*(?:[#;].*)?(?:\n|$)")
"""How INI begins: with a section. As YAML it would be a list, which no inventory is."""


@dataclass(frozen=True)
class Inventory:
    """Hosts and groups, in the order of the files.

    `groups` has every group with all hosts in it or below it. `notes` tell what was read and left aside; none
    of them is an error. `misspelt` are those of them that name a variable which was most likely meant to be another.
    `paths` are what it was loaded from; the last run over it is remembered by them. `waivers` are the files of waivers
    that hosts name; none of these may end more than `waiver_longest_days` ahead, and each is told `waiver_notice_days`
    before its end. `in_turn` are the names of the hosts as Ansible counts them in `all[0]`: by groups.
    """

    targets: tuple[Target, ...]
    groups: Mapping[str, tuple[str, ...]]
    notes: tuple[Problem, ...] = ()
    paths: tuple[Path, ...] = ()
    misspelt: tuple[Problem, ...] = ()
    waivers: tuple[Path, ...] = ()
    waiver_longest_days: int = LONGEST_DAYS
    waiver_notice_days: int = NOTICE_DAYS
    in_turn: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """What it was loaded from, as it can be given again in any directory."""
        return tuple(str(path) if _is_list(str(path)) else str(path.absolute()) for path in self.paths)

    def select(self, limit: str | None = None) -> tuple[Target, ...]:
        """The targets of a host pattern; all of them without one. `@failed` are those that failed in the last run.

        Raises `NothingMatched` when the pattern, or any part of it that adds hosts, selects none.
        """
        if limit is None:
            return self.targets
        failed = failed_hosts(self.paths) if names_failed(limit) else ()
        every = [target.name for target in self.targets]
        names = set(matching(limit, every, {ALL: self.in_turn or every, **self.groups}, failed))
        return tuple(target for target in self.targets if target.name in names)

    def to_dict(self) -> dict[str, Any]:
        """Hosts and groups as JSON carries them, without variables."""
        hosts = [
            {
                "name": target.name,
                "address": target.address,
                "port": target.port,
                "roles": sorted(target.roles),
                "groups": list(target.groups),
                "domains": list(target.domains),
                "site": target.site,
                "accounts": None if target.roster is None else len(target.roster),
            }
            for target in self.targets
        ]
        return {
            "hosts": hosts,
            "groups": {name: list(members) for name, members in self.groups.items()},
            "notes": [str(note) for note in self.notes],
        }


def load_inventory(
    *paths: str | Path,
    extra: Sequence[str] = (),
    ssh_config: str | Path | Sequence[str | Path] | None = None,
    vaults: Sequence[str] = (),
) -> Inventory:
    """The inventory that several files, directories and programs make together; later ones go before earlier ones.

    A path with a comma in it is a list of hosts (`mx1,mx2`, `mx1,`), as in Ansible. `extra` are variables as `-e` gives
    them, for all hosts. `ssh_config` are files in that format which say what the inventory does not: aliases, users,
    ports, keys and jump hosts; the command gives `~/.ssh/config` and `/etc/ssh/ssh_config`. `vaults` are files of
    passwords for Ansible Vault, each with the id that it is for where there are several (`prod@FILE`); what they open
    is secret. Of templates in values only `{{ inventory_dir }}` and `{{ inventory_hostname }}` are filled in, where
    this package uses the value. Raises `InputError` with every mistake of all of them.
    """
    reading, graph = Reading(vaults=Vaults(vaults)), Graph()
    reading.vaults.check(reading.problems)
    folders: list[Path] = []
    given = extra_variables(extra, reading.problems, reading.vaults)
    if ssh_config is not None:
        files = [ssh_config] if isinstance(ssh_config, str | Path) else ssh_config
        reading.ssh_config = SshConfig.read([Path(file) for file in files], reading.problems, reading.notes)
    lists = [str(path) for path in paths if _is_list(str(path))]
    for hosts in lists:
        _read_list(hosts, graph, reading.problems)
    for path in [Path(path) for path in paths if str(path) not in lists]:
        for source in _sources(path, reading):
            _read(source, graph, reading)
        folder = path if path.is_dir() else path.parent
        folders += [] if folder in folders else [folder]
    hierarchy = Hierarchy(graph, reading.problems)
    beside = [variables_beside(folder, graph, reading) for folder in folders]
    targets = []
    for host in graph.hosts:
        groups = hierarchy.groups_of(host)
        variables = {**hierarchy.variables_of(host, groups, beside), **given}
        targets.append(target_of(host, graph.places[host], groups, variables, reading))
    _unlikely(graph, targets, reading)
    tell_unheard(reading)
    tell_unverified(reading)
    if not graph.hosts and not reading.problems.found:
        place = Position(", ".join(map(str, paths)) or "inventory")
        reading.problems.add(place, "there are no hosts in it")
    reading.problems.raise_any()
    members = {name: hierarchy.members(name) for name in graph.groups if name != ALL}
    misspelt = tuple(sorted(reading.misspelt.found))
    notes = tuple(sorted((*reading.notes.found, *misspelt)))
    return Inventory(
        tuple(with_peers(targets)),
        {name: tuple(hosts) for name, hosts in members.items()},
        notes,
        tuple(map(Path, paths)),
        misspelt,
        tuple(reading.waivers),
        reading.longest,
        reading.notice,
        hierarchy.members(ALL),
    )


def _is_list(path: str) -> bool:
    return "," in path and not Path(path).exists()


def _read_list(hosts: str, graph: Graph, problems: Problems) -> None:
    """Hosts separated by commas, without variables of their own."""
    place = Position(hosts)
    for pattern in filter(None, map(str.strip, hosts.split(","))):
        add_hosts(pattern, UNGROUPED, Table({}, place), place, graph, problems)


def _sources(path: Path, reading: Reading, *, inside: bool = False) -> Iterator[Path]:
    """The file itself, or the files of a directory in the order of names. `inside` one that is given itself."""
    if not path.is_dir():
        yield path
        return
    try:
        entries = sorted(path.iterdir())
    except OSError as error:
        reading.problems.add(Position(str(path)), f"cannot be read: {error.strerror}")
        return
    for entry in entries:
        if not _PASSED_OVER.fullmatch(entry.name):
            yield from _sources(entry, reading, inside=True)
        elif inside and entry.name in _VARIABLES:
            reading.notes.add(Position(str(entry)), "not used, as in Ansible: it belongs beside what -i names")


def _read(path: Path, graph: Graph, reading: Reading) -> None:
    problems = reading.problems
    raw = read_bytes(path, problems)
    if raw is None:
        return
    program = raw.startswith((b"#!", b"\x7fELF"))
    if program and os.access(path, os.X_OK):
        read_script(path, graph, reading)
        return
    if program:
        problems.add(Position(str(path)), "this is a program, and it may not be run: chmod +x")
        return
    if raw.startswith(HEADER.encode()):
        said = "an inventory that is encrypted as a whole is not read: encrypt files of group_vars, or values"
        problems.add(Position(str(path), 1, 1), said)
        return
    text = decode(raw, str(path), problems)
    if text is None:
        return
    if path.suffix == ".toml":
        problems.add(Position(str(path)), "inventories in TOML are not read: write it as YAML or INI")
    elif (path.suffix in YAML and not _SECTION.match(text)) or (not path.suffix and _is_yaml(text)):
        tree = yaml.parse(text, str(path), problems, tags=TAGS)
        if tree is not None:
            opened = revealed(tree, reading.vaults, problems) if "vault" in text else tree
            read_tree(opened, graph, problems)
    else:
        from baseline.load.hosts_ini import read_ini

        read_ini(text, str(path), graph, problems)


def _is_yaml(text: str) -> bool:
    """Whether the text of a file without an ending is a mapping of YAML. Ansible tries YAML there before INI."""
    return isinstance(yaml.parse(text, "", Problems(), tags=TAGS), Table)


def _unlikely(graph: Graph, targets: list[Target], reading: Reading) -> None:
    """Note what is allowed and seldom meant."""
    for target in targets:
        place = graph.places[target.name]
        if target.name in graph.groups:
            reading.notes.add(place, f"{target.name} is a host and a group: in a pattern it means the host")
        if not target.roles:
            reading.notes.add(place, f"host {target.name} has no `roles`, so no control applies to it")
