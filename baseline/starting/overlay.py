"""The overlay that describes a good host: what was learnt of it as text, to be read by a person before it is used."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from baseline.load.scalars import scalar
from baseline.model import Compared, Finding
from baseline.starting.folder import in_comment, rendered
from baseline.starting.learning import Learnt, LearntValue

MOST_LINES = 200
"""How much of what is laxer, and of what could not be looked at, is told: a host may have 5 000 accounts."""

_MOST_KEYS = 4


def learnt_overlay(learnt: Learnt, host: str, when: str, extends: str) -> str:
    """The text of the overlay. `when` is the time of the look, `extends` the name or the path of the baseline.

    What is laxer on the host than the baseline wants stands there as comments, and so does what is not known.
    """
    controls: dict[str, list[Mapping[str, str]]] = {}
    for value in learnt.values:
        row = {"name": value.field, "value": _written(value), "read": _read(value)}
        controls.setdefault(value.control, []).append(row)
    values = {
        "host": host,
        "name": f"learnt-from-{_slug(host)}",
        "when": when,
        "extends": extends,
        "controls": controls,
        "laxer": _told(_laxer(finding, key) for finding, key in learnt.laxer),
        "unseen": _told(f"{one.key}: {one.reason}" for one in learnt.unseen),
    }
    return rendered("learnt.yml.j2", values)


def _written(value: LearntValue) -> str:
    """A value as YAML. Numbers are whole; words come from the baseline, and are quoted all the same."""
    if isinstance(value.value, tuple):
        return f"[{', '.join(map(scalar, value.value))}]"
    return str(value.value) if isinstance(value.value, int) else scalar(value.value)


def _read(value: LearntValue) -> str:
    """Where a value was read."""
    if value.because:
        return f"goes with {value.because}"
    keys = [f"{key.key} is {key.found_in_words()}{_place(key)}" for key in value.read]
    more = len(keys) - _MOST_KEYS
    return "; ".join(keys[:_MOST_KEYS] + ([f"and {more} more"] if more > 0 else []))


def _laxer(finding: Finding, key: Compared) -> str:
    return f"{finding.key} {key.key}: wanted {key.wanted}, found {key.found_in_words()}{_place(key)}"


def _place(key: Compared) -> str:
    return f" ({key.set_at})" if key.set_at else ""


def _told(lines: Iterable[str]) -> Sequence[str]:
    """Lines for comments, each once and not too many."""
    different = list(dict.fromkeys(in_comment(line) for line in lines))
    more = len(different) - MOST_LINES
    return different[:MOST_LINES] + ([f"and {more} more"] if more > 0 else [])


def file_name(host: str) -> str:
    """The file of the overlay of a host."""
    return f"learnt-from-{_slug(host)}.yml"


def _slug(host: str) -> str:
    return "-".join(re.findall(r"[a-z0-9]+", host.lower()))[:100] or "host"
