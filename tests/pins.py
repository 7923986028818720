"""The exact versions that the tests are run with, `constraints.txt`: raised to the newest there are.

python -m tests.pins            writes constraints.txt, and says what changed

What may be used with the package is said in setup.cfg, as ranges. Tests, linters and type checkers of tomorrow must not
fail a commit of today: so all that stands in the test environment, and what a release is made with, is pinned, and
raised on purpose. uv works the versions out for all releases of Python at once. It asks the index of its own settings
(UV_DEFAULT_INDEX), not of pip's.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PINS = ROOT / "constraints.txt"
OLDEST_PYTHON = "3.11"
_NOTE = "# What the tests are run with. Written by `make pins`, which raises it; changes made here are lost.\n"


@dataclass(frozen=True)
class Pin:
    """One line of the file: a distribution, its version, and the releases of Python that the line is for."""

    name: str
    version: str
    marker: Marker | None

    def __str__(self) -> str:
        return f"{self.name} where {self.marker}" if self.marker else self.name

    @property
    def holds_here(self) -> bool:
        """Whether it is for the Python that runs this."""
        return self.marker is None or self.marker.evaluate()


def pins(text: str) -> list[Pin]:
    """The pins of such a file."""
    lines = [Requirement(line) for line in text.splitlines() if not line.startswith("#")]
    return [Pin(canonicalize_name(one.name), next(iter(one.specifier)).version, one.marker) for one in lines]


def changes(before: Iterable[Pin], after: Iterable[Pin]) -> Iterator[str]:
    """What differs, a line each."""
    was = {str(pin): pin.version for pin in before}
    is_now = {str(pin): pin.version for pin in after}
    for name in sorted(was.keys() | is_now.keys()):
        old, new = was.get(name), is_now.get(name)
        if old is None:
            yield f"new      {name}: {new}"
        elif new is None:
            yield f"gone     {name}: {old}"
        elif old != new:
            yield f"changed  {name}: {old} -> {new}"


def besides() -> list[str]:
    """What is pinned besides what the tests need: what builds the package, and what a release is made with."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return [*told["build-system"]["requires"], *told["dependency-groups"]["release"]]


def tool(name: str, folder: str | Path) -> Path:
    """Install a tool in its pinned version into an environment of its own, and give the folder of its programs.

    Raises `CalledProcessError` when it cannot be had; pip says why on standard error.
    """
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    programs = Path(folder) / "bin"
    pip = [
        str(programs / "python"),
        "-m",
        "pip",
        "--disable-pip-version-check",
        "install",
        "-qq",
        "-c",
        str(PINS),
        name,
    ]
    subprocess.run(pip, stdout=sys.stderr, check=True)
    return programs


def newest() -> str:
    """The text of a file of pins with the newest versions that setup.cfg and pyproject.toml allow.

    Raises `CalledProcessError` when uv cannot be had or finds no solution; both say why on standard error.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [str(tool("uv", folder) / "uv"), "pip", "compile", "--quiet", "--universal"]
        command += [
            "--python-version",
            OLDEST_PYTHON,
            "--no-header",
            "--no-annotate",
            "--extra",
            "test",
            "setup.cfg",
            "-",
        ]
        given = "\n".join(besides())
        done = subprocess.run(command, cwd=ROOT, input=given, stdout=subprocess.PIPE, text=True, check=True)
    return _NOTE + done.stdout


def main() -> int:
    """Raise the pins. Gives the exit code."""
    before = pins(PINS.read_text()) if PINS.exists() else []
    try:
        text = newest()
    except subprocess.CalledProcessError as failed:
        sys.stderr.write(f"constraints.txt stays as it is: {failed.cmd[0]} ended with {failed.returncode}\n")
        return 1
    PINS.write_text(text)
    said = list(changes(before, pins(text)))
    sys.stdout.write("\n".join(said or ["Nothing changed: all pins are the newest."]) + "\n")
    if said:
        sys.stdout.write("Now run `make test`, which installs them first.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
