"""Each control on each host is a test: what it is called, what becomes of it, and how it is chosen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase

from baseline.model import Finding, Outcome
from baseline.pytest_plugin.chosen import UnderTest
from tests.plugin.conftest import Own

pytest_plugins = ["pytester"]


def test_every_control_on_every_host_is_a_test_and_nobody_is_asked_to_list_them(own: Own) -> None:
    listed = own.run("--collect-only", "-q")
    names = [line for line in listed.outlines if line.startswith("baseline::")]
    controls = ["host", *(f"OUR-F-0{number}" for number in (1, 2, 3, 4))]
    assert names == [f"baseline::{host}::{control}" for host in ("mx1", "mx2") for control in controls]
    assert own.opened == []


def test_outcomes_become_those_of_pytest(own: Own) -> None:
    run = own.run("-rA", "-k", "mx1")
    run.assert_outcomes(passed=2, failed=1, skipped=1, xfailed=1, deselected=5)
    said = run.stdout.str()
    assert "PASSED baseline::mx1::OUR-F-01" in said
    assert "FAILED baseline::mx1::OUR-F-02 - FAIL  " in said
    assert "XFAIL baseline::mx1::OUR-F-03 - until" in said
    assert "It is being written." in said
    assert "for dns hosts; the inventory gives this one mta" in said
    assert run.ret == 1
    assert "Traceback" not in said


def test_a_failure_says_what_was_wanted_what_was_found_and_what_to_do(own: Own) -> None:
    said = own.run("-k", "mx1 and OUR-F-02").stdout.str()
    for word in ("FAIL", "OUR-F-02", "The file bad", "mandatory, clause f.i, medium", "wanted", "found", "to do"):
        assert word in said


def test_one_exchange_with_each_host_and_no_more_than_was_chosen(own: Own) -> None:
    own.run()
    assert own.exchanges == ["mx1", "mx2"]
    own.scripts.clear()
    own.run("-k", "mx2 and OUR-F-01")
    assert own.exchanges == ["mx2"]
    assert f"{own.pytester.path}/good" in own.scripts[0][1]
    assert f"{own.pytester.path}/bad" not in own.scripts[0][1]


def test_a_test_is_named_on_the_command_line(own: Own) -> None:
    run = own.run("baseline::mx1::OUR-F-01", test_other="def test_other(): pass")
    run.assert_outcomes(passed=1, deselected=9)
    assert own.exchanges == ["mx1"]
    unknown = own.run("baseline::mx1::NOPE")
    assert unknown.ret == pytest.ExitCode.USAGE_ERROR
    assert "baseline::mx1::NOPE" in unknown.stderr.str() + unknown.stdout.str()


def test_a_test_is_named_as_pytest_prints_it_in_another_folder(own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    (own.pytester.path / "pytest.ini").touch()
    (own.pytester.path / "below").mkdir()
    monkeypatch.chdir(own.pytester.path / "below")
    given = ("--baseline=../rules.yml", "--inventory=../inventory.yml", "--baseline-waivers=../waivers.yml")
    printed = [
        line.split()[0] for line in own.bare(*given, "-v").outlines if "::OUR-F-02 FAILED" in line and "mx1" in line
    ]
    assert printed == ["../baseline::mx1::OUR-F-02"]
    own.bare(*given, *printed).assert_outcomes(failed=1, deselected=9)


def test_hosts_and_controls_are_chosen_by_options(own: Own) -> None:
    own.run("--baseline-limit", "mx2", "--baseline-controls", "OUR-F-01").assert_outcomes(passed=2)
    assert own.opened == ["mx2"]


def test_every_test_of_a_host_that_cannot_be_reached_is_an_error_that_says_so(own: Own) -> None:
    own.gone.add("mx1")
    run = own.run("-k", "mx1", test_own="def test_file(host):\n    assert host.file('/etc').exists\n")
    run.assert_outcomes(errors=5, skipped=1, deselected=6)
    assert run.stdout.str().count("192.0.2.1 cannot be reached: timed out") >= 4
    assert "Traceback" not in run.stdout.str()


def as_if(monkeypatch: pytest.MonkeyPatch, **fields: object) -> None:
    """Have the finding of OUR-F-01 be another."""

    def found(chosen: UnderTest, findings: list[Finding]) -> tuple[Finding, ...]:
        return tuple(replace(one, **fields) if one.control == "OUR-F-01" else one for one in findings)  # type: ignore[arg-type]

    monkeypatch.setattr(UnderTest, "as_waived", found)


def test_a_warning_is_one_of_pytest_and_a_failure_when_it_is_strict(own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    as_if(monkeypatch, outcome=Outcome.WARN, reason="nearly full")
    lenient = own.run("-k", "OUR-F-01 and mx1")
    lenient.assert_outcomes(passed=1, warnings=1, deselected=9)
    assert "nearly full" in lenient.stdout.str()
    strict = own.run("-k", "OUR-F-01 and mx1", "--baseline-strict")
    strict.assert_outcomes(failed=1, deselected=9)
    assert "nearly full" in strict.stdout.str()


def test_what_drifted_fails_also_where_it_is_waived(own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    as_if(monkeypatch, drift=True, waived="for now")
    run = own.run("-k", "OUR-F-01 and mx1")
    run.assert_outcomes(failed=1, deselected=9)
    assert "drifted since it was applied" in run.stdout.str()


def test_what_could_not_be_told_is_an_error_and_no_failure(own: Own, monkeypatch: pytest.MonkeyPatch) -> None:
    as_if(monkeypatch, outcome=Outcome.UNKNOWN, reason="no usable answer")
    run = own.run("-k", "OUR-F-01 and mx1")
    run.assert_outcomes(errors=1, deselected=9)
    assert "no usable answer" in run.stdout.str()


def test_results_for_build_servers(own: Own) -> None:
    own.gone.add("mx2")
    own.run("--junitxml", "results.xml")
    cases: dict[str, TestCase] = {}
    for suite in JUnitXml.fromfile("results.xml"):
        cases |= {f"{case.classname}.{case.name}": case for case in suite}
    assert cases["baseline.mx1.OUR-F-01"].result == []
    kinds = {name: type(case.result[0]) for name, case in cases.items() if case.result}
    assert kinds["baseline.mx1.OUR-F-02"] is Failure
    assert kinds["baseline.mx1.OUR-F-03"] is Skipped
    assert kinds["baseline.mx2.OUR-F-01"] is Error


def test_last_failed_is_asked_alone(own: Own) -> None:
    given = ("--baseline", "rules.yml", "--inventory", "inventory.yml", "--baseline-limit", "mx1")
    own.pytester.runpytest_inprocess(*given, "--baseline-waivers", "waivers.yml").assert_outcomes(
        passed=2, failed=1, skipped=1, xfailed=1
    )
    again = own.pytester.runpytest_inprocess(*given, "--lf")
    again.assert_outcomes(failed=1, deselected=4)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--baseline", "rules.yml", "--inventory", "broken.yml"), "broken.yml:4:15: "),
        (("--baseline", "broken-rules.yml", "--inventory", "inventory.yml"), "broken-rules.yml:"),
        (("--baseline", "rules.yml", "--inventory", "inventory.yml", "--baseline-limit", "nosuch"), "nosuch"),
        (("--baseline", "rules.yml", "--inventory", "inventory.yml", "--baseline-controls", "NO-1"), "NO-1"),
        (("--baseline", "rules.yml", "--inventory", "inventory.yml", "--sudo"), "--sudo: with --baseline"),
        (("--baseline", "rules.yml", "--inventory", "nowhere.yml"), "nowhere.yml"),
    ],
)
def test_mistakes_are_told_at_their_place_without_a_traceback(own: Own, options: tuple[str, ...], said: str) -> None:
    (own.pytester.path / "broken.yml").write_text("all:\n  hosts:\n    mx1:\n      roles: [mtaa]\n")
    (own.pytester.path / "broken-rules.yml").write_text("baseline: ours\nversion: 1.0.0\ncontrols: [{id: X-1}]\n")
    run = own.bare(*options)
    assert run.ret == pytest.ExitCode.USAGE_ERROR
    told = run.stderr.str()
    assert said in told
    assert "Traceback" not in told + run.stdout.str()
    assert own.opened == []


def test_without_a_baseline_it_costs_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        import sys

        def test_nothing_of_ours_is_there():
            dear = {"pydantic", "fabric", "paramiko", "rich", "jinja2", "typer", "yaml", "baseline.model"}
            assert not dear & set(sys.modules)
            assert "baseline.pytest_plugin" in sys.modules
    """)
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
