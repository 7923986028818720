"""What systemd tells of units: whether they run, and what starts them at boot."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from baseline.errors import CannotTell
from baseline.judge import Matches
from baseline.model import Action
from baseline.programs import Daemon
from baseline.readings.answers import shorten

PROPERTIES = "Id,LoadState,ActiveState,SubState,UnitFileState,NRestarts,Type,ExecStart,WantedBy,RequiredBy,TriggeredBy"
"""What is asked of each unit."""

STARTED = Matches(r"active \(.+\)|inactive \(dead\), on demand by \S+", "active")
AT_BOOT = Matches(r"enabled|[a-z-]+, started by \S+", "enabled")


def blocks_of(printed: str) -> Sequence[Mapping[str, str]]:
    """One mapping per unit; `systemctl show` parts them by an empty line. Raises `CannotTell` when a property lacks."""
    parts = re.split(r"\n\s*\n", printed.strip()) if printed.strip() else []
    blocks = [dict(line.split("=", 1) for line in part.splitlines() if "=" in line) for part in parts]
    for block in blocks:
        for name in ("Id", "ActiveState", "UnitFileState"):
            if name not in block:
                raise CannotTell(f"`systemctl show` did not tell {name}: {shorten(printed)}")
    return blocks


def process_of(service: Daemon, blocks: Mapping[str, Mapping[str, str]]) -> Mapping[str, str] | None:
    """What `systemctl show` told of the unit that the daemon runs in.

    The unit itself, unless that only runs `true`: then it is the first of those that can run the daemon and that this
    host has. Debian 13 has the instance postfix@-.service as well, but nothing runs in it.
    """
    main = blocks.get(service.unit)
    if main is not None and main.get("ExecStart") and not _runs_nothing(main):
        return main
    told = (blocks[name] for name in service.processes if name in blocks)
    return next((block for block in told if block["LoadState"] != "not-found"), main)


def _runs_nothing(block: Mapping[str, str]) -> bool:
    return re.search(r"path=/(usr/)?bin/true ;", block.get("ExecStart", "")) is not None


def activity(block: Mapping[str, str], sockets: Sequence[Mapping[str, str]]) -> str:
    """What a unit does, `on demand` where an active socket starts it. Raises `CannotTell` for one that is a shell."""
    found = f"{block['ActiveState']} ({block['SubState']})"
    if block["ActiveState"] == "reloading":
        return f"active ({block['ActiveState']})"
    if found == "inactive (dead)" and sockets:
        return f"{found}, on demand by {sockets[0]['Id']}"
    if found != "active (exited)":
        return found
    if _runs_nothing(block):
        raise CannotTell(f"{block['Id']} runs nothing itself: name the unit that does, such as an instance of it")
    return found if block.get("Type") == "oneshot" else "exited, with no process left"


def boot(block: Mapping[str, str], sockets: Sequence[Mapping[str, str]]) -> str:
    """Whether a unit starts at boot, and what starts it where it cannot be enabled itself."""
    state = block["UnitFileState"]
    starters = f"{block.get('WantedBy', '')} {block.get('RequiredBy', '')} {block.get('TriggeredBy', '')}".split()
    if state == "disabled":
        starters = [socket["Id"] for socket in sockets if socket["UnitFileState"] == "enabled"]
    if state in ("static", "indirect", "generated", "alias", "disabled") and starters:
        return f"{state}, started by {starters[0]}"
    return state or "no unit file"


def unit_action(steps: list[tuple[str, str]], control: str) -> Action:
    """All steps in order, and their reverse in reverse order: the reverse goes on where a step of it fails."""
    undo = "".join(f"systemctl {back} || r=1\n" for _, back in reversed(steps))
    return Action(
        name=f"systemctl {', '.join(step for step, _ in steps)}",
        do=" && ".join(f"systemctl {step}" for step, _ in steps),
        undo=f"r=0\n{undo}exit $r",
        controls=(control,),
    )
