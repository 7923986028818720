"""`check --alerts` from end to end: what it sends, remembers, and says of what did not go out."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from baseline import state_files
from baseline.alerting.kept import alone
from tests.cli.conftest import BAD, GOOD, Site, postfix, site

__all__ = ["site"]

LOG = "channels: [{name: log, file: {path: told.jsonl}}]\n"


def alerts(site: Site, text: str = LOG) -> list[str]:
    """The option, with a file of alerts in the site's folder."""
    (site.folder / "alerts.yml").write_text(text)
    return ["--alerts", str(site.folder / "alerts.yml")]


def told(site: Site, name: str = "told.jsonl") -> list[dict[str, Any]]:
    """The messages in a file."""
    file = site.folder / name
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def classes(message: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(one["class"], one["host"], one["control"]) for one in message["alerts"]]


def test_break_mend_and_flap(site: Site) -> None:
    option = alerts(site)
    first = site.run("check", *option)
    assert [classes(one) for one in told(site)] == [[("alerts begin", "", "")]]
    site.hosts["mx2"] = postfix(BAD)
    broken = site.run("check", *option)
    site.run("check", *option)
    assert [classes(one) for one in told(site)[1:]] == [[("newly failing", "mx2", "OUR-Q-01")]]
    site.hosts["mx2"] = postfix(GOOD)
    site.run("check", *option)
    site.run("check", *option)
    assert [classes(one) for one in told(site)[2:]] == [[("mended", "mx2", "OUR-Q-01")]]
    assert (first.exit_code, broken.exit_code) == (0, 1)
    for settings in (BAD, GOOD, BAD, GOOD, BAD, GOOD):
        site.hosts["mx2"] = postfix(settings)
        site.run("check", *option)
    # It broke and was mended before: to turn once more is to flap.
    assert [classes(one) for one in told(site)[3:]] == [[("flapping", "mx2", "OUR-Q-01")]]
    ids = [one["id"] for one in told(site)]
    assert len({*ids}) == len(ids)


def test_the_cause_is_that_of_the_history(site: Site) -> None:
    option = alerts(site)
    site.run("check", *option)
    rules = site.folder / "rules.yml"
    rules.write_text(rules.read_text().replace("version: 1.2.3", "version: 1.3.0").replace("{{ size }}", "52428800"))
    site.run("check", *option)
    one, of_baseline = told(site)[1]["alerts"][0], told(site)[1]["alerts"][-1]
    other = told(site)[1]["alerts"][1]
    assert (of_baseline["class"], of_baseline["others"]) == ("baseline changed", ["OUR-Q-01: changed"])
    assert {one["host"], other["host"]} == {"mx1", "mx2"}
    assert (one["class"], one["cause"], one["because"]) == ("newly failing", "baseline", "ours 1.2.3 → 1.3.0")


def test_a_host_that_cannot_be_reached_is_one_alert(site: Site) -> None:
    option = alerts(site)
    site.run("check", *option)
    del site.hosts["mx2"]
    site.run("check", *option)
    done = site.run("check", *option)
    assert done.exit_code == 3
    assert [classes(one) for one in told(site)[1:]] == [[("not reached", "mx2", "")]]


def test_a_channel_that_fails_is_told_by_the_others_the_exit_code_and_the_next_report(site: Site) -> None:
    option = alerts(site, LOG.replace("]", ", {name: pager, command: {argv: [./page]}}]").replace("./page", "/no/page"))
    failed = site.run("check", *option, "--format", "json")
    report = json.loads(failed.stdout)
    assert (failed.exit_code, report["exit_code"]) == (3, 3)
    assert report["told"] == [
        {"channel": "log", "sent": 1, "waiting": 0, "trouble": ""},
        {"channel": "pager", "sent": 0, "waiting": 1, "trouble": "/no/page: No such file or directory"},
    ]
    assert report["notes"] == ["alerts did not go out by pager: /no/page: No such file or directory"]
    assert [classes(one)[0][0] for one in told(site)] == ["alerts begin", "channel failed"]
    again = site.run("check", *option)
    assert "Could not tell: alerts did not go out by pager." in again.stdout
    assert "alerts did not go out before this run, since 20" in " ".join(again.stdout.split())
    assert len(told(site)) == 2, "the others tell of a channel once"
    site.hosts["mx2"] = postfix(BAD)
    assert site.run("check", *option).exit_code == 1, "what was found is not hidden by it"


def test_what_a_channel_did_not_take_it_gets_later_once(site: Site) -> None:
    folder = site.folder / "later"
    option = alerts(site, LOG.replace("told.jsonl", "later/told.jsonl"))
    site.run("check", *option)
    site.hosts["mx2"] = postfix(BAD)
    assert site.run("check", *option).exit_code == 1
    folder.mkdir()
    site.run("check", *option)
    site.run("check", *option)
    messages = told(site, "later/told.jsonl")
    assert [classes(one)[0][0] for one in messages] == ["alerts begin", "newly failing"]


