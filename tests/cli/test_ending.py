"""How the process itself ends: exit codes, closed pipes, faults of the program. These run it as a process."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from baseline import deadline
from baseline.cli import app, options
from baseline.cli.commands import COMMANDS
from baseline.cli.options import FORKS
from baseline.errors import MOST_TOLD
from baseline.fleet import FORKS as FLEET_FORKS
from tests.cli.conftest import INVENTORY, RULES

COMMAND = (sys.executable, "-m", "baseline")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def local(tmp_path: Path) -> list[str]:
    """Options for a check of this machine itself, which may well have no Postfix."""
    text = INVENTORY.replace("ansible_host: 192.0.2.1", "ansible_connection: local")
    (tmp_path / "inventory.yml").write_text(text)
    (tmp_path / "rules.yml").write_text(RULES)
    return ["-i", str(tmp_path / "inventory.yml"), "-b", str(tmp_path / "rules.yml"), "-l", "mx1"]


def test_a_reader_who_leaves_early_changes_nothing(local: list[str]) -> None:
    whole = subprocess.run([*COMMAND, "check", *local], cwd=ROOT, capture_output=True, text=True, check=False)
    shell = '"$@" | true; exit "${PIPESTATUS[0]}"'
    cut = subprocess.run(
        ["bash", "-c", shell, "-", *COMMAND, "check", *local], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert whole.returncode in (0, 1, 3)
    assert (cut.returncode, cut.stderr) == (whole.returncode, "")


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_stream_that_somebody_closed_is_missed_by_nobody(local: list[str], closed: str) -> None:
    whole = subprocess.run([*COMMAND, "check", *local], cwd=ROOT, capture_output=True, text=True, check=False)
    cut = subprocess.run(
        ["sh", "-c", f'exec "$@" {closed}', "-", *COMMAND, "check", *local],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert cut.returncode == whole.returncode
    assert cut.stdout == ("" if " >&-" in f" {closed}" else whole.stdout)
    assert cut.stderr == ""


def test_output_to_a_file_holds_no_escapes(local: list[str], tmp_path: Path) -> None:
    done = subprocess.run([*COMMAND, "check", *local], cwd=ROOT, capture_output=True, check=False)
    assert b"\x1b" not in done.stdout + done.stderr
    assert b"OUR-Q-01" in done.stdout


def test_the_defaults_of_forks_and_times_are_the_library_s() -> None:
    assert FORKS == FLEET_FORKS
    assert (options.HOST_SECONDS, options.RUN_SECONDS) == (deadline.HOST_SECONDS, deadline.RUN_SECONDS)


def test_help_imports_nothing_that_reaches_hosts() -> None:
    probe = """
import sys
from baseline.cli import main
sys.argv = ["baseline", "-h"]
try:
    main()
except SystemExit:
    print([name for name in ("fabric", "paramiko", "testinfra", "pydantic", "yaml") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_text_that_the_terminal_cannot_show_is_escaped(local: list[str], tmp_path: Path) -> None:
    rules = tmp_path / "rules.yml"
    rules.write_text(RULES.replace("Messages may be large", "Messages may be “large”"), encoding="utf-8")
    how = {"PATH": "/usr/bin:/bin", "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([*COMMAND, "check", *local], cwd=ROOT, capture_output=True, check=False, env=how)
    assert b"Messages may be \\u201clarge\\u201d" in done.stdout
    assert b"Traceback" not in done.stderr


def test_help_makes_no_command() -> None:
    probe = """
import sys
from baseline.cli import main
sys.argv = ["baseline", "-h"]
try:
    main()
except SystemExit:
    print(*sorted(name for name in sys.modules if name.startswith("baseline.")))
"""
    done = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1].split() == [
        "baseline.classes",
        "baseline.cli",
        "baseline.cli.commands",
        "baseline.cli.ending",
        "baseline.cli.examples",
        "baseline.cli.faults",
        "baseline.cli.plain_values",
        "baseline.errors",
        "baseline.late",
        "baseline.state_files",
        "baseline.version",
    ]


def test_what_help_says_of_each_command_fits_into_its_line() -> None:
    done = subprocess.run([*COMMAND, "-h"], capture_output=True, text=True, check=True, env={"COLUMNS": "80"})
    listed = done.stdout.partition("Commands:\n")[2].partition("\n\n")[0].splitlines()
    assert [line.split()[0] for line in listed] == list(COMMANDS)
    width = 2 + max(map(len, COMMANDS))
    assert [f"  {name:<{width}}{one.summary}" for name, one in COMMANDS.items()] == listed


def test_every_command_has_a_name_and_a_help_of_its_own() -> None:
    for name, entry in COMMANDS.items():
        made = entry.command(name)
        assert made.name == name
        assert made.help


def test_a_slip_of_a_name_is_told() -> None:
    done = subprocess.run([*COMMAND, "lnt"], capture_output=True, text=True, check=False)
    assert "Did you mean 'lint'?" in done.stderr
    assert done.returncode == 2


def test_a_file_of_another_sort_is_told_by_its_first_mistakes(tmp_path: Path) -> None:
    """It has one on every line."""
    (tmp_path / "hosts").write_text("a b c\n" * 1000)
    said = CliRunner().invoke(app, ["lint", "-i", str(tmp_path / "hosts")])
    lines = [line for line in said.output.splitlines() if not line.startswith("next: ")]
    assert (said.exit_code, len(lines)) == (2, MOST_TOLD + 1)
    assert re.fullmatch(r"and \d+ more mistakes", lines[-1])


def ended(program: str, *arguments: str, **how: Any) -> subprocess.CompletedProcess[str]:
    """A process that begins with lines of ours, then is the command, and would go on. Nobody measures its coverage."""
    lines = f"""
{program}
import sys
from baseline.__main__ import main
sys.argv = ["baseline", *sys.argv[1:]]
try:
    main()
finally:
    print("went on")
"""
    call = [sys.executable, "-c", lines, *arguments]
    own = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    return subprocess.run(call, cwd=ROOT, env=own, text=True, check=False, **{"capture_output": True, **how})


HAS_VERSION = re.compile(r"baseline [0-9.]+.*\n")
AT_EXIT = "import atexit\natexit.register(print, 'registered')"
THREAD = "import threading as t\nt.Thread(target=lambda: (t.main_thread().join(), print('awaited'))).start()"


def test_the_process_ends_without_taking_itself_apart() -> None:
    done = ended("", "--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert HAS_VERSION.fullmatch(done.stdout)


@pytest.mark.parametrize(("program", "said"), [(AT_EXIT, "registered\n"), (THREAD, "awaited\n")])
def test_what_python_does_at_its_end_is_done(program: str, said: str) -> None:
    """Also by others: what a library has registered, and its threads that are waited for."""
    done = ended(program, "--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert HAS_VERSION.fullmatch(done.stdout.replace("went on\n", "").removesuffix(said))
    assert said in done.stdout


@pytest.mark.parametrize("measured", ["sys.setprofile(lambda *_: None)", "sys.settrace(lambda *_: None)"])
def test_whoever_measures_the_program_goes_on_after_it(measured: str) -> None:
    done = ended(f"import sys\n{measured}", "--version")
    assert done.stdout.endswith("went on\n")


def test_the_exit_code_and_unwritten_output_are_told_as_python_tells_them() -> None:
    assert ended("", "check", "--no-such-option").returncode == 2
    with Path("/dev/full").open("w") as full:
        lost = ended(AT_EXIT, "--version", stdout=full, stderr=subprocess.PIPE, capture_output=False)
    assert lost.returncode != 0
    assert "No space left on device" in lost.stderr
