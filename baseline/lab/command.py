"""Run one program of the machine and complain in words when it fails."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from baseline.lab.errors import LabError

Words = Sequence[str | Path]
"""The words of a command: a program and its arguments."""

FILES = Path(__file__).parent / "files"
"""The scripts and templates that lie beside this code."""

TAIL_LINES = 15
LONGEST_LINE = 120


def run(
    argv: Words,
    *,
    stdin: bytes = b"",
    timeout: float = 120,
    environment: Mapping[str, str] | None = None,
    log: Path | None = None,
) -> str:
    """Run a program to its end and return what it printed.

    `timeout` is in seconds. With `log`, its output goes to that file and nothing is returned. Raises `LabError` when
    the program is missing, ends with another status than 0, or takes too long.
    """
    try:
        done = subprocess.run(
            argv,
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if log else subprocess.PIPE,
            timeout=timeout,
            env=environment,
            check=False,
        )
    except FileNotFoundError as error:
        raise LabError(f"The program {argv[0]} is missing on this machine; install it and try again.") from error
    except subprocess.TimeoutExpired as error:
        raise LabError(f"{words(argv)} did not end within {timeout:g} s; is the machine overloaded?") from error
    if log:
        log.write_bytes(done.stdout)
    if done.returncode != 0:
        told = (done.stderr or done.stdout).decode(errors="replace")
        where = f" (all of it in {log})" if log else ""
        raise LabError(f"{words(argv)} failed with status {done.returncode}{where}:\n{tail(told)}")
    return done.stdout.decode(errors="replace")


def launch(argv: Words, cgroup: Path, log: Path | None = None) -> None:
    """Start a program that outlives us, as a member of `cgroup` from its first instruction on.

    Raises `LabError` when it cannot be started; what happens to it later is its own affair.
    """
    enter_first: Words = ["sh", "-c", 'echo 0 >"$0"; exec "$@"', cgroup / "cgroup.procs"]
    with (log or Path(os.devnull)).open("ab") as output:
        started = subprocess.run(
            ["setsid", "--fork", *enter_first, *argv],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if started.returncode != 0:
        raise LabError(f"{words(argv)} could not be started (status {started.returncode}).")


def succeeds(argv: Words) -> bool:
    """Whether a program ends with status 0; a missing program does not. Waits at most 30 seconds."""
    try:
        done = subprocess.run(argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def words(argv: Words) -> str:
    """The command as a person would type it, with its middle left out when it is long: the end tells most."""
    line = " ".join(str(word) for word in argv)
    return line if len(line) <= LONGEST_LINE else f"{argv[0]} ... {line[-LONGEST_LINE:]}"


def tail(text: str) -> str:
    """The last lines of a program's output, where the reason usually is."""
    return "\n".join(text.strip().splitlines()[-TAIL_LINES:])
