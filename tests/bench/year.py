"""A year of checks, made up and kept: `python -m tests.bench.year [HOSTS [DAYS]]`, by default 1000 hosts and 365 days.

Says how large the history is, how long a run takes to be kept, and how long it takes to tell what changed. The year
has what years have: values that change every day, hosts that fail and are mended, some that flap, an upgrade of every
host, a new version of the baseline, days without a check, a clock that is set back and one that is set forward, a leap
day, waivers that expire at midnight in Kuala Lumpur.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from baseline.history import History
from baseline.model import Compared, Finding, HostReport, Obligation, Outcome, Report, Run, Severity, Wanted
from baseline.model.heard import Heard, of_command

CONTROLS, QUESTIONS = 60, 80
DAILY_CONTROLS, DAILY_ANSWERS = 2, 2
"""Of each host: controls whose values change every day (days that are left), and answers that do."""

START = datetime(2027, 6, 1, 6, tzinfo=UTC)
"""The year has the 29th of February of 2028 in it."""

GAPS = frozenset({40, 41, 200})
CLOCK_STEPS = {120: timedelta(hours=-30), 160: timedelta(hours=7)}
"""Days on which the controller's clock was wrong, and by how much."""

WAIVED = 3
"""The control that is waived on every tenth host, for thirty days from the first of each third month."""

HERE = ZoneInfo("Asia/Kuala_Lumpur")
UPGRADE, NEW_BASELINE = 180, 250


