"""`checklist`: shown, ticked and closed from the command line, over a register and a history."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from baseline import state_files
from baseline.cli import app
from baseline.history import History
from baseline.load import load_register
from baseline.model import Outcome, Report
from baseline.probing.keeping import MeasurementKeeper
from baseline.readings.evidence import day_of
from tests.cli.test_evidence import BEFORE, INVENTORY
from tests.evidence.test_measured import TEST, delivery
from tests.history.reports import finding, report

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)
"""Noon of a Monday at the agency."""
ITEMS = ["external_delivery_test", "services", "queue", "disk", "certificates", "block_lists", "backup_age"]

At = Callable[[datetime], None]


@pytest.fixture
def agency(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with an inventory, its register and its history, where commands run."""
    (tmp_path / "inventory.yml").write_text(f"{INVENTORY}    history: history.db\n")
    (tmp_path / "register.yml").write_text(BEFORE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def it_is(monkeypatch: pytest.MonkeyPatch) -> At:
    """Sets the moment at which commands run."""

    def at(moment: datetime) -> None:
        class Clock(datetime):
            @classmethod
            def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
                return moment if tz is UTC else moment.astimezone()

        monkeypatch.setattr("baseline.cli.checklist.datetime", Clock)

    at(NOON)
    return at


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["checklist", *words, "-i", "inventory.yml"])


def shown(*words: str) -> dict[str, str]:
    """Item -> result of a day."""
    (day,) = json.loads(run("--format", "json", *words).stdout)
    return {one["item"]: one["result"] for one in day["items"]}


def checked(agency: Path, number: int, moment: datetime, *controls: str, outcome: Outcome = Outcome.PASS) -> str:
    """A check in the history that looked at the one host; its id."""
    found = [finding("a.agensi.example.my", control, outcome) for control in controls]
    made: Report = report(number, *found)
    stamp = f"{moment:%Y-%m-%dT%H:%M:%SZ}"
    about = replace(made.run, started=stamp, finished=stamp, baseline_name="mampu-2007")
    assert History(agency / "history.db").begin("check").keep(replace(made, run=about)) == ""
    return made.run.id


def test_a_day_is_filled_from_checks_and_ticks_and_closed_into_the_register(agency: Path, it_is: At) -> None:
    assert set(shown().values()) == {"open"}
    run_id = checked(agency, 1, NOON - timedelta(hours=1), "MEL-H-02", "MEL-H-03", "MEL-T-02")
    assert {name: one for name, one in shown().items() if one != "open"} == {"queue": "ok", "disk": "ok"}
    signed = run("sign", "backup_age", "services", "--by", "Kumar a/l Raju", "--evidence", "ticket 7")
    assert signed.exit_code == 0, signed.output
    refused = run("close", "--by", "Aminah")
    assert refused.exit_code == 2
    assert "3 items not done: external_delivery_test of 2026-03-02, certificates of" in refused.stderr
    assert (agency / "register.yml").read_text() == BEFORE
    done = run("close", "--by", "Aminah binti Ali", "--missed")
    assert done.exit_code == 0, done.output
    assert (agency / "register.yml").read_text().startswith(BEFORE)
    told = json.loads(run("--format", "json").stdout)[0]
    by_item = {one["item"]: one for one in told["items"]}
    assert told["standing"] == "closed"
    assert (by_item["queue"]["evidence"], by_item["queue"]["operator"]) == (run_id, "baseline 0.1.0")
    assert (by_item["services"]["evidence"], by_item["services"]["operator"]) == ("ticket 7", "Kumar a/l Raju")
    assert by_item["certificates"]["result"] == "missed"
    assert list(by_item) == ITEMS
    again = run("close")
    assert (again.exit_code, "is closed: record checklist-cyberjaya-2026-03-02" in again.stderr) == (2, True)
    late = run("sign", "queue")
    assert (late.exit_code, "is closed: record" in late.stderr) == (2, True)


