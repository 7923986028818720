"""A planted secret is applied, refused, taken back and rolled back on a real host, and found nowhere else.

What only looks is searched in tests/cli/test_canary.py.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.lab.alone import alone
from tests.lab.real import RealHost

pytestmark = pytest.mark.lab

OLD, CANARY, ROTATED = "kenari-lama-8Yt5", "kenari-3Pz7-rahsia", "kenari-6Mb1-diganti"
PATH = "/etc/site-canary/password"
SECRETS = ("/etc/dovecot/conf.d/97-canary.conf", PATH)

RULES = """\
baseline: canary
version: 1.0.0
title: {en: Canary, ms: Kenari}
controls:
  - id: OUR-S-01
    kind: file
    title: {en: A password file, ms: Fail kata laluan}
    clause: "7"
    obligation: mandatory
    severity: high
    roles: []
    why: To be tested.
    path: PATH
    content: CONTENT
    reload: RELOAD
"""


class Canary:
    """The command as a person runs it, and all that it has said so far."""

    def __init__(self, host: RealHost, folder: Path) -> None:
        self.host, self.folder, self.said = host, folder, [""]
        self.rules()

    def rules(self, content: str = '"x = {{ password }}\\n"', path: str = PATH, reload: str = "[]") -> None:
        """The baseline, with this content."""
        text = RULES.replace("PATH", path).replace("CONTENT", content).replace("RELOAD", reload)
        (self.folder / "rules.yml").write_text(f"{text}vars: {{password: !secret {{env: CANARY}}}}\n")

    def run(self, *words: str, value: str = CANARY, rules: bool = True) -> tuple[int, str]:
        """Exit code and standard output."""
        given = ["-i", str(self.host.directory / "inventory.yml")]
        given += ["-b", str(self.folder / "rules.yml"), "-l", "mx1"] if rules else []
        code = (
            "import logging, sys; from baseline.cli import main; "
            "logging.basicConfig(level=logging.DEBUG, filename='debug.log'); main()"
        )
        done = subprocess.run(
            [sys.executable, "-c", code, *words, *given],
            cwd=self.folder,
            env={**os.environ, "CANARY": value, "XDG_STATE_HOME": str(self.folder / "state")},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        self.said += [done.stdout, done.stderr]
        return done.returncode, done.stdout

    def everything(self) -> str:
        """Outputs, logs, state and plan files."""
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        return "\n".join([*self.said, *(path.read_text("utf-8", "replace") for path in files)])

    def on_the_host(self, word: str) -> list[str]:
        """Every file of the host that was written since it was planted and holds the word."""
        found = self.host.root(
            "find / -xdev -path /var/lib/baseline -prune -o -type f -newer /root/planted -print0 | "
            f"xargs -0 grep -laF -- {word} || true; "
            f"find /run /dev/shm /tmp /var/tmp -xdev -type f -exec grep -laF -- {word} {{}} + || true"
        )
        return found.split()


@pytest.fixture(scope="module")
def host() -> Iterator[RealHost]:
    """A host of this module's own: it is led back to its very beginning, with all that others have applied."""
    with alone("canary") as found:
        yield found


@pytest.fixture
def canary(host: RealHost, tmp_path: Path) -> Iterator[Canary]:
    """Whatever a test does, no secret and no digest of one comes out, and the host has it where it belongs alone."""
    host.root(f"touch /root/planted; sleep 0.1; mkdir -p {PATH.rpartition('/')[0]}; printf '%s\\n' {OLD} >{PATH}")
    found = Canary(host, tmp_path)
    yield found
    everything = found.everything()
    for word in (OLD, CANARY, ROTATED):
        for text in (word, f"{word}\n", f"x = {word}\n"):
            digest = hashlib.sha256(text.encode()).hexdigest()
            assert text.strip() not in everything, f"{text} came out"
            assert digest not in everything
            assert digest[:16] not in everything
        assert set(found.on_the_host(word)) <= {PATH}
    # Where nothing was applied yet there is no such folder.
    folders = "find /var/lib/baseline -maxdepth 2 -type d ! '(' -perm 700 -user root ')' 2>/dev/null || true"
    assert host.root(folders) == ""
    host.root(f"rm -rf {PATH.rpartition('/')[0]} {SECRETS[0]} /root/planted")


