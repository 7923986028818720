"""Serials of zones never go back: a secondary keeps the zone that has the later one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from baseline import manifest
from baseline.formats import zone
from baseline.model import FileChange, FileState


def with_later_serials(now: Mapping[str, FileState], then: Mapping[str, FileState]) -> dict[str, FileState]:
    """The files `then`, by their paths, each zone with a serial that is not before that of `now`.

    The manifest among them lists such a zone as it will be, so that its serial is no drift.
    """
    after = {path: not_before(now[path], state) for path, state in then.items()}
    listed = {entry.path: entry.sha256 for entry in manifest.parse(then.get(manifest.PATH, FileState(None)))}
    changes = [
        FileChange(path, then[path], state, ())
        for path, state in after.items()
        if state != then[path] and listed.get(path) == then[path].sha256
    ]
    if changes:
        after[manifest.PATH] = manifest.update(then[manifest.PATH], changes, ())
    return after


def not_before(now: FileState, then: FileState) -> FileState:
    """The zone file `then` with a serial later than that of `now`, which secondaries may have (RFC 1982).

    Where nothing but the serial differs it keeps that of `now`. What is no zone file is `then` as it is.
    """
    present, former = _text(now), _text(then)
    try:
        served = zone.serial(present, ".")
        later = zone.raise_serial(former, ".", above=served)
        same = zone.raise_serial(present, ".", above=served) == later
    except ValueError:
        return then
    if later == former:
        return then
    return replace(then, content=now.content if same else later.encode("utf-8", "surrogateescape"))


def _text(state: FileState) -> str:
    return (state.content or b"").decode("utf-8", "surrogateescape")
