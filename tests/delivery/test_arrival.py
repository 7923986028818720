"""When a mail arrived, where nobody could look for a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from baseline.delivery.arrival import arrived_at
from baseline.model.measurements import ReceivedHop

NOW = datetime(2026, 11, 27, 13, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def when(looked: datetime, written: datetime | None) -> datetime:
    return arrived_at(NOW, looked, (ReceivedHop("store", at=written), ReceivedHop("mx")), MINUTE)


def test_a_mail_that_is_looked_for_all_the_time_arrived_when_it_is_found() -> None:
    assert when(NOW - MINUTE, NOW - timedelta(seconds=30)) == NOW


def test_a_mailbox_that_could_not_be_reached_does_not_make_a_mail_late() -> None:
    assert when(NOW - 30 * MINUTE, NOW - 29 * MINUTE) == NOW - 29 * MINUTE


def test_without_a_time_in_the_mail_it_arrived_when_it_is_found() -> None:
    assert when(NOW - 30 * MINUTE, None) == NOW
    assert arrived_at(NOW, NOW - 30 * MINUTE, (), MINUTE) == NOW


@given(st.integers(0, 5000), st.integers(-9000, 9000))
def test_no_clock_of_a_receiver_leads_out_of_the_time_in_which_nobody_looked(ago: int, written: int) -> None:
    looked = NOW - timedelta(seconds=ago)
    assert looked <= when(looked, NOW + timedelta(seconds=written)) <= NOW
