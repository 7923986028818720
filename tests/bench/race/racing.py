"""The race: cells of hosts and delay, in each the tools in turn, round by round, and what each of their runs took."""

from __future__ import annotations

import math
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench.race import ground, work
from tests.bench.race.ground import GroundError, say
from tests.bench.race.measuring import Took, measured
from tests.bench.race.tools import BUILD, Endpoint, Tool, Ways


@dataclass(frozen=True)
class Cell:
    """So many hosts, so far away; `rounds` of each tool, one of dear ones, and none of these where `cheap` is set."""

    hosts: int
    milliseconds: int
    rounds: int
    cheap: bool = False


@dataclass(frozen=True)
class Run:
    """One run of one tool. `what` is "first", "second" or "check"; `wrong` says why it counts for nothing."""

    tool: str
    hosts: int
    milliseconds: int
    what: str
    wall: float
    cpu: float
    wrong: str = ""

    def to_dict(self) -> dict[str, object]:
        """The run as JSON carries it."""
        return asdict(self)


def raced(
    cells: Sequence[Cell], tools: Sequence[Tool], ways: Ways, dear: int, until: float = math.inf
) -> Iterator[Run]:
    """All runs, as they end. Interleaved: in each round every tool has its turn, and each round begins with another.

    Dear tools take part at up to `dear` hosts. Nobody begins after `until`, in monotonic seconds.
    """
    for cell in cells:
        hosts = ground.endpoints(cell.hosts)
        with ground.reached_after(cell.milliseconds) as far:
            for number in range(cell.rounds):
                turn = number % len(tools)
                for tool in (*tools[turn:], *tools[:turn]):
                    if tool.dear and (number or cell.cheap or cell.hosts > dear):
                        continue
                    if time.monotonic() > until:
                        say("the time is up, and the rest of the race is left out")
                        return
                    for run in _turn(tool, hosts, ways, far, cell):
                        where = f"{run.hosts} hosts, {run.milliseconds} ms"
                        say(f"{run.tool}, {where}, {run.what}: {run.wall:.2f} s {run.wrong}")
                        yield run


def _turn(tool: Tool, hosts: Sequence[Endpoint], ways: Ways, far: Sequence[str], cell: Cell) -> Iterator[Run]:
    """A first run, a second one, and a look. After each the files are looked at, past the tool."""
    folder = BUILD / "work" / tool.name.replace(" ", "-").replace(",", "")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    tool.write(folder, hosts, ways)
    ground.reset(hosts)
    for what, argv in (("first", tool.apply), ("second", tool.apply), ("check", tool.check)):
        if argv:
            took = measured([*far, *argv], folder, _environment(folder, tool.environment or {}))
            yield Run(tool.name, cell.hosts, cell.milliseconds, what, took.wall, took.cpu, _wrong(took, hosts))


def _wrong(took: Took, hosts: Sequence[Endpoint]) -> str:
    """Why a run is none: its exit code, or files that are not as they shall be."""
    if took.code != 0:
        return f"it exited with {took.code}: {' '.join(took.said.split())[-400:]}"
    try:
        ground.told(hosts, work.verify_script())
    except GroundError as error:
        return f"not done: {error}"
    return ""


def _environment(folder: Path, more: Mapping[str, str]) -> dict[str, str]:
    """That of every tool: a home of its own, in which nothing of another run lies."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TERM") if name in os.environ}
    return {"LANG": "C.UTF-8", **kept, "HOME": str(home), "XDG_STATE_HOME": str(home / "state"), **more}
