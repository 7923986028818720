"""Extensions that are installed: what they bring is used, and what is wrong with one is told with its name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

import baseline
from baseline import extensions, programs
from baseline.cli import app
from baseline.errors import InputError, UserError
from baseline.kinds import kind_named
from baseline.kinds.file import FileControl
from baseline.model import Outcome, Report, Target
from tests.extensions.conftest import KIND, Distribution, rules

HERE = Target("here", "local", roles=frozenset({"mta"}))


def told(file: Path) -> str:
    """What loading a baseline says, which it refuses."""
    with pytest.raises(InputError) as refused:
        baseline.load_baseline(file)
    return str(refused.value)


def test_a_kind_of_others_judges_and_the_report_says_whose_it_was(distribution: Distribution, tmp_path: Path) -> None:
    distribution("mail-theirs", {"kinds": {"said": "theirs_said"}}, {"theirs_said.py": KIND.format(name="said")})
    report = baseline.check_all([HERE], baseline.load_baseline(rules(tmp_path, "said")))
    assert [one.outcome for one in report.findings] == [Outcome.PASS, Outcome.PASS]
    document = json.loads(json.dumps(report.to_dict()))
    assert document["run"]["extensions"] == [{"name": "mail-theirs", "version": "2.1"}]
    assert Report.from_dict(document).run.extensions == report.run.extensions


def test_controls_that_are_not_chosen_do_not_name_their_maker(distribution: Distribution, tmp_path: Path) -> None:
    distribution("mail-theirs", {"kinds": {"said": "theirs_said"}}, {"theirs_said.py": KIND.format(name="said")})
    whole = baseline.load_baseline(rules(tmp_path, "said"))
    assert [str(one) for one in whole.extensions] == ["mail-theirs 2.1"]
    assert whole.only(controls=("F-1",)).extensions == ()
    assert "extensions" not in baseline.check_all([HERE], whole.only(controls=("F-1",))).to_dict()["run"]


def test_nothing_is_looked_for_while_all_is_of_this_package(monkeypatch: pytest.MonkeyPatch) -> None:
    def looked() -> None:
        raise AssertionError("the metadata of distributions was read")

    monkeypatch.setattr("baseline.extensions.installed.metadata.entry_points", looked)
    assert baseline.load_baseline("mampu-2007").extensions == ()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("raise RuntimeError('no such wind')", "RuntimeError: no such wind"),
        ("import nowhere_to_be_found", "ModuleNotFoundError"),
        ("raise SystemExit(0)", "SystemExit"),
        ("def broken(:", "SyntaxError"),
        (KIND.format(name="said") + "\n    def not_for(self, target): ...\n", "overrides `not_for`"),
        (KIND.format(name="said").replace("    word", "    odd: type(ask)\n    word"), "PydanticSchemaGenerationError"),
        ("x = 1", "has no class of that kind"),
        ("import socket", "may not import `socket`"),
        ("from os import path", "may not import `os`"),
        ("import testinfra", "only for types"),
        ("from baseline.kinds.file import FileControl", "no kind imports another one"),
        ("from baseline.kinds import file", "no kind imports another one"),
        ("from baseline import session", "kinds are made of values"),
        ("print(open('/etc/passwd').read())", "may not call `open`"),
        ("def f():\n    import time", "may not import `time`"),
    ],
)
def test_one_that_cannot_be_used_is_told_at_its_control_with_its_distribution(
    distribution: Distribution, tmp_path: Path, source: str, said: str
) -> None:
    distribution("mail-theirs", {"kinds": {"said": "theirs_said"}}, {"theirs_said.py": source})
    words = told(rules(tmp_path, "said"))
    assert f"{tmp_path}/ours.yml:7:21: " in words
    assert "mail-theirs 2.1" in words
    assert said in words


def test_what_a_kind_imports_of_its_own_is_looked_at_too(distribution: Distribution, tmp_path: Path) -> None:
    modules = {
        "theirs/__init__.py": "",
        "theirs/said.py": "from theirs.asking import now\n" + KIND.format(name="said"),
        "theirs/asking.py": "from time import time as now\n",
    }
    distribution("mail-theirs", {"kinds": {"said": "theirs.said"}}, modules)
    assert "asking.py:1: mail-theirs 2.1: a kind may not import `time`" in told(rules(tmp_path, "said"))


def test_a_name_of_ours_stays_ours_and_whoever_claims_it_is_refused(distribution: Distribution, tmp_path: Path) -> None:
    points = {"kinds": {"said": "theirs_said", "file": "theirs_said"}}
    distribution("mail-theirs", points, {"theirs_said.py": KIND.format(name="said")})
    words = told(rules(tmp_path, "said"))
    assert "mail-theirs 2.1" in words
    assert "claims the kind `file`, which is this package's own" in words
    assert kind_named("file") is FileControl


def test_a_name_that_two_claim_is_nobodys(distribution: Distribution, tmp_path: Path) -> None:
    for name in ("mail-theirs", "mail-others"):
        distribution(name, {"kinds": {"said": "theirs_said"}}, {"theirs_said.py": KIND.format(name="said")})
    words = told(rules(tmp_path, "said"))
    assert "mail-theirs 2.1" in words
    assert "mail-others 2.1" in words
    assert "take one of them out" in words


@pytest.mark.parametrize("fault", ["raise RuntimeError('x')", "raise SystemExit(0)", "return {'word': 1 / 0}"])
@pytest.mark.parametrize("where", ["(answer,) = ask", 'return {"word": Equal'])
def test_one_that_fails_while_it_judges_is_unknown_by_name_and_the_others_stand(
    distribution: Distribution, tmp_path: Path, fault: str, where: str
) -> None:
    broken = KIND.format(name="said").replace(where, f"{fault}\n        {where}")
    distribution("mail-theirs", {"kinds": {"said": "theirs_said"}}, {"theirs_said.py": broken})
    controls = baseline.load_baseline(rules(tmp_path, "said")).controls_for(HERE)
    found = baseline.check(HERE, controls, baseline.connect).findings
    assert [one.outcome for one in found] == [Outcome.PASS, Outcome.UNKNOWN]
    assert found[1].reason.endswith("(kind `said` of mail-theirs 2.1)")


@pytest.mark.parametrize("method", ["reads", "remedy", "advice", "demands", "set_at", "outside"])
def test_whatever_of_it_fails_costs_no_other_control_anything(
    distribution: Distribution, tmp_path: Path, method: str
) -> None:
    broken = KIND.format(name="said") + f"\n    def {method}(self, *_, **__):\n        raise RuntimeError('broken')\n"
    distribution("mail-theirs", {"kinds": {"said": "theirs_said"}}, {"theirs_said.py": broken})
    file = rules(tmp_path, "said")
    file.write_text(file.read_text().replace("kind: said,", "kind: said, word: 'no',"))
    report = baseline.plan_all([HERE], baseline.load_baseline(file))
    assert len(report.findings) == 2
    assert report.findings[0].outcome is Outcome.PASS
    assert report.findings[1].outcome in (Outcome.FAIL, Outcome.UNKNOWN)


def test_what_is_no_fault_of_a_kind_does_not_name_its_maker(distribution: Distribution, tmp_path: Path) -> None:
    told = KIND.format(name="said").replace("(answer,) = ask", "raise CannotTell('no answer')\n        (answer,) = ask")
    text = "from baseline.errors import CannotTell\n" + told
    distribution("mail-theirs", {"kinds": {"said": "theirs_said"}}, {"theirs_said.py": text})
    report = baseline.check_all([HERE], baseline.load_baseline(rules(tmp_path, "said")))
    assert report.findings[1].reason == "no answer"


def test_a_misspelt_kind_is_told_with_those_of_others(distribution: Distribution, tmp_path: Path) -> None:
    distribution("mail-theirs", {"kinds": {"said": "theirs_said"}}, {"theirs_said.py": "raise AssertionError"})
    assert "there is no kind `sayd`: did you mean `said`?" in told(rules(tmp_path, "sayd"))


def test_a_baseline_and_its_template_are_brought(distribution: Distribution, tmp_path: Path) -> None:
    text = (
        "{baseline: theirs, version: 1.0.0, title: Theirs, controls: [{id: T-1, kind: file, title: T, clause: '', "
        "obligation: mandatory, severity: low, why: T, path: /etc/motd, template: theirs/motd.j2}]}"
    )
    modules = {
        "theirs_files/__init__.py": "",
        "theirs_files/their-rules.yml": text,
        "theirs_files/motd.j2": "Welcome to {{ target.name }}\n",
    }
    points = {"baselines": {"their-rules": "theirs_files"}, "templates": {"theirs": "theirs_files"}}
    distribution("mail-theirs", points, modules)
    loaded = baseline.load_baseline("their-rules")
    (control,) = loaded.controls_for(HERE)
    assert control.expected(HERE)["sha256"]
    assert [one.name for one in loaded.extensions] == ["mail-theirs"]
    listed = CliRunner().invoke(app, ["baselines"])
    assert "their-rules comes with mail-theirs 2.1" in listed.output
    (tmp_path / "ours.yml").write_text(text.replace("theirs/motd.j2", "theirs/mood.j2"))
    assert "mail-theirs 2.1 has no template theirs/mood.j2" in told(tmp_path / "ours.yml")


def test_a_baseline_that_is_not_there_is_told(distribution: Distribution) -> None:
    distribution("mail-theirs", {"baselines": {"their-rules": "theirs_files"}}, {"theirs_files/__init__.py": ""})
    with pytest.raises(InputError, match=r"mail-theirs 2.1 says that it brings the baseline `their-rules`"):
        baseline.load_baseline("their-rules")
    assert CliRunner().invoke(app, ["baselines"]).exit_code == 2


ROW = """\
from baseline.programs import ConfigTree, Program

