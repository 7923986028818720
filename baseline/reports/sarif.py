"""SARIF 2.1.0, for editors and code hosts: mistakes in files, each at its place."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from baseline.classes import dataclass
from baseline.reports.words import one_line

_RULES = {
    "mistake": "What cannot be loaded, or is not meant",
    "note": "What is loaded, but may be a slip",
}


@dataclass(frozen=True)
class Slip:
    """A mistake, or what may be one: file, line and column from 1 (0: not known), and what is wrong there."""

    file: str
    line: int
    column: int
    message: str
    certain: bool = True


def render(slips: Iterable[Slip], version: str) -> str:
    """The document, by a release of this program."""
    run = {
        "tool": {
            "driver": {
                "name": "baseline",
                "version": version,
                "rules": [{"id": name, "shortDescription": {"text": text}} for name, text in _RULES.items()],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True}],
        "results": [_result(slip) for slip in slips],
    }
    return json.dumps({"version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _result(slip: Slip) -> dict[str, Any]:
    rule = "mistake" if slip.certain else "note"
    made: dict[str, Any] = {
        "ruleId": rule,
        "ruleIndex": [*_RULES].index(rule),
        "level": "error" if slip.certain else "warning",
        "message": {"text": one_line(slip.message) or "-"},
    }
    if slip.file:
        place: dict[str, Any] = {"artifactLocation": {"uri": _uri(slip.file)}}
        if slip.line > 0:
            place["region"] = {"startLine": slip.line} | ({"startColumn": slip.column} if slip.column > 0 else {})
        made["locations"] = [{"physicalLocation": place}]
    return made


def _uri(file: str) -> str:
    """A path as a URI; a relative one stays relative, to the directory that the command was called in."""
    path = PurePath(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix(), errors="surrogatepass")
