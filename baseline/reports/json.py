"""The report contract, `baseline.report/2`, as one JSON document: no more than one finding of it is held at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from baseline.model import Report
from baseline.model.report import LISTED

_INDENT = 2


def render(report: Report) -> str:
    """The document, its keys in the order of the contract. Pure ASCII: whatever a host sent survives any pipe."""
    return "".join(pieces(report))


def member(one: Any) -> str:
    """A host, a finding or the like as it stands in the document."""
    return _dumped(one.to_dict(), 2)


def pieces(report: Report, shown: Callable[[Any], str] = member) -> Iterator[str]:
    """The document piece by piece; `shown` gives a host, a finding or the like as `member` does."""
    before = "{"
    for key, value in report.outline().items():
        yield f"{before}\n  {json.dumps(key)}: "
        if key in LISTED:
            yield from _list(getattr(report, key), shown)
        else:
            yield _dumped(value, 1)
        before = ","
    yield "\n}\n"


def _list(members: tuple[Any, ...], shown: Callable[[Any], str]) -> Iterator[str]:
    before = "["
    for one in members:
        yield f"{before}\n    {shown(one)}"
        before = ","
    yield "\n  ]" if members else "[]"


def _dumped(value: Any, depth: int) -> str:
    """A value as it stands inside others; no text of JSON has a line end in it."""
    return json.dumps(value, indent=_INDENT, allow_nan=False).replace("\n", "\n" + " " * _INDENT * depth)