def test_applied_rotated_and_rolled_back(canary: Canary) -> None:
    host = canary.host
    for form in ("text", "json", "junit"):
        assert canary.run("check", "--diff", "-v", "--private", "--format", form)[0] == 1
    assert canary.run("plan", "-v", "-o", "plan.json")[0] == 1
    assert canary.run("apply", "plan.json", "--diff", "-v", "--private", "--format", "json")[0] == 0
    assert host.root(f"cat {PATH}; stat -c %a {PATH}") == f"x = {CANARY}\n600\n"
    assert canary.run("check", "-v")[0] == 0
    # Who reviewed one secret has not reviewed another.
    host.root(f"printf 'by hand\\n' >{PATH}")
    code, said = canary.run("check", "--diff", "-v", "--private")
    assert (code, f"drifted: {PATH}: content changed\n" in said) == (1, True)
    assert canary.run("plan", "-o", "rotated.json")[0] == 1
    assert canary.run("apply", "rotated.json", value=ROTATED)[0] == 1
    assert canary.run("apply", "--yes", "--diff", "-v", value=ROTATED)[0] == 0
    assert host.root(f"cat {PATH}") == f"x = {ROTATED}\n"
    assert canary.run("rollback", "mx1", "--list", "--format", "json", rules=False)[0] == 0
    code, said = canary.run("rollback", "mx1", "--yes", "--format", "json", "-v", rules=False)
    assert code == 4
    (plan_of_it,) = json.loads(said)["plans"]
    assert [file["secret"] for file in plan_of_it["files"] if file["path"] == PATH] == [True]
    assert host.root(f"cat {PATH}") == "by hand\n"
    # Neither does the way back show what it leads to, nor what somebody has changed meanwhile.
    host.root(f"printf 'x = {ROTATED}\\n' >{PATH}")
    back = ("rollback", "mx1", "--to", "0", "--yes", "--diff", "-v", "--private")
    code, said = canary.run(*back, "--keep-edits", rules=False)
    assert code == 1
    assert f"{PATH}: edited by hand, and what the last apply wrote there is not kept" in " ".join(said.split())
    for form in ("text", "json"):
        assert canary.run(*back, "--format", form, rules=False)[0] == (4 if form == "text" else 0)
    assert host.root(f"cat {PATH}") == f"{OLD}\n"


def test_removed(canary: Canary) -> None:
    assert canary.run("apply", "--yes", "-v")[0] == 0
    rules = canary.folder / "rules.yml"
    rules.write_text(rules.read_text().replace('content: "x = {{ password }}\\n"', "absent: true"))
    assert canary.run("plan", "-v", "--private")[0] == 1
    assert canary.run("apply", "--yes", "-v", "--diff", "--private", "--format", "json")[0] == 0
    assert canary.host.root(f"ls {PATH} 2>&1 || true").startswith("ls: cannot access")


def test_a_checker_that_quotes_it(canary: Canary) -> None:
    canary.rules('"{{ password }} = no such setting\\n"', SECRETS[0], "[dovecot]")
    for form in ("text", "json", "junit"):
        code, _ = canary.run("apply", "--yes", "-v", "--diff", "--format", form)
        assert code == 1
    assert "(secret)" in canary.said[-2]


def test_an_apply_that_is_taken_back(canary: Canary) -> None:
    canary.host.root(
        "printf '[Service]\\nExecStart=sleep infinity\\nExecReload=false\\n' >/etc/systemd/system/canary.service && "
        "systemctl daemon-reload && systemctl start canary"
    )
    try:
        canary.rules(reload="[canary]")
        code, _ = canary.run("apply", "--yes", "-v", "--diff", "--format", "json")
        assert code == 4
        assert canary.host.root(f"cat {PATH}") == f"{OLD}\n"
    finally:
        canary.host.root("systemctl stop canary; rm /etc/systemd/system/canary.service; systemctl daemon-reload")


def test_one_that_is_not_to_be_had(canary: Canary) -> None:
    assert canary.run("apply", "--yes", "-v", value="")[0] == 3
    assert canary.host.root(f"cat {PATH}") == f"{OLD}\n"
