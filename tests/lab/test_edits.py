"""Edits by hand and unfinished applies on a real host: told with what to do, shown before they go, kept where they can.

One walk on one host, which other modules have brought up.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from baseline.errors import HostError
from baseline.load import Inventory
from baseline.model import Action, FileChange, FileState, HostPlan
from baseline.session import Connector
from baseline.transaction import Note, Transaction
from baseline.visit import Visit
from tests.lab.real import RealHost, eventually

pytestmark = pytest.mark.lab

FOLDER = "/etc/site-edits"
PATH = f"{FOLDER}/rules.conf"
RULES = """\
baseline: edits
version: 1.0.0
title: {en: Edits, ms: Suntingan}
controls:
  - id: OUR-E-01
    kind: file
    title: {en: A file, ms: Fail}
    clause: "7"
    obligation: mandatory
    severity: high
    roles: []
    why: To be tested.
    path: PATH
    content: "first\\npassword = kenari-buka\\nthird\\nfourth\\nLAST\\n"
"""


class Person:
    """The command as a person runs it on mx2."""

    def __init__(self, host: RealHost, folder: Path) -> None:
        self.host, self.folder = host, folder

    def run(self, *words: str, last: str = "fifth", rules: bool = True) -> tuple[int, str, str]:
        """Exit code, standard output and error."""
        (self.folder / "rules.yml").write_text(RULES.replace("PATH", PATH).replace("LAST", last))
        given = ["-i", str(self.host.directory / "inventory.yml")]
        given += ["-b", str(self.folder / "rules.yml"), "-l", "mx2"] if rules else []
        done = subprocess.run(
            [sys.executable, "-m", "baseline", *words, *given],
            env={**os.environ, "XDG_STATE_HOME": str(self.folder / "state")},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    def back(self, *words: str) -> tuple[int, str, str]:
        """A rollback of mx2."""
        return self.run("rollback", "mx2", *words, rules=False)

    def checked(self) -> tuple[int, dict[str, Any]]:
        """What a check says of the host, as data."""
        code, said, _ = self.run("check", "--format", "json")
        return code, json.loads(said)["hosts"][0]

    def generations(self) -> int:
        return len(json.loads(self.back("--list", "--format", "json")[1])["generations"])


@pytest.fixture
def person(real_hosts: tuple[RealHost, ...], tmp_path: Path) -> Iterator[Person]:
    host = real_hosts[1]
    host.root(f"mkdir -p {FOLDER}")
    yield Person(host, tmp_path)
    host.root(f"rm -rf {FOLDER}; sed -i '\\|{FOLDER}|d' /var/lib/baseline/manifest 2>/dev/null || true")


def test_the_walk_of_an_edit_by_hand(person: Person) -> None:
    root = person.host.root
    assert person.run("apply", "--yes")[0] == 0
    assert person.run("apply", "--yes", last="FIFTH")[0] == 0
    goal = str(person.generations() - 1)
    root(f"sed -i s/first/FIRST/ {PATH}; chmod 0640 {PATH}; chmod 0644 {PATH}")

    code, said, _ = person.run("check", "--diff", last="FIFTH")
    assert code == 1
    assert f"drifted: {PATH}: content changed at line 1\n" in said
    assert f"--- {PATH} as applied\n+++ {PATH} now\n@@ -1,4 +1,4 @@\n-first\n+FIRST\n password = (secret)\n" in said

    code, _, told = person.back("--to", goal)
    assert (code, "roll back with --yes" in told) == (2, True)

    root(f"sed -i s/FIFTH/mine/ {PATH}")
    code, said, _ = person.back("--to", goal, "--keep-edits", "--yes")
    assert code == 1
    assert f"{PATH}: edited by hand at line 5, where the rollback writes something else" in " ".join(said.split())
    assert root(f"cat {PATH}") == "FIRST\npassword = kenari-buka\nthird\nfourth\nmine\n"

    root(f"sed -i s/mine/FIFTH/ {PATH}")
    code, said, _ = person.back("--to", goal, "--keep-edits", "--yes", "--diff")
    assert code == 4
    assert f"kept by the rollback:\n    {PATH}: edited by hand at line 1\n" in said
    assert "kenari-buka" not in said
    assert root(f"cat {PATH}") == "FIRST\npassword = kenari-buka\nthird\nfourth\nfifth\n"
    code, host = person.checked()
    assert (code, host["drifted"]) == (1, [f"{PATH}: content changed at line 1"])

    root(f"echo sixth >>{PATH}")
    code, said, _ = person.back("--yes")
    assert code == 4
    assert f"discarded by the rollback:\n    {PATH}: edited by hand at line 6\n" in said
    assert root(f"cat {PATH}") == "FIRST\npassword = kenari-buka\nthird\nfourth\nFIFTH\n"


def began(inventory: Inventory, do: str) -> Transaction:
    """A transaction that nobody confirms; `do` is its action."""
    visit = Visit(inventory.targets[1], Connector().connect, lambda *_: None)
    begun = Transaction()
    change = FileChange(f"{FOLDER}/other", FileState(None), FileState(b"x\n"), ())
    plan = HostPlan("mx2", files=(change,), actions=(Action("wait", do, "true"),))
    try:
        visit.transact(begun.begin(plan, Note("somebody"), confirm_within=120))
    except HostError:
        pass  # It was killed, as the test wants.
    finally:
        visit.hang_up()
    return begun


@pytest.mark.parametrize(
    ("do", "state"), [("true", "waiting"), ("pkill -KILL -f 'host.sh apply'; sleep 5", "interrupted")]
)
def test_an_apply_that_nobody_has_decided(person: Person, inventory: Inventory, do: str, state: str) -> None:
    assert person.run("apply", "--yes")[0] == 0
    begun = began(inventory, do)
    code, host = person.checked()
    (told,) = host["undecided"]
    assert (code, host["exchanges"]) == (3, 1)
    assert (told["transaction"], told["state"], told["who"]) == (begun.id, state, "somebody")
    left = datetime.fromisoformat(told["restores"]) - datetime.now(UTC)
    assert 0 < left.total_seconds() < 120
    code, said, _ = person.run("plan")
    assert code == 3
    assert f"{state}: transaction {begun.id} of somebody" in " ".join(said.split())
    person.host.root(f"sh {begun.directory}/host.sh restore {begun.directory}")
    assert eventually(lambda: "undecided" not in person.checked()[1])
    assert person.host.root(f"ls {FOLDER}") == "rules.conf\n"
