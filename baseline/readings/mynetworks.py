"""The networks that Postfix trusts (`mynetworks`), tables of networks included."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from baseline.errors import CannotTell
from baseline.formats import names
from baseline.formats.networks import Network, parse_network, split_list
from baseline.readings.answers import shorten, text
from baseline.readings.smtpd_services import SmtpdServices
from baseline.shell import script

if TYPE_CHECKING:
    from testinfra.backend.base import CommandResult

NETWORKS = script("baseline.readings", "mynetworks")


def networks(smtpd: SmtpdServices, listed: CommandResult) -> tuple[Network, ...]:
    """Every network of mynetworks, in order of the list, then of its tables; from the answer to `NETWORKS`.

    Raises `CannotTell` for a word or a line that is no network, and for a table that cannot be listed.
    """
    words, _ = split_list(smtpd.effective("", "mynetworks"))
    found = [_network(word) for word in words]
    sort = ""
    for line in text(listed).splitlines():
        head = re.match(r"(table|list|keys|closed) (\S+)$", line)
        if head and head[1] == "closed":
            raise CannotTell(f"mynetworks names {head[2]}, which cannot be listed: name its networks instead")
        if head:
            sort = head[1]
        elif line.strip() and not line.lstrip().startswith("#"):
            found += _of_table(line, sort)
    return tuple(found)


def _of_table(line: str, sort: str) -> list[Network]:
    if sort == "list":
        return [_network(word) for word in re.split(r"[\s,]+", line) if word]
    # Whatever a table answers, DUNNO too, is a match. A table of keys is asked for whole addresses alone.
    key = line.split(None, 1)[0]
    return [_network(key)] if sort == "table" or names.is_address(key) else []


def _network(word: str) -> Network:
    try:
        return parse_network(word)
    except ValueError as error:
        raise CannotTell(f"mynetworks holds {shorten(word)}, which is not understood: {error}") from None
