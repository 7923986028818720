"""What a host sends costs the controller no more than so much memory, whatever it is."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import tracemalloc
from collections.abc import Callable
from itertools import cycle
from typing import Any

import pytest

from baseline import bundle, generations, local, manifest
from baseline.errors import BadReply, CannotTell
from baseline.facts import look
from baseline.model import TOO_MUCH, Answer, Target
from tests.adversary.case import adversary
from tests.adversary.hosts import Pieces, many
from tests.adversary.memory import MIB, archive, taken

_LARGE = "what is said is large"
CAP = 64 * MIB


@adversary(_LARGE, "replies, answers, manifests, documents and journals as large as they can be made")
def test_the_most_hostile_host_takes_no_more_than_its_share() -> None:
    """A check, the list of its generations, and the report of it in all formats take at most 64 MiB for one host.

    Before: a manifest of 16 MiB took 621 MiB, and a journal of 156 KB 1155 MiB.
    """
    too_large = {host: f"{size / MIB:.0f} MiB" for host, size in taken().items() if size > CAP}
    assert too_large == {}


@adversary(_LARGE, "an archive of journals that is compressed")
@pytest.mark.parametrize("packed", [gzip.compress, bz2.compress, lzma.compress])
def test_compressed_journals_are_not_unpacked(packed: Callable[[bytes], bytes]) -> None:
    """Refused: the journals cannot be read. The host is asked for an archive that is not compressed.

    Before: 156 KB of gzip were unpacked into 1155 MiB.
    """
    with pytest.raises(CannotTell, match="the journals could not be read"):
        generations.read(Answer(0, packed(archive("old/1", bytes(MIB)))))


@adversary(_LARGE, "an archive of journals with a file of holes")
def test_files_with_holes_are_not_filled() -> None:
    """Passed over: what comes out of an archive is no larger than the archive.

    Before: 12 KB of archive gave a file of 128 MiB of zeros.
    """
    head = tarfile.TarInfo("./20260101T000000Z-00000000/old/1")
    head.type = tarfile.GNUTYPE_SPARSE
    block = bytearray(head.tobuf(tarfile.GNU_FORMAT))
    # No piece of data, and a real size of 128 MiB.
    block[386:410] = b"%011o\0%011o\0" % (128 * MIB, 0)
    block[483:495] = b"%011o\0" % (128 * MIB)
    block[148:156] = b"%06o\0 " % (sum(block) - sum(block[148:156]) + 8 * 32)
    with tarfile.open(fileobj=io.BytesIO(bytes(block) + bytes(1024))) as made:
        (member,) = made.getmembers()
        assert member.issparse()
        assert member.size == 128 * MIB
    (generation,), took = _measured(lambda: generations.read(Answer(0, bytes(block) + archive("x", b""))))
    assert generation.files == {}
    assert took < MIB


def _measured(work: Callable[[], Any]) -> tuple[Any, int]:
    """What comes of some work, and the most bytes that it took."""
    tracemalloc.start()
    try:
        return work(), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@adversary(_LARGE, "an answer longer than the host should let a command print")
@pytest.mark.parametrize("unit", [b"a" * 100, "\U0001f4e7".encode() * 25, b"ab ", b"ab\n", b"ab\x85"])
def test_an_answer_that_is_too_large_is_not_read(unit: bytes) -> None:
    """In its place stands why it is not read, so that its controls are unknown. The other answers count.

    Before: the limit of 20 MiB was the host's to keep, and how many lines they made was nobody's.
    """
    size = 9 * MIB if unit.isascii() else 3 * MIB
    told = many(unit, size)
    said = b"".join(told.parts)
    asked = bundle.ask(["large", "small"], token="t" * 16)
    reply = b"\n%b 0 0 %d 0\n%b\n%b 1 0 2 0\nok\n%b end 2\n" % (b"t" * 16, len(said), said, b"t" * 16, b"t" * 16)
    found = bundle.answers(asked, reply)
    assert found["large"].rc == TOO_MUCH
    assert found["large"].stdout == b""
    assert b"the most that is read" in found["large"].stderr
    assert found["small"] == Answer(0, b"ok")


@adversary(_LARGE, "a reply in pieces of two bytes each")
def test_a_reply_in_small_pieces_is_no_larger(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut off at 16 MiB, and kept as one piece.

    Before: cut off at 256 MiB, and each piece kept by itself until the end.
    """
    monkeypatch.setattr(local, "REPLY_BYTES", MIB)

    def work() -> None:
        with pytest.raises(BadReply, match="longer than"):
            local.read_reply(Pieces(number.to_bytes(2, "big") for number in cycle(range(1 << 16))), float("inf"))

    _, took = _measured(work)
    assert took < 4 * MIB


@adversary(_LARGE, "one more question for each answer")
def test_all_answers_of_a_look_together_are_bounded() -> None:
    """The host cannot be asked any more when its answers are 16 MiB together.

    Before: each of eight exchanges could bring 256 MiB.
    """
    large = Answer(0, bytes(8 * MIB))
    with pytest.raises(BadReply, match="together"):
        look([], Target("mx1", "192.0.2.1"), lambda asked: {one: large for one in asked}, questions=("a", "b", "c"))


@adversary(_LARGE, "a manifest that lists a million files")
def test_a_manifest_has_bounds() -> None:
    """It cannot be read, which is drift.

    Before: a million rows were made of it.
    """
    row = b"absent\t-\t-\taa\t0644\ta:a\tMEL-T-01\t/e\n"
    with pytest.raises(CannotTell, match="more than"):
        manifest.drifts(Answer(0, row * (manifest.MOST_ROWS + 1)))
    assert len(manifest.drifts(Answer(0, row * (manifest.MOST_ROWS - 1)))) == manifest.MOST_ROWS - 1
