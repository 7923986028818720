"""Zone files: read as BIND reads them, and edited where they are to change and nowhere else."""

from __future__ import annotations

import dns.zone
import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.formats import zone
from baseline.formats.spf import is_spf

ORIGIN = "d.example"
HEAD = """\
$TTL 1h ; an hour
@ IN SOA ns hostmaster (
    2026112401 ; serial
    3600 600 1209600 300 )
@       NS ns
        NS ns2.other.example.
ns   IN A 192.0.2.1
"""
SPF = 'd.example. IN TXT "v=spf1 -all"\n'


def spf(text: str, record: str = "v=spf1 -all") -> str:
    return zone.set_records(text, ORIGIN, ORIGIN, "TXT", [zone.quoted(record)], is_spf)


def records(text: str, name: str = "@", kind: str = "TXT") -> list[str]:
    """What dnspython makes of a zone."""
    found = dns.zone.from_text(text, f"{ORIGIN}.", relativize=False, check_origin=False)
    rdataset = found.get_rdataset(f"{ORIGIN}." if name == "@" else f"{name}.{ORIGIN}.", kind)
    return sorted(record.to_text() for record in rdataset or ())


def test_a_record_is_added_at_the_end_and_the_serial_raised() -> None:
    assert spf(HEAD) == HEAD.replace("2026112401", "2026112402") + SPF


def test_a_record_that_is_there_changes_nothing() -> None:
    written = HEAD + '@ 300 TXT ( "v=spf1"\n " -all" ) ; as one text\n'
    assert spf(written) == written


def test_other_records_at_the_same_name_stay() -> None:
    written = HEAD + '@ TXT "v=spf1 +all"\n  TXT "site=1" ; keep\n  TXT "v=spf10"\n'
    after = spf(written)
    assert after == HEAD.replace("2026112401", "2026112402") + SPF + '  TXT "site=1" ; keep\n  TXT "v=spf10"\n'
    assert records(after) == ['"site=1"', '"v=spf1 -all"', '"v=spf10"']


def test_a_record_that_took_its_owner_from_one_that_goes_keeps_it() -> None:
    written = HEAD + 'www TXT "v=spf1 a"\n    A 192.0.2.7\nmail A 192.0.2.8\n'
    after = zone.set_records(written, ORIGIN, "www.d.example", "TXT", ())
    assert "www.d.example.    A 192.0.2.7\n" in after
    assert records(after, "www", "A") == ["192.0.2.7"]


def test_names_are_relative_to_the_origin_that_holds_there() -> None:
    written = HEAD + "$ORIGIN sub\nx MX 10 y\n$ORIGIN d.example.\nz A 192.0.2.3\n"
    same = zone.set_records(written, ORIGIN, "x.sub.d.example", "MX", ["10 y.sub.d.example."])
    assert same == written
    other = zone.set_records(written, ORIGIN, "x.sub.d.example", "MX", ["10 mail.example."])
    assert "x.sub.d.example. IN MX 10 mail.example.\n$ORIGIN d.example.\n" in other


def test_two_equal_records_become_one() -> None:
    after = spf(HEAD + SPF + SPF)
    assert after.count("v=spf1") == 1


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "@ TXT ( open\n",
        HEAD + "@ TXT closed )\n",
        HEAD + '@ TXT "no end\n',
        "@ A 192.0.2.1\n",
        HEAD + "d.example. CNAME other\n",
        HEAD + "$GENERATE 1-5 $ TXT hello\n",
    ],
)
def test_what_cannot_be_edited_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        spf(text)


def test_an_include_is_added_once() -> None:
    after = zone.set_include(HEAD, ORIGIN, "/etc/bind/x.zone")
    assert after == HEAD.replace("2026112401", "2026112402") + '$INCLUDE "/etc/bind/x.zone"\n'
    assert zone.set_include(after, ORIGIN, "/etc/bind/x.zone") == after


