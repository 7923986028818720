"""Edits of BIND's files as values: record sets of a zone, what a zone includes, its serial, and options of named.

Every record that an edit does not name stays as it is written. Each change raises the serial.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from baseline.formats import named, zone
from baseline.model import FileState


@dataclass(frozen=True)
class SetRecords:
    """The records of one type at one name of a zone, as `records` has their data.

    Of those that are there, only the ones whose data the regular expression `mine` matches from its beginning are
    replaced: at one name, TXT records serve many purposes.
    """

    path: str
    zone: str
    owner: str
    type: str
    records: tuple[str, ...]
    mine: str = ""

    def change(self, before: FileState) -> FileState:
        """The zone file with this record set. Raises ValueError when it is not to be had in the file."""
        return _edited(
            self.path,
            before,
            lambda text: zone.set_records(text, self.zone, self.owner, self.type, self.records, self._is_mine),
        )

    def _is_mine(self, data: str) -> bool:
        return re.match(self.mine, data, re.I) is not None


@dataclass(frozen=True)
class SetInclude:
    """A file of ours that a zone includes, at its end."""

    path: str
    zone: str
    included: str

    def change(self, before: FileState) -> FileState:
        """The zone file with the `$INCLUDE`. Raises ValueError when the file is no zone file."""
        return _edited(self.path, before, lambda text: zone.set_include(text, self.zone, self.included))


@dataclass(frozen=True)
class RaiseSerial:
    """A serial later than `above`: what a zone includes has changed."""

    path: str
    zone: str
    above: int

    def change(self, before: FileState) -> FileState:
        """The zone file with its serial raised, if it is not so yet."""
        return _edited(self.path, before, lambda text: zone.raise_serial(text, self.zone, self.above))


@dataclass(frozen=True)
class SetNamedOption:
    """One statement of the options block of a file of named's configuration."""

    name: str
    value: str
    path: str = "/etc/bind/named.conf.options"

    def change(self, before: FileState) -> FileState:
        """The file with the option. Raises ValueError when it has no options block."""
        return _edited(self.path, before, lambda text: named.set_option(text, self.name, self.value))


def _edited(path: str, before: FileState, edit: Callable[[str], str]) -> FileState:
    if before.content is None:
        raise ValueError(f"{path} is not there")
    text = before.content.decode("utf-8", "surrogateescape")
    try:
        after = edit(text)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return before if after == text else replace(before, content=after.encode("utf-8", "surrogateescape"))
