"""The version and the changelog of a release, as texts."""

from __future__ import annotations

import re
from datetime import date

_UNRELEASED = "## Unreleased\n"
_HEADING = re.compile(r"^## (?P<version>\d+\.\d+\.\d+)(?: - (?P<day>\d{4}-\d{2}-\d{2}))?$", re.MULTILINE)
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
_LINE = re.compile(r'^__version__ = "[^"]*"$', re.MULTILINE)


class CannotRelease(Exception):
    """Why nothing is released, for whoever wanted to."""


def ordered(version: str) -> tuple[int, int, int]:
    """A version as numbers. Raises `CannotRelease` for what is not three numbers."""
    found = _VERSION.fullmatch(version)
    if not found:
        raise CannotRelease(f"{version!r} is no version: it has three numbers, such as 1.4.0")
    major, minor, patch = map(int, found.groups())
    return major, minor, patch


def released(changelog: str, version: str, day: date) -> str:
    """The changelog with what is unreleased under `version` and its day.

    Raises `CannotRelease` where the version is not after all others, or nothing is told of it.
    """
    before, heading, after = changelog.partition(_UNRELEASED)
    if not heading:
        raise CannotRelease("CHANGELOG.md has no line `## Unreleased`")
    last = max((ordered(one["version"]) for one in _HEADING.finditer(after)), default=(0, 0, 0))
    if ordered(version) <= last:
        raise CannotRelease(f"{version} is not after {'.'.join(map(str, last))}, which CHANGELOG.md has already")
    told = _HEADING.split(after, maxsplit=1)[0]
    if not told.strip():
        raise CannotRelease("CHANGELOG.md tells nothing under `## Unreleased`")
    return f"{before}{heading}\n## {version} - {day.isoformat()}\n{after}"


def notes(changelog: str, version: str) -> str:
    """What the changelog tells of a version. Raises `CannotRelease` where it has no such heading."""
    headings = [*_HEADING.finditer(changelog)]
    for place, one in enumerate(headings):
        if one["version"] == version:
            end = headings[place + 1].start() if place + 1 < len(headings) else len(changelog)
            return changelog[one.end() : end].strip() + "\n"
    raise CannotRelease(f"CHANGELOG.md has no heading for {version}")


def with_version(text: str, version: str) -> str:
    """The text of baseline/version.py with another version. Raises `CannotRelease` where it has not one line for it."""
    made, count = _LINE.subn(f'__version__ = "{version}"', text)
    if count != 1:
        raise CannotRelease("baseline/version.py has not one line with __version__")
    return made
