"""What was last seen of each agency, so that an older document in place of a newer is told, and what is gone.

Kept from one roll-up to the next in a file of the controller's state.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from baseline.classes import dataclass
from baseline.errors import UserError
from baseline.model.agencies import WORST_CLAUSE, WORST_CODE, Before

NAME = "agencies.json"
"""Of the file, in the state folder."""

SCHEMA = "baseline.agencies/1"
MOST_BEFORE = 24
"""How many earlier documents of an agency are remembered for the trend."""


@dataclass(frozen=True)
class SeenBefore:
    """Of one agency: when each of its hosts was last looked at (ISO 8601 in UTC), and what documents told.

    `heads` are number and digest of the last run that a dossier told of, by the key that signed it.
    """

    hosts: Mapping[str, str] = field(default_factory=dict)
    before: tuple[Before, ...] = ()
    heads: Mapping[str, tuple[int, str]] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """It as JSON carries it."""
        heads = {key: list(head) for key, head in self.heads.items()}
        return {"hosts": dict(self.hosts), "before": [one.to_dict() for one in self.before], "heads": heads}


def of_bytes(content: bytes | None, name: str) -> dict[str, SeenBefore]:
    """What the file says, by agency; nothing where there is none.

    Raises `UserError` for one that cannot be read: taken for empty, it would let every old document pass for new.
    """
    if content is None:
        return {}
    try:
        document = json.loads(content)
        if document["schema"] != SCHEMA:
            raise ValueError(f"its schema is {document['schema']!r}")
        return {agency: _seen(one) for agency, one in document["agencies"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(
            f"{name}, which holds what was last seen of each agency, cannot be read ({error}): put it back from a "
            "backup, or remove it, and no older document is told apart from a newer one this time"
        ) from None


def to_bytes(seen: Mapping[str, SeenBefore]) -> bytes:
    """The file."""
    agencies = {agency: one.to_dict() for agency, one in sorted(seen.items())}
    return (json.dumps({"schema": SCHEMA, "agencies": agencies}, indent=1) + "\n").encode()


def _seen(document: Mapping[str, Any]) -> SeenBefore:
    hosts = document["hosts"]
    if not all(isinstance(moment, str) for moment in hosts.values()):
        raise ValueError("a moment is no text")
    heads = {key: (number, digest) for key, (number, digest) in document["heads"].items()}
    if not all(type(number) is int and type(digest) is str for number, digest in heads.values()):
        raise ValueError("the last run that was seen is no number and digest")
    return SeenBefore(dict(hosts), tuple(map(_before, document["before"])), heads)


def _before(document: Mapping[str, Any]) -> Before:
    clauses = tuple(document["clauses"].items())
    if any(verdict not in WORST_CLAUSE for _, verdict in clauses) or document["exit_code"] not in WORST_CODE:
        raise ValueError("it has a verdict or an exit code that there is none of")
    return Before(str(document["finished"]), document["exit_code"], clauses)
