"""What reports of many hosts come to: `python -m tests.bench.reports [HOSTS] [CONTROLS]`. Sizes, times and memory.

The hosts are of an agency that has begun to mend: of ten findings about eight pass; what fails does so alike on many
hosts, and on one host in eight with a value of its own; some hosts cannot be reached.
"""

from __future__ import annotations

import random
import sys
import time
import tracemalloc
from dataclasses import replace

from baseline.judge import AtLeast, Equal, Want, judge
from baseline.load import load_baseline
from baseline.model import Finding, HostReport, Location, Obligation, Outcome, Report, Run, Severity
from baseline.reports import BINARY, FORMATS, Display
from baseline.reports.past import Background, Lived
from tests.reports.consoles import console

_BEGAN, _TURNED, _ENDED = "2026-10-24T06:00:00Z", "2026-11-12T06:00:00Z", "2026-11-23T08:20:00Z"


def large(hosts: int, controls: int) -> Report:
    """A run over so many hosts and controls, the same for the same numbers."""
    chance = random.Random(f"{hosts} {controls}")
    drafts = load_baseline("mampu-2007").drafts[:controls]
    names = [f"mail{number:04}.agensi.example" for number in range(hosts)]
    gone = {name for name in names if chance.random() < 0.01}
    found = []
    for draft in drafts:
        clause = ", ".join(draft.clauses())
        for name in names:
            plain = Finding(
                name,
                draft.id,
                "setting",
                draft.title,
                Outcome.PASS,
                "as wanted",
                (),
                clause,
                Obligation.MANDATORY,
                Severity.HIGH,
            )
            found.append(_lost(plain) if name in gone else _turned(plain, chance))
    told = tuple(
        HostReport(name, "192.0.2.1", ("mta",), name not in gone, error="no answer in 20 s" if name in gone else None)
        for name in names
    )
    run = Run("20261123T081500Z-0badcafe", _BEGAN, _ENDED, "0.1.0", "mampu-2007", "1.0.0", "5f" * 32)
    return Report(replace(run, started="2026-11-23T08:15:00Z"), told, tuple(found))


def _lost(plain: Finding) -> Finding:
    return replace(plain, outcome=Outcome.UNKNOWN, reason=f"{plain.host}: no answer in 20 s")


def _turned(plain: Finding, chance: random.Random) -> Finding:
    drawn = chance.random()
    if drawn < 0.80:
        return plain
    if drawn < 0.86:
        return replace(plain, outcome=Outcome.NOTAPPLICABLE, reason="for dns hosts; the inventory gives this one mta")
    if drawn < 0.88:
        return replace(plain, outcome=Outcome.UNKNOWN, reason=f"`postconf`: not installed on {plain.host}")
    own = chance.random() < 1 / 8
    number = chance.randrange(10**9) if own else chance.choice((50 << 20, 10 << 20))
    wanted: dict[str, Want] = {"limit": AtLeast(100 << 20, unit="bytes"), "enabled": Equal(value=True)}
    place = {"limit": Location("/etc/dovecot/conf.d/90-quota.conf", 12)}
    return replace(
        plain,
        outcome=Outcome.FAIL,
        reason=f"limit is {number}",
        keys=judge(wanted, {"limit": number, "enabled": True}, place).keys,
        advice=f"Set the limit on {plain.host} in the userdb, so that the default holds for all accounts.",
    )


def background(report: Report) -> Background:
    """Clauses, and a past of every finding that is told."""
    rules = load_baseline("mampu-2007")
    past = {
        (one.host, one.key): (Lived("pass", _BEGAN, _TURNED), Lived(one.outcome.value, _TURNED))
        for one in report.findings
        if one.outcome not in (Outcome.PASS, Outcome.NOTAPPLICABLE)
    }
    return Background({name: words.en for name, words in rules.clauses.items()}, "en", past)


def main(hosts: int, controls: int) -> None:
    """Measure every format, and tell."""
    report = large(hosts, controls)
    view = Display(background=background(report))
    sys.stdout.write(f"{hosts} hosts, {controls} controls, {len(report.findings)} findings\n")
    for name in (*FORMATS, *BINARY):
        begun = time.process_time()
        size = _size(name, report, view)
        took = time.process_time() - begun
        tracemalloc.start()
        _size(name, report, view)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        sys.stdout.write(f"{name:12} {size / 1e6:6.2f} MB  {took:6.2f} s CPU  {most / 1e6:7.1f} MB of memory\n")


def _size(name: str, report: Report, view: Display) -> int:
    if name in BINARY:
        return len(BINARY[name](report))
    return len(FORMATS[name](report, view, console(100)).encode("utf-8", "surrogatepass"))


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:] or ("1000", "60")))
