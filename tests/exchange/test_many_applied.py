"""Hundreds of files that were applied, looked at on the host by a few programs: what is told, and what it costs."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from baseline import drift, manifest
from baseline.errors import CannotTell
from baseline.manifest import ManifestEntry
from baseline.model import Answer
from baseline.shell import script
from tests.exchange.place import GROUP, OWNER


def entry(path: Path, *, secret: bool = False) -> ManifestEntry:
    """A file as it stands now, or as one that is nowhere was."""
    there = path.is_file()
    content = path.read_bytes() if there else b""
    mode = f"{path.stat().st_mode & 0o7777:04o}" if there else "0644"
    return ManifestEntry(str(path), hashlib.sha256(content).hexdigest(), mode, f"{OWNER}:{GROUP}", ("T-1",), secret)


def ask(command: str, *before: str) -> Answer:
    done = subprocess.run([*before, "sh", "-c", command], capture_output=True, timeout=60, check=False)
    return Answer(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """The folder of what is kept on a host, with a manifest of files of every sort."""
    place = tmp_path / "files"
    place.mkdir()
    for name in (
        "plain",
        "two words",
        "back\\slash",
        "mode",
        "content",
        "secret",
        "gone",
        "link",
        "folder",
        "fifo",
        "é",
    ):
        (place / name).write_text(name)
    entries = [entry(path, secret=path.name == "secret") for path in sorted(place.iterdir())]
    (place / "mode").chmod(0o600 if (place / "mode").stat().st_mode & 0o7777 != 0o600 else 0o644)
    for name in ("content", "secret"):
        (place / name).write_text("changed by hand")
    for name in ("gone", "link", "folder", "fifo"):
        (place / name).unlink()
    (place / "link").symlink_to("plain")
    (place / "folder").mkdir()
    os.mkfifo(place / "fifo")
    (tmp_path / "manifest").write_text("# A head.\n" + "".join(one.line() for one in entries))
    return tmp_path


def test_each_file_is_told_as_it_stands_and_as_it_was_applied(kept: Path) -> None:
    found = manifest.drifts(ask(script("baseline", "manifest", manifest=f"{kept}/manifest")))
    told = {Path(one.path).name: one.what for one in found}
    assert told == {
        "content": "content changed",
        "mode": "mode changed",
        "secret": "content changed",
        **dict.fromkeys(("gone", "link", "folder", "fifo"), "deleted"),
    }
    now = {Path(one.path).name: one.now.sha256 for one in found}
    assert now["content"] == now["secret"] == hashlib.sha256(b"changed by hand").hexdigest()


def test_what_cannot_be_told_of_the_files_is_no_answer(kept: Path, tmp_path: Path) -> None:
    """A `stat` that fails: without it every file would pass for deleted."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "stat").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "bin" / "stat").chmod(0o755)
    answer = ask(f"PATH={tmp_path}/bin:$PATH; {script('baseline', 'manifest', manifest=f'{kept}/manifest')}")
    assert answer.rc != 0


def test_the_lines_of_a_changed_file_are_told_and_of_a_secret_never(kept: Path) -> None:
    answer = ask(script("baseline", "drift", root=str(kept), most=str(drift.MOST_BYTES)))
    told = [line.split("\t")[0].rpartition("/")[2] for line in answer.stdout.decode().splitlines()]
    assert sorted(told) == ["content", "gone"]


def test_where_nothing_has_drifted_no_lines_are_told(tmp_path: Path) -> None:
    paths = [tmp_path / f"file {number}" for number in range(5)]
    for path in paths:
        path.write_text(path.name)
    (tmp_path / "manifest").write_text("# A head.\n" + "".join(entry(path).line() for path in paths))
    assert ask(script("baseline", "drift", root=str(tmp_path), most="1000")) == Answer(0)
    paths[3].unlink()
    assert ask(script("baseline", "drift", root=str(tmp_path), most="1000")).stdout.count(b"\n") == 1


@pytest.mark.skipif(shutil.which("strace") is None, reason="no strace")
def test_a_file_whose_digest_cannot_be_had_is_not_told_as_changed(kept: Path, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "sha256sum").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "bin" / "sha256sum").chmod(0o755)
    answer = ask(f"PATH={tmp_path}/bin:$PATH; {script('baseline', 'manifest', manifest=f'{kept}/manifest')}")
    with pytest.raises(CannotTell):
        manifest.drifts(answer)


def test_a_manifest_without_files_tells_of_none(tmp_path: Path) -> None:
    """After the last applied file was taken away."""
    (tmp_path / "manifest").write_text("# A head.\n")
    assert manifest.drifts(ask(script("baseline", "manifest", manifest=f"{tmp_path}/manifest"))) == ()


def test_where_no_file_stands_any_more_each_is_told_as_deleted(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a", "b")]
    (tmp_path / "manifest").write_text("# A head.\n" + "".join(entry(path).line() for path in paths))
    found = manifest.drifts(ask(script("baseline", "manifest", manifest=f"{tmp_path}/manifest")))
    assert [(one.path, one.what) for one in found] == [(str(path), "deleted") for path in paths]


@pytest.mark.parametrize("question", ["manifest", "drift"])
def test_another_applied_file_costs_no_other_process(question: str, tmp_path: Path) -> None:
    counted = {}
    for many in (2, 60):
        root = tmp_path / str(many)
        root.mkdir()
        paths = [root / f"file {number}" for number in range(many)]
        for path in paths:
            path.write_text(path.name)
        (root / "manifest").write_text("".join(entry(path).line() for path in paths))
        trace = root / "trace"
        words = {"manifest": {"manifest": f"{root}/manifest"}, "drift": {"root": str(root), "most": "1000"}}[question]
        calls = "trace=clone,clone3,fork,vfork"
        assert ask(script("baseline", question, **words), "strace", "-f", "-qq", "-e", calls, "-o", str(trace)).rc == 0
        lines = [line for line in trace.read_text().splitlines() if "resumed" not in line]
        counted[many] = sum("clone" in line or "fork" in line for line in lines)
    assert counted[2] == counted[60] > 0
