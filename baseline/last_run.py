"""How each host came out of the last check or apply, remembered on the controller for `--limit @failed`.

One file for each inventory, that is for each set of paths given with `-i`. The last run replaces what was remembered
of the one before, so `@failed` is about the last run and nothing else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from baseline import state_files
from baseline.errors import NothingMatched

if TYPE_CHECKING:
    from baseline.model import Report

_SCHEMA = "baseline.last-run/1"


def remember(inventory: Sequence[Path], command: str, report: Report) -> None:
    """Keep how every host of a report ended. Raises OSError when that cannot be written."""
    document = {
        "schema": _SCHEMA,
        "inventory": _paths(inventory),
        "run": report.run.id,
        "command": command,
        "finished": report.run.finished,
        "hosts": {name: part.conforms for name, part in report.parts().items()},
    }
    state_files.write(_name(inventory), (json.dumps(document, indent=1) + "\n").encode())


def failed_hosts(inventory: Sequence[Path]) -> tuple[str, ...]:
    """The hosts that did not end well in the last run. Raises `NothingMatched` when there are none, or no run."""
    given = " ".join(f"-i {path}" for path in inventory)
    try:
        kept = state_files.read(_name(inventory))
        document = None if kept is None else json.loads(kept)
        if document is None:
            raise NothingMatched(f"@failed: no check or apply with {given} is remembered: run one first")
        if document["schema"] != _SCHEMA:
            raise ValueError
        names = tuple(str(name) for name, well in document["hosts"].items() if not well)
        what, number, when = document["command"], len(document["hosts"]), document["finished"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        path = state_files.directory() / _name(inventory)
        raise NothingMatched(f"@failed: the last run, kept in {path}, cannot be read: run a check first") from None
    if not names:
        raise NothingMatched(f"@failed: none of {number} failed in the last {what} with {given}, at {when}")
    return names


def _name(inventory: Sequence[Path]) -> str:
    digest = hashlib.sha256("\0".join(_paths(inventory)).encode("utf-8", "surrogateescape")).hexdigest()
    return f"last-run-{digest[:16]}.json"


def _paths(inventory: Sequence[Path]) -> list[str]:
    return [str(path.resolve()) for path in inventory]
