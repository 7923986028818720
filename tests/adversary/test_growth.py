"""However long a text from a host is, reading it takes time in proportion, and no more."""

from __future__ import annotations

from tests.adversary.case import adversary
from tests.adversary.growth import measured


@adversary("what a host says is slow to read", "a zone file with one word of many digits that is no TTL")
def test_a_long_number_in_a_zone_file_is_read_in_proportion() -> None:
    """Read in time that grows with its length.

    Before: `x 1111…1z IN A …` with 30 digits held the interpreter for ever; no signal and no limit could end it.
    """
    assert measured("zone.entries") == ""
