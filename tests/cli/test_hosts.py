"""`check` and `plan`: what is printed where, and the exit code of each outcome."""

from __future__ import annotations

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from baseline.model import Answer
from tests.cli.conftest import BAD, GOOD, Site, postfix


def test_a_site_that_conforms(site: Site) -> None:
    done = site.run("check")
    assert done.exit_code == 0
    assert "Conforms: no mandatory control fails on 2 hosts." in done.stdout
    assert done.stderr == ""


def test_a_mandatory_control_that_fails(site: Site) -> None:
    site.hosts["mx2"] = postfix(BAD)
    done = site.run("check")
    assert done.exit_code == 1
    assert "Does not conform: 1 mandatory control fails on mx2." in done.stdout
    assert "10240000" in done.stdout


def test_an_advised_control_counts_only_under_strict(site: Site) -> None:
    site.hosts["mx1"] = postfix(GOOD | {"disable_vrfy_command": "no"})
    assert site.run("check").exit_code == 0
    assert site.run("check", "--strict").exit_code == 1


def test_a_host_that_cannot_be_reached_is_unknown_and_has_all_its_lines(site: Site) -> None:
    del site.hosts["mx2"]
    done = site.run("check")
    assert done.exit_code == 3
    assert "could not look: 192.0.2.2 cannot be reached: timed out" in done.stdout
    of_mx1, of_mx2 = done.stdout.split("\nmx2 ", 1)
    assert of_mx1.splitlines()[1:] == ["  2 pass, 1 n/a; -v lists them"]
    assert "  unknown  OUR-Q-01, OUR-A-01" in of_mx2


def test_a_command_that_is_not_there_is_unknown(site: Site) -> None:
    site.hosts["mx1"]["postconf -x"] = Answer(127, b"", b"sh: 1: postconf: not found")
    done = site.run("check", "-l", "mx1")
    assert done.exit_code == 3
    assert "`postconf -x`: the program is not installed" in done.stdout


def test_limit_tags_and_controls_select(site: Site) -> None:
    def asked(*options: str) -> tuple[set[str], set[str]]:
        report = json.loads(site.run("check", "--format", "json", *options).stdout)
        return {one["name"] for one in report["hosts"]}, {one["control"] for one in report["findings"]}

    assert asked() == ({"mx1", "mx2"}, {"OUR-Q-01", "OUR-A-01", "OUR-D-01"})
    assert asked("-l", "mx2") == ({"mx2"}, {"OUR-Q-01", "OUR-A-01", "OUR-D-01"})
    assert asked("-t", "size")[1] == {"OUR-Q-01"}
    assert asked("-t", "size,recommended")[1] == {"OUR-Q-01", "OUR-A-01"}
    assert asked("-c", "OUR-A-01,OUR-D-01")[1] == {"OUR-A-01", "OUR-D-01"}
    assert asked("-c", "OUR-A-01", "-c", "OUR-D-01")[1] == {"OUR-A-01", "OUR-D-01"}


@pytest.mark.parametrize("options", [("-l", "nobody"), ("-t", "nothing"), ("-c", "OUR-Q-99")])
def test_a_selection_of_nothing_is_an_error_of_its_own(site: Site, options: tuple[str, str]) -> None:
    done = site.run("check", *options)
    assert done.exit_code == 5
    assert options[1] in done.stderr
    assert done.stdout == ""
    assert site.sessions == []


def test_all_problems_of_the_files_come_at_once_with_their_places(site: Site) -> None:
    rules = site.folder / "rules.yml"
    rules.write_text(rules.read_text().replace("severity: medium", "severity: grave").replace("name: my", "nome: my"))
    done = site.run("check")
    assert done.exit_code == 2
    lines = rules.read_text().splitlines()
    assert f"{rules}:{lines.index('    severity: grave') + 1}:15: " in done.stderr
    assert f"{rules}:{lines.index('    nome: mynetworks') + 1}:5: " in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_variable_that_does_not_fit_stops_before_any_host_is_asked(site: Site) -> None:
    inventory = site.folder / "inventory.yml"
    inventory.write_text(inventory.read_text().replace("    size: 26214400\n", ""))
    done = site.run("check")
    assert done.exit_code == 2
    assert "'size' is undefined" in done.stderr
    assert site.sessions == []


def test_wrong_usage(site: Site) -> None:
    assert site.bare("check").exit_code == 2
    assert site.bare("chek").exit_code == 2
    assert site.bare().exit_code == 2
    assert site.run("check", "--forks", "0").exit_code == 2


def test_json_is_the_contract(site: Site) -> None:
    site.hosts["mx2"] = postfix(BAD)
    done = site.run("check", "--format", "json")
    report = json.loads(done.stdout)
    assert report["schema"] == "baseline.report/2"
    assert report["exit_code"] == done.exit_code == 1
    assert report["run"]["baseline"]["name"] == "ours"
    assert report["summary"]["fail"] == 1
    assert [one["outcome"] for one in report["findings"]] == [
        "pass",
        "pass",
        "notapplicable",
        "fail",
        "pass",
        "notapplicable",
    ]


def test_several_formats_each_with_its_file(site: Site, tmp_path: Path) -> None:
    first, second = tmp_path / "report.json", tmp_path / "report.xml"
    options = ["--format", "json", "-o", str(first), "--format", "junit", "-o", str(second), "--format", "text"]
    done = site.run("check", *options)
    assert json.loads(first.read_text())["exit_code"] == 0
    assert ElementTree.parse(second).getroot().tag == "testsuites"
    assert done.stdout.startswith("mx1  192.0.2.1  mta\n")


