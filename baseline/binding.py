"""To which machine, inventory and baseline a plan is bound, and what differs where it is presented for another. Pure.

A plan depends on more than a host's name: on the machine that answered, on what the inventory says of it, and on the
controls. All of it is in the plan, by value or by digest, so that what differs can be named.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from baseline.classes import dataclass

if TYPE_CHECKING:
    from baseline.model import Peer, Target
    from baseline.model.origin import MadeFor

_OF_THE_TARGET = (
    "roles",
    "groups",
    "domains",
    "resolvers",
    "outbound",
    "admin_sources",
    "public_ports",
    "closed_ports",
    "peer_ports",
    "fqdn",
    "site",
    "shell",
    "outside_only",
    "speaks_for",
)
_NOT_BOUND = frozenset(
    {
        *_OF_THE_TARGET,
        "roster",
        "register",
        "allowed_signers",
        "require_signatures",
        "exchange_report",
        "exchange_reference",
    }
)
"""Variables that are bound by what they name, or not at all: evidence is judged, and nothing of it is written."""


def made_for(target: Target, machine: str) -> MadeFor:
    """What a plan for a target is bound to, `machine` being the identity that its host has proved.

    Of the inventory: roles, groups, domains, addresses, networks and ports of the target; the classes of its accounts;
    the hosts that share a domain with it; and every variable that a template may use. How one logs in is left out
    (`ansible_…`): it may differ between who plans and who applies, and the host's key says where it leads.
    """
    from baseline.model.origin import MadeFor

    told: dict[str, Any] = {name: getattr(target, name) for name in _OF_THE_TARGET}
    told["roster"] = None if target.roster is None else [(one.address, one.mailbox_class) for one in target.roster]
    told |= {
        name: value for name, value in target.vars.items() if name not in _NOT_BOUND and not name.startswith("ansible_")
    }
    digests = {name: _digest(value) for name, value in told.items()}
    digests["hosts of its domains"] = _digest_of_peers(_Shared(target.peers))
    return MadeFor(target.address, machine, dict(sorted(digests.items())))


@dataclass(frozen=True)
class _Shared:
    """Peers as hosts of the same domains share them, told from others by being the same and not by what is in them."""

    peers: tuple[Peer, ...]

    def __hash__(self) -> int:
        return id(self.peers)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Shared) and self.peers is other.peers


@lru_cache(maxsize=256)
def _digest_of_peers(shared: _Shared) -> str:
    """Worked out once for all hosts that share them: each names all others."""
    return _digest([asdict(peer) for peer in shared.peers])


def for_another(then: MadeFor, now: MadeFor) -> Iterator[str]:
    """What differs between what a plan was made for and what it is to be applied to, in words."""
    if then.address != now.address:
        yield f"it was made for {then.address}, and the inventory leads to {now.address}"
    if then.machine != now.machine:
        yield f"it was made over the key {then.machine or '(none)'}, and the host has {now.machine or '(none)'}"
    names = sorted({*then.inventory, *now.inventory})
    for name in (name for name in names if then.inventory.get(name) != now.inventory.get(name)):
        if name not in now.inventory:
            yield f"the inventory no longer gives it `{name}`"
        elif name not in then.inventory:
            yield f"the inventory now gives it `{name}`"
        else:
            yield f"`{name}` is another in the inventory"


def by_another(then: Mapping[str, Mapping[str, Any]], now: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """What differs between two sets of controls, each with its fields as written, in words."""
    for name, written in then.items():
        if name not in now:
            yield f"{name} is no longer in it"
            continue
        for key in [*written, *(key for key in now[name] if key not in written)]:
            old, new = written.get(key), now[name].get(key)
            if plain(old) != plain(new):
                yield f"`{key}` of {name} was {_shown(old)} and is {_shown(new)}"


def _shown(value: Any) -> str:
    if value is None:
        return "not set"
    text = json.dumps(plain(value), ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(plain(value), sort_keys=True).encode()).hexdigest()


def plain(value: Any) -> Any:
    """A value as JSON has it. Sets have no order; a secret is what says where it comes from."""
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(map(repr, value))
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value if value is None or isinstance(value, str | bool | int | float) else repr(value)
