"""A host's variables, read one by one: texts, ports, paths, truth values and lists; mistakes noted at their place.

Templates in inventory values are not evaluated: a host called `{{ ip }}` cannot be reached. `{{ inventory_dir }}` and
`{{ inventory_hostname }}` are filled in.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from baseline.late import regex
from baseline.load.text import expanded
from baseline.load.tree import Items, Leaf, Position, Table, Tree, plain, short
from baseline.secret import Secret

if TYPE_CHECKING:
    from baseline.load.reading import Reading

OLDER = {
    "ansible_host": "ansible_ssh_host",
    "ansible_port": "ansible_ssh_port",
    "ansible_user": "ansible_ssh_user",
    "ansible_ssh_private_key_file": "ansible_private_key_file",
}
"""HostVariables of Ansible's -> the names that they had before, which are read as well."""

PORTS = ("public_ports", "closed_ports")

_TRUTHS = {"yes": True, "true": True, "on": True, "1": True, "no": False, "false": False, "off": False, "0": False}
_FILLED_IN = regex(r"\{\{\s*(inventory_(?:dir|hostname|hostname_short))\s*\}\}")
_OF_ADDRESSES = regex(r"[0-9A-Fa-f]*[.:]")
"""How an address begins; most names do not, and need no closer look."""

_ADDRESS = regex(r"[A-Za-z0-9_:][A-Za-z0-9_.:%-]*")


