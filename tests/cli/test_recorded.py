"""`check --recorded`: another version of the baseline judges the answers that were kept, and nobody is asked."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

import baseline
from baseline import last_run, state_files
from baseline.history import History
from baseline.load import load_baseline, load_inventory
from tests.cli.conftest import BAD, GOOD, RULES, Site, postfix

NEWER = RULES.replace("1.2.3", "2.0.0").replace(
    "controls:\n",
    """controls:
  - id: OUR-N-01
    kind: package
    title: {en: A package that nobody asked for before, ms: Pakej}
    clause: f
    obligation: mandatory
    severity: low
    roles: [mta]
    why: To have a question that is new.
    name: brand-new
  - id: OUR-N-02
    kind: postfix_setting
    title: {en: A setting that was in the answers all along, ms: Tetapan}
    clause: f
    obligation: mandatory
    severity: low
    roles: [mta]
    why: To have a control that is new, and asks nothing new.
    name: mynetworks_style
    value: host
""",
)


SUBNET = {"mynetworks_style": "subnet"}


@pytest.fixture
def newer(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A site that was checked once, whose baseline has a newer version now, and whose hosts nobody may ask."""
    site.hosts = {"mx1": postfix({**GOOD, **SUBNET}), "mx2": postfix({**BAD, **SUBNET})}
    site.run("check")
    (site.folder / "rules.yml").write_text(NEWER)
    site.sessions.clear()
    site.hosts.clear()

    def refused(*words: Any, **options: Any) -> Any:
        raise AssertionError(f"somebody is asked: {words} {options}")

    monkeypatch.setattr("baseline.session.Connector.connect", refused)
    monkeypatch.setattr(socket, "socket", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    return site


def outcomes(document: dict[str, Any]) -> dict[tuple[str, str], str]:
    return {(one["host"], one["control"]): one["outcome"] for one in document["findings"]}


def test_what_a_newer_version_would_say_of_the_answers_that_were_kept(newer: Site) -> None:
    done = newer.run("check", "--recorded", "--format", "json")
    assert done.stderr == ""
    document = json.loads(done.stdout)
    found = outcomes(document)
    assert found["mx1", "OUR-Q-01"] == "pass"
    assert found["mx2", "OUR-Q-01"] == "fail"
    assert {found[host, "OUR-N-02"] for host in ("mx1", "mx2")} == {"fail"}
    assert {found[host, "OUR-N-01"] for host in ("mx1", "mx2")} == {"unknown"}
    assert "did not ask this" in next(one["reason"] for one in document["findings"] if one["control"] == "OUR-N-01")
    (kept,) = History(state_files.directory() / "history.db").runs()
    assert document["run"]["recorded"] == {"run": kept.id, "finished": kept.finished}
    assert document["run"]["baseline"]["version"] == "2.0.0"
    assert done.exit_code == document["exit_code"] == 1
    assert [one["exchanges"] for one in document["hosts"]] == [0, 0]


def test_it_says_of_when_it_is_and_that_it_is_no_proof(newer: Site) -> None:
    (kept,) = History(state_files.directory() / "history.db").runs()
    for form in ("text", "junit"):
        words = " ".join(newer.run("check", "--recorded", "--format", form).stdout.split())
        assert f"These are answers that were kept of run {kept.id} of {kept.finished}: no host was asked" in words
        assert "this is no proof" in words


def test_it_is_no_run_and_is_not_remembered(newer: Site) -> None:
    inventory = [newer.folder / "inventory.yml"]
    assert last_run.failed_hosts(inventory) == ("mx2",)
    newer.run("check", "--recorded", "--run", "1")
    assert [one.number for one in History(state_files.directory() / "history.db").runs()] == [1]
    assert last_run.failed_hosts(inventory) == ("mx2",), "mx1 fails by the newer version, but was not looked at"
    refused = newer.run("check", "--recorded", "--run", "7")
    assert (refused.exit_code, "no run is named 7" in refused.stderr) == (5, True)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--run", "1"], "needs --recorded"),
        (["--recorded", "--no-history"], "--no-history cannot be had"),
        (["--recorded", "--diff", "--changes"], "--diff and --changes cannot be had"),
        (["--recorded", "--every", "1d"], "--every cannot be had"),
    ],
)
def test_options_that_say_nothing_together_are_refused(site: Site, options: list[str], words: str) -> None:
    done = site.run("check", *options)
    assert (done.exit_code, words in done.stderr) == (2, True)


def test_a_host_that_the_run_did_not_look_at_is_unknown(site: Site) -> None:
    site.run("check", "-l", "mx1")
    document = json.loads(site.run("check", "--recorded", "--format", "json").stdout)
    lost = next(one for one in document["hosts"] if one["name"] == "mx2")
    assert (lost["reachable"], "did not look at it" in lost["error"]) == (False, True)
    assert {one["outcome"] for one in document["findings"] if one["host"] == "mx2"} <= {"unknown", "notapplicable"}


def test_a_value_that_the_inventory_wants_otherwise_now_is_judged_anew(site: Site) -> None:
    site.run("check")
    inventory = site.folder / "inventory.yml"
    inventory.write_text(inventory.read_text().replace("26214400", "10240000"))
    site.hosts.clear()
    document = json.loads(site.run("check", "--recorded", "--format", "json", "-c", "OUR-Q-01").stdout)
    assert set(outcomes(document).values()) == {"fail"}
    assert document["run"]["chosen_from"]["controls"] == 3


def test_the_library_judges_the_answers_of_a_history(site: Site) -> None:
    site.run("check")
    site.hosts.clear()
    history = baseline.open_history()
    inventory, rules = load_inventory(site.folder / "inventory.yml"), load_baseline(str(site.folder / "rules.yml"))
    report = baseline.check_recorded(inventory.select(), rules, history.answers())
    assert report.exit_code == 0
    assert baseline.Report.from_dict(report.to_dict()) == report
    with pytest.raises(baseline.NothingMatched):
        history.answers("99")


def test_what_wants_a_secret_is_unknown(site: Site, tmp_path: Path) -> None:
    (site.folder / "key").write_text("a-secret-that-is-long\n")
    rules = site.folder / "rules.yml"
    rules.write_text(
        RULES
        + """\
  - id: OUR-S-01
    kind: file
    title: {en: A file with a secret, ms: Fail}
    clause: f
    obligation: mandatory
    severity: low
    roles: [mta]
    why: To have one.
    path: /etc/postfix/password
    content: !secret {file: key}
"""
    )
    first = json.loads(site.run("check", "--format", "json").stdout)
    assert ("mx1", "OUR-S-01") in outcomes(first), first
    document = json.loads(site.run("check", "--recorded", "--format", "json").stdout)
    one = next(each for each in document["findings"] if each["control"] == "OUR-S-01")
    assert (one["outcome"], one["reason"]) == (
        "unknown",
        "nothing of what it asks is kept, since a secret stands in what it wants",
    )
    assert outcomes(document)["mx1", "OUR-Q-01"] == "pass"
