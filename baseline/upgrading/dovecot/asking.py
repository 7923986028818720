"""The one question that brings what a host has of Dovecot 2.3, and its answer as a source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from baseline import shell
from baseline.errors import CannotTell
from baseline.readings.answers import text
from baseline.upgrading.dovecot.convert import Conversion, convert
from baseline.upgrading.dovecot.source import MAIN, Accounts, DovecotSource
from baseline.upgrading.items import Item

if TYPE_CHECKING:
    from testinfra.host import Host

QUESTION = shell.script("baseline.upgrading.dovecot", "asking")


def source(answer: str) -> DovecotSource:
    """Raises ValueError for an answer that is none."""
    texts: dict[str, list[str]] = {}
    accounts: dict[str, list[str]] = {}
    here: list[str] | None = None
    for line in answer.split("\n"):
        mark, rest = line[:1], line[1:]
        if mark == "=":
            here = texts.setdefault(rest, [])
        elif mark == "@":
            here = accounts.setdefault(rest, [])
        elif mark == "|" and here is not None:
            here.append(rest)
        elif line:
            raise ValueError(
                f"what was told of Dovecot's configuration has a line that belongs to no file: {line[:80]!r}"
            )
    if "doveconf" not in texts:
        raise ValueError("what was told of Dovecot's configuration has nothing that is in force")
    printed = texts.pop("doveconf")
    named = re.match(r"# [^:]*: (\S+)", printed[0] if printed else "")
    return DovecotSource(
        "\n".join(printed),
        {path: "\n".join(lines) + "\n" for path, lines in texts.items()},
        named[1] if named else MAIN,
        {path: _accounts(lines) for path, lines in accounts.items()},
    )


def _accounts(lines: list[str]) -> Accounts:
    """The forms of the accounts of one file: `12 SHA512-CRYPT quota_rule mail`."""
    total = 0
    schemes: dict[str, int] = {}
    fields: dict[str, int] = {}
    for line in lines:
        number, scheme, *forms = line.split()
        total += int(number)
        schemes[scheme] = schemes.get(scheme, 0) + int(number)
        for form in forms:
            fields[form] = fields.get(form, 0) + int(number)
    return Accounts(total, schemes, fields)


def conversion(host: Host) -> Conversion:
    """The configuration of a host in the dialect of 2.4. Raises `CannotTell`."""
    try:
        return convert(source(text(host.run(QUESTION))))
    except ValueError as error:
        raise CannotTell(f"Dovecot's configuration could not be converted: {error}") from None


def items(host: Host) -> Iterator[Item]:
    """What 2.4 makes of the configuration of a host of 2.3. Raises `CannotTell`."""
    yield from conversion(host).items
