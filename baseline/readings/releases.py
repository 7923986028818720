"""Which releases of programs a host has, and which of them nobody has tried this package with.

One command, asked with every look. What another release prints is judged where it can be read all the same; a reading
that hangs on the release says itself that it cannot tell.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

from baseline.classes import dataclass
from baseline.errors import CannotTell
from baseline.model import Target
from baseline.programs import PROGRAMS, FailedLogins, Program
from baseline.readings.answers import shorten
from baseline.shell import script

_TOLD = {program.name: program for program in PROGRAMS if program.releases.asked}


def _question() -> str:
    """A line for each program: its name, a tab, and what it printed; nothing more where it is not installed."""
    packages = " ".join(one.releases.package for one in _TOLD.values() if one.releases.package)
    lines = [script("baseline.readings", "releases", packages=packages)]
    for name, one in _TOLD.items():
        tool = one.releases.asked.split()[0]
        lines.append(shlex.join(["tells", name, one.releases.package or "-", tool, one.releases.asked]))
    return "\n".join(lines)


QUESTION = _question()


@dataclass(frozen=True)
class HostReleases:
    """The version of each program of a host, by the program's name."""

    versions: Mapping[str, str]

    def number(self, program: Program) -> tuple[int, ...]:
        """The numbers of a program's version. Raises `CannotTell` where it did not tell it."""
        version = self.versions.get(program.name, "")
        if not version:
            raise CannotTell(f"{program.name} did not tell its version")
        return _numbers(version)

    def failed_logins(self, program: Program) -> FailedLogins:
        """What the release that the host has writes of failed logins. Raises `CannotTell`."""
        told = program.jail.failed if program.jail else ()
        known = [one for one in told if len(told) == 1 or one.since <= self.number(program)]
        if not known:
            raise CannotTell(f"what {program.name} writes of failed logins is not known here")
        return known[-1]

    def untried(self, target: Target) -> tuple[str, ...]:
        """The programs of the host's roles of which it has a release that nobody has tried, in words."""
        found = []
        for name, version in self.versions.items():
            program = _TOLD[name]
            tried = program.releases.tried
            known = any(_numbers(version)[: len(_numbers(one))] == _numbers(one) for one in tried)
            if (not program.role or program.role in target.roles) and not known:
                found.append(f"{name} {version} (tried: {', '.join(tried)})")
        return tuple(found)


def releases(printed: str) -> HostReleases:
    """What a host answered to `QUESTION`. Raises `CannotTell` for something else."""
    found: dict[str, str] = {}
    for line in printed.splitlines():
        name, tab, told = line.partition("\t")
        if name not in _TOLD or not tab:
            raise CannotTell(
                f"it is unknown which releases of programs there are: {shorten(line)} is not one of our lines"
            )
        version = re.search(r"\d+(?:\.\d+)+", told)
        if version:
            found[name] = version[0][:_LONGEST]
    return HostReleases(found)


_LONGEST = 20
"""Characters of a version."""


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part)
