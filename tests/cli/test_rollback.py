"""`rollback`: one host, the formats and the exit codes of every other run."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from xml.etree import ElementTree

import pytest
from typer.testing import Result

from baseline import generations
from baseline.errors import BadReply, Unreachable
from baseline.model import HOST_STATE, Answer, FileChange, FileState, HostPlan, Report
from tests.cli.conftest import Site
from tests.exchange.scripted_host import CONFIRMED, DONE, RESTORED, ScriptedHost

X = "/etc/x.conf"
OLD, NEW = FileState(b"old\n"), FileState(b"new\n")
JOURNAL = {
    "state": b"confirmed\n",
    "meta": b"who\taminah@here\nbaseline\tours 1.2.3\nreason\t-\n",
    "files": f"0\t{X}\tchange\troot\troot\t0644\t{OLD.sha256}\n".encode(),
    "looks": b"0\tregular file root:root 644\n",
    "old/0": OLD.content or b"",
}
WROTE = f"{HOST_STATE}/tx/20261126T080910Z-00000001/new/0"
ROLLBACK = ("rollback", "mx1", "--yes")


def journals(journal: Mapping[str, bytes] = MappingProxyType(JOURNAL)) -> Answer:
    """What a host says that has one generation to go back from."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, content in journal.items():
            member = tarfile.TarInfo(f"./20261126T080910Z-00000001/{name}")
            member.size = len(content)
            member.mtime = 1_795_680_550
            archive.addfile(member, io.BytesIO(content))
    return Answer(0, made.getvalue())


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> ScriptedHost:
    """A host after one apply, which takes a way back as it should."""
    made = ScriptedHost(
        files={X: NEW, WROTE: NEW},
        verbs={"apply": [DONE], "confirm": [CONFIRMED], "restore": [RESTORED]},
        plan=HostPlan("mx1", files=(FileChange(X, NEW, OLD, ()),)),
        unforeseen={generations.QUESTION: journals()},
    )
    monkeypatch.setattr("baseline.session.Connector.connect", lambda _, target: made.connect(target))
    monkeypatch.setattr("baseline.deadline.Deadline.sleep", lambda *_: None)
    return made


def run(site: Site, *words: str) -> Result:
    """A rollback of the site's inventory, which needs no baseline."""
    return site.bare(*words, *site.given[:2])


def test_what_is_rolled_back_is_told_and_exits_4(site: Site, host: ScriptedHost) -> None:
    done = run(site, *ROLLBACK, "--diff")
    assert done.exit_code == 4
    assert done.stdout.startswith(
        "mx1  192.0.2.1  mta\n  rolled back: to generation 0, verified and confirmed\n  change    /etc/x.conf\n"
    )
    assert "-new\n+old\n" in done.stdout
    assert done.stdout.endswith("\nRolled back and verified on mx1.\n")
    assert host.files[X] == OLD


def test_something_else_than_a_file_that_is_not_as_it_was_then_exits_6(site: Site, host: ScriptedHost) -> None:
    host.verbs["confirm"][0] = Answer(0, b"differs: unit x.timer is failed, and was inactive\nconfirmed\n")
    done = run(site, *ROLLBACK)
    assert done.exit_code == 6
    assert "NOT wholly as it was then: unit x.timer is failed, and was inactive" in " ".join(done.stdout.split())


def test_every_format_and_files_are_those_of_other_commands(site: Site, host: ScriptedHost, tmp_path: Path) -> None:
    said, suite = tmp_path / "back.json", tmp_path / "back.xml"
    done = run(site, *ROLLBACK, "--format", "json", "--format", "junit", "-o", str(said), "-o", str(suite))
    assert (done.exit_code, done.stdout) == (4, "")
    document = json.loads(said.read_text())
    assert (document["schema"], document["exit_code"]) == ("baseline.report/2", 4)
    assert document["run"]["baseline"] is None
    assert [(one["host"], one["outcome"], one["restored"]) for one in document["applies"]] == [
        ("mx1", "rolled_back", True)
    ]
    assert [change["path"] for plan in document["plans"] for change in plan["files"]] == [X]
    assert Report.from_dict(document).to_dict() == document
    (case,) = ElementTree.fromstring(suite.read_text()).findall(".//testcase")
    assert case.get("classname") == "mx1.apply"


def refuses(host: ScriptedHost) -> None:
    host.verbs["apply"] = [Answer(10, b"refused: another apply holds this host\n")]


def fails_and_goes_back(host: ScriptedHost) -> None:
    host.verbs["apply"] = [BadReply("the connection broke")]


def breaks(host: ScriptedHost) -> None:
    host.verbs["apply"] = [BadReply("the connection broke")]
    host.afterwards = {"restore": {X: FileState(b"neither\n")}}


def is_there_already(host: ScriptedHost) -> None:
    host.files[X] = OLD


def is_gone(host: ScriptedHost) -> None:
    host.refuses = [Unreachable("192.0.2.1 cannot be reached: timed out")] * 9