def test_the_next_day_names_the_link_of_the_day_before(agency: Path, it_is: At) -> None:
    assert run("close", "--missed", "--by", "Aminah").exit_code == 0
    it_is(NOON + timedelta(days=3))
    done = run("close", "--missed", "--by", "Aminah")
    assert "3 lists closed" in done.stderr
    verified = CliRunner().invoke(app, ["evidence", "verify", "register.yml"])
    assert (verified.exit_code, verified.stdout) == (0, verified.stdout)
    text = (agency / "register.yml").read_text()
    (agency / "register.yml").write_text(text.replace('"result": "missed"', '"result": "ok"', 1))
    broken = run("--month", "2026-03")
    assert broken.exit_code == 1
    assert "The chain of lists is broken" in broken.stdout
    assert run("close", "--missed").exit_code == 2


def test_a_site_where_nobody_has_begun_is_not_told_as_well(agency: Path, it_is: At) -> None:
    for words in ((), ("--month", "2026-03"), ("--date", "2026-02-01")):
        done = run(*words)
        assert (done.exit_code, "cyberjaya: nobody has ticked an item or closed a list yet" in done.stderr) == (3, True)
    assert run("sign", "queue").exit_code == 0
    assert run().exit_code == 0


def test_a_day_that_nobody_closed_stays_missed(agency: Path, it_is: At) -> None:
    assert run("close", "--missed").exit_code == 0
    it_is(NOON + timedelta(days=9))
    checked(agency, 1, NOON + timedelta(days=1), "MEL-H-02")
    (month,) = json.loads(run("--month", "2026-03", "--format", "json").stdout)
    assert month["days_by_standing"] == {"closed": 1, "late": 0, "open": 2, "missed": 7, "ahead": 20, "before": 1}
    third = next(one for one in month["days"] if one["day"] == "2026-03-03")
    assert {one["item"] for one in third["items"] if one["result"] == "ok"} == {"queue"}
    shown_day = run("--date", "2026-03-03")
    assert shown_day.exit_code == 1
    assert "cyberjaya, 2026-03-03: MISSED" in shown_day.stdout