@dataclass(frozen=True)
class Year:
    """So many hosts on so many days."""

    hosts: int
    days: int
    seed: int = 2027

    def runs(self) -> Iterator[tuple[Report, Mapping[str, Heard]]]:
        """The report of every day on which there was a check, and what the hosts answered."""
        chance = random.Random(self.seed)
        names = [f"mx{number:04}.agensi.example" for number in range(self.hosts)]
        failing: dict[str, set[int]] = {name: {chance.randrange(CONTROLS)} for name in names}
        flapping = {name: chance.randrange(CONTROLS) for name in names[:: max(1, self.hosts // 20)]}
        made: dict[tuple[int, str, Outcome, int], Finding] = {}
        for day in range(self.days):
            for name in chance.sample(names, max(1, self.hosts // 50)):
                failing[name] ^= {chance.randrange(CONTROLS)}
            if day in GAPS:
                continue
            waived = waiver_at(self.moment(day))
            sha256 = ("2" if day >= NEW_BASELINE else "1") * 64
            findings = []
            for number, name in enumerate(names):
                for control in range(CONTROLS):
                    wrong = control in failing[name] or (flapping.get(name) == control and day % 2 == 1)
                    outcome = Outcome.FAIL if wrong else Outcome.PASS
                    value = 365 - day if control < DAILY_CONTROLS else 0
                    key = (control, sha256[0], outcome, value)
                    if key not in made:
                        made[key] = _finding(*key)
                    exempt = waived if control == WAIVED and number % 10 == 0 else None
                    findings.append(replace(made[key], host=name, waived=exempt))
            yield self._report(day, names, tuple(findings), sha256), _heard(names, day)

    def moment(self, day: int) -> datetime:
        """When the check of a day began, by the controller's clock."""
        return START + timedelta(days=day) + CLOCK_STEPS.get(day, timedelta())

    def _report(self, day: int, names: list[str], findings: tuple[Finding, ...], sha256: str) -> Report:
        at = self.moment(day)
        times = (f"{at:%Y-%m-%dT%H:%M:%SZ}", f"{at + timedelta(minutes=20):%Y-%m-%dT%H:%M:%SZ}")
        run = Run(f"{at:%Y%m%dT%H%M%SZ}-{day:08x}", *times, "1.0.0", "made-up", f"{sha256[0]}.0.0", sha256)
        chance = random.Random(day)
        hosts = tuple(
            HostReport(name, "192.0.2.1", ("mta",), reachable=True, exchanges=1, seconds=round(chance.random() * 9, 3))
            for name in names
        )
        return Report(run, hosts, findings)


def waiver_at(moment: datetime) -> str | None:
    """What waives the control at a moment: nothing any more from the midnight on at which it expires."""
    here = moment.astimezone(HERE)
    begun = datetime(here.year, (here.month - 1) // 3 * 3 + 1, 1, tzinfo=HERE)
    until = begun + timedelta(days=30)
    return f"until {until:%Y-%m-%dT%H:%M%z}" if begun <= here < until else None


def _finding(control: int, version: str, outcome: Outcome, value: int) -> Finding:
    wanted = Wanted("equal", (f"of version {version}" if control == 7 else "yes",))
    found: tuple[int | str, ...] = (value, "yes", "yes", "yes")
    keys = tuple(Compared(f"setting_{n} of {control}", one, wanted, outcome) for n, one in enumerate(found))
    return Finding(
        host="",
        control=f"YEAR-X-{control:02}",
        kind="setting",
        title=f"Control {control} of a year that is made up, with a title as long as they are",
        outcome=outcome,
        reason="as wanted" if outcome is Outcome.PASS else f"setting_0 of {control} is {value}, wanted {wanted}",
        keys=keys,
        clause="f.i",
        obligation=Obligation.MANDATORY,
        severity=Severity.HIGH,
        advice="" if outcome is Outcome.PASS else "Set it, and reload the program that reads it.",
    )


def _heard(names: list[str], day: int) -> dict[str, Heard]:
    """Most answers are the same on all hosts and days; some are each host's own, and some of each day."""
    release = 13 if day >= UPGRADE else 12
    shared = {of_command(f"ask {n}"): b"0 900\n" + f"answer {n} of {release}\n".encode() * 40 for n in range(QUESTIONS)}
    asked = {f"YEAR-X-{n:02}": tuple(list(shared)[n::CONTROLS]) for n in range(CONTROLS)}
    found = {}
    for name in names:
        chance = random.Random(f"{name} {day}")
        own = {question: answer for question, answer in shared.items()}
        for n in range(5):
            own[of_command(f"ask {n}")] = f"0 60\n{name} has its own answer {n} of {release}\n".encode() * 10
        for n in range(5, 5 + DAILY_ANSWERS):
            own[of_command(f"ask {n}")] = b"0 99\n" + f"{name} {day} {chance.random()} {chance.random()}\n".encode() * 3
        found[name] = Heard(own, asked)
    return found


def main(hosts: int = 1000, days: int = 365) -> None:
    """Make the year up, keep it, and say what it came to."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "history.db"
        history = History(file, who="year@here")
        kept, findings, cpu = 0, 0, time.process_time()
        for report, heard in Year(hosts, days).runs():
            begun = time.process_time()
            keeping = history.begin("check")
            for name, answers in heard.items():
                keeping.heard(name, answers)
            trouble = keeping.keep(report)
            assert not trouble, trouble
            findings += len(report.findings)
            kept += 1
            spent = time.process_time() - begun
        _say(f"{hosts} hosts, {days} days: {kept} runs, {findings} findings")
        _say(f"size: {file.stat().st_size / 2**20:.1f} MiB")
        _say(f"the last run was kept in {spent:.2f} s of CPU; all of it took {time.process_time() - cpu:.0f} s")
        for since in ("", "2", str(kept // 2), f"{START + timedelta(days=days - 30):%Y-%m-%d}"):
            begun, wall = time.process_time(), time.monotonic()
            found = history.changes(since)
            took = time.process_time() - begun, time.monotonic() - wall
            _say(f"changes since {found.since}: {len(found.changes)}, {took[0]:.2f} s of CPU, {took[1]:.2f} s")
        begun = time.process_time()
        gaps = history.gaps(timedelta(days=1), present=Year(hosts, days).moment(days))
        _say(f"{len(gaps)} gaps told in {time.process_time() - begun:.1f} s of CPU")
        begun = time.process_time()
        wrong = history.verify().wrong
        _say(f"verified in {time.process_time() - begun:.1f} s of CPU: {len(wrong)} things wrong")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:3]))
