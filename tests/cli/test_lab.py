"""`lab`: arguments in, words out. The lab itself has tests of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from baseline import lab
from baseline.lab import LabError, LabHost
from tests.cli.conftest import Site

MX1 = LabHost("mx1", 1, "10.77.1.1", "mx.d1.lab.test", "d1.lab.test", "10.77.2.1")


def test_up_says_what_it_does_and_what_to_do_next(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def up(count: int, *, release: Sequence[str], disk: str, tmp: str, say: Callable[[str], None]) -> list[LabHost]:
        say(f"{count} {'+'.join(release)} {disk} {tmp}")
        return [MX1]

    monkeypatch.setattr(lab, "up", up)
    monkeypatch.setattr(lab, "directory", lambda: Path("/run/somewhere"))
    done = site.bare("lab", "up", "2", "--tmp", "1g", "--release", "bookworm", "--release", "trixie")
    assert done.exit_code == 0
    assert done.stderr == "2 bookworm+trixie 16g 1g\n"
    assert done.stdout == "baseline check -i /run/somewhere/inventory.yml\n"


def test_list_and_down(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "hosts", lambda: [MX1])
    monkeypatch.setattr(lab, "down", lambda *, say: say("gone"))
    assert site.bare("lab", "list").stdout == "mx1     10.77.1.1        bookworm  mx.d1.lab.test\n"
    assert site.bare("lab", "down").stderr == "gone\n"


def test_what_the_lab_cannot_do_is_a_sentence(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(**_: Any) -> None:
        raise LabError("The lab needs root.")

    monkeypatch.setattr(lab, "down", down)
    done = site.bare("lab", "down")
    assert (done.exit_code, done.stderr) == (2, "The lab needs root.\nnext: sudo baseline lab down\n")
    assert site.bare("lab", "up", "0").exit_code == 2


def test_ssh_hands_the_words_on_as_they_are(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[list[str]] = []

    def execvp(program: str, words: list[str]) -> None:
        assert program == words[0]
        ran.append(words)

    monkeypatch.setattr(os, "execvp", execvp)
    monkeypatch.setattr(lab, "ssh_command", lambda host: ["ssh", host])
    site.bare("lab", "ssh", "mx1")
    site.bare("lab", "ssh", "mx1", "postconf", "-n", "--", "-l")
    site.bare("lab", "ssh", "mx1", "--", "sudo", "-n")
    assert ran == [["ssh", "mx1"], ["ssh", "mx1", "postconf", "-n", "--", "-l"], ["ssh", "mx1", "--", "sudo", "-n"]]
