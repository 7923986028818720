"""Waivers of the command: from a file or the inventory, in every report, in plans, and in lint."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from junitparser import JUnitXml

from tests.cli.conftest import BAD, Site, postfix


def later(**amount: int) -> str:
    """An instant so much from now, with a zone."""
    return f"{datetime.now(UTC) + timedelta(**amount):%Y-%m-%dT%H:%M:%S}+00:00"


def waiver(control: str = "OUR-Q-01", hosts: str = "mx1", expires: str = "", more: str = "") -> str:
    """An entry of a file of waivers."""
    ends = expires or later(days=60)
    return (
        f"- control: {control}\n  hosts: {hosts}\n  reason: a new store is ordered\n  approver: CISO\n"
        f"  expires: {ends}\n{more}"
    )


@pytest.fixture
def failing(site: Site) -> Site:
    """A site on whose first host a mandatory control fails."""
    site.hosts["mx1"] = postfix(BAD)
    (site.folder / "waivers.yml").write_text(waiver())
    return site


def given(site: Site) -> list[str]:
    return ["-w", str(site.folder / "waivers.yml")]


def document(site: Site, *options: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(site.run("check", *options, "--format", "json").stdout)
    return found


def test_what_is_waived_is_shown_as_what_it_is_and_does_not_count(failing: Site) -> None:
    assert failing.run("check").exit_code == 1
    waived = failing.run("check", *given(failing))
    assert waived.exit_code == 0
    assert "FAIL     OUR-Q-01  Messages may be large" in waived.stdout
    assert "by CISO: a new store is ordered" in waived.stdout
    assert "without waivers: 1 fail, 3 pass, 2 n/a" in waived.stdout
    assert "with waivers: 3 pass, 2 n/a, 1 waived" in waived.stdout
    assert "Without waivers: Does not conform" in waived.stdout


def test_json_and_junit_have_every_total_twice(failing: Site) -> None:
    found = document(failing, *given(failing))
    assert (found["exit_code"], found["without_waivers"]["exit_code"]) == (0, 1)
    assert (found["summary"]["fail"], found["summary"]["without_waivers"]["fail"]) == (0, 1)
    junit = JUnitXml.fromstring(failing.run("check", *given(failing), "--format", "junit").stdout)
    suites = {
        suite.name: {one.name: one.value for one in suite.properties()}  # type: ignore[no-untyped-call]
        for suite in junit
    }
    assert (suites["mx1"]["with_waivers.fail"], suites["mx1"]["without_waivers.fail"]) == ("0", "1")
    assert (suites["waivers"]["with_waivers.exit_code"], suites["waivers"]["without_waivers.exit_code"]) == ("0", "1")


def test_the_inventory_may_name_the_file(failing: Site) -> None:
    inventory = failing.folder / "inventory.yml"
    inventory.write_text(inventory.read_text().replace("  vars:\n", "  vars:\n    waivers: waivers.yml\n"))
    assert failing.run("check").exit_code == 0
    assert failing.run("check", "-e", "waiver_longest_days=30").exit_code == 2
    (failing.folder / "none.yml").write_text(waiver("OUR-A-01"))
    assert failing.run("check", "-w", str(failing.folder / "none.yml")).exit_code == 1


def test_a_plan_leaves_alone_what_is_waived(failing: Site) -> None:
    planned = json.loads(failing.run("plan", "--format", "json").stdout)["plans"][0]
    left = json.loads(failing.run("plan", *given(failing), "--format", "json").stdout)["plans"][0]
    assert planned["controls"] == ["OUR-Q-01"]
    assert left["controls"] == []


def test_an_apply_leaves_alone_what_is_waived(failing: Site) -> None:
    done = json.loads(failing.run("apply", "--yes", *given(failing), "--format", "json").stdout)
    assert [(one["host"], one["outcome"]) for one in done["applies"]] == [("mx1", "nothing"), ("mx2", "nothing")]
    assert (done["exit_code"], done["summary"]["waived"]) == (0, 1)


def test_kept_answers_are_judged_with_the_waivers_of_today(failing: Site) -> None:
    place = ["--history", str(failing.folder / "history.db")]
    assert failing.run("check", *place).exit_code == 1
    assert failing.run("check", "--recorded", *place, *given(failing)).exit_code == 0
    assert failing.run("check", "--recorded", *place).exit_code == 1


def test_an_expired_one_counts_no_more_and_is_told(failing: Site) -> None:
    (failing.folder / "waivers.yml").write_text(waiver(expires=later(seconds=-1)))
    told = failing.run("check", *given(failing))
    assert told.exit_code == 1
    assert "expired  OUR-Q-01  mx1" in told.stdout
    assert document(failing, *given(failing))["waivers"][0]["state"] == "expired"


def test_one_that_is_no_longer_needed_is_told(failing: Site) -> None:
    (failing.folder / "waivers.yml").write_text(waiver(hosts="mx2"))
    assert "no longer needed: nothing that it covers fails or warns" in failing.run("check", *given(failing)).stdout


def test_one_that_ends_soon_is_told_ahead_and_when_is_settable(failing: Site) -> None:
    (failing.folder / "waivers.yml").write_text(waiver(expires=later(days=29)))
    assert document(failing, *given(failing))["waivers"][0]["state"] == "expiring"
    early = document(failing, *given(failing), "-e", "waiver_notice_days=14")
    assert early["waivers"][0]["state"] == "in force"


@pytest.mark.parametrize("command", ["check", "plan", "lint"])
def test_mistakes_end_with_two_and_what_matches_nothing_with_five(failing: Site, command: str) -> None:
    (failing.folder / "waivers.yml").write_text(waiver().replace("  approver: CISO\n", ""))
    wrong = failing.run(command, *given(failing))
    assert (wrong.exit_code, failing.sessions) == (2, [])
    assert "waivers.yml:1:3: `approver` is missing" in wrong.stderr
    (failing.folder / "waivers.yml").write_text(waiver(hosts="mx9"))
    unmatched = failing.run(command, *given(failing))
    assert unmatched.exit_code == 5
    assert "waivers.yml:2:10: `hosts`: no host matches mx9" in unmatched.stderr


def test_a_control_that_is_not_chosen_may_be_waived_all_the_same(failing: Site) -> None:
    assert failing.run("check", "-c", "OUR-A-01", "-l", "mx2", *given(failing)).exit_code == 0


def test_lint_counts_them_and_tells_their_mistakes_with_all_others(failing: Site) -> None:
    assert "2 hosts, 1 waiver: no problems" in failing.run("lint", *given(failing)).stdout
    (failing.folder / "waivers.yml").write_text(waiver().replace("CISO", ""))
    rules = failing.folder / "rules.yml"
    rules.write_text(rules.read_text().replace("severity: medium", "severity: grave"))
    wrong = failing.run("lint", *given(failing)).stderr
    assert "waivers.yml:4:12: `approver`" in wrong
    assert "rules.yml:" in wrong


def test_lint_needs_no_inventory_for_them(failing: Site) -> None:
    alone = failing.bare("lint", "-b", str(failing.folder / "rules.yml"), *given(failing))
    assert alone.exit_code == 0, alone.stderr
