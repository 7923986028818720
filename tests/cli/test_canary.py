"""A planted secret goes through every command that reaches no host or only looks at one, and comes out nowhere.

What applies, and what is left on a host, is searched in tests/lab/test_canary.py.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from baseline import drift, file_contents, manifest, state_files
from baseline.history import History
from baseline.history.content import unpacked
from baseline.history.tables import contents
from baseline.kinds.file import FileControl
from baseline.load import load_baseline, load_inventory
from baseline.model import Answer
from baseline.session import Session
from tests.cli.conftest import Site
from tests.exchange.fakes import Asked

CANARY = "kenari-4Kd8-rahsia"
BEFORE = "kenari-lama-2Jw6"
PATH = "/etc/site/password"

RULES = """\
baseline: ours
version: 1.0.0
title: {en: Ours, ms: Kami}
vars: {from_file: !secret {file: password}}
controls:
  - id: OUR-S-01
    kind: file
    title: {en: A password file, ms: Fail kata laluan}
    clause: "7"
    obligation: mandatory
    severity: high
    roles: []
    why: To be tested.
    path: /etc/site/password
    content: "{{ from_inventory }} {{ from_file }}\\n"
"""

FORMATS = ("text", "json", "junit")


class Planted:
    """The site with a secret in it, and everything that came out of it so far."""

    def __init__(self, site: Site) -> None:
        self.site, self.said, self.log = site, [""], io.StringIO()

    def run(self, command: str, *options: str) -> int:
        """A command, whose output is remembered."""
        done = self.site.run(command, *options)
        self.said += [done.stdout, done.stderr]
        return done.exit_code

    def holds(self, content: bytes) -> None:
        """What stands at the path on both hosts."""
        for name in ("mx1", "mx2"):
            target = next(one for one in load_inventory(self.site.folder / "inventory.yml").targets if one.name == name)
            (control,) = load_baseline(str(self.site.folder / "rules.yml")).controls_for(target)
            assert isinstance(control, FileControl)
            self.site.hosts[name] = {
                _stat_question(control): Answer(
                    0,
                    "directory|root|root|755|/etc\ndirectory|root|root|755|/etc/site\n"
                    f"regular file|root|root|600|{PATH}\n"
                    f"{hashlib.sha256(content).hexdigest()}  -\n".encode(),
                ),
                file_contents.question(PATH): Answer(0, b"regular file|root|root|600\n" + content),
                file_contents.question(manifest.PATH): Answer(0, b"absent\n"),
                manifest.QUESTION: Answer(0),
            }

    def everything(self) -> str:
        """All that was written anywhere but into the source of the secret."""
        kept = [path for folder in (self.site.folder, state_files.directory()) for path in folder.rglob("*")]
        files = [path.read_text("utf-8", "replace") for path in kept if path.is_file() and path.name != "password"]
        assert self.log.getvalue(), "nothing was logged, so nothing is proved"
        return "\n".join([*self.said, *files, *in_the_history(), self.log.getvalue()])


def in_the_history() -> list[str]:
    """All that is kept of runs, unpacked."""
    history = History(state_files.directory() / "history.db")
    if history.place.file is None or not history.place.file.exists():
        return []
    with history.database.reading() as connection:
        return [unpacked(data).decode("utf-8", "replace") for (data,) in connection.execute(select(contents.c.data))]


def _stat_question(control: FileControl) -> str:
    asked = Asked({})
    from baseline.facts import look
    from baseline.model import Target

    look([control], Target("mx1", ""), asked)
    return str(asked.exchanges[0][0])


@pytest.fixture
def planted(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Planted]:
    """Whatever a test does, the canary comes out nowhere, nor its digest, nor what the file held before."""
    monkeypatch.setenv("MAIL_PASSWORD", CANARY)
    (site.folder / "password").write_text(f"{CANARY}\n")
    (site.folder / "password").chmod(0o600)
    (site.folder / "rules.yml").write_text(RULES)
    inventory = site.folder / "inventory.yml"
    inventory.write_text(inventory.read_text() + "    from_inventory: !secret {env: MAIL_PASSWORD}\n")
    found = Planted(site)
    handler, root = logging.StreamHandler(found.log), logging.getLogger()
    monkeypatch.setattr(root, "level", logging.DEBUG)
    root.addHandler(handler)
    logging.getLogger("tests").debug("begun")
    yield found
    root.removeHandler(handler)
    everything = found.everything()
    for content in (f"{CANARY} {CANARY}\n", f"{BEFORE}\n", CANARY):
        digest = hashlib.sha256(content.encode()).hexdigest()
        for word in (content.strip(), digest, digest[:16]):
            assert word not in everything, f"{word} came out"


@pytest.mark.parametrize("before", [f"{BEFORE}\n", f"{CANARY} {CANARY}\n", ""])
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("command", [("check",), ("check", "--diff"), ("plan",), ("plan", "--private")])
def test_looking(planted: Planted, command: tuple[str, ...], form: str, before: str) -> None:
    planted.holds(before.encode())
    out = planted.site.folder / f"report.{form}"
    for more in ((), ("-v",), ("-o", str(out)), ("-v", "-o", str(out))):
        code = planted.run(*command, "--format", form, *more)
        assert code == (0 if CANARY in before else 1)


@pytest.mark.parametrize("form", FORMATS)
def test_a_drifted_file_that_somebody_wrote_it_into(planted: Planted, form: str) -> None:
    """Everybody may read the file, and no manifest calls it secret: it is known by what this run has revealed."""
    planted.holds(f"{CANARY} {CANARY}\n".encode())
    was, now = b"shown = yes\n", f"shown = yes\nx {CANARY}\npassword = {BEFORE}\n".encode()
    shas = [hashlib.sha256(one).hexdigest() for one in (was, now)]
    told = [base64.b64encode(one).decode() for one in (was, now)]
    row = ("/etc/site/open", shas[0], "0644", "root:root", shas[1], "0644", "root:root", *told)
    listed = (shas[1], "0644", "root:root", shas[0], "0644", "root:root", "OUR-S-01", "/etc/site/open")
    planted.site.hosts["mx1"] |= {
        drift.QUESTION: Answer(0, ("\t".join(row) + "\n").encode()),
        manifest.QUESTION: Answer(0, ("\t".join(listed) + "\n").encode()),
    }
    for options in ((), ("--diff",), ("--diff", "-v", "--private")):
        assert planted.run("check", "-l", "mx1", "--format", form, *options) == 1
        assert "/etc/site/open" in planted.said[-2]


def test_what_is_not_shown_is_told(planted: Planted) -> None:
    planted.holds(f"{BEFORE}\n".encode())
    planted.run("plan", "-l", "mx1")
    shown = planted.said[-2]
    assert f"{PATH}: content is not shown: secret" in shown
    planted.run("check", "-l", "mx1")
    assert "something else" in planted.said[-2]
    assert "as wanted" in planted.said[-2]


def test_commands_that_reach_no_host_do_not_fetch_it(planted: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAIL_PASSWORD")
    (planted.site.folder / "password").unlink()
    assert planted.run("render") == 0
    assert "<secret from environment variable MAIL_PASSWORD and file" in planted.said[-2]
    assert planted.run("lint") == 0
    done = planted.site.bare("explain", "OUR-S-01", *planted.site.given[2:])
    assert done.exit_code == 0
    assert planted.run("check") == 3


def test_one_that_is_not_to_be_had_is_unknown_and_nothing_is_planned(
    planted: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted.holds(f"{BEFORE}\n".encode())
    monkeypatch.delenv("MAIL_PASSWORD")
    assert planted.run("check", "-l", "mx1") == 3
    assert "environment variable MAIL_PASSWORD cannot be read" in " ".join(planted.said[-2].split())
    assert planted.run("apply", "--yes", "-l", "mx1") == 3
    assert planted.run("plan", "--format", "json", "-l", "mx1") == 3
    (plan,) = json.loads(planted.said[-2])["plans"]
    assert plan["files"] == []


def test_lint_with_mistakes(planted: Planted) -> None:
    rules = planted.site.folder / "rules.yml"
    for wrong in ("{{ from_inventory | upper }}", "{{ from_inventory.x }}", "{{ from_inventory + 1 }}"):
        rules.write_text(RULES.replace("{{ from_inventory }}", wrong))
        assert planted.run("lint") == 2
        assert planted.run("check") == 2
    rules.write_text(RULES.replace("path: /etc", "owner: '{{ from_inventory }}'\n    path: /etc"))
    assert planted.run("lint") == 2


class Quoting:
    """A host that quotes a secret in whatever it says, as a checker that does not like a line."""

    def __init__(self, words: str) -> None:
        self.words = words

    def exchange(self, script: bytes, *, seconds: int = 0) -> bytes:
        raise RuntimeError(f"{self.words} in {len(script)} bytes")

    def close(self) -> None:
        """Nothing to close."""


def test_a_fault_of_the_program_and_a_host_that_quotes(planted: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    planted.holds(f"{BEFORE}\n".encode())
    assert planted.run("check") == 1

    def connect(_: object, target: object) -> Session:
        del target
        return Quoting(f"it said {CANARY}")

    monkeypatch.setattr("baseline.session.Connector.connect", connect)
    for form in FORMATS:
        assert planted.run("check", "--format", form, "-v") == 3
    assert "a fault of this program" in planted.said[-2]


def test_the_digest_in_a_plan_is_of_this_controller_and_tells_a_change(
    planted: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    def planned(content: str) -> dict[str, object]:
        planted.holds(content.encode())
        planted.run("plan", "--format", "json", "-l", "mx1")
        (plan,) = json.loads(planted.said[-2])["plans"]
        return {file["path"]: file for file in plan["files"]} | {"digest": plan["digest"]}

    first, again, other = planned(f"{BEFORE}\n"), planned(f"{BEFORE}\n"), planned("x\n")
    assert first == again
    assert first["digest"] != other["digest"]
    for path in (PATH, manifest.PATH):
        file = first[path]
        assert isinstance(file, dict)
        assert file["secret"] is True
        assert str(file["after_sha256"]).startswith("sealed:")
    monkeypatch.setenv("MAIL_PASSWORD", f"{CANARY}-new")
    assert planned(f"{BEFORE}\n")["digest"] != first["digest"]
    monkeypatch.setenv("MAIL_PASSWORD", CANARY)
    monkeypatch.setenv("XDG_STATE_HOME", str(planted.site.folder / "elsewhere"))
    assert planned(f"{BEFORE}\n")["digest"] != first["digest"]


def test_a_reviewed_plan_holds_only_where_it_was_made(planted: Planted, monkeypatch: pytest.MonkeyPatch) -> None:
    planted.holds(f"{BEFORE}\n".encode())
    plan = planted.site.folder / "plan.json"
    assert planted.run("plan", "-l", "mx1", "-o", str(plan)) == 1
    monkeypatch.setenv("XDG_STATE_HOME", str(planted.site.folder / "elsewhere"))
    assert planted.run("apply", str(plan), "-l", "mx1") == 1
    assert "can only be applied where and by whom it was made" in " ".join(planted.said[-2].split())


def test_the_key_is_its_users_alone(planted: Planted) -> None:
    planted.holds(b"x\n")
    planted.run("plan")
    key = state_files.directory() / "seal.key"
    assert (key.stat().st_mode & 0o777, len(key.read_bytes())) == (0o600, 32)
    key.chmod(0o644)
    planted.run("plan")
    assert Path(key).exists()
