"""A release is made of a clone, up to where it would be sent somewhere: whole, or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.release.conftest import run

pytestmark = pytest.mark.checkout

VERSION = "7.8.9"
GREEN = "true"


def release(clone: Path, version: str, key: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """What `make release` runs, in a clone."""
    command = [sys.executable, "-m", "tests.release", version, "--key", str(key), "--without-debian", *more]
    return subprocess.run(
        command, cwd=clone, env=os.environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )


def state(clone: Path) -> tuple[str, str, str]:
    """Commit, tags and changes of a clone."""
    return tuple(run("git", *words.split(), at=clone) for words in ("rev-parse HEAD", "tag", "status --short"))  # type: ignore[return-value]


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A key to sign with."""
    run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(tmp_path / "key"), at=tmp_path)
    return tmp_path / "key"


@pytest.mark.slow
def test_what_must_not_be_released_is_refused_and_nothing_is_changed(clone: Path, key: Path) -> None:
    run("git", "tag", "v5.0.0", at=clone)
    before = state(clone)
    cases = {
        "the tag v5.0.0 is there already": ("5.0.0", "--test", GREEN),
        "0.1.0 is not after 0.1.0": ("0.1.0", "--test", GREEN),
        "'7.8' is no version": ("7.8", "--test", GREEN),
        "`false` ended with 1": (VERSION, "--test", "false"),
        "left files behind or changed some": (VERSION, "--test", "touch left-behind"),
        "gpg has no key to sign with that is called nobody@agency.example": (
            *(VERSION, "--gpg", "nobody@agency.example"),
            *("--test", "touch left-behind"),
        ),
    }
    for why, (version, *more) in cases.items():
        done = release(clone, version, key, *more)
        assert (done.returncode, why in done.stderr) == (2, True), done.stderr
        (clone / "left-behind").unlink(missing_ok=True)
        assert state(clone) == before
    (clone / "README.md").write_text("changed\n")
    assert "  M README.md" in release(clone, VERSION, key, "--test", GREEN).stderr
    done = release(clone, VERSION, key.with_name("missing"), "--test", GREEN)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_without_another_command_the_whole_test_is_run(clone: Path, key: Path) -> None:
    (clone / "Makefile").write_text("test:\n\t@echo ran the tests; false\n")
    run("git", "commit", "--quiet", "--all", "--message=A red test", at=clone)
    done = release(clone, VERSION, key)
    assert "ran the tests" in done.stdout
    assert "`make test` ended with 2" in done.stderr
    assert done.returncode == 2


@pytest.mark.lab
@pytest.mark.whole
def test_a_release_is_all_of_it_signed_and_sent_nowhere(clone: Path, key: Path, tmp_path: Path) -> None:
    # As a person does who has tools of another kind about.
    done = release(clone, VERSION, key, "--test", shlex.join([sys.executable, "-c", "pass"]))
    assert done.returncode == 0, done.stderr
    made = {path.name: path for path in (clone / "dist").iterdir()}
    files = {name for name in made if not name.endswith(".sig")}
    base = f"mail_baseline-{VERSION}"
    endings = (".tar.gz", "-py3-none-any.whl", ".requirements.txt", ".cdx.json", ".md")
    assert files == {*(base + ending for ending in endings), "SHA256SUMS"}
    assert made.keys() == {*files, *(f"{name}.sig" for name in files)}

    assert (
        run("git", "log", "-1", "--format=%s|%an|%ae", at=clone)
        == f"Release {VERSION}|An Officer|officer@agency.example\n"
    )
    assert run("git", "cat-file", "-t", f"v{VERSION}", at=clone) == "tag\n"
    assert run("git", "rev-parse", f"v{VERSION}^{{}}", at=clone) == run("git", "rev-parse", "HEAD", at=clone)
    assert run("git", "status", "--short", at=clone) == ""
    assert f'"{VERSION}"' in (clone / "baseline/version.py").read_text()

    lines = [line.split("  ") for line in made["SHA256SUMS"].read_text().splitlines()]
    sums = {name: digest for digest, name in lines}
    assert sums == {name: hashlib.sha256(made[name].read_bytes()).hexdigest() for name in files - {"SHA256SUMS"}}
    allowed = tmp_path / "allowed"
    allowed.write_text(f"releases {key.with_suffix('.pub').read_text()}")
    verify = ["ssh-keygen", "-Y", "verify", "-f", str(allowed), "-I", "releases", "-n", "file", "-s"]
    for name in files:
        checked = subprocess.run([*verify, str(made[f"{name}.sig"])], input=made[name].read_bytes(), check=False)
        assert checked.returncode == 0, name
    changed = subprocess.run([*verify, str(made["SHA256SUMS.sig"])], input=b"changed", check=False)
    assert changed.returncode != 0

    parts = json.loads(made[f"{base}.cdx.json"].read_text())
    assert parts["bomFormat"] == "CycloneDX"
    named = {part["name"]: part for part in parts["components"]}
    assert named["mail-baseline"]["version"] == VERSION
    assert {"fabric", "paramiko", "cryptography", "pydantic"} <= named.keys()
    assert all(part.get("licenses") for name, part in named.items() if name in {"fabric", "mail-baseline"})
    said = b"".join(path.read_bytes() for name, path in made.items() if name.endswith((".json", ".txt")))
    assert str(tmp_path).encode() not in said
    assert "git push origin" in done.stdout

    again = release(clone, VERSION, key, "--test", GREEN)
    assert again.returncode == 2