def test_a_serial_is_raised_above_what_is_served_and_only_once() -> None:
    once = zone.raise_serial(HEAD, ORIGIN, above=2026112401)
    assert zone.serial(once, ORIGIN) == 2026112402
    assert zone.raise_serial(once, ORIGIN, above=2026112401) == once
    assert zone.serial(zone.raise_serial(HEAD, ORIGIN, above=2026112500), ORIGIN) == 2026112501


@pytest.mark.parametrize(
    ("old", "today", "new"),
    [
        (1, "", 2),
        (2**32 - 1, "", 1),
        (2026112401, "20261124", 2026112402),
        (2026112301, "20261124", 2026112400),
        (2026112499, "20261124", 2026112500),
        (1700000000, "20261124", 1700000001),
    ],
)
def test_the_next_serial(old: int, today: str, new: int) -> None:
    assert zone.raised(old, today) == new
    assert zone.newer(new, old)


@given(st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_of_two_serials_at_most_one_is_newer(one: int, other: int) -> None:
    assert not (zone.newer(one, other) and zone.newer(other, one))
    if (one - other) % 2**32 not in (0, 2**31):
        assert zone.newer(one, other) != zone.newer(other, one)


@pytest.mark.parametrize(
    ("one", "other", "days"),
    [(2026112401, 2026112301, 1), (2026112401, 2026112405, 0), (7, 8, None), (2026133201, 1, None)],
)
def test_days_between_serials_that_are_dates(one: int, other: int, days: int | None) -> None:
    assert zone.days_between(one, other) == days


LABEL = st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True)
TEXT = st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126), max_size=600)


@given(TEXT)
def test_text_is_read_as_it_was_written(text: str) -> None:
    after = zone.set_records(HEAD, ORIGIN, ORIGIN, "TXT", [zone.quoted(text)])
    (entry,) = [one for one in zone.entries(after, ORIGIN) if one.type == "TXT"]
    assert zone.joined(entry) == text
    found = dns.zone.from_text(after, f"{ORIGIN}.", relativize=False).get_rdataset(f"{ORIGIN}.", "TXT")
    assert found is not None
    (record,) = found
    assert b"".join(record.strings).decode() == text
    assert all(len(part) <= 255 for part in record.strings)


LINE = st.builds(
    lambda owner, blank, ttl, data, comment: f"{owner}{blank}{ttl}{data}{comment}\n",
    st.one_of(LABEL, st.just("@"), st.just("")),
    st.sampled_from([" ", "\t", "  IN "]),
    st.sampled_from(["", "300 ", "1d "]),
    st.one_of(
        LABEL.map(lambda name: f"A 192.0.2.{len(name)}"),
        LABEL.map(lambda name: f"MX 10 {name}"),
        st.sampled_from(['TXT "a;b" "c"', 'TXT ( "v=spf1 a"\n\t" -all" )', "TXT plain", 'TXT "v=spf1 ~all"']),
    ),
    st.sampled_from(["", " ; a comment", ' ; with (a "quote']),
)


@given(st.lists(LINE, max_size=8))
def test_an_edit_changes_its_own_records_alone(lines: list[str]) -> None:
    text = HEAD + "".join(lines)
    after = spf(text)
    assert spf(after) == after

    def others(whole: str) -> list[tuple[str, str, tuple[str, ...]]]:
        return [
            (one.owner, one.type, one.data)
            for one in zone.entries(whole, ORIGIN)
            if one.type != "SOA"
            and not (one.owner == ORIGIN and one.type == "TXT" and zone.joined(one).startswith("v=spf1"))
        ]

    assert others(after) == others(text)
    mine = [one for one in zone.entries(after, ORIGIN) if one.owner == ORIGIN and zone.joined(one).startswith("v=spf1")]
    assert [zone.joined(one) for one in mine] == ["v=spf1 -all"]
    assert (zone.serial(after, ORIGIN) == zone.serial(text, ORIGIN)) == (after == text)


@given(st.text(alphabet='@ a.1;()"\\\n\t$TXTIN', max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = zone.entries(text, ORIGIN)
    except ValueError:
        return
    assert all(text[slice(*place)] == word for one in found for place, word in zip(one.places, one.data, strict=True))
