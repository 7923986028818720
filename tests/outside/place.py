"""The namespace of the made-up Internet: nothing goes out of it, and all of its addresses are this machine."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

_LAID_OUT = """
ip link set lo up
ip route add local 11.0.0.0/13 dev lo
ip link add hole type veth peer name pit
ip address add 11.8.0.1/32 dev hole
ip link set hole arp off up
ip link set pit up
ip route add 11.9.0.0/16 dev hole
exec "$@"
"""
"""What is sent into the hole is for nobody at its other end, and nobody refuses it."""


def why_not() -> str:
    """Why there can be no such namespace here; empty where there can."""
    if not shutil.which("unshare") or not shutil.which("ip"):
        return "needs unshare and ip"
    tried = subprocess.run(inside(["true"]), capture_output=True, text=True, check=False)
    return "" if tried.returncode == 0 else f"no namespace of its own: {tried.stderr.strip()[:200]}"


def inside(command: Sequence[str]) -> list[str]:
    """The command that runs another one in a namespace of its own."""
    own = ["unshare", "--net"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--net"]
    return [*own, "sh", "-ec", _LAID_OUT, "sh", *command]


@contextlib.contextmanager
def serving(domains: int, folder: Path, *, every: bool) -> Iterator[Path]:
    """The world's servers, in a process of their own, and the file of their authority. What they counted is in
    `heard.json` afterwards.
    """
    command = [sys.executable, "-m", "tests.outside.servers", str(domains), str(folder), str(int(every))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Path(process.stdout.readline().strip())
        finally:
            process.stdin.close()
            process.wait(20)


def heard(folder: Path) -> dict[str, Any]:
    """What the servers counted."""
    told: dict[str, Any] = json.loads((folder / "heard.json").read_text())
    return told
