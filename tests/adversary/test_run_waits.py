"""One host costs nobody else anything: it is given up, the others are told, and the program ends."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.adversary import ssh_host as hosts
from tests.adversary.bounded import HARD, Ran, bounded, bounded_code
from tests.adversary.case import adversary
from tests.adversary.ssh_host import Honest, ssh_host

WAITS = "who keeps others waiting"

pytestmark = pytest.mark.slow

RULES = """\
baseline: ours
version: 1.2.3
title: {en: Our rules, ms: Peraturan kami}
controls:
  - id: OUR-F-01
    kind: file
    title: {en: There is a root, ms: Ada akar}
    clause: f.i
    obligation: mandatory
    severity: medium
    roles: [mta]
    why: To have something that every machine has.
    sources: [{instrument: ours, clause: "1", status: external}]
    path: /etc/passwd
    owner: root
"""


@dataclass(frozen=True)
class Site:
    """An inventory of an honest host and one that is not, and where the report goes."""

    folder: Path
    bad: hosts.SshHost

    def arguments(self, *options: str) -> list[str]:
        files = ("-i", str(self.folder / "inventory.yml"), "-b", str(self.folder / "rules.yml"))
        return ["-m", "baseline", "check", *files, "-o", str(self.folder / "report.json"), *options]

    @property
    def outcomes(self) -> dict[str, str]:
        return {one["host"]: one["outcome"] for one in self.report["findings"]}

    @property
    def report(self) -> Any:
        return json.loads((self.folder / "report.json").read_text())

    @property
    def error(self) -> str:
        (told,) = [host["error"] for host in self.report["hosts"] if host["name"] == "bad"]
        return str(told)


@contextmanager
def site(behaviour: type[Honest], folder: Path) -> Iterator[Site]:
    with ssh_host(Honest, folder / "good") as good, ssh_host(behaviour, folder / "bad") as bad:
        inventory = {
            "all": {
                "vars": {"roles": ["mta"]},
                "hosts": {"bad": bad.variables(), "good": good.variables()},
            }
        }
        (folder / "inventory.yml").write_text(yaml.safe_dump(inventory))
        (folder / "rules.yml").write_text(RULES)
        yield Site(folder, bad)


@adversary(WAITS, "a host that stops at any step of a connection and an exchange, before an honest one")
@pytest.mark.parametrize(
    "behaviour", [hosts.NoKeys, hosts.NoLogin, hosts.NoChannel, hosts.NoCommand, hosts.Silent, hosts.Drips, hosts.Deaf]
)
def test_a_host_past_its_time_is_given_up_and_the_others_are_told(behaviour: type[Honest], tmp_path: Path) -> None:
    """Past `--host-timeout` it is given up; the next one has its turn, and the report is whole.

    Before: there was no such time, and a run waited for the slowest of its hosts, for ever for some.
    """
    with site(behaviour, tmp_path) as here:
        ran = bounded(*here.arguments("--host-timeout", "3", "--forks", "1"))
        assert (ran.code, ran.err) == (3, "")
        assert here.outcomes == {"bad": "unknown", "good": "pass"}
        assert here.error == "given up: its time of 3 s (--host-timeout) is over"


@adversary(WAITS, "a host that keeps the run beyond its time")
def test_past_its_deadline_the_run_tells_what_it_knows(tmp_path: Path) -> None:
    """Past `--deadline` the report is written with what is known; `run.cut_short` says so.

    Before: there was no such time, and no report.
    """
    with site(hosts.Silent, tmp_path) as here:
        ran = bounded(*here.arguments("--deadline", "4"))
        assert (ran.code, ran.err) == (3, "")
        assert here.outcomes == {"bad": "unknown", "good": "pass"}
        assert here.error == "the time of the run (--deadline) is over"
        assert here.report["run"]["cut_short"] == "deadline"


@adversary(WAITS, "a host that hangs when somebody presses Ctrl-C")
@pytest.mark.parametrize("behaviour", [hosts.NoLogin, hosts.NoCommand, hosts.Silent])
def test_an_interrupted_check_tells_what_it_knows(behaviour: type[Honest], tmp_path: Path) -> None:
    """The report is written with what is known; the exit code is 130.

    Before: there was no report, and the program went on waiting for the threads of its hosts.
    """
    with site(behaviour, tmp_path) as here:
        ran = _interrupted(here.arguments("-v"), once="good: looking")
        assert ran.code == 130
        assert "interrupted: nothing was changed; the report shows what is known so far" in ran.err
        assert here.outcomes == {"bad": "unknown", "good": "pass"}
        assert here.error == "the run was interrupted"
        assert here.report["exit_code"] == 130


STUCK = """
import sys, threading
import baseline
from baseline.deadline import Limits

class Stuck:
    def exchange(self, script, *, seconds=0):
        threading.Event().wait()
    def close(self):
        threading.Event().wait()

inventory = baseline.load_inventory(sys.argv[1])
rules = baseline.load_baseline(sys.argv[2])
report = baseline.check_all(inventory.select("all"), rules, connect=lambda _: Stuck(), limits=Limits(host=1))
print(*(host.error for host in report.hosts), sep="\\n")
"""


@adversary(WAITS, "a session of somebody's own that neither answers nor closes")
def test_a_thread_that_does_not_end_keeps_neither_the_run_nor_the_program(tmp_path: Path) -> None:
    """Its host is given up, its thread left alone, and the program ends.

    Before: neither ended.
    """
    with site(Honest, tmp_path) as here:
        ran = bounded_code(STUCK, (str(here.folder / "inventory.yml"), str(here.folder / "rules.yml")))
        assert (ran.code, ran.err) == (0, "")
        assert ran.out == "given up: its time of 1 s (--host-timeout) is over\n" * 2


@adversary(WAITS, "a shell of this machine that closes its output and goes on")
def test_a_process_of_this_machine_that_answers_and_does_not_end() -> None:
    """It is ended with the exchange's time.

    Before: its end was waited for without limit.
    """
    code = """
from baseline.errors import BadReply
from baseline.local import LocalSession
try:
    LocalSession().exchange(b"echo answer; exec >&-; sleep 9999", seconds=2)
except BadReply as error:
    print(error)
"""
    assert bounded_code(code).out == "no whole reply within 2 s\n"


def _interrupted(arguments: list[str], once: str) -> Ran:
    """A program that gets Ctrl-C some time after it said a line on standard error."""
    command, root = [sys.executable, *arguments], Path(__file__).parents[2]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root) as process:
        try:
            assert process.stderr is not None
            said = ""
            for line in process.stderr:
                said += line
                if once in line:
                    break
            time.sleep(2)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=HARD)
        finally:
            process.kill()
    return Ran(process.returncode, out, said + err)
