"""How a schedule goes, as `schedule status` tells it, and `schedule test`."""

from __future__ import annotations

import json
import os
import pwd
from datetime import UTC, datetime, timedelta

from baseline.history import History
from baseline.scheduling.files import CRON, Schedule
from baseline.scheduling.status import status_of
from baseline.scheduling.timing import timing
from tests.cli.conftest import Site, site

__all__ = ["site"]

DAY = timedelta(days=1)


def scheduled(site: Site) -> Schedule:
    """The schedule of a site with alerts and a heartbeat, made by whoever runs the tests."""
    alerts = site.folder / "alerts.yml"
    alerts.write_text("channels: [{name: log, file: {path: log}}]\nheartbeat: {file: alive}\n")
    account = pwd.getpwuid(os.getuid()).pw_name
    rules = str(site.folder / "rules.yml")
    return Schedule(("x",), timing(DAY, [], None), account, "/", rules, str(alerts), str(site.folder / "h.db"))


def checked(site: Site, mine: Schedule) -> None:
    site.run("check", "--alerts", mine.alerts, "--history", mine.history, "--every", "1d")


ACTIVE = {"timer ActiveState": "active", "timer NextElapseUSecRealtime": "Sat 2026-11-28 06:00:00 UTC"}


def test_the_status_of_a_schedule_that_goes_well(site: Site) -> None:
    mine = scheduled(site)
    checked(site, mine)
    told = status_of(mine, ACTIVE, datetime.now(UTC))
    lines = dict(told.lines)
    assert told.wrong == ()
    assert lines["last run"].endswith("UTC, exit code 0")
    assert lines["next run"] == "Sat 2026-11-28 06:00:00 UTC"
    assert lines["alerts"].startswith("1 by the check of ")
    assert str(site.folder / "alive") in lines["heartbeat"]
    assert json.loads(json.dumps(told.to_dict()))["wrong"] == []


def test_a_timer_that_was_stopped_and_checks_that_did_not_happen(site: Site) -> None:
    mine = scheduled(site)
    checked(site, mine)
    told = status_of(mine, {"timer ActiveState": "inactive"}, datetime.now(UTC) + 3 * DAY)
    assert told.wrong == ("checks did not happen", "the timer is stopped", "the heartbeat is late")
    assert "on mx1, mx2" in dict(told.lines)["missed"]


def test_a_watch_that_stands_still_is_told(site: Site) -> None:
    mine = scheduled(site)
    checked(site, mine)
    told = status_of(mine, {**ACTIVE, "watch ActiveState": "failed"}, datetime.now(UTC))
    assert (told.wrong, dict(told.lines)["watch"]) == (("nobody watches the mail system",), "failed")
    assert status_of(mine, {**ACTIVE, "watch ActiveState": "active"}, datetime.now(UTC)).wrong == ()


def test_a_channel_that_fails_and_a_check_that_could_not_be_made(site: Site) -> None:
    mine = scheduled(site)
    (site.folder / "log").mkdir()
    checked(site, mine)
    (site.folder / "inventory.yml").write_text("mta: [\n")
    (site.folder / "log").rmdir()
    rules = str(site.folder / "rules.yml")
    site.bare("check", "-i", str(site.folder / "inventory.yml"), "-b", rules, "--alerts", mine.alerts)
    told = status_of(mine, ACTIVE, datetime.now(UTC))
    assert "the last check could not be made" in told.wrong
    assert "channel log fails" in told.wrong
    assert "inventory.yml:" in dict(told.lines)["not made"]


def test_a_schedule_that_never_ran(site: Site) -> None:
    told = status_of(scheduled(site), ACTIVE, datetime.now(UTC))
    assert told.wrong == ("no run of the schedule is in the history", "there is no heartbeat")
    assert History(site.folder / "h.db").place.file == site.folder / "h.db"


def test_a_message_on_each_channel(site: Site) -> None:
    mine = scheduled(site)
    done = site.bare("schedule", "test", "--alerts", mine.alerts)
    assert (done.exit_code, done.stdout) == (0, "log: sent\nheartbeat: sent\n")
    (message,) = map(json.loads, (site.folder / "log").read_text().splitlines())
    assert [one["class"] for one in message["alerts"]] == ["test"]
    (site.folder / "log").unlink()
    (site.folder / "log").mkdir()
    done = site.bare("schedule", "test", "--alerts", mine.alerts)
    assert (done.exit_code, done.stdout.splitlines()[0]) == (3, f"log: {site.folder / 'log'}: Is a directory")
    assert CRON.startswith("/etc/cron.d/")
