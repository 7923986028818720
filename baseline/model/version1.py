"""Reports of `baseline.report/1`, as those of version 2 would say the same.

Version 1 gave what was wanted as words beside what was found, and did not say which keys were wrong: that stood in the
sentence of the finding alone, so nobody reads it out of there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from baseline.model.compared import Compared, Wanted
from baseline.model.words import Outcome, Scalar


def as_version_2(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document with the keys of version 2. Raises KeyError, TypeError or ValueError for one that is none."""
    subjects = {one["name"] for one in document.get("subjects", ())}
    return {
        **document,
        "schema": "baseline.report/2",
        "strict": False,
        "hosts": [{"drifted": [], "stale": [], "untold": [], **host} for host in document["hosts"]],
        "subjects": document.get("subjects", []),
        "findings": [_finding(finding, subjects) for finding in document["findings"]],
    }


def _finding(finding: Mapping[str, Any], subjects: set[str]) -> dict[str, Any]:
    passed = Outcome(finding["outcome"]) is Outcome.PASS
    keys = _keys(finding["expected"], finding["actual"], Outcome.PASS if passed else None)
    subject = finding["host"] if finding["host"] in subjects else ""
    return {**finding, "keys": [one.to_dict() for one in keys], "subject": subject}


def _keys(expected: Mapping[str, Scalar], actual: Mapping[str, Scalar], judged: Outcome | None) -> Iterator[Compared]:
    spoken_of = set()
    for key, found in actual.items():
        name = _name(expected, key)
        wanted = None if name is None else _wanted(expected[name])
        spoken_of |= {name}
        yield Compared(key, found, wanted, judged if wanted else None)
    for name, plain in expected.items():
        if name not in spoken_of:
            unmet = Outcome.NOTAPPLICABLE if actual and name.endswith("*") else Outcome.UNKNOWN
            yield Compared(name, None, _wanted(plain), unmet)


def _name(expected: Mapping[str, Scalar], key: str) -> str | None:
    """What an expectation calls a key of the state: by its name, or by a beginning that ends in `*`."""
    if key in expected:
        return key
    return next((name for name in expected if name[-1:] == "*" and key.startswith(name[:-1])), None)


def _wanted(plain: Scalar) -> Wanted:
    """Only values that were to be equal were written as anything but text."""
    return Wanted("described", meaning=plain) if isinstance(plain, str) else Wanted("equal", (plain,))
