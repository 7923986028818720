"""One run of the command over a fleet, and what it cost: wall time, processor and memory."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Measured:
    """What a run said and took."""

    code: int
    report: dict[str, Any]
    stderr: str
    seconds: float
    cpu: float
    peak: float
    """The most memory that it held, in MiB."""


def files(directory: Path, number: int) -> Path:
    """A baseline of so many controls of kind `file`, none of which a machine conforms to."""
    control = (
        "- {{id: F-{0:02}, kind: file, title: File {0}, clause: '', obligation: recommended, severity: low,"
        " why: To test., path: /etc/nobodys-{0}, content: postmaster}}\n"
    )
    place = directory / f"files-{number}.yml"
    place.write_text(
        "baseline: files\nversion: 1.0.0\ntitle: Files\ncontrols:\n" + "".join(map(control.format, range(number)))
    )
    return place


def command() -> str:
    """The command as installed beside this interpreter."""
    return str(Path(sys.executable).with_name("baseline"))


def check(inventory: Path, baseline: str | Path, work: Path, *more: str) -> Measured:
    """`baseline check` of all hosts, with its report as JSON; the state of it is kept in `work`."""
    report = work / "report.json"
    argv = [command(), "check", "-i", str(inventory), "-b", str(baseline), "--format", "json", "-o", str(report), *more]
    begun = time.monotonic()
    with (work / "stderr").open("wb") as said:
        process = subprocess.Popen(
            argv, stdout=subprocess.DEVNULL, stderr=said, env={**os.environ, "XDG_STATE_HOME": str(work / "state")}
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    return Measured(
        process.returncode,
        json.loads(report.read_text()),
        (work / "stderr").read_text(),
        time.monotonic() - begun,
        used.ru_utime + used.ru_stime,
        used.ru_maxrss / 1024,
    )
