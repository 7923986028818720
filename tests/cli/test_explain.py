"""`explain CONTROL --host H`: the chain from the clause to the proof, from inventory and history; no host is asked."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from baseline import state_files
from baseline.history import History
from baseline.model import Finding, HostReport, Outcome, SubjectReport
from baseline.model.heard import Heard, of_probe, seen_bytes
from baseline.model.probes import Lookup, Records
from tests.cli.conftest import BAD, Site, postfix
from tests.history.reports import finding, report


def explained(site: Site, *words: str) -> str:
    done = site.run("explain", "our-q-01", *words)
    assert done.exit_code == 0
    return " ".join(done.stdout.split())


def test_the_whole_chain_is_told_without_a_look_at_the_host(site: Site) -> None:
    site.run("check")
    site.hosts["mx2"] = postfix(BAD)
    site.run("check")
    asked = len(site.sessions)
    told = explained(site, "--host", "mx2")
    assert len(site.sessions) == asked
    newest, first = History(state_files.directory() / "history.db").runs()
    for words in (
        "OUR-Q-01 Messages may be large mx2",
        "Mesej boleh besar",
        "obligation mandatory",
        "Wanted message_size_limit 26214400",
        "Written where nothing is set yet /etc/postfix/main.cf message_size_limit = 26214400 reload: postfix",
        f"Last proof FAIL run {newest.number} of {newest.finished.replace('T', ' ')[:16]} UTC, check by {newest.who}, "
        f"digest {newest.digest}",
        "message_size_limit 26214400 10240000",
        "What to do `baseline apply -c OUR-Q-01` mends this",
        f"Last change pass until run {newest.number} of",
        "since then FAIL",
    ):
        assert words in told, told
    assert "Not known" not in told
    assert first.id != newest.id


def test_json_has_the_same_and_more(site: Site) -> None:
    site.run("check")
    told = json.loads(site.run("explain", "OUR-Q-01", "--host", "mx1", "--format", "json").stdout)
    assert (told["schema"], told["host"], told["baseline"]) == ("baseline.chain/1", "mx1", "ours 1.2.3")
    assert told["control"]["title"] == {"en": "Messages may be large", "ms": "Mesej boleh besar"}
    (intended,) = told["intended"]
    assert intended["wanted"]["message_size_limit"]["values"] == ["26214400"]
    (proof,) = told["proofs"]
    assert (proof["finding"]["outcome"], proof["change"], proof["run"]["number"]) == ("pass", None, 1)
    assert told["missing"] == []


def test_without_a_history_it_says_what_is_missing(site: Site) -> None:
    told = explained(site, "--host", "mx1")
    assert "Wanted message_size_limit 26214400" in told
    assert "Not known No run that was kept looked at OUR-Q-01 on mx1: look with `baseline check`." in told
    assert not state_files.directory().exists()


def test_without_an_inventory_it_says_what_is_missing(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    site.run("check")
    monkeypatch.chdir(site.folder)
    done = site.bare("explain", "OUR-Q-01", "-b", str(site.folder / "rules.yml"), "--host", "mx1")
    told = " ".join(done.stdout.split())
    assert done.exit_code == 0
    assert "No inventory names mx1, so what is wanted of it is not known: name one with -i." in told
    assert "Last proof pass run 1" in told


def test_in_malay_the_malay_words_come_first(site: Site) -> None:
    site.hosts["mx2"] = postfix(BAD)
    site.run("check")
    told = explained(site, "--host", "mx2", "--lang", "ms")
    assert told.startswith("OUR-Q-01 Mesej boleh besar mx2 Messages may be large")
    assert "kewajipan wajib" in told
    assert "TIDAK PATUH" in told
    assert explained(site, "--lang", "ms").startswith("OUR-Q-01 Mesej boleh besar Messages may be large")


def test_a_control_without_a_host_is_told_as_json_too(site: Site) -> None:
    told = json.loads(site.bare("explain", "OUR-Q-01", "-b", str(site.folder / "rules.yml"), "--format", "json").stdout)
    assert (told["id"], told["title"]["ms"], told["clause"]) == ("OUR-Q-01", "Mesej boleh besar", "f.i")


def test_a_waiver_and_looks_from_outside_are_told(site: Site) -> None:
    look, seen = Lookup("agensi.example", "MX"), Records("noerror", ("10 mx1.agensi.example.",), 3600)
    of_domain = finding("agensi.example", "OUR-Q-01", Outcome.FAIL, 2, subject="agensi.example", waived="until May")
    one = report(1, finding("mx1", "OUR-Q-01"), of_domain)
    one = replace(one, hosts=one.hosts[:1], subjects=(SubjectReport("agensi.example", "domain", "mx1"),))
    history = History(state_files.directory() / "history.db")
    kept = history.begin("check")
    question = of_probe(look)
    kept.heard("mx1", Heard({question: seen_bytes(seen)}, {"OUR-Q-01 agensi.example": (question,)}))
    assert kept.keep(one) == ""
    told = explained(site, "--host", "agensi.example")
    assert "Last proof of agensi.example FAIL run 1" in told
    assert "waived: until May" in told
    assert "Seen from outside lookup name agensi.example type MX recurse True status noerror" in told
    assert "records 10 mx1.agensi.example." in told


def test_the_last_run_that_looked_is_named_and_not_the_last_run(site: Site) -> None:
    site.run("check")
    site.run("check", "-l", "mx2")
    proofs = History(state_files.directory() / "history.db").proofs(["mx1"], "OUR-Q-01")
    assert [(one.run.number, one.began.number) for one in proofs] == [(1, 1)]


def test_a_proof_is_told_while_older_runs_are_pruned(site: Site) -> None:
    history = History(state_files.directory() / "history.db")
    for number, found in ((1, 1), (500, 1), (900, 2)):
        outcome = Outcome.PASS if found == 1 else Outcome.FAIL
        assert history.begin("check").keep(report(number, finding("mx1", "OUR-Q-01", outcome, found))) == ""
    (before,) = history.proofs(["mx1"], "OUR-Q-01")
    assert before.change is not None
    assert (before.run.number, before.change.kind, before.change.before) == (3, "newly failing", "pass")


def test_what_a_host_said_steers_no_terminal(site: Site) -> None:
    hostile: Finding = finding("mx1", "OUR-Q-01", Outcome.FAIL, "\x1b[2J\u202eevil", reason="\x1b]0;x\x07")
    one = report(1, hostile)
    one = replace(one, hosts=(HostReport("mx1", "192.0.2.1", ("mta",), reachable=True),))
    assert History(state_files.directory() / "history.db").begin("check").keep(one) == ""
    done = site.run("explain", "OUR-Q-01", "--host", "mx1")
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout
