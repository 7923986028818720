"""Which daemons of a host run a configuration that is older than their files: edited, and never reloaded. Pure.

One command, asked with every look, tells for each program that runs when it last read its configuration, and which of
its files were written after that. When it last read is seen from its processes, so it does not matter who had it
reloaded, and how:

    Postfix   the start of its queue manager, which the master starts anew at each reload
    Dovecot   the start of its log process, likewise
    Rspamd    the start of its workers, likewise: a reload that Rspamd refuses leaves the old ones
    BIND      what `rndc status` calls "last configured"; without rndc, systemd's last change of the unit

A file counts as written when content, name, owner or mode last changed (ctime), so a copy with an old date that was
moved into place counts. What was written in the same moment as it was read counts as read: a tenth of a second, for
BIND the same second.

A file that was written since, and has the content that was last applied, is not stale when the program last read its
configuration in an apply of ours: touched, rewritten, but the same. When somebody else had it reloaded after that
apply, nobody knows what it read then, so it is told.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from baseline import manifest
from baseline.errors import CannotTell
from baseline.model import Answer, Stale
from baseline.programs import PROGRAMS, Renewal, Watched
from baseline.shell import script


def _question() -> str:
    """The functions of `question.sh`, then a line for each program."""
    units = " ".join(unit for unit, _, _ in _watched())
    lines = [script("baseline.stale", "question", units=units, renewals=" ".join(_renewals()))]
    for unit, watched, renewal in _watched():
        read = f"read_at {unit}" if renewal else f"{unit}_read_at"
        call = "with_includes" if watched.includes else "newer"
        lines.append(f'{call} {unit} "$({read})" {" ".join(map(shlex.quote, _find(watched)))}')
    return "\n".join([*lines, "exit 0"])


def _renewals() -> list[str]:
    return [f"{unit} {renewal.process} {renewal.parent}" for unit, _, renewal in _watched() if renewal]


def _watched() -> list[tuple[str, Watched, Renewal | None]]:
    return [(one.unit, one.watched, one.renewal) for one in PROGRAMS if one.watched]


def _find(watched: Watched) -> list[str]:
    """Arguments of find(1) that choose the files."""
    words = list(watched.roots)
    for directory in watched.without:
        words += ["-name", directory, "-prune", "-o"]
    named = [word for name in watched.names for word in ("-o", "-name", name)][1:]
    return [*words, *(["(", *named, ")"] if named else [])]


_NAMES = {one.unit: one.name for one in PROGRAMS if one.watched}
"""Unit -> the program as people call it."""

QUESTION = _question()
_TIME = re.compile(r"\d{1,12}(\.\d{1,12})?")
_LAST = datetime(9999, 12, 31, tzinfo=UTC).timestamp()
"""The last time that can be told. A host whose clock is beyond it is not told of."""
_WIDTHS = {"unit": 3, "file": 5, "apply": 4}


def stale(answer: Answer, applied: Mapping[str, str]) -> tuple[Stale, ...]:
    """What `QUESTION` told. `applied` is path -> SHA-256 as last applied. Raises `CannotTell` for another answer."""
    if answer.rc != 0:
        said = answer.stderr.decode("utf-8", "replace").strip()
        raise CannotTell(f"it is unknown when daemons read their configuration: {said or f'exit code {answer.rc}'}")
    rows = [_row(line) for line in answer.stdout.decode("utf-8", "surrogateescape").splitlines()]
    found = []
    reads = _of("unit", rows)
    if len({unit for _, unit, _ in reads}) < len(reads):
        raise CannotTell("it is unknown when daemons read their configuration: one of them is told of twice")
    for _, unit, read in reads:
        spans = [(float(since), float(until)) for _, one, since, until in _of("apply", rows) if one == unit]
        ours = any(since <= float(read) <= until + 1 for since, until in spans)
        later = [
            path
            for _, one, _, digest, path in _of("file", rows)
            if one == unit and not (ours and applied.get(path) == digest)
        ]
        if later:
            found.append(Stale(unit, _NAMES[unit], _when(read), tuple(sorted(later))))
    return tuple(found)


def as_applied(listed: Answer) -> dict[str, str]:
    """Path -> SHA-256 as last applied, from the answer to the manifest's question. Empty when that cannot be read."""
    try:
        return manifest.applied(listed)
    except CannotTell:
        return {}


def units(stales: Iterable[Stale]) -> tuple[str, ...]:
    """The units to reload."""
    return tuple(one.unit for one in stales)


def _of(word: str, rows: Sequence[tuple[str, ...]]) -> list[tuple[str, ...]]:
    return [row for row in rows if row[0] == word]


def _row(line: str) -> tuple[str, ...]:
    row = tuple(line.split("\t"))
    times = {"unit": row[2:3], "file": row[2:3], "apply": row[2:4]}.get(row[0], ())
    readable = len(row) == _WIDTHS.get(row[0]) and row[1] in _NAMES and all(map(_TIME.fullmatch, times))
    if not readable or any(float(time) > _LAST for time in times):
        raise CannotTell(f"it is unknown when daemons read their configuration: {line[:100]!r} is not one of our lines")
    return row


def _when(seconds: str) -> str:
    return f"{datetime.fromtimestamp(int(float(seconds)), UTC):%Y-%m-%dT%H:%M:%SZ}"
