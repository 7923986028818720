"""Measurements as records of the register: what stands in place of what a person would write of the same thing.

Access tests become one record of MEL-H-01 and one of MEL-H-05, each delivery test from outside one of MEL-H-06. Nobody
has to attest them: they are signed, and whoever hands them in here has seen to that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from baseline.classes import dataclass
from baseline.model import Evidence
from baseline.model.evidence import DeliveryTest, Interruption, Monitoring, ProbeSeries
from baseline.model.measurements import NO_TLS, AccessRun, AccessTests, DeliveryMeasured, Measurement, Vantage

WATCHED = timedelta(days=31)
"""The time that the record of MEL-H-01 is about, at most: as old as a record of it may be."""

PROBED = timedelta(days=1)
"""The time that the record of MEL-H-05 is about, at most."""

LATE = 1.5
"""By how much the time between two samples may exceed what was due before it is a gap: a run takes a while."""

_NEAREST: tuple[Vantage, ...] = ("host", "inside", "outside")
_OF_ACCESS = ("MEL-H-01", "MEL-H-05")


@dataclass(frozen=True)
class _Sample:
    """A run of access tests, and in how many seconds the next was due (0: none was)."""

    run: AccessRun
    every: int


def records(measured: Iterable[Measurement], site: str, signer: str, now: datetime) -> tuple[Evidence, ...]:
    """The records that measurements of one site come to, as of a moment. `signer` is who signed them, for a person.

    What is dated ahead of `now` counts for nothing.
    """
    several = [one for one in measured if one.site == site and one.at <= now]
    access = [one for one in several if isinstance(one.facts, AccessTests)]
    return (*_of_access(access, site, signer, now), *_of_delivery(several, site, signer))


def in_place(register: Sequence[Evidence] | None, made: Sequence[Evidence], site: str) -> tuple[Evidence, ...] | None:
    """A register with measured records in it. Those of MEL-H-01 and H-05 stand in place of what it has about the site.

    A record by hand of all sites (`*`) gives way as well. None stays None where nothing was measured.
    """
    if not made:
        return None if register is None else tuple(register)
    taken = {record.control for record in made if record.control in _OF_ACCESS}
    left = [one for one in register or () if one.control not in taken or one.subject not in (site, "*")]
    return (*left, *made)


def _of_access(measured: Sequence[Measurement], site: str, signer: str, now: datetime) -> Iterator[Evidence]:
    samples = sorted(_samples(measured), key=lambda one: one.run.at)
    if not samples:
        return
    last = measured[-1]

    def record(name: str, control: str, at: datetime, facts: Monitoring | ProbeSeries) -> Evidence:
        return _record(f"measured-{name}-{at:%Y%m%dT%H%M%SZ}", control, site, at, signer, facts)

    until = samples[-1].run.at
    yield record("access", "MEL-H-05", until, _probed(samples, last, now))
    if any(one.every for one in samples):
        yield record("watch", "MEL-H-01", now, _watched(samples, last, now))


def _samples(measured: Iterable[Measurement]) -> Iterator[_Sample]:
    for one in measured:
        if isinstance(one.facts, AccessTests):
            yield from (_Sample(run, one.facts.every) for run in one.facts.runs)


def _probed(samples: Sequence[_Sample], last: Measurement, now: datetime) -> ProbeSeries:
    """The last day of access tests, up to the last run; before its first run counts the one before it, if there is.

    Since the last run nobody probed either: that is a gap too, so that neither one run of hours ago nor a tool that is
    dead since looks like a schedule.
    """
    until = samples[-1].run.at
    runs = [one.run for one in samples if one.run.at > until - PROBED]
    before = [one.run.at for one in samples if one.run.at <= until - PROBED]
    moments = [*([until - PROBED] if before else []), *(run.at for run in runs)]
    good = [run.at for run in runs if run.passed]
    tried: list[set[str]] = [{step.step for step in run.steps} for run in runs]
    return ProbeSeries(
        tool=last.tool,
        version=last.version,
        vantage=min((run.vantage for run in runs), key=_NEAREST.index),
        since=moments[0],
        until=until,
        steps=tuple(sorted(set.intersection(*tried))),
        runs=len(runs),
        succeeded=len(good),
        longest_gap_seconds=_longest([*moments, now]),
        last_success_at=good[-1] if good else None,
    )


def _watched(samples: Sequence[_Sample], last: Measurement, now: datetime) -> Monitoring:
    """The last weeks of watching, up to now: since the last sample nobody watched either."""
    inside = [one for one in samples if one.run.at > now - WATCHED] or [samples[-1]]
    moments = [*(one.run.at for one in inside), now]
    up = down = timedelta()
    gaps: list[Interruption] = []
    outages: list[Interruption] = []
    for one, (at, following) in zip(inside, pairwise(moments), strict=True):
        seen = _seen_for(one, following)
        if seen < following - at:
            gaps.append(Interruption("gap", at, following, "nobody watched"))
        if one.run.passed:
            up += seen
        else:
            down += seen
            _join(outages, Interruption("outage", at, at + seen, _failed(one.run)))
    known = (up + down).total_seconds()
    return Monitoring(
        tool=last.tool,
        version=last.version,
        since=moments[0],
        until=now,
        longest_gap_seconds=_longest(moments),
        availability_pct=round(100 * up.total_seconds() / known, 3) if known else float(inside[-1].run.passed) * 100,
        interruptions=tuple(sorted([*gaps, *outages], key=lambda one: (one.since, one.sort))),
    )


def _seen_for(sample: _Sample, following: datetime) -> timedelta:
    """For how long a sample speaks: until the next one, or where that came too late, until it was due."""
    passed, due = following - sample.run.at, timedelta(seconds=sample.every)
    return passed if passed <= due * LATE else due


def _join(outages: list[Interruption], one: Interruption) -> None:
    """Add an outage; one that goes on where the last one ended, for the same reason, is that one."""
    before = outages[-1] if outages else None
    if before is not None and before.until == one.since and before.what == one.what:
        one = Interruption("outage", before.since, one.until, one.what)
        outages.pop()
    outages.append(one)


def _failed(run: AccessRun) -> str:
    return ", ".join(sorted({f"{step.step} of {step.account}" for step in run.steps if step.outcome != "ok"}))


def _longest(moments: Sequence[datetime]) -> int:
    return int(max((after - before for before, after in pairwise(moments)), default=timedelta()).total_seconds())


def _of_delivery(measured: Iterable[Measurement], site: str, signer: str) -> Iterator[Evidence]:
    for one in measured:
        test = one.facts
        if isinstance(test, DeliveryMeasured) and test.direction == "out":
            facts = DeliveryTest(
                provider=test.provider,
                token=test.token,
                sent_at=test.sent_at,
                submission_reply=_reply(test),
                arrived_at=test.arrived_at,
                folder=test.folder,
                vantage=test.vantage,
                identity=test.identity,
                without_tls=tuple(hop.by for hop in test.path if hop.tls == NO_TLS),
            )
            yield _record(f"measured-{test.token}", "MEL-H-06", site, one.at, signer, facts)


def _reply(test: DeliveryMeasured) -> str:
    """What the outside said; of a mail that it took and nobody could look for, that nothing was tested."""
    taken_in_vain = test.outcome == "untested" and test.submission_reply.startswith("2")
    return f"untested: {test.reason}" if taken_in_vain else test.submission_reply


def _record(
    name: str, control: str, site: str, at: datetime, signer: str, facts: Monitoring | ProbeSeries | DeliveryTest
) -> Evidence:
    return Evidence(name, control, site, at, signer, facts, attested_by=signer, attested_at=at)