def test_a_run_that_died_before_it_sent_is_told_by_the_next_one(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    option = alerts(site)
    with monkeypatch.context() as dying:
        dying.setattr("baseline.alerting.telling.deliver", _die)
        with pytest.raises(_Died):
            site.run("check", *option)
    assert told(site) == []
    site.run("check", *option)
    site.run("check", *option)
    assert [classes(one) for one in told(site)] == [[("alerts begin", "", "")]]


def test_a_full_disk_keeps_nobody_from_being_told(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    option = alerts(site)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as disk:
        disk.setattr("baseline.alerting.kept.state_files.write", full)
        done = site.run("check", *option, "--format", "json")
    assert [classes(one) for one in told(site)] == [[("alerts begin", "", "")]]
    assert done.exit_code == 3
    assert "cannot be kept, and is told once more" in json.loads(done.stdout)["told"][-1]["trouble"]
    site.run("check", *option)
    assert len(told(site)) == 2


class _Died(BaseException):
    pass


def _die(*_: object) -> None:
    raise _Died


def test_the_file_of_the_inventory_is_used_and_a_wrong_one_is_told_before_any_host_is_asked(site: Site) -> None:
    inventory = site.folder / "inventory.yml"
    inventory.write_text(f"{inventory.read_text()}    alerts: alerts.yml\n")
    alerts(site)
    site.run("check")
    assert len(told(site)) == 1
    alerts(site, "channels: [{name: log}]\n")
    site.sessions.clear()
    done = site.run("check")
    assert done.exit_code == 2
    assert "alerts.yml:1:12: a channel is one of `mail`, `command`, `file` and `webhook`" in done.stderr
    assert site.sessions == []


def test_a_check_that_cannot_be_made_is_told_once(site: Site) -> None:
    option = alerts(site)
    rules = site.folder / "rules.yml"
    right = rules.read_text()
    rules.write_text(right.replace("kind: postfix_setting", "kind: postfx_setting", 1))
    done = site.run("check", *option)
    assert (done.exit_code, site.run("check", *option).exit_code) == (2, 2)
    (message,) = told(site)
    assert classes(message) == [("failed to run", "", "")]
    assert "rules.yml:" in message["alerts"][0]["detail"]
    rules.write_text(right)
    site.run("check", *option)
    rules.write_text(right.replace("kind: postfix_setting", "kind: postfx_setting", 1))
    site.run("check", *option)
    assert [classes(one)[0][0] for one in told(site)[1:]] == ["alerts begin", "failed to run"]


def test_two_scheduled_checks_are_not_at_work_at_once(site: Site) -> None:
    with alone("schedule") as free:
        assert free
        done = site.run("check", "--every", "1d")
        assert (done.exit_code, done.stdout) == (3, "")
        assert done.stderr == "baseline: another scheduled check is at work: this one does nothing\n"
        assert site.run("check").exit_code == 0, "one by hand may"
    assert site.run("check", "--every", "1d").exit_code == 0


def test_what_was_told_before_and_cannot_be_read_is_told_and_begun_anew(site: Site) -> None:
    option = alerts(site)
    site.run("check", *option)
    (state,) = state_files.directory().glob("alerts-*.json")
    state.write_text("{")
    done = site.run("check", *option, "--format", "json")
    assert done.exit_code == 0
    (note,) = json.loads(done.stdout)["notes"]
    assert "cannot be read: it is damaged. Alerts begin anew" in note
    assert sorted(kind for kind, _, _ in classes(told(site)[1])) == ["alerts begin", "note"]
    assert state.stat().st_mode & 0o077 == 0


def test_without_a_history_changes_are_told_all_the_same(site: Site) -> None:
    option = [*alerts(site), "--no-history"]
    site.run("check", *option)
    site.hosts["mx2"] = postfix(BAD)
    site.run("check", *option)
    assert ("newly failing", "mx2", "OUR-Q-01") in classes(told(site)[1])


@pytest.mark.parametrize("format", ["json", "text"])
def test_the_heartbeat_is_the_time_of_a_file(site: Site, format: str) -> None:
    alive = site.folder / "alive"
    option = alerts(site, f"{LOG.replace('}}]', f', format: {format}}}}}]')}heartbeat: {{file: alive}}\n")
    site.run("check", *option)
    os.utime(alive, (0, 0))
    site.hosts["mx2"] = postfix(BAD)
    site.run("check", *option)
    assert alive.stat().st_mtime > 0
    text = (site.folder / "told.jsonl").read_text()
    assert text.startswith("{") == (format == "json")
    assert "baseline plan -l mx2 -c OUR-Q-01" in text
    alive.unlink()
    alive.mkdir()
    done = site.run("check", *option, "--format", "json")
    assert json.loads(done.stdout)["told"][-1]["trouble"] == f"{alive}: Is a directory"
    assert Path(alive).is_dir()
