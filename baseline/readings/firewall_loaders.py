"""Which unit loads a firewall at boot in place of nftables.service."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from baseline.errors import CannotTell
from baseline.readings.answers import text
from baseline.readings.own_means import UNITS

if TYPE_CHECKING:
    from testinfra.backend.base import CommandResult

_UFW = "ufw.service"
LOADERS = (_UFW, *(unit for unit, (_, does) in UNITS.items() if "guards" in does))
OTHERS = (
    f"systemctl show -p Id,ActiveState,UnitFileState {' '.join(LOADERS)}; "
    "echo; grep -sxi 'ENABLED=[a-z]*' /etc/ufw/ufw.conf; true"
)
"""The units, and whether ufw's does anything: it is active either way."""


COMPARED: Mapping[str, str] = {
    "firewalld.service": "`firewall-cmd --list-all-zones` with `firewall-cmd --permanent --list-all-zones`"
}
"""Unit -> the two commands that a person compares to see what it would load."""


def loader(told: CommandResult) -> str:
    """The unit that is enabled and active, from the answer to `OTHERS`; empty when none is.

    Raises `CannotTell`, also where a unit is not told of: systemctl tells of those too that are not there.
    """
    printed = text(told)
    blocks = re.split(r"\n\s*\n", printed)
    units = {shown["Id"]: shown for one in blocks if "Id" in (shown := _shown(one))}
    missing = [unit for unit in LOADERS if "UnitFileState" not in units.get(unit, {})]
    if missing:
        raise CannotTell(f"`systemctl show` tells nothing of {missing[0]}, which may load a firewall at boot")
    for unit, shown in units.items():
        runs = (shown.get("ActiveState"), shown.get("UnitFileState")) == ("active", "enabled")
        if runs and (unit != _UFW or "enabled=yes" in printed.lower()):
            return unit
    return ""


def _shown(block: str) -> Mapping[str, str]:
    return dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
