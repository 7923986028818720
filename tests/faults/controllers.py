"""Controllers other than one that works alone and lives on."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from baseline import engine, transaction
from baseline.load import load_inventory
from baseline.model import Target
from baseline.session import Connector, Session
from tests.faults import site
from tests.faults.case import NO_REPORT, Case, Controller, Said
from tests.faults.wire import Wire

_ROOT = Path(__file__).parents[2]
_LINE_SECONDS = 60


def killed_at(exchange: int, gate: str = "") -> Controller:
    """A process of its own, killed before an exchange, or in it as soon as the host comes to the gate."""

    def control(bench: object, case: Case, wire: Wire) -> Said:
        directory = wire.host.directory
        argv = [sys.executable, "-m", __name__, str(directory / "inventory.yml"), str(case.confirm_within)]
        with subprocess.Popen(argv, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            try:
                for number in range(1, exchange):
                    _let(process, number)
                if gate:
                    wire.host.gate(gate)
                    _let(process, exchange)
                    assert wire.host.reached(), f"nobody came to the gate {gate}"
                else:
                    assert _said(process) == f"exchange {exchange}"
            finally:
                process.send_signal(signal.SIGKILL)
                wire.host.open_gate()
            assert process.wait(timeout=30) == -signal.SIGKILL
        return Said(NO_REPORT)

    return control


def _let(process: subprocess.Popen[str], number: int) -> None:
    assert _said(process) == f"exchange {number}"
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def _said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    assert select.select([process.stdout], [], [], _LINE_SECONDS)[0], "the controller says nothing"
    return process.stdout.readline().strip()


def at_once(bench: object, case: Case, wire: Wire) -> Said:
    """Two that begin at the same moment; the one that applied is told of, and the other one has to be refused."""
    from tests.faults.bench import Bench, told

    assert isinstance(bench, Bench)

    def one(_: int) -> engine.HostResult:
        return engine.apply(bench.target, site.controls(), bench.connector().connect, confirm_within=60)

    with ThreadPoolExecutor(2) as pool:
        said = [told(result) for result in pool.map(one, range(2))]
    said.sort(key=lambda each: each.outcome)
    assert [each.outcome for each in said] == ["applied", "refused"], said
    assert "another apply holds this host" in said[1].reason or "has changed since" in said[1].reason, said[1].reason
    return said[0]


class _Asking:
    """A session that says before each exchange that it is about to, and waits to be let."""

    count = 0

    def __init__(self, inner: Session) -> None:
        self.inner = inner

    def exchange(self, script: bytes, *, seconds: int = 900) -> bytes:
        _Asking.count += 1
        os.write(1, b"exchange %d\n" % _Asking.count)
        sys.stdin.readline()
        return self.inner.exchange(script, seconds=seconds)

    def close(self) -> None:
        self.inner.close()


def main(arguments: Sequence[str]) -> None:
    """One apply to the lab's host, asking before each exchange."""
    from tests.faults.bench import QUICK_VALIDATORS

    inventory, confirm_within = arguments
    transaction.VALIDATORS = QUICK_VALIDATORS
    (target,) = load_inventory(Path(inventory)).targets

    def connect(goal: Target) -> Session:
        return _Asking(Connector().connect(goal))

    result = engine.apply(target, site.controls(), connect, confirm_within=int(confirm_within))
    assert result.apply is not None
    os.write(1, json.dumps(result.apply.to_dict()).encode())


if __name__ == "__main__":
    main(sys.argv[1:])
