"""A site that was made with 0.1.0 goes on with this version: its files, what its hosts keep, and its reports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.dist import ROOT
from tests.lab.alone import alone
from tests.lab.real import RealHost
from tests.pins import PINS

pytestmark = [pytest.mark.lab, pytest.mark.whole]

FIRST = "a8fd79c8"
"""The commit that was 0.1.0: the last one of which CHANGELOG.md tells nothing but 0.1.0."""

NEW_IN_INVENTORIES = ("register:", "site:", "resolvers:", "private_addresses:", "admin_sources:")
"""What the lab writes into its inventory, and 0.1.0 did not know."""

SCRIPT = "/usr/local/lib/baseline/quota-warning"
"""The one file that this version writes otherwise than 0.1.0: it also serves Dovecot 2.4."""

JOURNAL = "cat /var/lib/baseline/tx/*/armed >/dev/null 2>&1 && ls -d /var/lib/baseline/tx/*"
TAKE_BACK = 'for one in /var/lib/baseline/tx/*; do [ ! -e "$one/armed" ] || sh "$one/host.sh" restore "$one"; done'


@dataclass(frozen=True)
class Site:
    """A folder with the files of a site, its host, and the two versions of the command."""

    folder: Path
    host: RealHost
    old: Path

    def run(self, program: Path | None, words: str, *codes: int) -> str:
        """What a command says on both streams. Fails the test when it ends with none of `codes`."""
        begin = [sys.executable, "-m", "baseline"] if program is None else [str(program)]
        done = subprocess.run(
            [*begin, *words.split(), *([] if words.startswith("merge") else ["-i", "inventory.yml"])],
            cwd=self.folder,
            env={**os.environ, "XDG_STATE_HOME": str(self.folder / "state")},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode in codes, f"{words} ended with {done.returncode}:\n{done.stdout}"
        return done.stdout

    def now(self, words: str, *codes: int) -> str:
        """What this version says."""
        return self.run(None, words, *codes)

    def then(self, words: str, *codes: int) -> str:
        """What 0.1.0 says."""
        return self.run(self.old, words, *codes)

    def outcomes(self, name: str) -> dict[str, str]:
        """Control -> outcome, of a report in the folder."""
        findings = json.loads((self.folder / name).read_text())["findings"]
        return {finding["control"]: finding["outcome"] for finding in findings}

    @property
    def controls(self) -> str:
        """The controls that 0.1.0 had."""
        return ",".join(sorted(self.outcomes("first.json")))


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command of 0.1.0, in an environment of its own."""
    folder = tmp_path_factory.mktemp("first")
    (folder / "tree").mkdir()
    packed = subprocess.run(["git", "archive", FIRST], cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout
    subprocess.run(["tar", "-xC", folder / "tree"], input=packed, check=True)
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    pip: list[str | Path] = [folder / "venv/bin/python", "-m", "pip", "install", "-q", "-c", PINS, folder / "tree"]
    subprocess.run(pip, env={**os.environ, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}, check=True)
    return folder / "venv/bin/baseline"


@pytest.fixture(scope="module")
def site(first: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site that 0.1.0 planned, applied and kept a report of."""
    with alone("journeys") as host:
        folder = tmp_path_factory.mktemp("site")
        lines = (host.directory / "inventory.yml").read_text().splitlines()
        kept = [line for line in lines if not line.strip().startswith(NEW_IN_INVENTORIES)]
        (folder / "inventory.yml").write_text("\n".join(kept) + "\n")
        for roster in host.directory.glob("*.csv"):
            (folder / roster.name).write_bytes(roster.read_bytes())
        made = Site(folder, host, first)
        assert "0.1.0" in subprocess.run([first, "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout
        made.then("check --format json -o first.json", 1)
        made.then("plan --format json -o plan.json", 0, 1)
        made.then("apply plan.json", 0)
        yield made


def test_files_and_reports_of_then_are_read(site: Site) -> None:
    assert "no problems" in site.now("lint", 0)
    assert "6 fail" in site.now("merge first.json", 1)
    # What was reviewed then is another plan than that of now: refused, and said what to do.
    said = site.now("apply plan.json", 2)
    assert "plan.json: was made by baseline 0.1.0" in said, said
    assert "plan again, `baseline plan --format json -o plan.json`" in said


def test_what_then_applied_is_no_drift_and_a_plan_has_but_what_is_new(site: Site) -> None:
    site.now(f"check -c {site.controls} --format json -o now.json", 0, 1)
    found = site.outcomes("now.json")
    assert {control for control, outcome in found.items() if outcome != "pass"} <= {"MEL-Q-04"}
    assert "changed by hand" not in site.now(f"check -c {site.controls}", 0, 1)
    planned = site.now(f"plan -c {site.controls}", 0, 1)
    changed = [line.split()[1] for line in planned.splitlines() if line.startswith("  change ")]
    assert changed == [SCRIPT, "/var/lib/baseline/manifest"]
    site.now(f"apply -y -c {site.controls}", 0)
    assert "Nothing to do" in site.now(f"plan -c {site.controls}", 0)


def test_a_hand_edit_of_what_then_applied_is_found(site: Site) -> None:
    main = "/etc/postfix/main.cf"
    site.host.root(f"cp -p {main} /root/main.cf && postconf -e mailbox_size_limit=1 && systemctl reload postfix")
    try:
        assert main in site.now(f"check -c {site.controls}", 1)
    finally:
        site.host.root(f"cp -p /root/main.cf {main} && systemctl reload postfix")


def test_the_host_is_rolled_back_to_what_it_was_before_then(site: Site) -> None:
    listed = site.now("rollback mx1 --list", 0)
    assert "created  /etc/dovecot/conf.d/99-baseline.conf" in listed
    assert "Rolled back and verified on mx1." in site.now("rollback mx1 --to 0 -y", 4)
    site.now(f"check -c {site.controls} --format json -o back.json", 1)
    assert site.outcomes("back.json") == site.outcomes("first.json")


def test_an_apply_of_then_that_was_cut_off_is_told_and_taken_back(site: Site) -> None:
    begun = subprocess.Popen(
        [site.old, "apply", "-y", "-i", "inventory.yml"],
        cwd=site.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 120
        while not site.host.root(JOURNAL, fine=False):
            assert begun.poll() is None, "it ended before it could be cut off"
            assert time.monotonic() < until
    finally:
        begun.kill()
        begun.wait()
    said = site.now(f"check -c {site.controls}", 1, 3)
    assert "waits for confirmation" in said or "transaction" in said
    assert "Refused on mx1." in site.now(f"apply -y -c {site.controls}", 1, 3)
    site.host.root(TAKE_BACK, seconds=300)
    site.now(f"apply -y -c {site.controls}", 0)
    assert "Nothing to do" in site.now(f"plan -c {site.controls}", 0)