@pytest.mark.parametrize(
    ("trouble", "code", "outcome", "says"),
    [
        (refuses, 1, "refused", "Not rolled back on mx1."),
        (fails_and_goes_back, 1, "refused", "Not rolled back on mx1."),
        (breaks, 6, "rolled_back", "a person has to look there now."),
        (is_there_already, 0, "nothing", "Nothing to roll back on mx1."),
        (is_gone, 3, "unknown", "Could not tell whether mx1 is rolled back."),
    ],
)
def test_it_ends_as_every_apply_does(
    site: Site, host: ScriptedHost, trouble: Callable[[ScriptedHost], None], code: int, outcome: str, says: str
) -> None:
    trouble(host)
    kept = site.folder / "back.json"
    done = run(site, *ROLLBACK, "--format", "text", "--format", "json", "-o", "-", "-o", str(kept))
    assert done.exit_code == code, done.stdout
    assert " ".join(done.stdout.split()).endswith(says)
    assert [one["outcome"] for one in json.loads(kept.read_text())["applies"]] == [outcome]


def test_generations_are_listed_as_text_and_as_json(site: Site, host: ScriptedHost, tmp_path: Path) -> None:
    done = run(site, "rollback", "mx1", "--list")
    assert done.stdout == "  1  2026-11-26T08:09:10Z  aminah@here  ours 1.2.3\n     changed  /etc/x.conf\n"
    run(site, "rollback", "mx1", "--list", "-o", str(tmp_path / "list.json"))
    (listed,) = json.loads((tmp_path / "list.json").read_text())["generations"]
    assert (listed["number"], listed["files"]) == (1, [X])
    assert run(site, "rollback", "mx1", "--list", "--format", "junit").exit_code == 2
    host.unforeseen[generations.QUESTION] = Answer(0)
    assert run(site, "rollback", "mx1", "--list").stdout == "mx1 keeps no journal of an apply.\n"


def test_it_is_for_one_host_and_asks_first(site: Site, host: ScriptedHost) -> None:
    assert "names 2 hosts" in run(site, "rollback", "mta", "--yes").stderr
    done = run(site, "rollback", "mx1")
    assert done.exit_code == 2
    assert "roll back with --yes" in done.stderr
    assert run(site, *ROLLBACK, "--to", "7").exit_code == 5
    assert host.files[X] == NEW


class TestAsking:
    @pytest.fixture(autouse=True)
    def at_a_terminal(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("baseline.cli.rollback.on_terminal", lambda: True)

    def asked(self, site: Site, answer: str, *words: str) -> Result:
        """A rollback that somebody answers the question of."""
        return site.bare("rollback", "mx1", *words, *site.given[:2], typed=answer)

    def test_it_shows_the_diff_and_the_edits_by_hand_before_anything_is_done(
        self, site: Site, host: ScriptedHost
    ) -> None:
        host.files[X] = FileState(b"new\nby \x1b[2Jhand\n")
        done = self.asked(site, "n\n")
        assert done.exit_code == 1
        assert f"discarded by the rollback:\n    {X}: edited by hand at line 2\n" in done.stderr
        assert "-new\n-by \\x1b[2Jhand\n+old\n" in done.stderr
        assert "Roll mx1 back to generation 0?" in done.stderr
        assert "apply" not in host.events

    def test_what_was_shown_is_what_is_done(self, site: Site, host: ScriptedHost) -> None:
        done = self.asked(site, "y\n")
        assert done.exit_code == 4, done.stdout
        assert host.events.count("look") == 3, "the journals, the files, and what was written"
        assert host.files[X] == OLD

    def test_where_there_is_nothing_to_do_nobody_is_asked(self, site: Site, host: ScriptedHost) -> None:
        host.files[X] = OLD
        done = self.asked(site, "")
        assert (done.exit_code, "Nothing to roll back on mx1." in done.stdout) == (0, True)


class TestKeepingEdits:
    def test_what_does_not_collide_stays(self, site: Site, host: ScriptedHost) -> None:
        old, new = FileState(b"a\nb\nold\n"), FileState(b"a\nb\nnew\n")
        edited, wanted = FileState(b"mine\nb\nnew\n"), FileState(b"mine\nb\nold\n")
        host.unforeseen[generations.QUESTION] = journals(JOURNAL | {"old/0": old.content or b""})
        host.files |= {X: edited, WROTE: new}
        host.plan = HostPlan("mx1", files=(FileChange(X, edited, wanted, ()),))
        done = run(site, *ROLLBACK, "--keep-edits")
        assert done.exit_code == 4, done.stdout
        assert f"kept by the rollback:\n    {X}: edited by hand at line 1\n" in done.stdout
        assert host.files[X] == wanted

    def test_what_collides_refuses_the_rollback(self, site: Site, host: ScriptedHost) -> None:
        host.files[X] = FileState(b"mine\n")
        done = run(site, *ROLLBACK, "--keep-edits")
        assert done.exit_code == 1
        said = " ".join(done.stdout.split())
        assert f"{X}: edited by hand at line 1, where the rollback writes something else" in said
        assert "apply" not in host.events
        assert host.files[X].content == b"mine\n"


def test_with_yes_the_edits_that_are_gone_are_named(site: Site, host: ScriptedHost, tmp_path: Path) -> None:
    host.files[X] = FileState(b"mine\n")
    kept = tmp_path / "back.json"
    done = run(site, *ROLLBACK, "--format", "text", "--format", "json", "-o", "-", "-o", str(kept))
    assert done.exit_code == 4
    assert f"discarded by the rollback:\n    {X}: edited by hand at line 1\n" in done.stdout
    document = json.loads(kept.read_text())
    assert document["hosts"][0]["edits"] == [{"path": X, "what": ["content"], "lines": [[1, 1]], "kept": False}]
    assert Report.from_dict(document).to_dict() == document