class HostVariables:
    """The variables of one host of a file in `folder`, `folder` being what `{{ inventory_dir }}` stands for."""

    def __init__(self, name: str, folder: Path, written: Mapping[str, Tree], reading: Reading) -> None:
        self.written = written
        self.wrong = reading.problems.add
        self.note = reading.notes.add
        self._name, self._folder = name, folder
        older = {new: written[old] for new, old in OLDER.items() if old in written and not written.get(new)}
        self._read = {**written, **older} if older else written

    def text(self, name: str) -> str | None:
        """One text; None when it is not set."""
        if name not in self._read:
            return None
        leaf = self._leaf(name)
        if leaf is None:
            return None
        text = leaf.value if isinstance(leaf.value, str) else leaf.text
        if "{" not in text:
            return text
        known = _filled_in(self._name, self._folder)
        text = _FILLED_IN.sub(lambda found: known[found[1]], text)
        if re.search(r"\{[{%]", text):
            self.wrong(leaf.place, f"`{name}`: templates in an inventory are not evaluated: write the value")
            return None
        return text

    def address(self, name: str) -> str | None:
        """A host name or address."""
        text = self.text(name)
        if text is not None and not _ADDRESS.fullmatch(text):
            self.wrong(self.place(name), f"`{name}`: {short(text)} is not a host name or an address")
        return text

    def port(self, name: str) -> int | None:
        """A TCP port."""
        text = self.text(name)
        return None if text is None else self.port_number(text, name, self.place(name))

    def port_number(self, text: str, name: str, place: Position) -> int | None:
        """The number of a port; None, with the mistake noted, when it is none."""
        if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
            self.wrong(place, f"`{name}`: {short(text)} is not a port between 1 and 65535")
            return None
        return int(text)

    def truth(self, name: str) -> bool:
        """A truth value, in YAML's or Ansible's words; false when it is not set."""
        text = self.text(name)
        if text is None:
            return False
        if text.lower() not in _TRUTHS:
            self.wrong(self.place(name), f"`{name}`: {short(text)} is neither yes nor no")
        return _TRUTHS.get(text.lower(), False)

    def path(self, name: str) -> Path | None:
        """A path, relative to the file that names it."""
        text = self.text(name)
        return None if text is None else beside(self.place(name), text)

    def addresses(self, name: str, what: str) -> Iterator[str]:
        """IP addresses."""
        for address, place in self.words(name):
            try:
                ipaddress.ip_address(address)
            except ValueError:
                self.wrong(place, f"{what} {short(address)} is not an IP address")
            yield address

    def networks(self, words: Iterable[tuple[str, Position]], what: str) -> Iterator[str]:
        """Networks, or single addresses."""
        for network, place in words:
            try:
                yield str(ipaddress.ip_network(network))
            except ValueError:
                self.wrong(place, f"{what} {short(network)} is not an address or a network")

    def ports(self, name: str) -> Iterator[str]:
        """Ports such as `443/tcp`."""
        for port, place in self.words(name):
            self._check_port(port, name, place)
            yield port

    def peer_ports(self, name: str) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Ports such as `24/tcp`, each with the networks, or single addresses, that it is served to."""
        tree = self._tree(name)
        if tree is None or (isinstance(tree, Leaf) and tree.value is None):
            return
        if not isinstance(tree, Table):
            self.wrong(tree.place, f"`{name}` must be a mapping of ports to networks, such as `24/tcp: [192.0.2.10]`")
            return
        for port, entry in tree.entries.items():
            self._check_port(port, name, entry.key)
            nodes = entry.tree.nodes if isinstance(entry.tree, Items) else (entry.tree,)
            if not nodes:
                self.wrong(entry.key, f"`{name}`: {short(port)} names no network that it is served to")
            yield port, tuple(self.networks(self._texts(nodes, name), f"`{name}`: {short(port)}:"))

    def _check_port(self, port: str, name: str, place: Position) -> None:
        number, _, protocol = port.partition("/")
        if self.port_number(number, name, place) and protocol not in ("tcp", "udp"):
            self.wrong(place, f"`{name}`: {short(port)} is not a port with its protocol, such as 443/tcp")

    def words(self, name: str) -> list[tuple[str, Position]]:
        """A list of texts, or one text separated by commas or spaces; each with its place."""
        tree = self._tree(name)
        if tree is None:
            return []
        if isinstance(tree, Items):
            return self._texts(tree.nodes, name)
        text = self.text(name)
        return [(word, self.place(name)) for word in re.split(r"[,\s]+", text or "") if word]

    def _texts(self, nodes: Iterable[Tree], name: str) -> list[tuple[str, Position]]:
        words = []
        for node in nodes:
            if isinstance(node, Leaf) and isinstance(node.value, str):
                words.append((node.value, node.place))
            else:
                hint = f": write `{plain(node)}/tcp`" if name in PORTS and isinstance(node, Leaf) else ""
                self.wrong(node.place, f"`{name}` must be a list of texts, not {short(plain(node))}{hint}")
        return words

    def place(self, name: str) -> Position:
        """Where a variable is set."""
        tree = self._tree(name)
        return tree.place if tree else Position("")

    def _leaf(self, name: str) -> Leaf | None:
        tree = self._tree(name)
        if tree is None or (isinstance(tree, Leaf) and tree.value is None):
            return None
        if not isinstance(tree, Leaf):
            self.wrong(tree.place, f"`{name}` is one value, not a list or a mapping")
            return None
        if tree.tag == "!vault":
            self.wrong(tree.place, f"`{name}` is encrypted, and reports show it: write it where all may read it")
            return None
        if isinstance(tree.value, Secret):
            self.wrong(tree.place, f"`{name}` is a secret here, and reports show it: write it where all may read it")
            return None
        return tree

    def _tree(self, name: str) -> Tree | None:
        return self._read.get(name)


def own_address(address: str) -> tuple[str, ...]:
    """What a host sends from unless the inventory says otherwise: the address that it is reached at."""
    if not _OF_ADDRESSES.match(address):
        return ()
    try:
        return (str(ipaddress.ip_address(address)),)
    except ValueError:
        return ()


def beside(place: Position, path: str) -> Path:
    """The file of a path that is written at a place: relative to that file."""
    return Path(place.file).parent / expanded(path) if path.startswith("~") else _beside(place.file, path)


@lru_cache(maxsize=1024)
def _beside(file: str, path: str) -> Path:
    return Path(file).parent / path


def _filled_in(name: str, folder: Path) -> dict[str, str]:
    """Those of Ansible's variables that are filled in, for one host."""
    short_name = name if own_address(name) else name.partition(".")[0]
    return {
        "inventory_dir": str(folder.absolute()),
        "inventory_hostname": name,
        "inventory_hostname_short": short_name,
    }
