"""What a host has of Dovecot 2.3, as a value: what is in force, the files it was read from, forms of its accounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from baseline.classes import dataclass
from baseline.upgrading.dovecot.tree import Block, PlaceIndex, parse, places

MAIN = "/etc/dovecot/dovecot.conf"
IN_FORCE = "doveconf -n"


@dataclass(frozen=True)
class Accounts:
    """The forms of the accounts of one passwd-file: how many there are, by password scheme, and with which fields.

    A scheme is in capitals, `-` where an account names none. Fields are those that 2.4 does not read: `quota_rule`,
    `more_rules` (`quota_rule2` and on) and `mail`.
    """

    total: int = 0
    schemes: Mapping[str, int] = field(default_factory=dict)
    fields: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class DovecotSource:
    """`printed` is the output of `doveconf -n`, `files` are texts by path, with passwords already taken out.

    `main` is the file that Dovecot starts with. `accounts` has the passwd-files, by path.
    """

    printed: str
    files: Mapping[str, str] = field(default_factory=dict)
    main: str = MAIN
    accounts: Mapping[str, Accounts] = field(default_factory=dict)


@dataclass(frozen=True)
class ReadSource:
    """A source, read. Raises ValueError from `read` for what `doveconf` cannot have printed."""

    tree: Block
    where: PlaceIndex
    files: Mapping[str, str]
    accounts: Mapping[str, Accounts]

    @property
    def plugins(self) -> frozenset[str]:
        """Every plugin that some protocol loads."""
        lists = [self.tree.get("mail_plugins"), *(block.get("mail_plugins") for block in self.tree.all("protocol"))]
        return frozenset(word for one in lists for word in one.split())


def read(source: DovecotSource) -> ReadSource:
    """Raises ValueError for what cannot be read."""
    found = PlaceIndex(places(source.files, source.main), IN_FORCE)
    return ReadSource(parse(source.printed), found, source.files, source.accounts)
