"""When checks are made, and the files that say so to systemd and to cron."""

from __future__ import annotations

import configparser
import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.errors import UserError
from baseline.scheduling import files
from baseline.scheduling.files import MARK, SERVICE, TIMER, Schedule, read_settings
from baseline.scheduling.timing import Timing, as_option, timing

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("every", "at", "calendar", "cron", "longest"),
    [
        (DAY, [], ["*-*-* 06:00:00"], ["0 6 * * *"], DAY),
        (DAY, ["06:30"], ["*-*-* 06:30:00"], ["30 6 * * *"], DAY),
        (DAY, ["18:05", "6:30"], ["*-*-* 06:30:00", "*-*-* 18:05:00"], ["30 6 * * *", "5 18 * * *"], 745),
        (12 * HOUR, ["7:00"], ["*-*-* 07:00:00", "*-*-* 19:00:00"], ["0 7 * * *", "0 19 * * *"], 12 * HOUR),
        (7 * DAY, ["07:00"], ["Mon *-*-* 07:00:00"], ["0 7 * * 1"], 7 * DAY),
    ],
)
def test_the_times_of_a_schedule(
    every: timedelta, at: list[str], calendar: list[str], cron: list[str], longest: timedelta | int
) -> None:
    made = timing(every, at, None)
    assert (list(made.calendar()), list(made.cron())) == (calendar, cron)
    assert made.every == (longest if isinstance(longest, timedelta) else timedelta(minutes=longest))


@pytest.mark.parametrize(
    ("every", "at", "splay", "told"),
    [
        (5 * HOUR, [], None, "--every: a schedule is every week (7d)"),
        (2 * DAY, [], None, "--every: a schedule is every week (7d)"),
        (HOUR, ["6:00", "7:00"], None, "--every: several --at are the times of a day"),
        (DAY, ["24:00"], None, "--at: 24:00 is no time of a day"),
        (DAY, ["6"], None, "--at: 6 is no time of a day"),
        (DAY, [], 2 * HOUR, "--splay: at most an hour"),
        (HOUR, [], 40 * HOUR / 60, "--splay: at most an hour"),
    ],
)
def test_times_that_are_none(every: timedelta, at: list[str], splay: timedelta | None, told: str) -> None:
    with pytest.raises(UserError) as error:
        timing(every, at, splay)
    assert str(error.value).startswith(told)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
def test_systemd_understands_every_time() -> None:
    for every, at in ((DAY, ["06:30"]), (7 * DAY, []), (6 * HOUR, []), (HOUR / 4, [])):
        for when in timing(every, at, None).calendar():
            subprocess.run(["systemd-analyze", "calendar", when], check=True, capture_output=True, timeout=20)


@given(st.sampled_from([DAY, 12 * HOUR, HOUR, HOUR / 4, 7 * DAY]), st.text(max_size=40))
def test_what_a_machine_waits_for_is_bounded_and_its_own(every: timedelta, machine: str) -> None:
    made = timing(every, [], None)
    assert 0 <= made.sleep(machine) <= made.splay <= 3600
    assert made.sleep(machine) == made.sleep(machine)


def test_machines_do_not_all_wait_for_the_same_time() -> None:
    made = timing(DAY, [], None)
    assert len({made.sleep(str(machine)) for machine in range(50)}) > 30


@given(st.integers(1, 10_000))
def test_an_interval_goes_through_the_option_as_it_is(minutes: int) -> None:
    from baseline.cli.options import length

    assert length(as_option(timedelta(minutes=minutes))) == timedelta(minutes=minutes)


WORDS = ("/opt/b/bin/baseline", "check", "-i", "/etc/b/a b%n$X'\"\\.yml")
MINE = Schedule(WORDS, Timing((390,), 600), "mail-baseline", "/var/lib/mail-baseline", "mampu-2007", limit=3600)


def test_the_units_hold_what_is_scheduled() -> None:
    made = files.units(MINE)
    assert {*made} == {SERVICE, TIMER}
    service, timer = (configparser.ConfigParser(interpolation=None, strict=False) for _ in range(2))
    service.optionxform = timer.optionxform = str  # type: ignore[assignment,method-assign]
    service.read_string(made[SERVICE])
    timer.read_string(made[TIMER])
    command = r'/opt/b/bin/baseline check -i "/etc/b/a b%%n$$X' + "'" + r'\"\\.yml" --every 1d'
    assert service["Service"]["ExecStart"] == command
    assert service["Service"]["User"] == "mail-baseline"
    for name in ("NoNewPrivileges", "PrivateDevices", "RestrictSUIDSGID", "ProtectKernelModules"):
        assert service["Service"][name] == "yes"
    assert (service["Service"]["ProtectSystem"], service["Service"]["ReadWritePaths"]) == ("strict", MINE.home)
    assert dict(timer["Timer"]) == {
        "OnCalendar": "*-*-* 06:30:00",
        "RandomizedDelaySec": "600",
        "FixedRandomDelay": "true",
        "Persistent": "true",
    }


