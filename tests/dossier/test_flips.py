"""Every byte of a dossier matters: whichever is changed, the verifier says so, and names the file that it is of."""

from __future__ import annotations

import random

import pytest

from baseline.dossier.verify_dossier import MANIFEST, SIGNATURE, NotWhole, Opened, examined

FLIPS = 1000


def place_of(opened: Opened, at: int) -> tuple[str, ...]:
    """What may be named for a byte: its file; for the manifest its signature as well, since they stand together."""
    found = "directory"
    for name, (start, packed, _, _) in opened.places.items():
        if start - 30 - len(name) <= at < start + packed:
            found = name
    return (MANIFEST, SIGNATURE) if found in (MANIFEST, SIGNATURE) else (found,)


def test_a_whole_dossier_is_whole(whole: bytes) -> None:
    assert examined(Opened(whole)) == []


def test_every_flipped_byte_of_a_sample_is_found_and_named(whole: bytes) -> None:
    opened = Opened(whole)
    chance = random.Random(854)
    # Small files and what stands between the files would hardly be met by chance.
    edges = [
        place for start, packed, _, _ in opened.places.values() for place in (start - 1, start, start + packed - 1)
    ]
    ends = range(opened.at, len(whole))
    places = [*edges, *chance.sample(ends, 200), *chance.sample(range(400), 100)]
    places += chance.sample(range(len(whole)), FLIPS - len(places))
    assert len(places) == FLIPS
    for at in places:
        flipped = bytearray(whole)
        flipped[at] ^= 1 << chance.randrange(8)
        with pytest.raises(NotWhole) as told:
            Opened(bytes(flipped))
        assert any(name in str(told.value) for name in place_of(opened, at)), (at, told.value)


@pytest.mark.parametrize("end", [0, 1, 30, 500, -1, -22, -500])
def test_a_dossier_that_is_cut_off_is_none(whole: bytes, end: int) -> None:
    with pytest.raises(NotWhole):
        Opened(whole[:end])


@pytest.mark.parametrize("more", [b"\0", b"PK\x05\x06", b"\n"])
def test_nothing_may_stand_behind_or_before(whole: bytes, more: bytes) -> None:
    with pytest.raises(NotWhole, match="directory at the end"):
        Opened(whole + more)
    with pytest.raises(NotWhole, match=r"manifest\.json"):
        Opened(more + whole)
