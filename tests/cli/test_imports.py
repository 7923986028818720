"""What a command imports: nothing that this call of it does not need, since that is most of what a small one costs."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROBE = """
import sys
before = set(sys.modules)
from baseline.cli import main
sys.argv = ["baseline", *sys.argv[1:]]
try:
    main()
except SystemExit as end:
    print("modules:", *sorted(set(sys.modules) - before), file=sys.stderr)
    raise
"""
NEVER = (
    "alembic",
    "asyncpg",
    "dns",
    "jinja2",
    "junitparser",
    "openpyxl",
    "prometheus_client",
    "smtplib",
    "tarfile",
    "baseline.alerting",
    "baseline.applying",
    "baseline.attempts",
    "baseline.cluster",
    "baseline.extensions.folder",
    "baseline.extensions.installed",
    "baseline.extensions.walls",
    "baseline.lab",
    "baseline.planfile",
    "baseline.planning",
    "baseline.scheduling",
    "baseline.templates",
    "baseline.upgrading",
    "sqlalchemy.dialects.postgresql",
    "typer._adapters",
)
"""What a check of files has no use for."""

RULES = """\
baseline: files
version: 1.0.0
title: Files
controls:
  - {id: F-1, kind: file, title: A file, clause: '', obligation: recommended, severity: low, why: To test., path: %s,
     content: as it is}
  - {id: F-2, kind: file, title: No file, clause: '', obligation: recommended, severity: low, why: To test., path: %s,
     absent: true}
"""


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Options for a check of two files of this machine, one of which is not to be there."""
    (tmp_path / "file").write_text("as it is")
    (tmp_path / "rules.yml").write_text(RULES % (tmp_path / "file", tmp_path / "none"))
    (tmp_path / "inventory.yml").write_text("all: {hosts: {mx1: {ansible_connection: local, roles: [mta]}}}\n")
    return ["-i", str(tmp_path / "inventory.yml"), "-b", str(tmp_path / "rules.yml")]


def imported(tmp_path: Path, *arguments: str) -> set[str]:
    """All modules that a process imported to run a command to its end, which says that all conforms.

    What it had before, such as a measurement of coverage needs, is not of the command.
    """
    surroundings = {**os.environ, "XDG_STATE_HOME": str(tmp_path / "state")}
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=surroundings,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return set(done.stderr.rpartition("modules:")[2].split())


def among(modules: set[str], names: tuple[str, ...]) -> list[str]:
    return [name for name in names if name in modules]


def test_a_check_of_files_imports_nothing_that_it_does_not_need(tmp_path: Path, files: list[str]) -> None:
    modules = imported(tmp_path, "check", *files, "--no-history")
    assert among(modules, (*NEVER, "baseline.history", "baseline.model.probes", "sqlalchemy")) == []
    assert {name for name in modules if name.startswith("baseline.kinds.")} == {
        "baseline.kinds.base",
        "baseline.kinds.file",
    }
    assert {"pydantic", "rich", "testinfra", "yaml"} <= modules


def test_a_check_that_is_kept_imports_a_database_and_no_more(tmp_path: Path, files: list[str]) -> None:
    """The first run makes the tables; the second has nothing to make."""
    imported(tmp_path, "check", *files)
    modules = imported(tmp_path, "check", *files)
    assert among(modules, NEVER) == []
    assert "sqlalchemy" in modules


NOT_TO_READ = (
    "baseline.applying",
    "baseline.edits",
    "baseline.engine",
    "baseline.fleet",
    "baseline.history",
    "baseline.load.action_plan",
    "baseline.load.registers",
    "baseline.load.rosters",
    "baseline.load.signed",
    "baseline.load.waiver_entries",
    "baseline.model.evidence",
    "baseline.model.plans",
    "baseline.model.report",
    "baseline.model.run",
    "baseline.programs",
    "baseline.readings.outline",
    "baseline.session",
    "fabric",
    "invoke",
)
"""What reading files of people, and making their controls of files for hosts, has no use for."""


def test_lint_imports_what_reads_files_and_no_more(tmp_path: Path, files: list[str]) -> None:
    modules = imported(tmp_path, "lint", *files)
    unused = ("baseline.cli.job", "baseline.load.hosts_ini", "configparser", "rich", "sqlalchemy", "testinfra")
    assert among(modules, (*NEVER, *NOT_TO_READ, *unused)) == []
    assert {"baseline.judge", "baseline.kinds.file", "baseline.load.inventory"} <= modules


def test_explain_imports_one_kind_and_no_inventory(tmp_path: Path, files: list[str]) -> None:
    modules = imported(tmp_path, "explain", "F-1", *files[2:])
    unused = ("baseline.cli.job", "baseline.deadline", "baseline.load.inventory", "sqlalchemy", "testinfra")
    assert among(modules, (*NEVER, *NOT_TO_READ, *unused)) == []
    assert {"baseline.kinds.file", "rich"} <= modules


def test_a_check_lays_out_no_text_where_none_is_asked_for_and_nobody_looks_on(tmp_path: Path, files: list[str]) -> None:
    modules = imported(
        tmp_path, "check", *files, "--no-history", "--format", "json", "-o", str(tmp_path / "report.json")
    )
    assert {name for name in modules if name.partition(".")[0] == "rich"} == set()


UNUSED_BY_A_CHECK = (
    "baseline.edits",
    "baseline.generations",
    "baseline.hand_edits",
    "baseline.mailboxes.looks",
    "baseline.readings.dovecot",
    "baseline.readings.evidence",
    "baseline.remedies.told",
    "baseline.reports.changes",
    "baseline.reports.hiding",
    "baseline.reports.plans",
    "baseline.reports.timings",
    "baseline.zone_edits",
)
"""What speaks of changes, mailboxes and registers: no use for a check of files that are all right."""


def test_a_check_imports_neither_changes_nor_what_knows_mailboxes_and_registers(
    tmp_path: Path, files: list[str]
) -> None:
    assert among(imported(tmp_path, "check", *files), UNUSED_BY_A_CHECK) == []
