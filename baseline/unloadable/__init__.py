"""Which programs of a host would not load what stands on disk. Pure.

One command, asked with every look, has each program that runs, or starts at boot, check its own files: the checker that
its row in `baseline/programs` names. It runs where it can write nothing. What a checker does not come to (it took too
long, it is not installed) is unknown, and no refusal.

What is here:

- `resting`: The controls that rest on a program that refuses its files: they fail, by its words. Pure.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Literal

from baseline.classes import dataclass
from baseline.errors import CannotTell
from baseline.model import Answer, Unloadable
from baseline.programs import PROGRAMS, Loading, Program
from baseline.shell import script

MOST_WORDS = 500
"""Characters of what a checker said that are told."""

UNASKED = (124, 125, 126, 127, 137)
"""Exit codes of `timeout` and of a shell for a checker that did not come to its end, or is not there."""


CHECKED: Mapping[str, tuple[Program, Loading]] = {one.unit: (one, one.loading) for one in PROGRAMS if one.loading}
"""Unit -> the program, and how it is asked whether it would load its files."""


def _units_of(program: Program) -> tuple[str, ...]:
    """The units that the program's daemon may run in."""
    daemon = program.services[0]
    return tuple(daemon.processes or daemon.names)


def _checks() -> str:
    lines = [script("baseline.unloadable", "checks")]
    names = dict.fromkeys(
        name for unit, (program, _) in CHECKED.items() for name in (f"{unit}.service", *_units_of(program))
    )
    lines.append(shlex.join(["lists", *names]))
    for unit, (program, loading) in CHECKED.items():
        lines.append(shlex.join(["seeks", unit, loading.running, " ".join(_units_of(program))]))
    # Names, and so words.
    lines.append("stands $sought")
    for unit, (program, loading) in CHECKED.items():
        units = " ".join(_units_of(program))
        words = (loading.running, units, " ".join(program.writers), loading.tools[0], loading.checker)
        asks = shlex.join(["asks", unit, *words])
        lines.append(f'{asks} >"$HOME/{unit}.loads" &')
    # All at once: most of them take as long as a program takes to start. Each by its name: one that is missing is told.
    told = [f'"$HOME/{unit}.loads"' for unit in CHECKED]
    lines.append(f"wait; cat {' '.join(told)}")
    return "\n".join(lines)


CHECKS = _checks()
"""The shell that asks, of the checkers' answers and of systemd, which programs would load their files."""

QUESTION = script("baseline.unloadable", "question", view=script("baseline", "view"), inner=CHECKS)


@dataclass
class _Checked:
    """What one program's checker came to."""

    state: Literal["runs", "stopped"]
    code: int
    said: list[str] = field(default_factory=list)


def unloadable(answer: Answer) -> tuple[tuple[Unloadable, ...], tuple[str, ...]]:
    """What `QUESTION` told: the programs that refuse their files, and why that is unknown of others.

    Raises `CannotTell` for another answer.
    """
    if answer.rc != 0:
        said = answer.stderr.decode("utf-8", "replace").strip()
        raise CannotTell(f"it is unknown whether programs would load their files: {said or f'exit code {answer.rc}'}")
    refused, untold = [], []
    for unit, checked in _read(answer.stdout.decode("utf-8", "backslashreplace")).items():
        name = CHECKED[unit][0].name
        if checked.code in UNASKED:
            why = "its checker is not there" if checked.code == 127 else f"its checker ended with {checked.code}"
            untold.append(f"it is unknown whether {name} would load its files: {why}")
        elif checked.code != 0:
            words = _one_line(checked.said) or f"its checker ends with {checked.code}"
            refused.append(Unloadable(unit, name, checked.state == "runs", words))
    return tuple(refused), tuple(untold)


def _read(told: str) -> Mapping[str, _Checked]:
    found: dict[str, _Checked] = {}
    for line in told.removesuffix("\n").split("\n") if told else ():
        match line.split("\t", 3):
            case ["unit", unit, ("runs" | "stopped") as state, code] if (
                unit in CHECKED and unit not in found and re.fullmatch(r"\d{1,3}", code)
            ):
                found[unit] = _Checked("runs" if state == "runs" else "stopped", int(code))
            case ["said", unit, *text] if unit in found:
                found[unit].said += text
            case _:
                why = f"{line[:100]!r} is not one of our lines"
                raise CannotTell(f"it is unknown whether programs would load their files: {why}")
    return found


def _one_line(said: Iterable[str]) -> str:
    line = "; ".join(part for part in (" ".join(one.split()) for one in said) if part)
    return line if len(line) <= MOST_WORDS else f"{line[:MOST_WORDS]}…"
