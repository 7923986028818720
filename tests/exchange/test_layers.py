"""Imports go one way, downwards, and what a room may not do it does not."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from baseline.kinds import kinds as all_kinds
from tests.code.rooms import PACKAGE, PURE, chains, imports, modules, rank, room_of, tree_of

pytestmark = pytest.mark.checkout

MODEL_ONLY = {
    "reports": {"model", "languages"},
    "history": {"model", "errors"},
    "probes": {"model", "errors", "deadline", "crew"},
    "lab": {"programs"},
}
"""Rooms that see less than all below them, besides what makes their classes. The lab sees which ports programs serve,
to know when a host is ready."""

OUTSIDE_WORLD = {"socket", "subprocess", "os", "pathlib", "time", "shutil", "urllib", "http", "asyncio", "threading"}
"""Modules of the standard library that reach a network, a clock or a file system."""

TALKS_TO_HOSTS = {"testinfra", "fabric", "invoke", "paramiko"}


def called(path: Path, name: str) -> list[int]:
    """Lines that call a function by its name, dotted or not."""
    return [
        node.lineno for node in ast.walk(tree_of(path)) if isinstance(node, ast.Call) and ast.unparse(node.func) == name
    ]


def test_there_is_something_to_look_at() -> None:
    assert len(modules()) > 30
    assert sum(bool(one.target) for one in imports()) > 100


def test_every_room_has_its_place() -> None:
    assert all(rank(room_of(path)) >= 0 for path in modules())


def test_imports_go_downwards() -> None:
    wrong = [
        f"{one.where}: {one.room or 'baseline'} imports {one.target}"
        for one in imports()
        if one.target and one.target != one.room and rank(one.target) >= rank(one.room)
    ]
    assert wrong == []


@pytest.mark.parametrize("room", MODEL_ONLY)
def test_rooms_that_see_the_model_only(room: str) -> None:
    seen = {one.target: one.where for one in imports() if one.room == room and one.target not in ("", "classes", room)}
    assert set(seen) <= MODEL_ONLY[room], seen


def test_a_kind_imports_no_other_kind() -> None:
    between = {"baseline.kinds.base", "baseline.kinds.domain", "baseline.kinds.setting"}
    wrong = [
        f"{one.where}: {one.name}"
        for one in imports()
        if one.room == "kinds" and one.target == "kinds" and one.name not in between
        if not one.where.startswith("baseline/kinds/__init__.py:")
    ]
    assert wrong == []


def test_every_module_of_the_kinds_is_a_kind_or_what_all_of_them_are() -> None:
    kinds = {Path(str(import_module(kind.__module__).__file__)) for kind in all_kinds().values()}
    others = {path.name for path in (PACKAGE / "kinds").glob("*.py") if path not in kinds}
    assert others == {"__init__.py", "base.py", "domain.py", "setting.py"}


def test_no_kind_lives_among_the_readings_and_the_remedies() -> None:
    classes = [
        f"{path.name}:{node.name}"
        for path in modules()
        if room_of(path) in ("readings", "remedies")
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.ClassDef) and any("Control" in ast.unparse(base) for base in node.bases)
    ]
    assert classes == []


def test_only_the_session_and_the_tasks_for_fabfiles_import_fabric() -> None:
    """What people import into a fabfile has to be made of Fabric's own tasks. It opens no connection by itself."""
    assert {one.where.partition(":")[0] for one in imports() if one.top in ("fabric", "invoke")} == {
        "baseline/session.py",
        "baseline/fabric_tasks/__init__.py",
    }


def test_only_the_facts_import_testinfra_at_run_time_and_what_gives_people_its_host() -> None:
    importing = [one for one in imports() if one.top == "testinfra" and not one.typing]
    assert {one.where.partition(":")[0] for one in importing if one.room != "pytest_plugin"} == {"baseline/facts.py"}
    assert {one.where.partition(":")[0] for one in importing if one.room == "pytest_plugin"} == {
        f"baseline/pytest_plugin/{name}.py" for name in ("asking", "fixtures", "running")
    }


@pytest.mark.parametrize("room", PURE)
def test_no_pure_room_reaches_what_talks_to_hosts_through_another(room: str) -> None:
    found = {name: " > ".join((*way, name)) for name, way in chains(room).items() if name in TALKS_TO_HOSTS}
    assert found == {}


def test_pure_rooms_are_imported_without_what_talks_to_hosts() -> None:
    names = [".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts) for path in modules()]
    pure = [name.removesuffix(".__init__") for name in names if name.split(".")[1] in PURE]
    script = f"import sys, {', '.join(pure)}; print(*sorted({TALKS_TO_HOSTS!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_pure_rooms_reach_no_network_no_clock_and_no_file_system() -> None:
    wrong = [f"{one.where}: {one.name}" for one in imports() if one.room in PURE and one.top in OUTSIDE_WORLD]
    assert wrong == []
    clocks = [
        f"{path.name}:{line}"
        for path in modules()
        if room_of(path) in PURE
        for name in ("datetime.now", "date.today", "datetime.today", "open")
        for line in called(path, name)
    ]
    assert clocks == []


def test_facts_do_not_know_that_ssh_exists_and_sessions_not_what_a_control_is() -> None:
    assert not {one.target for one in imports() if one.room == "facts"} & {"session", "local", "known_hosts"}
    assert not {one.target for one in imports() if one.room in ("session", "local")} & {"kinds", "facts", "judge"}


def test_the_library_does_not_print_and_does_not_exit() -> None:
    silent = [path for path in modules() if room_of(path) not in ("cli", "reports", "lab", "reference", "manual")]
    for name in ("print", "sys.exit", "exit", "quit", "os._exit", "logging.basicConfig"):
        assert [f"{path.name}:{line}" for path in silent for line in called(path, name)] == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    empty = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
    assert [str(path) for path in modules() if {part.removesuffix(".py") for part in path.parts} & empty] == []


@pytest.mark.parametrize(
    ("text", "homes"),
    [
        ("/etc/postfix/main.cf", {"formats/postfix.py"}),
        ("/etc/postfix/master.cf", {"formats/postfix.py"}),
        ("/var/lib/baseline", {"model/hosts.py"}),
        ("dovecot --version", {"programs/table.py"}),
        ("mta|mailstore", set()),
    ],
)
def test_what_has_a_name_is_not_written_out_again(text: str, homes: set[str]) -> None:
    """Prose may say it, and so may a longer name that only begins with it."""
    said = re.compile(rf"(?:^|[^`]){re.escape(text)}(?![\w-])")
    found = {str(path.relative_to(PACKAGE)) for path in modules() if any(map(said.search, _code_strings(path)))}
    assert found == homes


def _code_strings(path: Path) -> Iterator[str]:
    """The strings of a module that are no docstrings."""
    prose = {id(node.value) for node in ast.walk(tree_of(path)) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.value
