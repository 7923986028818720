"""Kind `external_delivery`: every day a mail from an outside system is seen to arrive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from baseline.errors import CannotTell
from baseline.judge import Advised, AtLeast, Equal, Wants
from baseline.kinds.base import Control, Loosens
from baseline.model import About, State, Target
from baseline.model.evidence import DeliveryTest
from baseline.model.probes import View
from baseline.readings.evidence import UtcOffset, day_of, named, proofs, proven, unproven


class ExternalDelivery(Control):
    """Scheduled tests of delivery from outside mail systems, as `baseline probe` or the register has them.

    Looked at: the attested records of MEL-H-06 about the site. Of each of the last `window_days` whole days, counted in
    the agency's zone, one test has to have arrived within `max_latency_seconds` and in one of `folders`; a test in
    the spam folder did not reach its officer. Where the register begins later, the days from its first test count.
    Today counts only once it has a test. A test that the outside system itself did not take (its reply is no 2xx)
    tested nothing: the day has none, and `not taken by the provider` tells why. Nor does one whose `vantage` is not
    `outside`: a mail that was submitted inside never came the way that is tested. A failed test that was repeated with
    success on the same day is no fail. `providers` outside systems have to take part.

    What each hop of a measured test had of TLS is told by its path. That one had none fails no test, since the mail
    arrived, but it is advised against.

    Without a record it is `unknown`: that nothing was recorded does not tell that nothing was tested.

    Applied: nothing. What can go wrong: greylisting delays a first mail by minutes; an app password that expired at
    the provider ends the tests. A second server of the agency's own is no outside system, however well it tests the
    logic. Sources: clause c ("yahoomail, gmail, hotmail" are examples there), which names no schedule.
    """

    summary: ClassVar[str] = "Every day a mail from an outside system is seen to arrive in time."
    about: ClassVar[About] = "site"
    loosens: ClassVar[Loosens] = {
        "window_days": "lower",
        "max_latency_seconds": "higher",
        "providers": "lower",
        "folders": "higher",
    }

    kind: Literal["external_delivery"]
    window_days: Annotated[int, Field(ge=1, le=92, description="Whole days of which each has to have a test.")] = 7
    max_latency_seconds: Annotated[int, Field(ge=30, le=86_400, description="From sending to arrival, at most.")] = 900
    providers: Annotated[int, Field(ge=1, le=10, description="Outside systems that take part, at least.")] = 1
    folders: Annotated[tuple[str, ...], Field(description="Folders in which a mail has reached its owner.")] = (
        "INBOX",
    )
    utc_offset: UtcOffset = "+08:00"

    def expected(self, target: Target) -> Wants:
        """A test of every day, in time and in its place."""
        return {
            "days without a test": Equal("none"),
            "days without a test in time": Equal("none"),
            "days whose test was no inbox": Equal("none"),
            "providers": AtLeast(self.providers),
            **({_PLAIN: Advised(Equal("none"))} if _plain(_tests(target)) else {}),
            **proven(target),
        }

    def outside(self, view: View, state: State, target: Target) -> State:
        """Every day of the window, by what became of its tests."""
        del state
        found = [facts for _, facts in proofs(target, "MEL-H-06", DeliveryTest, view.now).some()]
        counted = [facts for facts in found if counts(facts)]
        inside = sum(one.vantage != "outside" for one in found)
        first = min(day_of(facts.sent_at, self.utc_offset) for facts in found)
        days = list(self._days(first, view.now, {day_of(facts.sent_at, self.utc_offset) for facts in counted}))
        if not days:
            if inside:
                raise CannotTell("no test of delivery came from outside yet: they were submitted inside")
            raise CannotTell("no outside system has taken a test of delivery yet: see to the account there")
        tests = {day: [one for one in counted if day_of(one.sent_at, self.utc_offset) == day] for day in days}
        arrived = {day: [one for one in tests[day] if self._in_time(one)] for day in days}
        landed = {day: [one for one in arrived[day] if one.folder in self.folders] for day in days}
        plain = _plain(one for day in days for one in arrived[day])
        best = [min(map(_seconds, landed[day])) for day in days if landed[day]]
        return {
            "days judged": len(days),
            "days without a test": named([day.isoformat() for day in days if not tests[day]]),
            "days without a test in time": named([day.isoformat() for day in days if tests[day] and not arrived[day]]),
            "days whose test was no inbox": named(
                [day.isoformat() for day in days if arrived[day] and not landed[day]]
            ),
            "providers": len({one.provider.casefold() for day in days for one in landed[day]}),
            "slowest of the days": max(best, default=0),
            "not taken by the provider": sum(not one.submission_reply.startswith("2") for one in found),
            **({"submitted inside": inside} if inside else {}),
            **({_PLAIN: named(plain)} if _plain(_tests(target)) else {}),
            **unproven(target),
        }

    def reached(self, test: DeliveryTest) -> bool:
        """Whether the mail of a test reached its owner as wanted: taken outside, in time, and in its place."""
        return counts(test) and self._in_time(test) and test.folder in self.folders

    def advice(self, state: State) -> str:
        """Where to look."""
        if self.fix:
            return self.fix
        if state.get("days without a test") != "none":
            return "Test every day: see to the schedule, and to the account at the outside provider."
        in_time = state.get("days without a test in time") == state.get("days whose test was no inbox") == "none"
        if in_time and state.get(_PLAIN, "none") != "none":
            return "Let the servers named use TLS for mail to each other: whoever stands between them reads it."
        return (
            "Look the token of the test up in the mail log: was it refused, delayed by greylisting, or taken for spam?"
        )

    def _days(self, first: date, now: datetime, tested: set[date]) -> Iterator[date]:
        today = day_of(now, self.utc_offset)
        for back in range(self.window_days, -1, -1):
            day = today - timedelta(days=back)
            if day >= first and (day < today or day in tested):
                yield day

    def _in_time(self, test: DeliveryTest) -> bool:
        return test.arrived_at is not None and _seconds(test) <= self.max_latency_seconds


def counts(test: DeliveryTest) -> bool:
    """Whether anything was tested: the outside system took the mail, and it came from outside."""
    return test.submission_reply.startswith("2") and test.vantage == "outside"


_PLAIN = "servers that took it without TLS"


def _tests(target: Target) -> Iterator[DeliveryTest]:
    return (record.facts for record in target.register or () if isinstance(record.facts, DeliveryTest))


def _plain(tests: Iterable[DeliveryTest]) -> list[str]:
    return sorted({server for test in tests for server in test.without_tls})


def _seconds(test: DeliveryTest) -> int:
    return -1 if test.arrived_at is None else int((test.arrived_at - test.sent_at).total_seconds())
