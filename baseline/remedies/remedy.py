"""What would make a control pass, as data."""

from __future__ import annotations

from dataclasses import dataclass

from baseline.edits import Edit
from baseline.model import Action


@dataclass(frozen=True)
class Remedy:
    """Data that would make a control pass: nothing here has been done to any host.

    `packages` have to be there, and are installed where they are not; `upgrades` are there, and too old. `reloads` are
    systemd units, reloaded once at the end however many controls name them. A remedy that only carries `advice` is for
    a person.
    """

    edits: tuple[Edit, ...] = ()
    actions: tuple[Action, ...] = ()
    packages: tuple[str, ...] = ()
    upgrades: tuple[str, ...] = ()
    reloads: tuple[str, ...] = ()
    advice: str = ""
