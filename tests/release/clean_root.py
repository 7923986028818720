"""A clean machine of a Debian release to build packages in: made by mmdebstrap, entered without a network.

What a build does lies in a layer of its own that is thrown away, so that the next one finds the machine as it was made.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from baseline.lab.archive import sources
from baseline.lab.errors import LabError

RELEASE = "trixie"
PACKAGES = ("build-essential", "debhelper", "lintian", "man-db", "openssh-client", "python3-venv", "systemd")

_APART = ("setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child")
_APART_TOO = ("--mount-proc", "--propagation", "private")
_ENTER = Path(__file__).with_name("enter.sh")


def make(root: Path, packages: Sequence[str] = PACKAGES) -> None:
    """Make the machine, which takes a minute or two; root does. One whose name ends in `.tar` is left as that.

    Raises `RuntimeError` with mmdebstrap's words, or when this machine has no archive of Debian.
    """
    listed = root.with_name(f"{root.name}.list")
    try:
        listed.write_text("".join(f"{line}\n" for line in sources(RELEASE, lambda _: None)))
    except LabError as wrong:
        raise RuntimeError(str(wrong)) from wrong
    command = ["mmdebstrap", "--mode=root", "--variant=minbase"]
    command += [f"--include={','.join(packages)}"] if packages else []
    try:
        done = subprocess.run(
            [*_APART, *_APART_TOO, *command, RELEASE, str(root), str(listed)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    finally:
        listed.unlink()
    if done.returncode:
        said = [line for line in done.stdout.splitlines() if line.startswith("E:")]
        raise RuntimeError(f"mmdebstrap ended with {done.returncode}:\n" + "\n".join(said or [done.stdout[-3000:]]))


def run_in(root: Path, work: Path, argv: Sequence[str], environment: dict[str, str], *, umask: int = 0o022) -> str:
    """Run a command in a throw-away layer over `root`, with `work` as /work, and give what it says on both streams.

    Raises `RuntimeError` with the end of what it says when it fails.
    """
    layer = work.with_name(f"{work.name}.layer")
    layer.mkdir()
    given = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "LANG": "C.UTF-8", **environment}
    words = [*_APART, "--net", *_APART_TOO, "sh", str(_ENTER), str(root), str(layer), str(work)]
    try:
        done = subprocess.run(
            [*words, "env", "-i", *(f"{name}={value}" for name, value in given.items()), *argv],
            env={"PATH": os.environ["PATH"]},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            umask=umask,
            check=False,
        )
    finally:
        shutil.rmtree(layer)
    if done.returncode:
        raise RuntimeError(f"{' '.join(argv)} ended with {done.returncode}:\n{done.stdout[-12000:]}")
    return done.stdout
