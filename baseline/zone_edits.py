"""Edits of BIND's files as values: record sets of a zone, what a zone includes, its serial, and options of named.

Every record that an edit does not name stays as it is written. Each change raises the serial.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from baseline.classes import dataclass
from baseline.formats import named, names, spf, zone
from baseline.formats.spf_mending import mended

if TYPE_CHECKING:
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
        """The zone file with this record set. Raises ValueError when the file cannot have it."""
        return _edited(
            self.path,
            before,
            lambda text: zone.set_records(text, self.zone, self.owner, self.type, self.records, self.gives_way),
        )

    def gives_way(self, data: str) -> bool:
        """Whether a record that is there is replaced."""
        return re.match(self.mine, data, re.I) is not None


@dataclass(frozen=True)
class MendSpf:
    """One SPF record in place of those that the zone file has at a name.

    It keeps their sound terms, names `addresses`, and ends in `final`.
    """

    path: str
    zone: str
    owner: str
    addresses: tuple[str, ...]
    final: str
    type: str = "TXT"

    def change(self, before: FileState) -> FileState:
        """The zone file with this record. Raises ValueError when the file cannot have it."""

        def with_record(text: str) -> str:
            present = zone.texts(text, self.zone, self.owner, self.type)
            record = mended([one for one in present if self.gives_way(one)], self.addresses, self.final)
            return zone.set_records(text, self.zone, self.owner, self.type, (zone.quoted(record),), self.gives_way)

        return _edited(self.path, before, with_record)

    def gives_way(self, data: str) -> bool:
        """Whether a TXT record is one for SPF."""
        return spf.is_spf(data)


@dataclass(frozen=True)
class SetMailHosts:
    """MX records for these hosts. `sound` is how many of the present targets are; none that is sound is taken out."""

    path: str
    zone: str
    owner: str
    hosts: tuple[str, ...]
    preference: int
    sound: int
    type: str = "MX"

    def change(self, before: FileState) -> FileState:
        """The zone file with these records. Raises ValueError when the file cannot have it."""

        def placed(text: str) -> str:
            present = {one.split()[-1] for one in zone.texts(text, self.zone, self.owner, self.type)}
            if self.sound > len(present & set(self.hosts)):
                raise ValueError("some MX targets are sound but not in the inventory: take the others out by hand")
            records = tuple(f"{self.preference} {host}." for host in self.hosts)
            return zone.set_records(text, self.zone, self.owner, self.type, records)

        return _edited(self.path, before, placed)

    def gives_way(self, data: str) -> bool:
        """Every MX record there."""
        del data
        return True


RecordsEdit = SetRecords | MendSpf | SetMailHosts
"""Edits of the records of one type at one name."""


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
    """The next serial: what a zone includes has changed."""

    path: str
    zone: str

    def change(self, before: FileState) -> FileState:
        """The zone file with its serial raised. Raises ValueError when it has none."""
        return _edited(self.path, before, lambda text: zone.raise_serial(text, self.zone))


@dataclass(frozen=True)
class SetNamedOption:
    """One statement of the options block of a file of named's configuration."""

    name: str
    value: str
    path: str = "/etc/bind/named.conf.options"

    def change(self, before: FileState) -> FileState:
        """The file with the option. Raises ValueError when it has no options block."""
        return _edited(self.path, before, lambda text: named.set_option(text, self.name, self.value))


@dataclass(frozen=True)
class AllowTransfers:
    """Transfers for the name servers of one zone alone, besides this host itself.

    Their addresses are those that the zone file gives, else those in `known`; `mine` are this host's own.
    """

    zone: str
    zone_file: str
    known: tuple[tuple[str, tuple[str, ...]], ...]
    mine: tuple[str, ...]
    path: str = "/etc/bind/named.conf.options"

    @property
    def reads(self) -> tuple[str, ...]:
        """The zone file."""
        return (self.zone_file,)

    def change(self, before: FileState) -> FileState:
        """Never by itself: see `beside`."""
        del before
        raise ValueError(f"{self.zone_file} was not read")

    def beside(self, before: FileState, present: Callable[[str], FileState]) -> FileState:
        """The options with `allow-transfer`. Raises ValueError where a server's address is not known."""
        content = present(self.zone_file).content
        if content is None:
            raise ValueError(f"{self.zone_file} is not there")
        text, known = content.decode("utf-8", "surrogateescape"), dict(self.known)
        allowed = ["127.0.0.1", "::1"]
        for server in (names.bare(one) for one in zone.texts(text, self.zone, self.zone, "NS")):
            found = [one for kind in ("A", "AAAA") for one in zone.texts(text, self.zone, server, kind)]
            addresses = found or known.get(server, ())
            if not addresses:
                raise ValueError(
                    f"{self.zone_file} gives no address of {server}: name in allow-transfer who may have it"
                )
            allowed += [one for one in addresses if one not in (*self.mine, *allowed)]
        options = SetNamedOption("allow-transfer", named.match_list(allowed), self.path)
        return options.change(before)


def _edited(path: str, before: FileState, edit: Callable[[str], str]) -> FileState:
    if before.content is None:
        raise ValueError(f"{path} is not there")
    text = before.content.decode("utf-8", "surrogateescape")
    try:
        after = edit(text)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return before if after == text else replace(before, content=after.encode("utf-8", "surrogateescape"))
