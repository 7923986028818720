"""What is said while hosts are worked on: nothing into a pipe, one line on a terminal, never wider than that."""

from __future__ import annotations

import io
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.cli import progress


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_into_a_pipe_nothing_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.watching(["mx1"], verbose=False) as tell:
        tell("mx1", "looking")
    assert capsys.readouterr() == ("", "")


def test_with_verbose_every_step_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.watching(["mx1"], verbose=True) as tell:
        tell("mx1", "connecting")
        tell("mx1\x1b[2J", "looking")
        tell("mx1", progress.DONE)
    assert capsys.readouterr().err == "mx1: connecting\nmx1\\x1b[2J: looking\n"


def test_on_a_terminal_the_line_goes_away_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm")
    with progress.watching(["mx1"], verbose=False) as tell:
        tell("mx1", "looking")
    assert "looking mx1" in screen.getvalue()
    assert screen.getvalue().endswith("\x1b[2K")


@given(
    st.lists(st.tuples(st.sampled_from(["mx1", "mx2", "mail-3"]), st.sampled_from(["looking", progress.DONE]))),
    st.integers(20, 120),
)
def test_the_line_counts_hosts_and_fits(told: list[tuple[str, str]], width: int) -> None:
    board = progress._Board(3)
    board.steps.update(told)
    line = board.line(width).plain
    assert len(line) <= width
    done = sum(step == progress.DONE for step in dict(told).values())
    assert (f"{done} of 3 hosts done"[:19] in line) == (done > 0)
