"""What hosts say is shown as what it is, on terminals and in files, and stands in nobody else's way."""

from __future__ import annotations

import io
import tarfile

import pytest

from baseline import generations
from baseline.cli.rollback import _lines
from baseline.errors import CannotTell
from baseline.model import Answer, Target
from tests.adversary.case import adversary

_SHOWN = "what is said steers who reads it"


def _journal(**parts: bytes) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:") as archive:
        for name, content in {"state": b"confirmed\n", **parts}.items():
            member = tarfile.TarInfo(f"./20260101T000000Z-00000000/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return made.getvalue()


def _listed(said: bytes) -> bytes:
    """What the command prints."""
    return "".join(
        f"{line}\n" for line in _lines(Target("mx1", "192.0.2.1"), generations.read(Answer(0, said)))
    ).encode()


@adversary(_SHOWN, "a journal whose note and paths hold terminal escapes, line ends and bytes that are no text")
def test_the_list_of_generations_is_shown_as_text() -> None:
    """Each is written as an escape, and the generation stays on its lines.

    Before: printed raw, so that a host could retitle, recolour or overwrite the terminal; a byte 0xff ended the list.
    """
    said = _journal(
        meta=b"who\t\x1b]0;owned\x07root\nbaseline\t\xff\xe2\x80\xae\nreason\tbecause\x1b[2J\r\x0b\n",
        files=b"1\t/etc/\x1b[31mpasswd\xff\tcreate\troot\troot\t0644\t-\n",
    )
    shown = _listed(said)
    assert b"\\x1b]0;owned\\x07root" in shown
    assert b"\\udcff" in shown
    assert all(byte >= 32 or byte == 10 for byte in shown)
    assert len(shown.splitlines()) == 3


@adversary(_SHOWN, "a journal that is not whole, or none of ours")
@pytest.mark.parametrize(
    "parts",
    [
        {"files": b"1\t/etc/a\tchange\troot\troot\t0644\t-\n"},
        {"files": b"1\t/etc/a\tchange\troot\troot\t0644\t-\n", "looks": b"1\tregular file root:root 9999\n"},
        {"files": b"1\t/etc/a\tchange\troot\troot\t0644\t-\n", "looks": b"1\troot\n"},
        {"actions/table": b"1\tx\n"},
        {"actions/table": b"1\tx\n", "actions/1.undo": b"\xff", "actions/1.do": b""},
    ],
)
def test_a_broken_journal_is_told_as_such(parts: dict[str, bytes]) -> None:
    """The journals cannot be read, and why.

    Before: a KeyError or a ValueError, told as a fault of the program.
    """
    with pytest.raises(CannotTell, match="journal"):
        generations.read(Answer(0, _journal(**parts)))
