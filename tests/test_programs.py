"""The table of programs: what is said in it is said once, and somebody reads it."""

from __future__ import annotations

import ast
import dataclasses
import re
import subprocess
from pathlib import Path

import pytest

import baseline
from baseline.programs import DOVECOT, OPENSSH, POSTFIX, PROGRAMS, RSPAMD, columns, service_of
from baseline.stale import QUESTION
from baseline.transaction import VALIDATORS
from tests.cases.files import CaseFiles

PACKAGE = Path(str(baseline.__file__)).parent


def _read_outside() -> set[str]:
    """Every attribute that code outside the table takes of something."""
    outside = [path for path in PACKAGE.rglob("*.py") if path.parent.name != "programs"]
    trees = (ast.parse(path.read_text()) for path in outside)
    return {node.attr for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def test_every_column_has_a_reader() -> None:
    # These two are read through properties of the table.
    through = {"aliases": "units", "services": "units"}
    rows = [one for one in vars(columns).values() if isinstance(one, type) and dataclasses.is_dataclass(one)]
    names = {field.name for row in rows for field in dataclasses.fields(row)}
    assert len(names) > 20
    read = _read_outside()
    assert {name for name in names if through.get(name, name) not in read} == set()


def test_nothing_belongs_to_two_programs() -> None:
    units = [unit for program in PROGRAMS for unit in program.units]
    roots = [tree.root for program in PROGRAMS for tree in program.trees]
    ports = [port.number for program in PROGRAMS for port in program.ports]
    for listed in (units, roots, ports):
        assert len(listed) == len(set(listed))
    assert [one.root for one in VALIDATORS] == roots


def test_a_unit_is_known_by_its_own_name_and_by_those_that_it_runs_in() -> None:
    assert service_of("postfix@-.service") is service_of("postfix.service") is POSTFIX.services[0]
    assert service_of("exim4.service").processes == ()


@pytest.mark.parametrize(
    ("port", "starttls"), [(25, "smtp"), (465, ""), (143, "imap"), (993, ""), (4190, "sieve"), (22, ""), (53, "")]
)
def test_how_tls_is_begun_on_a_port(port: int, starttls: str) -> None:
    (found,) = (one for program in PROGRAMS for one in program.ports if one.number == port)
    assert found.starttls == starttls


def test_what_listens_is_opened_by_the_part_that_is_named() -> None:
    # The old port of ManageSieve is nothing that a host serves: Debian opens it with Dovecot 2.4.
    assert set(DOVECOT.opened_by) == {2000, *(port.number for port in DOVECOT.ports)}
    assert RSPAMD.ports == ()
    assert OPENSSH.role == ""


def test_the_files_that_a_reload_reads_are_chosen_as_find_understands(tmp_path: Path) -> None:
    """The arguments that the question gives to find, over a tree of Rspamd's kind."""
    (line,) = (line for line in QUESTION.splitlines() if line.startswith("newer rspamd "))
    arguments = line.partition(')" ')[2].replace("/etc/rspamd", ".")
    (tmp_path / "maps.d").mkdir()
    (tmp_path / "local.d").mkdir()
    for name in ("rspamd.conf", "local.d/a.inc", "local.d/a.inc.bak", "maps.d/b.inc", "rspamd.lua"):
        (tmp_path / name).touch()
    command = f"find -L {arguments} -type f -print | sort"
    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["./local.d/a.inc", "./rspamd.conf", "./rspamd.lua"]


def test_no_question_goes_past_the_view_of_a_program_that_writes() -> None:
    """A shell finds it as a function where it is the first word of a command, and only there."""
    names = "|".join(re.escape(name) for program in PROGRAMS for name in program.writers)
    assert re.fullmatch(r"[a-z_][a-z_0-9|]*", names), "a shell has no function of that name"
    told = {question for case in CaseFiles().load_all() for question in case.answers}
    used = [match for question in told for match in re.finditer(rf"([^\s;|&(){{}}`]*)[ \t]*\b({names}) ", question)]
    assert len(used) > 3
    first = {"", "then", "else", "do", "!", "-v"}
    assert {match[0] for match in used if match[1] not in first} == set()
