"""A rollback leads a zone's records back, and its serial on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from baseline import manifest
from baseline.formats import zone
from baseline.generations import Generation
from baseline.hand_edits import edited, keeping
from baseline.model import FileChange, FileState, HostPlan
from baseline.net_change import net_change
from baseline.zone_serials import not_before, with_later_serials

PATH = "/var/lib/bind/db.agency.example"


def kept(serial: int, *records: str, mode: int = 0o644) -> FileState:
    """A zone file with a remark, which stays as it is."""
    lines = (f"@ IN SOA ns hostmaster ( {serial} 3600 600 86400 300 ) ; serial first", "@ IN NS ns", *records)
    return FileState("".join(f"{line}\n" for line in lines).encode(), mode=mode)


@pytest.mark.parametrize(
    ("now", "then", "after"),
    [
        (2024031505, 2024031501, 2024031506),
        (2024031501, 2024031501, 2024031502),
        (4294967295, 4294967290, 1),
        (2024031501, 2024031505, 2024031505),
    ],
)
def test_the_serial_is_later_than_what_secondaries_may_have(now: int, then: int, after: int) -> None:
    assert not_before(kept(now, "www IN A 192.0.2.1"), kept(then)) == kept(after)


def test_where_only_the_serial_differs_it_stays() -> None:
    assert not_before(kept(7), kept(5)) == kept(7)
    assert not_before(kept(7, mode=0o600), kept(5)) == kept(7), "the mode is that of then"


@pytest.mark.parametrize("other", [FileState(None), FileState(b"myhostname = mx\n"), FileState(b"\xff\n")])
def test_what_is_no_zone_is_as_it_was_then(other: FileState) -> None:
    assert not_before(kept(7), other) == other
    assert not_before(other, kept(5)) == kept(5)
    assert not_before(other, other) == other


def test_a_rollback_leads_the_records_back_and_the_serial_on() -> None:
    applied = Generation(1, "1", "", {}, {PATH: kept(5)}, (), ("named",))
    (change,) = net_change("mx1", (applied,), 0, {PATH: kept(9, "www IN A 192.0.2.1")}).plan.files
    assert change.after == kept(10)
    assert zone.serial((change.after.content or b"").decode(), "agency.example") == 10
    assert net_change("mx1", (applied,), 0, {PATH: kept(9)}).plan.files == (), "the records are those of then"


def test_the_later_serial_is_no_drift() -> None:
    """The manifest of that generation lists the zone as it was then."""
    old = FileState(b"before")
    listed = manifest.update(FileState(None), [FileChange(PATH, old, kept(5), ("MEL-D-04",))], ())
    applied = Generation(2, "2", "", {}, {PATH: kept(5), manifest.PATH: listed}, (), ("named",))
    present = {PATH: kept(9, "www IN A 192.0.2.1"), manifest.PATH: FileState(b"later", mode=0o600)}
    changes = {one.path: one.after for one in net_change("mx1", (applied,), 1, present).plan.files}
    (entry,) = manifest.parse(changes[manifest.PATH])
    assert (entry.path, entry.sha256, entry.controls) == (PATH, kept(10).sha256, ("MEL-D-04",))
    edited = manifest.update(listed, [FileChange(PATH, old, kept(4), ())], ())
    applied = Generation(2, "2", "", {}, {PATH: kept(5), manifest.PATH: edited}, (), ("named",))
    changes = {one.path: one.after for one in net_change("mx1", (applied,), 1, present).plan.files}
    assert changes[manifest.PATH] == edited, "what had drifted then has drifted again"


def test_an_edit_by_hand_of_a_zone_is_kept_although_both_raise_the_serial() -> None:
    old, ours, theirs = kept(1), kept(2, "_dmarc IN TXT v=DMARC1"), "intra IN A 192.0.2.81"
    now = kept(3, "_dmarc IN TXT v=DMARC1", *(f"h{number} IN A 192.0.2.{number}" for number in range(4)), theirs)
    base = replace(ours, content=(ours.content or b"") + b"".join(b"h%d IN A 192.0.2.%d\n" % (n, n) for n in range(4)))
    then = replace(old, content=(old.content or b"") + b"".join(b"h%d IN A 192.0.2.%d\n" % (n, n) for n in range(4)))
    (after,) = with_later_serials({PATH: now}, {PATH: then}).values()
    plan = HostPlan("mx1", files=(FileChange(PATH, now, after, ()),))
    joined = keeping(plan, [edited(FileChange(PATH, base, now, ()))])
    assert joined.collisions == ()
    text = (joined.plan.files[0].after.content or b"").decode()
    assert zone.serial(text, ".") == 4
    assert "_dmarc" not in text
    assert theirs in text
