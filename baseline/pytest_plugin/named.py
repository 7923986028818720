"""The hosts that tests of one's own name in testinfra's ways: those of the inventory, or an error that says why."""

from __future__ import annotations

from collections.abc import Iterable

from baseline.errors import UserError
from baseline.pytest_plugin.chosen import UnderTest

_BY_SSH = ("ssh", "paramiko", "safe-ssh")


def hosts_named(named: str | Iterable[str] | None, chosen: UnderTest) -> list[str]:
    """The names of the selected hosts that are meant; all of them where none is named.

    `testinfra_hosts` and `--hosts` may hold names and addresses of hosts, Ansible's patterns, and these behind
    `ansible://`, `ssh://` or `paramiko://`. Raises `UserError` for what is no host of the inventory.
    """
    selected = [one.name for one in chosen.hosts()]
    if named is None:
        return selected
    meant: set[str] = set()
    for spec in [named] if isinstance(named, str) else named:
        meant |= _meant(str(spec), chosen)
    return [name for name in selected if name in meant]


def _meant(spec: str, chosen: UnderTest) -> set[str]:
    scheme, found, rest = spec.partition("://")
    if not found:
        scheme, rest = "", spec
    if "?" in rest:
        raise UserError(f"{spec}: how to log in is what the inventory says; take what stands behind `?` away")
    if scheme not in ("", "ansible", *_BY_SSH):
        raise UserError(
            f"{spec}: with --baseline tests ask hosts of the inventory; name one of them, or run this file without"
        )
    if scheme in _BY_SSH:
        rest = rest.rpartition("@")[2]
    inventory = chosen.job.inventory
    addressed = {one.name for one in inventory.targets if rest in (one.address, f"{one.address}:{one.port}", one.name)}
    return addressed or {one.name for one in inventory.select(rest)}
