"""A release is made of a clone, up to where it would be sent somewhere: whole, or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shlex
import subprocess
import sys
from importlib.metadata import requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.lab.test_ssh import on_a_terminal
from tests.pins import tool
from tests.release.conftest import run

pytestmark = pytest.mark.checkout

VERSION = "7.8.9"
GREEN = "true"
OFFICER = "officer@agency.example"


def command(version: str, key: Path, *more: str) -> list[str]:
    """What `make release` runs."""
    return [sys.executable, "-m", "tests.release", version, "--key", str(key), "--without-debian", *more]


def release(clone: Path, version: str, key: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """A release in a clone, away from a terminal."""
    argv = command(version, key, *more)
    return subprocess.run(
        argv, cwd=clone, env=os.environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
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
def test_the_passphrase_is_asked_for_once_before_an_hour_of_tests(clone: Path, key: Path) -> None:
    run("ssh-keygen", "-q", "-p", "-N", "open sesame", "-f", str(key), at=clone)
    assert "it has a passphrase" in release(clone, VERSION, key, "--test", "false").stderr
    for typed, why in (("wrong", "the passphrase is not the one of it"), ("open sesame", "`false` ended with 1")):
        ended, shown = on_a_terminal(command(VERSION, key, "--test", "false"), typed, clone, os.environ)
        assert (ended, shown.count("Passphrase of"), why in shown) == (2, 1, True), shown


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
def test_a_release_is_all_of_it_signed_and_sent_nowhere(
    clone: Path, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GNUPGHOME", str(key_of_gpg(tmp_path / "gpg")))
    done = release(clone, VERSION, key, "--gpg", OFFICER, "--test", shlex.join([sys.executable, "-c", "pass"]))
    run("gpgconf", "--kill", "all", at=tmp_path)
    assert done.returncode == 0, done.stderr
    made = {path.name: path for path in (clone / "dist").iterdir()}
    run("gpg", "--verify", "SHA256SUMS.asc", "SHA256SUMS", at=clone / "dist")
    del made["SHA256SUMS.asc"]
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

    listed_whole(made[f"{base}.cdx.json"], tmp_path / "tools")
    said = b"".join(path.read_bytes() for name, path in made.items() if name.endswith((".json", ".txt")))
    assert str(tmp_path).encode() not in said
    assert "git push origin" in done.stdout

    again = release(clone, VERSION, key, "--test", GREEN)
    assert again.returncode == 2


def key_of_gpg(home: Path) -> Path:
    """A home of gpg with a key of the officer's."""
    home.mkdir(0o700)
    made = ["--quick-gen-key", OFFICER, "ed25519", "sign", "never"]
    run("gpg", "--homedir", str(home), "--batch", "--quiet", "--passphrase", "", *made, at=home)
    return home


def listed_whole(bill: Path, tools: Path) -> None:
    """The list of parts: by CycloneDX's schema, of this package, with all that it needs and their licences."""
    valid = """
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(open(sys.argv[1]).read())
sys.exit(str(wrong) if wrong else 0)
"""
    run(str(tool("cyclonedx-bom", tools) / "python"), "-c", valid, str(bill), at=bill.parent)
    told = json.loads(bill.read_text())
    whole = told["metadata"]["component"]
    assert (whole["name"], whole["version"]) == ("mail-baseline", VERSION)
    assert whole["licenses"] == [{"license": {"acknowledgement": "declared", "id": "Apache-2.0"}}]
    named = {canonicalize_name(part["name"]): part for part in told["components"]}
    assert {"fabric", "paramiko", "cryptography", "pydantic"} <= named.keys()
    assert [name for name, part in named.items() if not part.get("licenses")] == []
    needs = {one["ref"]: one.get("dependsOn", []) for one in told["dependencies"]}
    direct = {Requirement(line).name for line in requires("mail-baseline") or () if "extra ==" not in line}
    assert {named[canonicalize_name(name)]["bom-ref"] for name in direct} == set(needs[whole["bom-ref"]])
