"""What one more file costs an apply: the programs that are begun on the host, and what is written through to its disk.

Counted by the system calls, since times are never the same.
"""

from __future__ import annotations

import re
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from baseline.model import HostPlan
from tests.exchange.fake_systemd import Systemd
from tests.exchange.place import Place, session

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed"),
]

FEW, MANY = 2, 10


@dataclass(frozen=True)
class Work:
    """What a host was seen to do: the programs that it began, by name, and how many files it wrote through."""

    programs: Counter[str]
    syncs: int

    @property
    def begun(self) -> int:
        return sum(self.programs.values())


def traced(systemd: Systemd, plan: HostPlan) -> Work:
    """The work of an apply of this plan, which is confirmed then."""
    trace = systemd.base / "trace"
    tracer = ("strace", "-f", "--seccomp-bpf", "-e", "trace=execve,fsync,syncfs,sync", "-o", str(trace))
    place = Place(systemd.base, session((*tracer, *systemd.prefix)))
    begun, reply = place.begin(plan)
    assert reply.code == 0, reply
    calls = trace.read_text()
    assert place.end(begun, "confirm").code == 0
    programs = re.findall(r'^\d+ +execve\("[^"]*/([^"/]*)".*', calls, re.MULTILINE)
    found = [name for name in programs if name]
    assert {"sync", "mv", "tar"} <= set(found), "the trace holds what an apply begins"
    return Work(Counter(found), len(re.findall(r"^\d+ +(?:fsync|syncfs|sync)\(", calls, re.MULTILINE)))


def files(systemd: Systemd, number: int) -> HostPlan:
    """A plan with so many files of each sort: created, changed and deleted."""
    changes = []
    for what, content in (("created", b"after\n"), ("changed", b"after\n"), ("deleted", None)):
        for one in range(number):
            path = systemd.place.etc / f"{what}{one}"
            path.unlink(missing_ok=True)
            if what != "created":
                path.write_text("before\n")
            changes.append(systemd.place.change(path.name, content))
    return HostPlan("here", files=tuple(changes))


def test_one_more_file_of_each_sort_costs_few_programs_and_no_sync_of_its_own(systemd: Systemd) -> None:
    few, many = (traced(systemd, files(systemd, number)) for number in (FEW, MANY))
    more = many.programs.copy()
    more.subtract(few.programs)
    # The journal of the apply before is looked at as well: a program or two, whatever the number of files.
    each = {name: round(count / (MANY - FEW), 1) for name, count in more.items() if abs(count) > 2}
    # To write the changed ones, to keep the former ones twice, and to change the names. Those that are new to the host
    # cost none.
    assert each == {"cat": 1, "cp": 3, "ln": 2, "mv": 1, "rm": 1}
    assert many.programs["sync"] == few.programs["sync"], "however many files, they are written through at once"
    assert (many.syncs - few.syncs) / (MANY - FEW) <= 9


def test_journals_that_are_kept_cost_no_programs(systemd: Systemd) -> None:
    first = traced(systemd, files(systemd, 1))
    place = systemd.place
    (journal,) = (place.state / "tx").iterdir()
    for number in range(2, 20):
        shutil.copytree(journal, journal.with_name(f"20261126T000000Z-{number:08}"))
        Path(journal.with_name(f"20261126T000000Z-{number:08}"), "number").write_text(f"{number}\n")
    last = traced(systemd, files(systemd, 1))
    assert last.begun - first.begun <= 3
