"""The Python of the pages: type-checked, and run."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
import types
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from baseline.edits import compose
from baseline.errors import CannotTell
from baseline.facts import look
from baseline.judge import judge
from baseline.kinds import kinds_of
from baseline.kinds.base import Control
from baseline.lab import LabError
from baseline.load import load_baseline
from baseline.model import Answer, FileState, Outcome, Report, Target
from tests.cli.conftest import BAD, GOOD, Site, site
from tests.docs.pages import ROOT, Fence, fences, written
from tests.kinds.hosts import TARGET
from tests.labs import lab_name

__all__ = ["site"]

EXAMPLE = ROOT / "docs" / "example_library.py"
OUTSIDE = """\
from baseline.errors import CannotTell
from baseline.kinds.base import Control
from baseline.model import State, Target
from baseline.model.probes import Lookup, View

class Named(Control):
"""
"""What stands around the method that the page shows alone."""
LIFETIME = "postconf -hx maximal_queue_lifetime"


def python_of(page: str) -> list[Fence]:
    """The Python of a page."""
    return [fence for fence in fences(page, written()[page]) if fence.language == "python"]


def module(name: str, text: str) -> types.ModuleType:
    """A module made of a text."""
    made = types.ModuleType(name)
    sys.modules[name] = made
    exec(compile(text, name, "exec"), made.__dict__)
    return made


@pytest.fixture
def example() -> types.ModuleType:
    """The program of the page on the library."""
    return module("example_library", EXAMPLE.read_text(encoding="utf-8"))


def test_types_are_right(tmp_path: Path) -> None:
    """The program, the kind of the page on kinds, and the excerpts of a page as one program."""
    first, *rest = (fence.text for fence in python_of("docs/library.md"))
    given = "targets = inventory.targets\ntarget = targets[0]\n"
    programs = {
        "kind.py": python_of("docs/extending.md")[0].text,
        "outside.py": OUTSIDE + textwrap.indent(python_of("docs/extending.md")[1].text, "    "),
        "library.py": first + given + "".join(rest),
        "history.py": "".join(fence.text for fence in python_of("docs/history.md")),
        "waivers.py": "".join(fence.text for fence in python_of("docs/waivers.md")),
        "readme.py": "".join(fence.text for fence in python_of("README.md")),
    }
    for name, text in programs.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "mypy", "--strict", str(EXAMPLE), *(str(tmp_path / name) for name in programs)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_program_prints_what_counts_and_ends_like_a_check(
    example: types.ModuleType,
    site: Site,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from tests.cli.conftest import postfix

    monkeypatch.chdir(tmp_path)
    files = [str(site.folder / "inventory.yml"), str(site.folder / "rules.yml")]
    assert example.main(files) == 0
    assert capsys.readouterr().out == "2 hosts, 0 findings against them, 0 unknown\n"
    site.hosts["mx1"] = postfix(BAD)
    assert example.main(files) == 1
    assert "mx1 OUR-Q-01 (f.i): message_size_limit is 10240000" in capsys.readouterr().out
    assert json.loads(Path("report.json").read_text())["exit_code"] == 1
    site.hosts = {"mx1": postfix(GOOD)}
    assert example.main(files) == 3
    assert "could not look at mx2: 192.0.2.2 cannot be reached" in capsys.readouterr().out
    Path(files[0]).write_text("mta: [")
    assert example.main(files) == 2
    assert "inventory.yml:" in capsys.readouterr().err


@pytest.fixture
def lab_inventory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The inventory of a lab of one host."""
    from baseline import lab

    try:
        lab.preflight()
    except LabError as error:
        pytest.skip(str(error))
    monkeypatch.setenv("BASELINE_LAB_NAME", lab_name("docs"))
    lab.down()
    lab.up(1, release=("bookworm",))
    yield lab.directory() / "inventory.yml"
    lab.down()


@pytest.mark.lab
def test_the_program_on_a_real_host(
    example: types.ModuleType,
    lab_inventory: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert example.main([str(lab_inventory)]) == 1
    printed = capsys.readouterr().out
    assert "mx1 MEL-T-01 (f.ii): dovecot capacity is 512 MiB, wanted >= 1 GiB" in printed
    assert printed.endswith(", 0 unknown\n")


# --- the kind of the page on kinds ----------------------------------------------------------------


@pytest.fixture
def lifetime() -> Control:
    """A control of the kind that the page shows."""
    made = module("baseline_kind_of_the_page", python_of("docs/extending.md")[0].text)
    ((name, kind),) = kinds_of(made)
    fields = {
        "id": "OUR-P-01",
        "kind": name,
        "title": {"en": "a title", "ms": "tajuk"},
        "clause": "",
        "obligation": "mandatory",
        "severity": "low",
        "roles": ["mta"],
        "why": "a reason",
    }
    return kind.model_validate(fields)


def found(control: Control, answer: Answer) -> Any:
    """What the control reads from the one answer that it gets."""

    def ask(commands: Any) -> Mapping[str, Answer]:
        return {command: {LIFETIME: answer}[command] for command in commands}

    looked = look([control], TARGET, ask)
    assert looked.exchanges == 1
    return looked.states[control.id]


def test_the_kind_of_the_page_judges(lifetime: Control) -> None:
    wants = lifetime.expected(TARGET)
    assert judge(wants, found(lifetime, Answer(0, b"5d\n"))).outcome is Outcome.PASS
    verdict = judge(wants, found(lifetime, Answer(0, b"9d\n")))
    assert (verdict.outcome, verdict.reason) == (Outcome.FAIL, "lifetime is 9 days, wanted <= 5 days")
    assert isinstance(found(lifetime, Answer(0, b"forever\n")), CannotTell)
    assert isinstance(found(lifetime, Answer(127)), CannotTell)
    assert isinstance(found(lifetime, Answer(0, b"")), CannotTell)


def test_the_kind_of_the_page_is_mended(lifetime: Control) -> None:
    target = Target("mx1", "192.0.2.1")
    remedy = lifetime.remedy({"lifetime": 9}, target)
    assert remedy is not None
    before = {"/etc/postfix/main.cf": FileState(b"maximal_queue_lifetime = 9d\n")}
    assert set(before) == set(lifetime.reads(target))
    (change,) = compose(((lifetime.id, edit) for edit in remedy.edits), before.__getitem__)
    assert change.after.content == b"maximal_queue_lifetime = 5d\n"


# --- what the README says of the controls ---------------------------------------------------------


def test_the_table_of_controls_is_that_of_the_baseline() -> None:
    rows = {
        cells[0]: cells[1:]
        for line in written()["README.md"].splitlines()
        if (cells := [cell.strip() for cell in line.strip("|").split("|")])[0].startswith("MEL-")
    }
    rules = load_baseline("mampu-2007")
    wanted = {}
    for draft in rules.drafts:
        said = draft.written()
        mended = "by hand" if draft.kind.remedy is Control.remedy else "yes"
        wanted[draft.id] = [said["clause"], said["title"]["en"].lower(), mended]
    assert {control: [clause, what.lower(), how] for control, (clause, what, how) in rows.items()} == wanted


def test_the_document_on_the_page_is_a_report() -> None:
    (fence,) = [one for one in fences("docs/library.md", written()["docs/library.md"]) if one.language == "json"]
    document = json.loads(fence.text)
    assert Report.from_dict(document).to_dict() == document