def test_the_day_is_that_of_the_agency_and_not_of_the_machine(agency: Path, it_is: At) -> None:
    it_is(datetime(2026, 3, 1, 16, 30, tzinfo=UTC))
    checked(agency, 1, datetime(2026, 3, 1, 16, 10, tzinfo=UTC), "MEL-H-02")
    assert run("sign", "backup_age", "--by", "Kumar").stderr.count("backup_age of 2026-03-02 is done") == 1
    assert {name for name, result in shown().items() if result == "ok"} == {"queue", "backup_age"}
    assert {name for name, result in shown("--date", "2026-03-01").items() if result == "ok"} == set()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("sign", "backup"), "the checklist has no item backup: did you mean `backup_age`?"),
        (("sign", "external_delivery_test"), "is shown by a record of MEL-H-06: give its id with --evidence"),
        (("sign", "queue", "--date", "2026-03-01"), "2026-03-01 is not today at cyberjaya: say with --at when"),
        (("sign", "queue", "--at", "2026-03-01T09:00+08:00"), "is not on 2026-03-02 at cyberjaya"),
        (("sign", "queue", "--at", "2026-03-02T13:00+08:00"), "is still to come"),
        (("sign", "queue", "--at", "nine"), "--at: `nine` is no date or time"),
        (("sign", "queue", "--date", "yesterday"), "--date: yesterday is no day"),
        (("sign", "queue", "--by", "Kumar\nAminah"), "Kumar\\nAminah is no text on one line"),
        (("sign", "queue", "--evidence", "\udcff"), "is no text on one line"),
        (("close", "--missed", "--by", "\u202eKumar"), "is no text on one line"),
        (("close", "--date", "2026-03-03"), "2026-03-03 is still to come at cyberjaya"),
        (
            (
                "--month",
                "March",
            ),
            "--month: March is no month",
        ),
        (("--month", "2026-03", "--date", "2026-03-02"), "exclude each other"),
        (("--format", "xml"), "there is no format 'xml' of checklists"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_is_written(
    agency: Path, it_is: At, words: tuple[str, ...], why: str
) -> None:
    done = run(*words)
    assert done.exit_code == 2, done.output
    assert why in done.stderr
    assert (agency / "register.yml").read_text() == BEFORE
    assert not (agency / "register.ticks.jsonl").exists() or not (agency / "register.ticks.jsonl").read_text()


def test_yesterday_is_ticked_with_its_time(agency: Path, it_is: At) -> None:
    done = run("sign", "backup_age", "--date", "2026-03-01", "--at", "2026-03-01T09:00+08:00", "--failed", "--by", "K")
    assert "backup_age of 2026-03-01 found a fault, by K" in done.stderr
    assert shown("--date", "2026-03-01")["backup_age"] == "failed"


def test_ticks_that_were_changed_are_told_and_not_shown(agency: Path, it_is: At) -> None:
    for number in range(2):
        assert run("sign", "backup_age", "--evidence", f"ticket {number}").exit_code == 0
    file = agency / "register.ticks.jsonl"
    file.write_text(file.read_text().replace("ticket 0", "ticket 9"))
    for words in ((), ("sign", "queue"), ("close", "--missed")):
        done = run(*words)
        assert done.exit_code == 2, done.output
        assert "register.ticks.jsonl:2:1: a tick before this line was changed or taken away" in done.stderr


def test_an_overlay_adds_an_item_and_says_what_fills_it(agency: Path, it_is: At) -> None:
    (agency / "ours.yml").write_text(
        "baseline: ours\nversion: 1.0.0\nextends: mampu-2007\noverrides:\n"
        "  MEL-H-07:\n    items: [external_delivery_test, generator]\n"
    )
    (day,) = json.loads(run("--format", "json", "-b", "ours.yml").stdout)
    assert [one["item"] for one in day["items"]][:2] == ["external_delivery_test", "generator"]
    assert run("sign", "generator", "-b", "ours.yml").exit_code == 0
    (agency / "ours.yml").write_text((agency / "ours.yml").read_text() + "    filled_by: {queue: [MEL-H-02]}\n")
    refused = run("-b", "ours.yml")
    assert refused.exit_code == 2
    assert "ours.yml:7:" in refused.stderr
    assert "`filled_by`: 'external_delivery_test' is left out" in refused.stderr


def test_a_month_is_a_table_and_a_page(agency: Path, it_is: At) -> None:
    assert run("sign", "backup_age", "--by", "=cmd()").exit_code == 0
    assert run("close", "--missed", "--by", "<b>Aminah</b>").exit_code == 0
    rows = list(csv.DictReader(io.StringIO(run("--format", "csv").stdout.removeprefix("\ufeff"))))
    assert [one["item"] for one in rows if one["day"] == "2026-03-02"] == ITEMS
    assert {one["by"] for one in rows if one["item"] == "backup_age"} == {"'=cmd()"}
    done = run("--month", "2026-03", "-o", "month.html", "--lang", "ms")
    assert done.exit_code == 1, done.output
    text = (agency / "month.html").read_text()
    assert "Senarai semak harian cyberjaya, Mac 2026" in text
    assert "<b>Aminah" not in text
    assert "&lt;b&gt;Aminah" in text


DELIVERED = """
- id: delivery
  control: MEL-H-06
  subject: cyberjaya
  issued_on: 2026-03-02T09:10:00+08:00
  issuer: Operations
  attested_by: Kumar
  attested_at: 2026-03-02T09:30:00+08:00
  facts:
    provider: mail.example.com
    token: token
    sent_at: 2026-03-02T09:00:00+08:00
    submission_reply: 250 OK
    arrived_at: 2026-03-02T09:01:20+08:00
    folder: INBOX
"""


@pytest.mark.parametrize(
    ("old", "new", "result"),
    [
        ("", "", "ok"),
        ("attested_by: Kumar\n  attested_at: 2026-03-02T09:30:00+08:00", "attested_by:\n  attested_at:", "open"),
        ("attested_at: 2026-03-02", "attested_at: 2026-03-03", "open"),
        ("subject: cyberjaya", "subject: ipoh", "open"),
        ("folder: INBOX", "folder: Junk", "failed"),
    ],
    ids=["counts", "nobody-attests", "dated-ahead", "another-site", "junk"],
)
def test_a_test_of_delivery_fills_its_item_when_somebody_attests_it(
    agency: Path, it_is: At, old: str, new: str, result: str
) -> None:
    (agency / "register.yml").write_text(BEFORE + DELIVERED.replace(old, new))
    assert shown()["external_delivery_test"] == result


def test_of_several_sites_one_is_named(agency: Path, it_is: At) -> None:
    (agency / "inventory.yml").write_text(
        INVENTORY.replace("    site: cyberjaya\n", "").replace(
            "  hosts:\n    a.agensi.example.my:\n",
            "  hosts:\n    a.agensi.example.my: {site: cyberjaya}\n    b.agensi.example.my: {site: ipoh}\n",
        )
        + "    history: history.db\n"
    )
    assert [one["site"] for one in json.loads(run("--format", "json").stdout)] == ["cyberjaya", "ipoh"]
    for words in (("--format", "html"), ("sign", "queue"), ("close",)):
        done = run(*words)
        assert (done.exit_code, "--site (cyberjaya, ipoh)" in done.stderr) == (2, True), done.output
    assert run("sign", "queue", "--site", "ipoh").exit_code == 0
    by_site = {one["site"]: one["items"] for one in json.loads(run("--format", "json").stdout)}
    assert [len([i for i in by_site[name] if i["result"] == "ok"]) for name in ("cyberjaya", "ipoh")] == [0, 1]
    assert run("--site", "kuching").exit_code == 5


def test_the_records_that_are_closed_count_for_the_control(agency: Path, it_is: At) -> None:
    run("sign", "backup_age")
    assert run("close", "--missed", "--by", "Aminah").exit_code == 0
    record = load_register(agency / "register.yml")[-1]
    assert (record.control, record.subject, record.attested_by) == ("MEL-H-07", "cyberjaya", "Aminah")


def test_what_this_installation_measured_fills_the_test_of_delivery(agency: Path) -> None:
    sent = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=2)
    measured = replace(TEST, sent_at=sent, arrived_at=sent + timedelta(minutes=1))
    keeper = MeasurementKeeper(History(agency / "history.db"), state_files.directory())
    keeper.keep(delivery(measured))
    day = str(day_of(sent, "+08:00"))
    (told,) = json.loads(run("--date", day, "--format", "json").stdout)
    (item,) = [one for one in told["items"] if one["item"] == "external_delivery_test"]
    assert (item["result"], item["operator"]) == ("ok", "the installation's key")
    assert item["evidence"] == f"measured-{measured.token}"
    assert run("close", "--missed", "--date", day, "--by", "Aminah").exit_code == 0
    listed = CliRunner().invoke(app, ["evidence", "list", "-i", "inventory.yml", "--format", "json"])
    assert [one["id"] for one in json.loads(listed.stdout) if one["control"] == "MEL-H-06"] == [item["evidence"]]
    due = CliRunner().invoke(app, ["evidence", "due", "-i", "inventory.yml", "--format", "json", "--within", "0"])
    (checklists,) = [one["reason"] for one in json.loads(due.stdout) if one["control"] == "MEL-H-07"]
    assert "days that lack an advised item" in checklists
    assert "days whose test has no record" not in checklists