def test_text_in_a_file_leaves_standard_output_alone(site: Site, tmp_path: Path) -> None:
    done = site.run("check", "-o", str(tmp_path / "report.txt"))
    assert done.stdout == ""
    assert (tmp_path / "report.txt").read_text().endswith("2 hosts.\n")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--format", "pdf"), "there is no format 'pdf': use text, html, markdown, csv, json"),
        (("--format", "json", "--format", "text"), "would both go to standard output"),
        (("-o", "a.txt", "-o", "b.txt"), "has no --format"),
        (("-o", "/nonexistent/report.txt"), "/nonexistent/report.txt cannot be written: No such file or directory"),
    ],
)
def test_outputs_that_cannot_be(site: Site, options: tuple[str, ...], words: str) -> None:
    done = site.run("check", *options)
    assert done.exit_code == 2
    assert words in done.stderr
    assert site.sessions == []


def test_plan_shows_the_lines_that_would_change(site: Site) -> None:
    site.hosts["mx2"] = postfix(BAD)
    done = site.run("plan")
    assert done.exit_code == 1
    assert "-message_size_limit = 10240000\n+message_size_limit = 26214400\n" in done.stdout
    assert "mx1  192.0.2.1  mta\n  nothing to do\n" in done.stdout
    assert "+message_size_limit" not in site.run("plan", "--no-diff").stdout


def test_a_plan_that_is_kept_is_shown_as_well(site: Site) -> None:
    site.hosts["mx2"] = postfix(BAD)
    file = site.folder / "my plan.json"
    done = site.run("plan", "-o", str(file))
    assert done.stdout == site.run("plan").stdout
    assert done.stderr.endswith(f"{file} holds this plan. To apply exactly this one: baseline apply '{file}'\n")
    assert json.loads(file.read_text("utf-8"))["plans"][1]["host"] == "mx2"
    silent = site.run("plan", "--format", "json", "-o", str(file))
    assert silent.stdout == ""


def test_plan_with_nothing_to_do(site: Site) -> None:
    done = site.run("plan")
    assert done.exit_code == 0
    assert "Nothing to do on 2 hosts." in done.stdout


def test_plans_are_in_the_json_with_their_digests(site: Site) -> None:
    site.hosts["mx2"] = postfix(BAD)
    plans = json.loads(site.run("plan", "--format", "json").stdout)["plans"]
    assert [plan["host"] for plan in plans] == ["mx1", "mx2"]
    assert len(plans[1]["digest"]) == 64
    assert plans[1]["files"][0]["path"] == "/etc/postfix/main.cf"


def test_check_with_diff_shows_findings_and_lines(site: Site) -> None:
    site.hosts["mx1"] = postfix(BAD)
    done = site.run("check", "--diff")
    assert "FAIL     OUR-Q-01" in done.stdout
    assert "+message_size_limit = 26214400\n" in done.stdout
    assert done.exit_code == 1


def test_steps_are_told_on_standard_error_with_verbose(site: Site) -> None:
    done = site.run("check", "-v", "-l", "mx1")
    assert {"mx1: connecting", "mx1: looking"} <= set(done.stderr.splitlines())
    assert re.search(r"^ +message_size_limit +26214400$", done.stdout, re.M)


def test_an_interrupt_is_a_sentence(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("baseline.fleet.check_all", interrupted)
    done = site.run("check")
    assert done.exit_code == 130
    assert done.stderr.strip() == "baseline: interrupted; nothing was changed"


@pytest.mark.parametrize(
    ("options", "left"),
    [
        (["-c", "OUR-[QD]-*"], ["OUR-Q-01", "OUR-D-01"]),
        (["-c", "!OUR-D-01"], ["OUR-Q-01", "OUR-A-01"]),
        (["--skip", "size,OUR-D-*"], ["OUR-A-01"]),
        (["--skip-tags", "size", "--skip-tags", "recommended"], ["OUR-D-01"]),
    ],
)
@pytest.mark.parametrize("command", ["check", "plan"])
def test_controls_are_chosen_and_left_out(site: Site, command: str, options: list[str], left: list[str]) -> None:
    done = site.run(command, "-l", "mx1", "--format", "json", *options)
    assert [one["control"] for one in json.loads(done.stdout)["findings"]] == left


def test_lint_judges_the_chosen_controls(site: Site) -> None:
    (site.folder / "inventory.yml").write_text("mta: {hosts: {mx1: {roles: [mta]}}}\n")
    assert "size" in site.run("lint").stderr
    done = site.run("lint", "--skip", "size")
    assert done.exit_code == 0
    assert "ours 1.2.3: 2 controls, 1 host: no problems" in done.stdout


@pytest.mark.parametrize("option", ["--timings", "-vv"])
@pytest.mark.parametrize("command", [("check",), ("plan",), ("apply", "--yes")])
def test_where_the_time_went_is_told_of_each_host(site: Site, command: tuple[str, ...], option: str) -> None:
    told = re.findall(r"^  (?:\w+ \d+\.\d\d s(?:, )?)+$", site.run(*command, option).stdout, re.M)
    assert len(told) == 2
    assert "judging" in told[0]
    assert re.findall(r"judging \d", site.run(*command, "-v").stdout) == []


def test_where_the_time_went_is_in_the_json_of_every_run(site: Site) -> None:
    (one, _) = json.loads(site.run("check", "--format", "json").stdout)["hosts"]
    assert {"connecting", "asking", "waiting", "applying", "outside", "judging"} <= set(one["timings"])
