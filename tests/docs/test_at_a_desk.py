"""The commands that pages list without what they print: each runs, at a desk with a site's files and a made-up host.

A command of ours runs within the test, on hosts that answer from a table; other programs run as they are. None may end
with wrong usage, or without anything that matched. What is printed is not compared here.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from baseline.cli import app
from baseline.model import Target
from baseline.session import Session
from tests.cli.conftest import BAD, postfix
from tests.docs.accounting import PLAYED, desk_commands
from tests.docs.pages import Command, Fence, fences, needs_no_host, written
from tests.scripted import AnswersFrom

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (shutil.which("ssh-keygen") and shutil.which("unzip")), reason="no ssh-keygen or no unzip"),
]

INVENTORY = """\
all:
  vars: {ansible_host: 127.0.0.1, roles: [mta], resolvers: [127.0.0.1], site: cyberjaya, register: register.yml,
    domains: [agensi.example.my]}
  hosts: {mx1: , mx1.agensi.example.my: , store1.agensi.example.my: }
"""
REGISTER = """\
- id: programme-2026
  control: MEL-G-02
  subject: cyberjaya
  issued_on: 2026-03-02T17:00:00+08:00
  issuer: Training unit
  file_sha256: 88c8f257400ce0def034a315697a8e2778031ed861adaaf91c5cc42bb14bc741
  attested_by: Aminah binti Ali, head of ICT
  attested_at: 2026-03-03T09:00:00+08:00
  facts:
    held_at: 2026-03-02T09:00:00+08:00
    next_at: 2027-03-01T09:00:00+08:00
