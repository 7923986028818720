"""Instants as people write them: every edge of dates, zones and clocks that change."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.load.instants import instant

KUALA_LUMPUR = timezone(timedelta(hours=8))


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2027-03-31T17:00+08:00", "2027-03-31T09:00"),
        ("2027-03-31T17:00:30Z", "2027-03-31T17:00:30"),
        ("2027-03-31 17:00 Asia/Kuala_Lumpur", "2027-03-31T09:00"),
        # A date alone ends with the midnight after it.
        ("2027-03-31+08:00", "2027-03-31T16:00"),
        ("2027-03-31Z", "2027-04-01T00:00"),
        ("2027-03-31 Asia/Kuala_Lumpur", "2027-03-31T16:00"),
        ("2027-12-31+08:00", "2027-12-31T16:00"),
        ("2027-12-31-10:00", "2028-01-01T10:00"),
        ("2028-02-28+08:00", "2028-02-28T16:00"),
        ("2028-02-29+08:00", "2028-02-29T16:00"),
        # Days of 23 and of 25 hours; and one whose first hour does not come.
        ("2027-03-28 Europe/Berlin", "2027-03-28T22:00"),
        ("2027-10-31 Europe/Berlin", "2027-10-31T23:00"),
        ("2023-03-25 Asia/Beirut", "2023-03-25T22:00"),
    ],
)
def test_what_an_end_means(text: str, utc: str) -> None:
    assert instant(text, ends=True) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


def test_a_date_alone_begins_with_the_midnight_before_it() -> None:
    assert instant("2027-03-31+08:00", ends=False) == datetime(2027, 3, 30, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2027-03-31", "has no zone: write 2027-03-31+08:00"),
        ("2027-03-31T17:00", "has no zone: write 2027-03-31T17:00+08:00"),
        ("31.3.2027", "is no date or time with its zone: write it as 2027-03-31T17:00+08:00"),
        ("2027-02-29+08:00", "there is no 2027-02-29:"),
        ("2027-13-01+08:00", "there is no 2027-13-01:"),
        ("2027-03-31T25:00+08:00", "there is no 2027-03-31 25:00:"),
        ("2027-03-31T23:59:60Z", "there is no 2027-03-31 23:59:60:"),
        ("2027-03-31+18:00", "no zone is +18:00 from UTC"),
        ("2027-03-31+08:75", "no zone is +08:75 from UTC"),
        ("2027-03-31 Asia/Kuala-Lumpur", "there is no time zone Asia/Kuala-Lumpur here: write the offset"),
        ("2027-03-31 MYT", "there is no time zone MYT here"),
        ("2027-03-28T02:30 Europe/Berlin", "does not come, since clocks change there then"),
        ("2027-10-31T02:30 Europe/Berlin", "comes twice, since clocks change there then"),
        ("9999-12-31+08:00", "is beyond all calendars"),
        ("٢٠٢٧-٠٣-٣١+08:00", "is no date or time"),
        ("", "is no date or time"),
    ],
)
def test_what_is_no_instant_says_what_to_write(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        instant(text, ends=True)


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2099, 1, 1)),
    st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
    st.booleans(),
)
def test_a_time_with_its_offset_is_that_instant(local: datetime, zone: timezone, ends: bool) -> None:
    moment = local.replace(microsecond=0, tzinfo=zone)
    assert instant(moment.isoformat(), ends=ends) == moment


@given(st.text(max_size=30))
def test_any_other_text_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        instant(f"{text}?", ends=True)
