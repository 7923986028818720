"""The list of parts of a release (SBOM) in the form of CycloneDX: each distribution, its licence, and who needs it.

The wheel is installed into an environment of its own with the versions and digests of the release, and cyclonedx-py
lists what lies there, as parts of the package that the wheel says it is. It validates the list against CycloneDX's
schema, and leaves nothing on the disk that fails.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from zipfile import ZipFile

from packaging.metadata import Metadata

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
        whole = Path(name) / "pyproject.toml"
        whole.write_text(_project(wheel))
        command = [f"{tools}/cyclonedx-py", "environment", "--output-reproducible", "--validate"]
        command += ["--pyproject", str(whole), "--mc-type", "application"]
        command += ["--spec-version", _SCHEMA, "--output-format", "JSON", "--output-file", str(target)]
        _run(*command, f"{parts}/bin/python", SOURCE_DATE_EPOCH=str(epoch))


def _project(wheel: Path) -> str:
    """What the wheel says of itself, in the form that the tool takes it in: a string of JSON is one of TOML."""
    with ZipFile(wheel) as packed:
        (place,) = (one for one in packed.namelist() if one.endswith(".dist-info/METADATA"))
        told = Metadata.from_email(packed.read(place), validate=False)
    needs = [str(one) for one in told.requires_dist or () if one.marker is None or "extra" not in str(one.marker)]
    given = {"name": told.name, "version": str(told.version), "description": told.summary, "dependencies": needs}
    if licence := told.license_expression or told.license:
        given["license"] = licence
    return "[project]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in given.items())


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