def read(text: str) -> configparser.ConfigParser:
    unit = configparser.ConfigParser(interpolation=None, strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(text)
    return unit


def test_a_watch_runs_all_the_time_and_the_tests_of_a_day_before_its_check() -> None:
    made = files.units(replace(MINE, probe=("/b", "probe"), watch=("/b", "probe", "--watch", "300")))
    watch, daily = read(made[files.WATCH_SERVICE]), read(made[files.PROBE_SERVICE])
    assert watch["Service"]["ExecStart"] == "/b probe --watch 300"
    assert (watch["Service"]["Type"], watch["Service"]["Restart"]) == ("exec", "always")
    assert watch["Service"]["KillSignal"] == "SIGINT", "it keeps what it measured when it is ended so"
    assert watch["Install"]["WantedBy"] == "multi-user.target"
    assert "TimeoutStartSec" not in watch["Service"]
    assert (daily["Service"]["ExecStart"], daily["Service"]["SuccessExitStatus"]) == ("/b probe", "1 3")
    assert read(made[files.PROBE_TIMER])["Timer"]["OnCalendar"] == "*-*-* 05:30:00"
    for unit in (watch, daily):
        assert (unit["Service"]["User"], unit["Service"]["ProtectSystem"]) == ("mail-baseline", "strict")
        assert unit["Service"]["ReadWritePaths"] == MINE.home
    lines = files.cron(replace(MINE, probe=("/b", "probe")), "a machine")[files.CRON].splitlines()
    assert lines[-1].startswith("30 5 * * * mail-baseline sleep ")
    assert lines[-1].endswith("; /b probe 2>&1 | logger -t mail-baseline-probe")


def test_tests_of_a_day_may_be_on_the_evening_before() -> None:
    assert replace(MINE, timing=Timing((15,), 0)).probing.calendar() == ("*-*-* 23:15:00",)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="no systemd-analyze here")
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    words = ("/bin/true", "check")
    plain = replace(MINE, argv=words, probe=words, watch=words, account="root")
    for path, text in files.units(plain).items():
        (tmp_path / Path(path).name).write_text(text)
    done = subprocess.run(
        [
            "systemd-analyze",
            "verify",
            "--man=no",
            *(str(tmp_path / Path(path).name) for path in (TIMER, files.PROBE_TIMER, files.WATCH_SERVICE)),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    mine = [line for line in done.stderr.splitlines() if "mail-baseline" in line]
    assert mine == []


def test_the_lines_for_cron_hold_what_is_scheduled() -> None:
    (text,) = files.cron(MINE, "a machine").values()
    line = text.splitlines()[-1]
    head, _, rest = line.partition("mail-baseline sleep ")
    assert head == "30 6 * * * "
    seconds, _, command = rest.partition("; ")
    assert 0 <= int(seconds) <= 600
    told = command.replace(r"\%", "%").removesuffix(" 2>&1 | logger -t mail-baseline-check")
    assert subprocess.run(
        ["sh", "-c", f"printf '%s\\n' {told}"], capture_output=True, text=True, check=True
    ).stdout == ("\n".join([*WORDS, "--every", "1d"]) + "\n")
    assert "%" not in line.replace(r"\%", ""), "cron reads a bare % as the end of the line"


def test_a_word_that_would_end_a_line_is_refused() -> None:
    wrong = replace(MINE, argv=(*WORDS, "x\nExecStart=/bin/evil"))
    with pytest.raises(UserError, match="cannot stand in a unit"):
        files.units(wrong)
    with pytest.raises(UserError, match="cannot stand in a unit"):
        files.cron(wrong, "")


@given(st.lists(st.text(), min_size=1, max_size=4), st.integers(0, 1439), st.booleans())
def test_what_is_scheduled_is_read_from_its_file_again(words: list[str], minute: int, weekly: bool) -> None:
    made = replace(MINE, argv=tuple(words), timing=Timing((minute,), 60, weekly), watch=tuple(words[:1]))
    assert read_settings(f"{MARK}\n{made.settings()}\n[Unit]\n") == made
    assert read_settings(f"{made.settings()}\n") is None