ROW = Program(name="{name}", trees=(ConfigTree("/etc/theirs", "true"),), writers=("theirs-tool",))
"""


def test_the_row_of_a_program_counts_with_a_kind_of_the_same_distribution(
    distribution: Distribution, tmp_path: Path
) -> None:
    points = {"kinds": {"said": "theirs_said"}, "programs": {"theirs": "theirs_row:ROW"}}
    modules = {"theirs_said.py": KIND.format(name="said"), "theirs_row.py": ROW.format(name="Theirs")}
    distribution("mail-theirs", points, modules)
    assert programs.brought() == ()
    baseline.load_baseline(rules(tmp_path, "said"))
    assert [one.name for one in programs.brought()] == ["Theirs"]


@pytest.mark.parametrize(
    ("row", "said"), [(ROW.format(name="Postfix"), "has a row"), ("ROW = 1", "has to be a `Program`")]
)
def test_a_row_that_is_none_or_claims_a_program_of_ours_is_refused(
    distribution: Distribution, tmp_path: Path, row: str, said: str
) -> None:
    points = {"kinds": {"said": "theirs_said"}, "programs": {"theirs": "theirs_row:ROW"}}
    distribution("mail-theirs", points, {"theirs_said.py": KIND.format(name="said"), "theirs_row.py": row})
    words = told(rules(tmp_path, "said"))
    assert "mail-theirs 2.1" in words
    assert said in words


@pytest.mark.parametrize(
    ("source", "code", "said"),
    [
        ("def render(report):\n    return f'{len(report.findings)} findings\\n'", 0, "1 findings\n"),
        ("def render(report):\n    raise RuntimeError('no ink')", 3, "made no report: RuntimeError: no ink"),
        ("def render(report):\n    return None", 3, "made no report: it gave NoneType"),
        ("raise RuntimeError('no ink')", 2, "cannot be loaded: RuntimeError: no ink"),
    ],
)
def test_a_format_of_reports(distribution: Distribution, tmp_path: Path, source: str, code: int, said: str) -> None:
    distribution("mail-theirs", {"reports": {"wiki": "theirs_wiki:render"}}, {"theirs_wiki.py": source})
    (tmp_path / "inventory.yml").write_text("all: {hosts: {here: {ansible_connection: local, roles: [mta]}}}")
    where = ["-i", str(tmp_path / "inventory.yml"), "-b", str(rules(tmp_path, "file")).replace("X-1", "X-1")]
    file = tmp_path / "report.json"
    (tmp_path / "ours.yml").write_text((tmp_path / "ours.yml").read_text().partition("  - {id: X-1")[0])
    formats = ["--format", "wiki", "-o", "-", "--format", "json", "-o", str(file)]
    done = CliRunner().invoke(app, ["check", "--no-history", *where, *formats])
    assert done.exit_code == code, done.output
    assert said in done.output
    if code != 2:
        assert json.loads(file.read_text())["exit_code"] == 0, "the other format is written all the same"


def test_formats_of_others_are_listed_where_a_name_is_wrong(distribution: Distribution, tmp_path: Path) -> None:
    distribution("mail-theirs", {"reports": {"wiki": "theirs_wiki:render"}}, {})
    (tmp_path / "inventory.yml").write_text("all: {hosts: {here: {ansible_connection: local, roles: [mta]}}}")
    done = CliRunner().invoke(app, ["check", "-i", str(tmp_path / "inventory.yml"), "--format", "wikki"])
    assert done.exit_code == 2
    assert "xlsx, wiki" in done.output


def test_metadata_that_cannot_be_read_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise ValueError("half a file")

    monkeypatch.setattr("baseline.extensions.installed.metadata.entry_points", broken)
    with pytest.raises(UserError, match="half a file"):
        extensions.find("kinds", "said")
