"""Completion in real shells: what is offered, that nothing of it is run, and that no word is said of mistakes."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from baseline.cli.completion import ShellName, candidates

INVENTORY = """\
relays:
  hosts:
    mx1.agensi.example.my: {roles: [mta]}
    mx2.agensi.example.my: {roles: [mta]}
"$(touch run)": {hosts: {mx1.agensi.example.my: }}
"`touch run`;touch run": {hosts: {mx1.agensi.example.my: }}
"""


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an inventory of which some names would be run by a shell that evaluates them."""
    (tmp_path / "inventory.yml").write_text(INVENTORY)
    (tmp_path / "broken.yml").write_text("relays: [\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TERM", "dumb")
    return tmp_path


def shell_of(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def done(*words: str) -> str:
    """What a command printed on both of its streams."""
    ran = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True, timeout=60)
    return ran.stdout


def in_bash(*lines: str) -> list[list[str]]:
    """What bash offers behind each line."""
    script = """
        eval "$(baseline completion bash)"
        for COMP_LINE; do
            COMP_POINT=${#COMP_LINE} COMPREPLY=()
            _baseline_complete baseline
            echo "${COMPREPLY[*]}"
        done
    """
    return [one.split() for one in done(shell_of("bash"), "--norc", "-c", script, "bash", *lines).splitlines()]


def in_fish(*lines: str) -> list[list[str]]:
    """What fish offers behind each line."""
    script = """
        baseline completion fish | source
        for line in $argv
            echo (complete -C $line | string replace -r '\\t.*' '')
        end
    """
    return [one.split() for one in done(shell_of("fish"), "--no-config", "-c", script, *lines).splitlines()]


def typed_into(argv: list[str], steps: Mapping[str, str]) -> str:
    """What a shell on a terminal shows: each step is typed once the text before it was seen. It is ended after all."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.execvp(argv[0], argv)
    shown, end = "", time.monotonic() + 60
    try:
        for text, until in steps.items():
            os.write(terminal, text.encode())
            before = len(shown)
            while not re.search(until, shown[before:]) and time.monotonic() < end:
                if select.select([terminal], [], [], 0.2)[0]:
                    shown += os.read(terminal, 65_536).decode(errors="replace")
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        os.close(terminal)
    return shown


def in_zsh(line: str) -> list[list[str]]:
    """What zsh on a terminal shows behind a line."""
    setup = "autoload -Uz compinit; compinit -u -D; eval \"$(baseline completion zsh)\"; PS1='ready''> '\n"
    shown = typed_into([shell_of("zsh"), "-f", "-i"], {setup: "ready> ", f"{line}\t": r"\n[^\n]*\n[^\n]*> |\.my"})
    return [re.findall(r"[A-Za-z0-9$`][^\s]*", shown.partition("ready> ")[2].partition(line)[2])]


SHELLS: Mapping[str, Callable[..., list[list[str]]]] = {"bash": in_bash, "fish": in_fish, "zsh": in_zsh}


@pytest.mark.parametrize("shell", SHELLS)
def test_hosts_and_groups_of_the_inventory_are_offered_and_nothing_is_run(shell: str, site: Path) -> None:
    (found,) = SHELLS[shell]("baseline check -i inventory.yml -l ")
    assert {"mx1.agensi.example.my", "mx2.agensi.example.my", "relays"} <= set(found)
    assert [one for one in found if "touch" in one] == []
    assert sorted(path.name for path in site.iterdir() if path.name == "run") == []


OFFERED: Mapping[str, list[str]] = {
    "baseline chec": ["check", "checklist"],
    "baseline check --list-": ["--list-hosts", "--list-controls"],
    "baseline check -b mampu": ["mampu-2007"],
    "baseline explain MEL-Q-01": ["MEL-Q-01"],
    "baseline evidence du": ["due"],
    "baseline schema inv": ["inventory"],
    "baseline check --format oscal-": ["oscal-poam"],
    "baseline check -c MEL-Q-01,MEL-Q-02": ["MEL-Q-01,MEL-Q-02"],
    "baseline check -i broken.yml -l mx": [],
    "baseline check -i nowhere.yml -l mx": [],
}
"""What is typed -> what is offered. Of a broken inventory nothing is, and no word of it is said."""


@pytest.mark.parametrize("shell", ["bash", "fish"])
@pytest.mark.usefixtures("site")
def test_commands_options_baselines_and_controls_are_offered(shell: str) -> None:
    assert dict(zip(OFFERED, SHELLS[shell](*OFFERED), strict=True)) == OFFERED


@pytest.mark.usefixtures("site")
def test_behind_a_colon_bash_is_given_what_it_takes_for_the_word() -> None:
    assert in_bash("baseline check -i inventory.yml -l relays:mx2") == [["mx2.agensi.example.my"]]


def test_a_program_that_is_an_inventory_is_not_run(site: Path) -> None:
    program = site / "hosts.sh"
    program.write_text("#!/bin/sh\ntouch run\necho '{}'\n")
    program.chmod(0o755)
    assert [*candidates(["check", "-i", "hosts.sh", "-l"], "")] == []
    assert not (site / "run").exists()


def test_completing_a_command_imports_no_command(site: Path) -> None:
    probe = "import sys; from baseline.cli import main; main(); print(*sys.modules, file=sys.stderr)"
    asked = {**os.environ, "_BASELINE_COMPLETE": "bash", "_BASELINE_LINE": "baseline che"}
    ran = subprocess.run([sys.executable, "-c", probe], cwd=site, env=asked, capture_output=True, text=True, check=True)
    assert ran.stdout == "check\nchecklist\n"
    loaded = set(ran.stderr.split())
    assert not loaded & {"baseline.load", "baseline.kinds", "baseline.cli.hosts", "yaml", "pydantic"}


def test_there_is_a_script_for_each_shell_and_each_is_one_of_that_shell(site: Path) -> None:
    for name in ShellName:
        script = site / f"script.{name.value}"
        script.write_text(done("baseline", "completion", name.value))
        if shutil.which(name.value):
            assert done(name.value, "-n", str(script)) == ""
