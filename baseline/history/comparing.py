"""What changed between two runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection

from baseline.history.addressed import read
from baseline.history.between import (
    SeriesName,
    Window,
    answers_since,
    applies,
    asked_in,
    begun_since,
    controls_of,
    document_of,
    everybody_of,
    formerly,
    ids_of,
    turned,
)
from baseline.history.causes import Meanwhile, cause_of, telling
from baseline.history.content import read_document
from baseline.history.turning import Point, Turned, classes
from baseline.history.waived import changes_of
from baseline.model.changes import Change, Changes


def changes_between(connection: Connection, window: Window) -> Changes:
    """All changes: of hosts first, then of controls as such, of waivers, and of what controls are on hosts."""
    found = _Found(connection, window)
    waived = changes_of(found.before, found.now, host=window.host, control=window.control)
    changes = (*found.of_hosts(), *found.of_controls(), *waived, *found.of_findings())
    return Changes(window.before.id, window.before.finished, window.now.id, changes)


class _Found:
    """What the database has of a window, read once."""

    def __init__(self, connection: Connection, window: Window) -> None:
        self.window, self.connection = window, connection
        self.before, self.now = document_of(connection, window.before), document_of(connection, window.now)
        begun = begun_since(connection, window)
        self.named = {number: name for number, (name, _) in begun.items()}
        self.points = {number: point for number, (_, point) in begun.items()}
        former = formerly(connection, window, self.named)
        self.turned = turned(connection, window, self.points, former)
        self.through: dict[str, str] = {one["name"]: one["through"] for one in self.now["subjects"] if one["through"]}
        wanted = {part for one in self.turned.values() for point in (one.before, one.now) for part in _parts(point)}
        wanted |= {part for number, point in self.points.items() if number not in self.turned for part in _parts(point)}
        self.documents = {number: read_document(content) for number, content in read(connection, wanted).items()}
        self.ids = ids_of(connection, {point.run for point in self.points.values()})
        self.known = self._known()

    def _known(self) -> Meanwhile:
        window = self.window
        asked = {self._asked(self.named[number]) for number in self.turned}
        everybody = {host["name"] for host in self.now["hosts"]} if not window.host else {window.host}
        return Meanwhile(
            baseline_changed=window.before.baseline_sha256 != window.now.baseline_sha256,
            baselines=f"{window.now.baseline} {window.before.baseline_version} → {window.now.baseline_version}",
            applied=applies(self.connection, window),
            answers=answers_since(self.connection, window, asked | everybody, telling) if asked | everybody else {},
            asked=asked_in(self.connection, window.now),
            drifted={host["name"]: tuple(host["drifted"]) for host in self.now["hosts"]},
        )

    def _asked(self, one: SeriesName) -> str:
        """The host that was asked about a series."""
        return self.through.get(one.host, one.host)

    def of_hosts(self) -> Iterator[Change]:
        """Hosts that appeared, vanished, or have another release."""
        window, seen = self.window, self.window.now.id
        before, now = (everybody_of(self.connection, run) for run in (window.before, window.now))
        if before is not None and now is not None:
            named = {window.host} if window.host else {*before, *now}
            yield from (Change("host appeared", name, seen=seen) for name in now if name in named - {*before})
            yield from (Change("host vanished", name, seen=seen) for name in before if name in named - {*now})
        for host in sorted(self.known.answers):
            old, new = self.known.upgraded(host)
            if new:
                yield Change("release upgraded", host, before=old, now=new, seen=seen)

    def of_controls(self) -> Iterator[Change]:
        """Controls that came, went or changed with the baseline. Nothing is told where only some were looked at."""
        window = self.window
        if not self.known.baseline_changed or window.host:
            return
        cause: dict[str, Any] = {"cause": "baseline", "because": self.known.baselines, "seen": window.now.id}
        if not any("chosen_from" in one["run"] for one in (self.before, self.now)):
            then, now = (controls_of(self.connection, run) for run in (window.before, window.now))
            before = {window.renamed.get(one, one) for one in then}
            yield from (Change("control added", "", one, **cause) for one in sorted(now - before) if self._ours(one))
            yield from (Change("control removed", "", one, **cause) for one in sorted(before - now) if self._ours(one))
        changed: dict[str, str] = {}
        for number, one in self.turned.items():
            if self._wanted_otherwise(one):
                changed.setdefault(self.named[number].control, self.documents[one.now.definition]["title"])
        yield from (Change("control changed", "", one, title=title, **cause) for one, title in sorted(changed.items()))

    def _ours(self, control: str) -> bool:
        return not self.window.control or control == self.window.control.upper()

    def of_findings(self) -> Iterator[Change]:
        """What happened to controls on hosts, and about subjects."""
        order = sorted(self.points, key=lambda number: (self.named[number].host, self.named[number].key))
        for number in order:
            name = self.named[number]
            if number in self.turned:
                yield from self._changes(name, self.turned[number])
            elif self.points[number].outcome in ("fail", "warn"):
                # Seen for the first time: only what is wrong with it is of interest.
                yield self._change(name, "newly failing", None, self.points[number])

    def _changes(self, name: SeriesName, one: Turned) -> Iterator[Change]:
        states = tuple(_state(self.documents[point.finding]) for point in (one.before, one.now))
        for kind in classes(one, (states[0], states[1])):
            yield self._change(name, kind, one, one.now)

    def _change(self, name: SeriesName, kind: Any, one: Turned | None, now: Point) -> Change:
        finding = self.documents[now.finding]
        otherwise = one is not None and self._wanted_otherwise(one)
        cause, because = cause_of(self._asked(name), name.key, finding, otherwise, self.known)
        return Change(
            kind,
            name.host,
            name.control,
            name.subject,
            title=self.documents[now.definition]["title"],
            before=one.before.outcome if one else "",
            now=now.outcome,
            detail=finding["reason"],
            cause=cause,
            because=because,
            seen=self.ids[now.run],
        )

    def _wanted_otherwise(self, one: Turned) -> bool:
        """Whether the control itself changed: what it is, or what it wants."""
        if one.before.definition != one.now.definition:
            return True
        before, now = (_wants(self.documents[point.finding]) for point in (one.before, one.now))
        return any(before[key] != now[key] for key in before.keys() & now.keys())


def _parts(point: Point) -> tuple[int, int]:
    return point.definition, point.finding


def _state(finding: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """What was found of each key that is wrong: of the others, numbers such as free space differ in every run."""
    return [(key["key"], key["found"]) for key in finding["keys"] if key["holds"] is False]


def _wants(finding: Mapping[str, Any]) -> dict[str, Any]:
    return {key["key"]: key["wanted"] for key in finding["keys"]}
