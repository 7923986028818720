"""What a plan was made for and made from: the machine, what the inventory said of it, and the files that were read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from baseline.classes import dataclass
from baseline.model.taking import ALL_TAKEN, Taking


@dataclass(frozen=True)
class MadeFor:
    """The machine that a plan was made for.

    `address` is where the inventory says that it is. `machine` is the identity that it proved: the host key that the
    connection was made over, as in `ssh-ed25519 SHA256:…`; empty where the session knows none. `inventory` has a
    digest of each thing that the inventory says of it and that a plan may depend on.
    """

    address: str
    machine: str
    inventory: Mapping[str, str]

    def to_dict(self) -> dict[str, Any]:
        """This as JSON carries it."""
        return {"address": self.address, "machine": self.machine, "inventory": dict(self.inventory)}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> MadeFor:
        """The opposite of `to_dict`. Raises KeyError, TypeError or ValueError for another document."""
        address, machine = document["address"], document["machine"]
        inventory = {str(name): str(digest) for name, digest in dict(document["inventory"]).items()}
        return cls(str(address), str(machine), inventory)


@dataclass(frozen=True)
class MadeFrom:
    """The files that a report's plans were made from, and the controls that were chosen.

    `inventory` are absolute paths. `baseline` is a shipped name or an absolute path. `controls` has each chosen
    control as its file writes it, without what is only for people to read, and `variables` are those of the baseline.
    `taking` says which remedies were planned. `seal` is the keyed digest by which whoever made the plans, and nobody
    else, knows that they are as they were made.
    """

    inventory: tuple[str, ...]
    baseline: str
    controls: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    variables: Mapping[str, Any] = field(default_factory=dict)
    taking: Taking = ALL_TAKEN
    seal: str = ""

    def to_dict(self) -> dict[str, Any]:
        """This as JSON carries it."""
        return {
            "inventory": list(self.inventory),
            "baseline": self.baseline,
            "controls": {name: dict(written) for name, written in self.controls.items()},
            "variables": dict(self.variables),
            "taking": self.taking.to_dict(),
            "seal": self.seal,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> MadeFrom:
        """The opposite of `to_dict`. Raises KeyError, TypeError or ValueError for another document."""
        return cls(
            inventory=tuple(map(str, document["inventory"])),
            baseline=str(document["baseline"]),
            controls={str(name): dict(written) for name, written in dict(document["controls"]).items()},
            variables=dict(document["variables"]),
            taking=Taking.from_dict(document["taking"]) if "taking" in document else ALL_TAKEN,
            seal=str(document["seal"]),
        )
