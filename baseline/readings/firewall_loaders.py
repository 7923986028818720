"""Which unit loads a firewall at boot in place of nftables.service."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

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
    """The unit that is enabled and active, from the answer to `OTHERS`; empty when none is. Raises `CannotTell`."""
    printed = text(told)
    for block in re.split(r"\n\s*\n", printed):
        shown = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        unit = shown.get("Id", "")
        runs = (shown.get("ActiveState"), shown.get("UnitFileState")) == ("active", "enabled")
        if runs and (unit != _UFW or "enabled=yes" in printed.lower()):
            return unit
    return ""
