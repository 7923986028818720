"""Reports for histories: small ones that differ in what a test is about, and sequences of any."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from baseline.model import Compared, Finding, HostReport, Obligation, Outcome, Report, Run, Severity, Wanted
from baseline.model.heard import Heard, of_command

HOSTS = ("mx1", "mx2", "mx3")
CONTROLS = ("OUR-A-01", "OUR-A-02", "OUR-A-03", "OUR-A-04")


def run(number: int, day: int = 0, sha256: str = "5f" * 32) -> Run:
    """The run of a number, at seven in the morning of a day of 2026 (1: the first of January); by default one a day."""
    from datetime import UTC, datetime, timedelta

    at = datetime(2026, 1, 1, 7, tzinfo=UTC) + timedelta(days=(day or number) - 1)
    times = f"{at:%Y-%m-%dT%H:%M:%SZ}", f"{at + timedelta(minutes=2):%Y-%m-%dT%H:%M:%SZ}"
    return Run(f"{at:%Y%m%dT%H%M%SZ}-{number:08x}", *times, "0.1.0", "ours", "1.0.0", sha256)


def finding(
    host: str = "mx1",
    control: str = "OUR-A-01",
    outcome: Outcome = Outcome.PASS,
    found: object = 1,
    **others: object,
) -> Finding:
    """A finding with one key."""
    judged = outcome if outcome in (Outcome.PASS, Outcome.FAIL, Outcome.WARN) else None
    key = Compared("limit", found, Wanted("equal", (1,)), judged)  # type: ignore[arg-type]
    made = Finding(
        host=host,
        control=control,
        kind="setting",
        title=f"The title of {control}",
        outcome=outcome,
        reason=f"limit is {found}",
        keys=(key,),
        clause="f",
        obligation=Obligation.MANDATORY,
        severity=Severity.HIGH,
    )
    return replace(made, **others)  # type: ignore[arg-type]


def report(number: int, *findings: Finding, day: int = 0, **others: object) -> Report:
    """A report over some findings, and the hosts that they are of."""
    names = dict.fromkeys(one.host for one in findings)
    hosts = tuple(HostReport(name, "192.0.2.1", ("mta",), reachable=True, seconds=number / 8) for name in names)
    return replace(Report(run(number, day), hosts, findings), **others)  # type: ignore[arg-type]


def heard(**answers: bytes) -> Heard:
    """Answers to commands, all of which the first control asked."""
    told = {of_command(name): b"0 %d\n%b" % (len(answer), answer) for name, answer in answers.items()}
    return Heard(told, {"OUR-A-01": tuple(told)})


@st.composite
def _findings(draw: st.DrawFn) -> tuple[Finding, ...]:
    keys = st.tuples(st.sampled_from(HOSTS), st.sampled_from(CONTROLS))
    chosen = draw(st.lists(keys, unique=True, max_size=8))
    return tuple(
        finding(
            host,
            control,
            draw(st.sampled_from(Outcome)),
            draw(st.sampled_from([1, 2, "x", None])),
            drift=draw(st.booleans()),
            waived=draw(st.sampled_from([None, "until tomorrow"])),
        )
        for host, control in chosen
    )


@st.composite
def sequences(draw: st.DrawFn) -> list[Report]:
    """Reports of runs one after the other, over any of the hosts and controls, by one baseline or another."""
    lists = draw(st.lists(_findings(), min_size=1, max_size=7))
    names = draw(st.lists(st.sampled_from(["ours", "theirs"]), min_size=len(lists), max_size=len(lists)))
    made = []
    for number, (found, name) in enumerate(zip(lists, names, strict=True), 1):
        one = report(number, *found)
        made.append(replace(one, run=replace(one.run, baseline_name=name)))
    return made
