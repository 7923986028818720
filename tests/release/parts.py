"""What the package needs of others, in the very versions that its tests were run with.

`requirements` gives them with the digests of all files that an index has of each, for `pip install --require-hashes`;
`fetch` gets the wheels of one release of Python, and takes none that has another digest.
"""

from __future__ import annotations

import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.pins import OLDEST_PYTHON, PINS, ROOT, tool

_NOTE = "# All that mail-baseline {version} needs, with digests: pip install --require-hashes -r THIS\n"
_PLATFORMS = ("manylinux_2_34", "manylinux_2_28", "manylinux_2_17", "manylinux2014")


@dataclass(frozen=True)
class Part:
    """One distribution: what it is, for which Python, and the digests of its files."""

    requirement: Requirement
    digests: tuple[str, ...]

    @property
    def pin(self) -> str:
        """`name==version`."""
        return f"{canonicalize_name(self.requirement.name)}{self.requirement.specifier}"

    def needed_by(self, python: str) -> bool:
        """Whether CPython of this release ("3.13") on Linux needs it."""
        marker = self.requirement.marker
        given = {
            "python_version": python,
            "python_full_version": f"{python}.0",
            "sys_platform": "linux",
            "os_name": "posix",
            "implementation_name": "cpython",
            "platform_python_implementation": "CPython",
        }
        return marker is None or marker.evaluate(given)

    def line(self) -> str:
        """As pip reads it."""
        return " ".join([self.pin, *(f"--hash={digest}" for digest in self.digests)])


def requirements(version: str) -> str:
    """The text of a file of requirements with digests, of the versions in constraints.txt.

    Raises `CalledProcessError` when uv cannot be had, or the index has not what the constraints name.
    """
    with tempfile.TemporaryDirectory() as folder:
        command = [str(tool("uv", folder) / "uv"), "pip", "compile", "--quiet", "--universal"]
        command += ["--python-version", OLDEST_PYTHON, "--no-header", "--no-annotate", "--generate-hashes"]
        command += ["--constraint", str(PINS), "setup.cfg"]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return _NOTE.format(version=version) + done.stdout


def parts(text: str) -> list[Part]:
    """The parts that such a text names."""
    return list(_parts(text))


def _parts(text: str) -> Iterator[Part]:
    for line in text.replace("\\\n", " ").splitlines():
        if line.strip() and not line.startswith("#"):
            named, *digests = line.split(" --hash=")
            yield Part(Requirement(named.strip()), tuple(one.strip() for one in digests))


def fetch(wanted: Sequence[Part], python: str, folder: Path) -> None:
    """Put the wheels of `wanted` for this machine's processor and CPython `python` into `folder`.

    Raises `RuntimeError` with pip's words when one cannot be had, or has another digest.
    """
    folder.mkdir(parents=True, exist_ok=True)
    listed = folder / "digests.txt"
    listed.write_text("".join(f"{part.line()}\n" for part in wanted))
    command = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary", ":all:"]
    command += ["--require-hashes", "--python-version", python, "--dest", str(folder), "-r", str(listed)]
    for name in _PLATFORMS:
        command += ["--platform", f"{name}_{platform.machine()}"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    listed.unlink()
    if done.returncode:
        raise RuntimeError(f"pip download ended with {done.returncode}:\n{done.stdout[-3000:]}")
