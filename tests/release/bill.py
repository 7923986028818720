"""The list of parts of a release (SBOM) in the form of CycloneDX: each distribution, its licence, and who needs it.

The wheel is installed into an environment of its own with the versions and digests of the release, and cyclonedx-py
lists what lies there. It validates the list against CycloneDX's schema, and leaves nothing on the disk that fails.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.pins import tool

_SCHEMA = "1.6"


def write(target: Path, wheel: Path, requirements: Path, epoch: int) -> None:
    """Write the list of parts of `wheel`, which needs `requirements` (with digests).

    Raises `RuntimeError` with the words of the step that failed, and `CalledProcessError` when no tool can be had.
    """
    with tempfile.TemporaryDirectory() as name:
        tools, parts = tool("cyclonedx-bom", f"{name}/tools"), f"{name}/parts"
        _run(sys.executable, "-m", "venv", "--without-pip", parts)
        pip = (f"{tools}/python", "-m", "pip", "--python", f"{parts}/bin/python", "install", "-q", "--no-deps")
        _run(*pip, "--require-hashes", "-r", str(requirements))
        # By its name, so that no path of this machine is recorded.
        version = wheel.name.split("-")[1]
        _run(*pip, "--no-index", "--find-links", str(wheel.parent), f"mail-baseline=={version}")
        command = [f"{tools}/cyclonedx-py", "environment", "--output-reproducible", "--validate"]
        command += ["--spec-version", _SCHEMA, "--output-format", "JSON", "--output-file", str(target)]
        _run(*command, f"{parts}/bin/python", SOURCE_DATE_EPOCH=str(epoch))


def _run(*argv: str, **given: str) -> None:
    done = subprocess.run(
        argv,
        env={**os.environ, **given},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(argv)} ended with {done.returncode}:\n{done.stdout[-3000:]}")
