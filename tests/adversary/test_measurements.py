"""Measurements among those who mean harm: who writes the history without the key, and servers that are tested."""

from __future__ import annotations

import json
import sqlite3
import tracemalloc
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from baseline.deadline import Deadline
from baseline.history import History
from baseline.history.content import digest, document, packed, unpacked
from baseline.history.measured import covered_by
from baseline.model import Evidence, Target
from baseline.model.evidence import Monitoring
from baseline.model.measurements import AccessRun
from baseline.probing.access import access_runs
from baseline.probing.keeping import MeasurementKeeper, told_by
from tests.adversary.case import adversary
from tests.evidence.test_measured import HOUR, MINUTE, run, watched
from tests.probes.servers import Script, listening
from tests.probing.test_access import LIMITS
from tests.probing.test_access import document as probes
from tests.probing.test_steps import endless, one_line, server

HISTORY = "who can write the history, and has no key"
SERVERS = "mail servers that an access test uses"
NOW = datetime(2028, 3, 1, tzinfo=UTC)
SITE = Target("cyberjaya", "", site="cyberjaya")


@pytest.fixture
def keeper(tmp_path: Path) -> MeasurementKeeper:
    """A watch of three hours, of which the second saw no IMAP: measurement 2."""
    keeper = MeasurementKeeper(History(tmp_path / "history.db"), tmp_path / "state")
    for hours, bad in ((3, ()), (2, ("imap",)), (1, ())):
        runs = [run(NOW - hours * HOUR + one * 5 * MINUTE, *bad) for one in range(12)]
        keeper.keep(watched(*runs))
    return keeper


@contextmanager
def rows(keeper: MeasurementKeeper) -> Iterator[sqlite3.Connection]:
    assert keeper.history.place.file is not None
    with closing(sqlite3.connect(keeper.history.place.file)) as connection, connection:
        connection.row_factory = sqlite3.Row
        yield connection


def monitoring(target: Target) -> Monitoring:
    (found,) = [one.facts for one in target.register or () if one.control == "MEL-H-01"]
    assert isinstance(found, Monitoring)
    return found


@adversary(HISTORY, "writes an hour without IMAP as one in which all was well, and works the chain out anew")
def test_a_chain_that_was_worked_out_anew_proves_nothing(keeper: MeasurementKeeper) -> None:
    """No signature holds from there on: the hours are gaps, and each of them is told.

    Before: what a watch saw was a record that a person wrote, and was taken at its word.
    """
    assert monitoring(told_by(keeper, [SITE], NOW)[0]).availability_pct < 70
    with rows(keeper) as connection:
        previous = b""
        for row in connection.execute("SELECT * FROM measurements ORDER BY number").fetchall():
            made = dict(row)
            if row["number"] == 2:
                told = json.loads(unpacked(row["content"]))
                for one in told["facts"]["runs"]:
                    one["steps"] = [{**step, "outcome": "ok", "reason": ""} for step in one["steps"]]
                made |= {"content": packed(document(told)), "address": digest(document(told))}
            made["previous"] = previous or row["previous"]
            made["digest"] = previous = digest(covered_by(made))
            connection.execute(
                "UPDATE measurements SET content = :content, address = :address, previous = :previous, "
                "digest = :digest WHERE number = :number",
                made,
            )
    (site,) = told_by(keeper, [SITE], NOW)
    assert len(site.unproven) == 2
    assert all("does not hold" in sentence for sentence in site.unproven)
    found = monitoring(site)
    assert (found.until, found.longest_gap_seconds) == (NOW, 7500), "all that is proved is the first hour"


@adversary(HISTORY, "puts a signed hour in which all was well in the place of one without IMAP")
def test_a_signed_hour_proves_no_other_one(keeper: MeasurementKeeper) -> None:
    """Number, time and the measurement before are signed with it: it proves nothing there, and neither is it counted.

    Before: what a watch saw was a record that a person wrote, and was taken at its word.
    """
    with rows(keeper) as connection:
        connection.execute("DELETE FROM measurements WHERE number = 2")
        connection.execute(
            "INSERT INTO measurements SELECT 2, site, sort, at, address, content, signature, previous, digest "
            "FROM measurements WHERE number = 1"
        )
    (site,) = told_by(keeper, [SITE], NOW)
    assert len(site.unproven) == 2
    assert monitoring(site).longest_gap_seconds > 3600


@adversary(HISTORY, "removes the hour without IMAP")
def test_an_hour_that_was_removed_is_a_gap(keeper: MeasurementKeeper) -> None:
    """The chain is broken behind it, which is told, and the hour is a gap: that nobody looked is no better.

    Before: what a watch saw was a record that a person wrote, and was taken at its word.
    """
    with rows(keeper) as connection:
        connection.execute("DELETE FROM measurements WHERE number = 2")
    (site,) = told_by(keeper, [SITE], NOW)
    assert site.unproven == ("measurement 3 does not follow on the one before it: one was removed",)
    assert monitoring(site).longest_gap_seconds > 3600


@adversary("a person who keeps the register", "attests by hand that all was well in the time of an outage")
def test_what_was_written_does_not_hide_what_was_measured(keeper: MeasurementKeeper) -> None:
    """What was measured stands in its place, whenever that was attested.

    Before: the latest record counted, whoever had written it.
    """
    rosy = Monitoring("by hand", "1", NOW - 3 * HOUR, NOW, 60, 100.0)
    record = Evidence("rosy", "MEL-H-01", "*", NOW, "x", rosy, attested_by="y", attested_at=NOW)
    (site,) = told_by(keeper, [Target("cyberjaya", "", site="cyberjaya", register=(record,))], NOW)
    assert monitoring(site).tool == "baseline"
    assert monitoring(site).outages != ()


@pytest.mark.parametrize("script", [endless, one_line])
@adversary(SERVERS, "answers without an end, as fast as it can")
def test_an_answer_without_end_costs_little(script: Script) -> None:
    """The step is told as nonsense or as no answer, and holds no more than a few hundred lines.

    Before: no test of access was made.
    """
    from baseline.load.probed import ProbedMailbox

    with listening(script, LIMITS.tries) as port:
        mailbox = ProbedMailbox("probe@agensi.example.my", "cyberjaya", imap=server(port, "imap"))
        tracemalloc.start()
        try:
            found: AccessRun = access_runs(probes(mailbox), Deadline())["cyberjaya"]
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert not found.passed
    assert most < 8 << 20


def test_the_hours_are_as_they_are_told(keeper: MeasurementKeeper) -> None:
    found = monitoring(told_by(keeper, [SITE], NOW)[0])
    assert [(one.since, one.until) for one in found.outages] == [(NOW - 2 * HOUR, NOW - HOUR)]
    assert found.gaps == ()