"""
OURS = "baseline: ours\nversion: 1.0.0\nextends: mampu-2007\n"
ENDED = (0, 1, 3)
"""All is well, something does not conform, or something could not be told."""


@dataclass(frozen=True)
class Desk:
    """A folder with a site's files, and a run that was kept."""

    folder: Path

    def do(self, command: Command) -> None:
        """Run one command of a page."""
        text = self.here(command.text)
        if not text.startswith("baseline "):
            self.shell(text)
            return
        typed, _, file = text.partition(" > ")
        given = shlex.split(typed)[1:]
        words = [str(Path(word).expanduser()) if word.startswith("~") else word for word in given]
        done = CliRunner().invoke(app, words, catch_exceptions=False)
        if done.exit_code not in ((*ENDED, 2) if "--format nagios" in text else ENDED):
            pytest.fail(f"{command}: {typed}: {done.exit_code}: {done.output}", pytrace=False)
        assert "Traceback" not in done.output
        if file:
            Path(file).expanduser().write_text(done.stdout, "utf-8")

    def shell(self, text: str) -> None:
        """Run what is not ours, or needs a shell; `baseline` is on the PATH."""
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-ec", text],
            cwd=self.folder,
            env={**os.environ, "PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"{text}: {done.stdout}{done.stderr}"

    def here(self, text: str) -> str:
        """A command with places and names of this desk for those of the page."""
        ours = {
            "/srv/www/": "www/",
            "/var/lib/prometheus/node-exporter/": "",
            "--run 20261123T0815": "--run 1",
            "--run 412": "--run 1",
            "--from-host store1.agensi.example.my": "--from-host store1.agensi.example.my -i inventory.yml",
            "-f KEY": "-f ~/.ssh/id_ed25519",
            "2026-01-01 --until 2026-12-31": f"{datetime.now(UTC):%Y}-01-01 --until {datetime.now(UTC):%Y-%m-%d}",
        }
        for there, mine in ours.items():
            text = text.replace(there, mine)
        return text


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The desk: nothing but this folder is read or written, and no host is reached."""

    def connect(target: Target) -> Session:
        del target
        return AnswersFrom(postfix(BAD))

    monkeypatch.setattr("baseline.session.Connector.connect", lambda _, target: connect(target))
    monkeypatch.chdir(tmp_path)
    for name, value in {"HOME": ".", "XDG_STATE_HOME": "state", "ANSIBLE_INVENTORY": "inventory.yml"}.items():
        monkeypatch.setenv(name, str(tmp_path / value))
    made = Desk(tmp_path)
    (tmp_path / "inventory.yml").write_text(INVENTORY)
    for name in ("ours.yml", "newer.yml"):
        (tmp_path / name).write_text(OURS)
    (tmp_path / "minutes.pdf").write_bytes(b"minutes")
    for name in (".vault-pass", ".vault-dev", "vault-client.sh"):
        (tmp_path / name).write_text("secret\n")
    (tmp_path / "hosts.ini").write_text("[all]\nmx1 ansible_host=127.0.0.1\n")
    (tmp_path / "register.yml").write_text(REGISTER)
    for folder in (".ssh", ".zfunc", ".local/share/bash-completion/completions", ".config/fish/completions"):
        (tmp_path / folder).mkdir(parents=True)
    made.shell("ssh-keygen -q -t ed25519 -N '' -f .ssh/id_ed25519")
    key = (tmp_path / ".ssh/id_ed25519.pub").read_text()
    names = ("agency", "aminah@agensi.example.my", "mof.gov.example")
    (tmp_path / "allowed_signers").write_text("".join(f"{name} {key}" for name in names))
    return made


def kept(desk: Desk) -> None:
    """A check that was made before."""
    desk.do(Command("", 0, "baseline check -i inventory.yml --format json -o report.json"))


def dossiers(desk: Desk) -> None:
    """What an assessor has: the verifier from elsewhere, and the key."""
    kept(desk)
    desk.do(Command("", 0, "baseline dossier --write-verifier verify_dossier.py"))
    desk.do(Command("", 0, "baseline evidence key --as agency > allowed_signers"))


def owners(desk: Desk) -> None:
    """The files that the report to owners made."""
    (desk.folder / "owners-2026-03").mkdir()
    (desk.folder / "owners-2026-03/notified.txt").write_text("aminah@agensi.example.my\n")
    (desk.folder / "owners-2026-03/mailbox-owners.csv").write_text("address\naminah@agensi.example.my\n")


def inbox(desk: Desk) -> None:
    """What an agency handed over: made as its page says further down."""
    desk.do(Command("", 0, "baseline check -i inventory.yml --format json -o mof.json"))
    desk.shell("ssh-keygen -q -Y sign -f .ssh/id_ed25519 -n baseline-report mof.json")
    desk.shell("mkdir inbox && mv mof.json mof.json.sig inbox/ && cp allowed_signers agencies")


def nothing(desk: Desk) -> None:
    """The page needs nothing besides."""
    del desk


BEFORE: Mapping[str, Callable[[Desk], None]] = {
    "docs/history.md": kept,
    "docs/reports.md": kept,
    "docs/waivers.md": kept,
    "docs/evidence.md": owners,
    "docs/dossier.md": dossiers,
    "docs/rollup.md": inbox,
}


def listed(fence: Fence) -> list[Command]:
    """The commands of a block that are run here; those of a Malay page are the English ones."""
    elsewhere = (fence.page, fence.language) in PLAYED or needs_no_host(fence) or fence.page.startswith("docs/ms/")
    return [] if elsewhere else desk_commands(fence)


@pytest.mark.parametrize("page", [page for page, text in written().items() if any(map(listed, fences(page, text)))])
def test_every_command_that_a_page_lists_runs(page: str, desk: Desk) -> None:
    BEFORE.get(page, nothing)(desk)
    for fence in fences(page, written()[page]):
        commands = listed(fence)
        # Blocks of a page are one way and another: each begins with the register as it was.
        (desk.folder / "register.yml").write_text(REGISTER)
        if any("=$(" in command.text for command in commands):
            desk.shell("\n".join(command.text for command in commands))
            continue
        for command in commands:
            desk.do(command)
