"""How much memory a check of one hostile host takes, measured in a process of its own.

    python -m tests.adversary.memory [HOST…]

prints for each host the most bytes that were allocated for it at one time.
"""

from __future__ import annotations

import contextlib
import gc
import gzip
import io
import json
import subprocess
import sys
import tarfile
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import baseline
from baseline import engine, generations, manifest, stale
from baseline.errors import CannotTell, HostError
from baseline.model import Target
from baseline.readings.dovecot import QUOTAS
from baseline.readings.zones import NAMED
from baseline.reports import FORMATS, Display
from tests.adversary.hosts import HostileSession, Told, many

MIB = 1 << 20
TARGET = Target(
    name="mx1",
    address="192.0.2.1",
    roles=frozenset(("mta", "mailstore", "antispam", "firewall")),
    domains=("d1.lab.test",),
)


def _saying(told: Mapping[str, Callable[[], Told]], other: Callable[[], Told]) -> Callable[[str], Told]:
    return lambda question: told.get(question, other)()


def _nothing() -> Told:
    return Told(0, ())


def archive(name: str, content: bytes, identity: str = "20260101T000000Z-00000000") -> bytes:
    """An archive of one journal with one file besides that it is confirmed."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:") as written:
        for path, inside in ((name, content), ("state", b"confirmed\n")):
            member = tarfile.TarInfo(f"./{identity}/{path}")
            member.size = len(inside)
            written.addfile(member, io.BytesIO(inside))
    return made.getvalue()


HOSTS: dict[str, Callable[[], Callable[[str], Told]]] = {
    "nothing at all": lambda: _saying({}, _nothing),
    "a reply without end": lambda: _saying({}, lambda: many(b"a" * 4096, 1 << 40)),
    "20 MiB of empty lines for each question": lambda: _saying({}, lambda: many(b"\n", 20 * MIB)),
    "one answer of 8 MiB": lambda: _saying({stale.QUESTION: lambda: many(b"a", 8 * MIB)}, _nothing),
    "one answer of 2 MiB of bytes that are no text": lambda: _saying(
        {QUOTAS: lambda: many(b"\xff", 2 * MIB)}, _nothing
    ),
    "all answers as large as they may be": lambda: _saying({}, lambda: many(b"ab c", 12 * MIB // 200)),
    "a manifest of a million files": lambda: _saying(
        {manifest.QUESTION: lambda: many(b"absent\t-\t-\taa\t0644\ta:a\tMEL-T-01\t/e\n", 16 * MIB)}, _nothing
    ),
    "a manifest of as many files as it may have": lambda: _saying(
        {manifest.QUESTION: lambda: many(b"absent\t-\t-\taa\t0644\ta:a\tMEL-T-01\t/e\n", 390_000)}, _nothing
    ),
    "JSON with as many keys as it may have": lambda: _saying({QUOTAS: _many_keys}, _nothing),
    "JSON of empty objects": lambda: _saying({QUOTAS: lambda: many(b"{},", 8 * MIB, b"[", b"{}]")}, _nothing),
    "JSON of as many objects as it may have": lambda: _saying(
        {QUOTAS: lambda: many(b'{"username":1},', 890_000, b"[", b"{}]")}, _nothing
    ),
    "accounts without number": lambda: _saying({QUOTAS: _many_accounts}, _nothing),
    "named.conf of as many words as it may have": lambda: _saying(
        {NAMED: lambda: many(b"ab {cd;};", 1_100_000)}, _nothing
    ),
    "files of as many lines as they may have": lambda: _saying({}, lambda: many(b"a=b\n", MIB // 20)),
    "journals of compressed zeros": lambda: _journals(gzip.compress(archive("old/1", bytes(160 * MIB)))),
    "journals of one large file": lambda: _journals(archive("old/1", bytes(7 * MIB))),
}


def _journals(said: bytes) -> Callable[[str], Told]:
    return _saying({generations.QUESTION: lambda: _whole(said)}, _nothing)


def _whole(said: bytes) -> Told:
    return Told(len(said), (said,))


def _many_keys() -> Told:
    return _whole(("[{" + ",".join(f'"{number:x}":1' for number in range(9_000)) + "}]").encode())


def _many_accounts() -> Told:
    rows = ({"username": f"u{n:x}@d1.lab.test", "type": "STORAGE", "value": "1", "limit": "2"} for n in range(49_000))
    return _whole(json.dumps([*rows], separators=(",", ":")).encode())


def visit(answer: Callable[[str], Told], controls: Any) -> None:
    """Check a host, list its generations, and print a report of it in every format."""
    from baseline import fleet
    from baseline.cli.output import console

    session = HostileSession(answer)
    with contextlib.suppress(CannotTell, HostError):
        engine.kept_generations(TARGET, lambda _: session)
    before = session.told
    report = fleet.check_all([TARGET], controls, connect=lambda _: session, outlook=_Nowhere())
    # A request that the host could not read would cost nothing.
    assert session.told > before, report.hosts
    for render in FORMATS.values():
        render(report, Display("check"), console(io.StringIO()))


class _Nowhere:
    """An outlook that sees nothing."""

    def now(self) -> Any:
        """Now."""
        from datetime import UTC, datetime

        return datetime.now(UTC)

    def look(self, probes: Any, resolvers: Any, deadline: Any) -> Any:
        """No answer to anything."""
        from baseline.model.probes import seen_from_dict

        return {probe: seen_from_dict(probe, {"trouble": "nothing is sent"}) for probe in probes}


def taken() -> dict[str, int]:
    """The bytes that each host takes, measured in a process of its own."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.adversary.memory"], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    found = (line.split("\t") for line in ended.stdout.splitlines())
    return {host: int(size) for host, size in found}


def main(hosts: Sequence[str]) -> None:
    """Measure hosts, after one that says nothing has had everything imported."""
    rules = baseline.load_baseline("mampu-2007")
    visit(HOSTS["nothing at all"](), rules)
    tracemalloc.start()
    for host in hosts or HOSTS:
        answer = HOSTS[host]()
        gc.collect()
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        visit(answer, rules)
        print(host, tracemalloc.get_traced_memory()[1] - before, sep="\t", flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
