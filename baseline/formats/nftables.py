"""A ruleset as `nft -j list ruleset` prints it (libnftables-json(5)): tables, chains in order, rules and named sets."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import cached_property
from typing import Any

from baseline.classes import dataclass
from baseline.formats import documents

Expression = Mapping[str, Any]
"""One statement of a rule, as JSON: `{"match": …}`, `{"accept": null}`, …"""

TableName = tuple[str, str]
"""Family and name."""

_HOOKS = ("prerouting", "input")
_COUNTED = ("counter", "quota")
"""Statements whose numbers change while a ruleset works."""


@dataclass(frozen=True)
class Chain:
    """One chain; a base chain has a hook, a priority and a policy."""

    name: str
    table: TableName
    rules: tuple[tuple[Expression, ...], ...] = ()
    type: str = ""
    hook: str = ""
    priority: int = 0
    policy: str = "accept"


@dataclass(frozen=True)
class Ruleset:
    """Chains and named sets (and maps) by table and name."""

    chains: Mapping[tuple[TableName, str], Chain] = field(default_factory=dict)
    sets: Mapping[tuple[TableName, str], tuple[Any, ...]] = field(default_factory=dict)
    tables: tuple[TableName, ...] = ()
    learning: frozenset[tuple[TableName, str]] = frozenset()
    """Sets whose members come and go by themselves."""

    def without(self, *tables: TableName) -> Ruleset:
        """The same ruleset without some tables."""
        return Ruleset(
            {key: chain for key, chain in self.chains.items() if key[0] not in tables},
            {key: members for key, members in self.sets.items() if key[0] not in tables},
            tuple(table for table in self.tables if table not in tables),
            self.learning,
        )

    def base_chains(self, family: str) -> list[Chain]:
        """The filter chains that a packet of `ip` or `ip6` to this host itself passes, in their order."""
        found = [
            chain
            for chain in self.chains.values()
            if chain.hook in _HOOKS and chain.type == "filter" and chain.table[0] in ("inet", family)
        ]
        return sorted(found, key=lambda chain: (_HOOKS.index(chain.hook), chain.priority))

    def filters_input(self) -> bool:
        """Whether any rule or policy can refuse anything that comes to this host."""
        chains = [chain for family in ("ip", "ip6") for chain in self.base_chains(family)]
        return any(chain.rules or chain.policy != "accept" for chain in chains)

    @cached_property
    def translates(self) -> bool:
        """Whether any rule gives packets another destination, or may: those of iptables are not read here."""
        statements = (one for chain in self.chains.values() for rule in chain.rules for one in rule)
        return any(not {"dnat", "redirect", "xt"}.isdisjoint(one) for one in statements)

    def acting(self) -> list[TableName]:
        """Tables that do anything at all: they have a rule, or a policy other than to accept."""
        busy = {chain.table for chain in self.chains.values() if chain.rules or chain.policy != "accept"}
        return [table for table in self.tables if table in busy]

    def ports(self) -> list[int]:
        """Every port that some rule or set could be about; each number stands for itself and what follows it."""
        found = {1}
        for chain in self.chains.values():
            for rule in chain.rules:
                for statement in rule:
                    found.update(_bounds(statement))
        for members in self.sets.values():
            for member in members:
                found.update(_bounds(member))
        return sorted(number for number in found if 1 <= number <= 65535)

    def same(self, table: TableName, other: Ruleset) -> bool:
        """Whether a table is the same in another ruleset, what is counted and learnt left out."""
        return bool(self._plain(table) == other._plain(table))

    def _plain(self, table: TableName) -> Any:
        chains = {key[1]: _uncounted(chain) for key, chain in self.chains.items() if key[0] == table}
        sets = {
            key[1]: None if key in self.learning else sorted(json.dumps(member, sort_keys=True) for member in members)
            for key, members in self.sets.items()
            if key[0] == table
        }
        return table in self.tables, chains, sets


def parse(printed: str) -> Ruleset:
    """The ruleset of a JSON document. Raises ValueError for anything else."""
    document = documents.read(printed)
    if not isinstance(document, dict) or not isinstance(document.get("nftables"), list):
        raise ValueError("not a ruleset of nft")
    tables: list[TableName] = []
    chains: dict[tuple[TableName, str], Chain] = {}
    sets: dict[tuple[TableName, str], tuple[Any, ...]] = {}
    learning = set()
    try:
        for entry in document["nftables"]:
            ((sort, body),) = entry.items()
            if sort == "table":
                tables.append((body["family"], body["name"]))
            elif sort == "chain":
                chain = _chain(body)
                chains[chain.table, chain.name] = chain
            elif sort in ("set", "map"):
                key = ((body["family"], body["table"]), body["name"])
                sets[key] = tuple(body.get("elem", ()))
                if {"dynamic", "timeout"}.intersection(body.get("flags", ())) or "timeout" in body:
                    learning.add(key)
            elif sort == "rule":
                key = ((body["family"], body["table"]), body["chain"])
                chains[key] = replace(chains[key], rules=(*chains[key].rules, tuple(body["expr"])))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a ruleset of nft: {error!r}") from None
    return Ruleset(chains, sets, tuple(tables), frozenset(learning))


def _chain(body: Mapping[str, Any]) -> Chain:
    return Chain(
        body["name"],
        (body["family"], body["table"]),
        type=body.get("type", ""),
        hook=body.get("hook", ""),
        priority=int(body.get("prio", 0)),
        policy=body.get("policy", "accept"),
    )


def _bounds(node: Any) -> Iterator[int]:
    """Numbers below a node, and those after them: where what a rule says of ports can change."""
    if isinstance(node, bool):
        return
    if isinstance(node, int):
        yield from (node, node + 1)
    elif isinstance(node, Mapping):
        for value in node.values():
            yield from _bounds(value)
    elif isinstance(node, Sequence) and not isinstance(node, str):
        for value in node:
            yield from _bounds(value)


def _uncounted(chain: Chain) -> Any:
    rules = [
        tuple(json.dumps(_still(statement), sort_keys=True) for statement in rule if _still(statement))
        for rule in chain.rules
    ]
    return rules, chain.type, chain.hook, chain.priority, chain.policy


def _still(statement: Any) -> Any:
    """A statement without what is counted."""
    return {name: value for name, value in statement.items() if name not in _COUNTED}
