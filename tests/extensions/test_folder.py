"""A folder that a person names brings extensions too: its files run here, so nobody else may have written them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import baseline
from baseline import extensions
from baseline.cli import app
from baseline.errors import UserError
from baseline.extensions.folder import MOST_BYTES, offers_in
from tests.extensions.conftest import KIND, rules


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one of each."""
    made, text = tmp_path / "extra", rules(tmp_path, "said").read_text()
    files = {
        "kinds/said.py": KIND.format(name="said"),
        "reports/wiki.py": "def render(report):\n    return 'a page\\n'\n",
        "programs/theirs.py": "from baseline.programs import Program\n\nPROGRAM = Program(name='Theirs')\n",
        "templates/ours/motd.j2": "Welcome\n",
        "baselines/folder-rules.yml": text.replace("absent: true", "template: ours/motd.j2"),
    }
    for name, text in files.items():
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(text)
    for path in (made, *made.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return made


def check(tmp_path: Path, *arguments: str) -> Result:
    """A check of this machine by the command, with options before its name."""
    (tmp_path / "inventory.yml").write_text("all: {hosts: {here: {ansible_connection: local, roles: [mta]}}}")
    where = ["-i", str(tmp_path / "inventory.yml"), "--no-history"]
    return CliRunner().invoke(app, [*arguments, *where])


def test_it_is_off_unless_it_is_named(folder: Path, tmp_path: Path) -> None:
    done = check(tmp_path, "check", "-b", "folder-rules")
    assert done.exit_code == 2
    assert "no baseline of this name is shipped" in done.output


def test_all_that_is_in_it_is_used_and_told(folder: Path, tmp_path: Path) -> None:
    done = check(tmp_path, "--kinds", str(folder), "check", "-b", "folder-rules", "--format", "json")
    document = json.loads(done.stdout)
    assert [one["outcome"] for one in document["findings"]] == ["fail", "pass"]
    (brought,) = document["run"]["extensions"]
    assert brought["name"] == str(folder)
    assert brought["version"].startswith("sha256:")
    assert brought["folder"] is True
    assert not list(folder.rglob("*.pyc")), "nothing is left beside it"


@pytest.mark.parametrize("spelt", [["--kinds", "{}"], ["--kinds={}"]])
def test_it_may_be_named_behind_the_command(folder: Path, tmp_path: Path, spelt: list[str]) -> None:
    named = [one.format(folder) for one in spelt]
    done = check(tmp_path, "check", *named, "-b", "folder-rules", "--format", "wiki")
    assert done.stdout == "a page\n"


def test_its_report_format_is_used(folder: Path, tmp_path: Path) -> None:
    done = check(tmp_path, "--kinds", str(folder), "check", "-b", "folder-rules", "--format", "wiki")
    assert done.stdout == "a page\n"


def test_another_content_is_another_version(folder: Path) -> None:
    (first, *_), before = offers_in(folder), (folder / "kinds/said.py").read_text()
    (folder / "kinds/said.py").write_text(before + "\n")
    assert offers_in(folder)[0].by.version != first.by.version


def _writable(place: Path) -> None:
    place.chmod(place.stat().st_mode | 0o020)


def _by_all(place: Path) -> None:
    place.chmod(place.stat().st_mode | 0o002)


def _anothers(place: Path) -> None:
    os.chown(place, 12345, -1)


@pytest.mark.parametrize("which", [".", "kinds", "kinds/said.py", "baselines/folder-rules.yml"])
@pytest.mark.parametrize("spoilt", [_writable, _by_all, _anothers])
def test_what_others_may_write_is_refused(folder: Path, which: str, spoilt: Callable[[Path], None]) -> None:
    if spoilt is _anothers and os.geteuid() != 0:
        pytest.skip("only root gives files away")
    spoilt(folder / which)
    with pytest.raises(UserError, match=r"would run as you: (chmod go-w|have it belong)"):
        extensions.use_folder(folder)


def test_a_folder_above_that_others_may_write_is_refused(folder: Path) -> None:
    _by_all(folder.parent)
    with pytest.raises(UserError, match=f"others may write {folder.parent} "):
        extensions.use_folder(folder)


def test_links_pipes_and_files_without_end_are_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.py").write_text("")
    (folder / "kinds/linked.py").symlink_to(tmp_path / "elsewhere.py")
    with pytest.raises(UserError, match=r"linked\.py cannot be read"):
        extensions.use_folder(folder)
    (folder / "kinds/linked.py").unlink()
    os.mkfifo(folder / "kinds/pipe.py")
    with pytest.raises(UserError, match=r"pipe\.py is no regular file"):
        extensions.use_folder(folder)
    (folder / "kinds/pipe.py").unlink()
    (folder / "kinds/long.py").write_bytes(b"#" * (MOST_BYTES + 1))
    with pytest.raises(UserError, match=r"long\.py has more than 1 MiB"):
        extensions.use_folder(folder)


@pytest.mark.parametrize("name", ["nowhere", "empty"])
def test_a_folder_that_brings_nothing_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").mkdir(mode=0o755)
    with pytest.raises(UserError, match=r"there is no folder|brings nothing"):
        extensions.use_folder(tmp_path / name)


def test_a_kind_there_has_the_same_walls(folder: Path, tmp_path: Path) -> None:
    (folder / "kinds/said.py").write_text("import subprocess\n")
    done = check(tmp_path, "--kinds", str(folder), "check", "-b", "folder-rules")
    assert done.exit_code == 2
    assert "may not import `subprocess`" in done.output


def test_workers_of_a_cluster_do_not_have_it(folder: Path, tmp_path: Path) -> None:
    done = check(tmp_path, "--kinds", str(folder), "check", "-b", "folder-rules", "--cluster", "local:1")
    assert done.exit_code == 2
    assert "make a distribution of it" in done.output


def test_a_program_says_it_by_a_call(folder: Path) -> None:
    extensions.use_folder(folder)
    assert [one.folder for one in baseline.load_baseline("folder-rules").extensions] == [True]
