"""What is said while hosts are worked on: nothing into a pipe, one line on a terminal, never wider than that."""

from __future__ import annotations

import io
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.cli import board as board_module
from baseline.cli import progress
from baseline.cli.board import DONE, Board
from tests.conftest import Eventually
from tests.growth import calls


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
        tell("mx1", DONE)
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
    st.lists(st.tuples(st.sampled_from(["mx1", "mx2", "mail-3"]), st.sampled_from(["looking", DONE]))),
    st.integers(20, 120),
)
def test_the_line_counts_hosts_and_fits(told: list[tuple[str, str]], width: int) -> None:
    board = Board(["mx1", "mx2", "mail-3"])
    for host, step in told:
        board.tell(host, step)
    line = board.line(width).plain
    assert len(line) <= width
    done = len({host for host, step in told if step == DONE})
    assert (f"{done} of 3 hosts done"[:19] in line) == (done > 0)


class TestManyHosts:
    def test_those_under_way_are_counted_by_what_they_are_at_and_the_slow_ones_named(self) -> None:
        now = 0.0
        board = Board([f"mx{number}" for number in range(500)], lambda: now)
        for number in range(5):
            board.tell(f"mx{number}", "connecting")
        board.tell("mx0", "looking")
        assert board.line(120).plain == "5 under way: 4 connecting, 1 looking"
        board.tell("mx4", DONE)
        now = 12.3
        board.tell("mx5", "connecting")
        told = "1 of 500 hosts done; 5 under way: 4 connecting, 1 looking"
        assert board.line(200).plain == f"{told}; slow: mx0 for 12 s, mx1 for 12 s, mx2 for 12 s and 1 more"

    def test_what_is_no_host_is_under_way_and_counts_for_none(self) -> None:
        board = Board(["mx1"])
        board.tell("example.gov.my", "looking")
        assert board.line(80).plain == "looking example.gov.my"
        board.tell("example.gov.my", DONE)
        assert board.line(80).plain == "beginning"

    def test_the_line_on_a_terminal_tells_the_time_without_being_told(
        self, monkeypatch: pytest.MonkeyPatch, eventually: Eventually
    ) -> None:
        monkeypatch.setattr(board_module, "SLOW_SECONDS", 0.3)
        screen = Terminal()
        monkeypatch.setattr(sys, "stderr", screen)
        monkeypatch.setenv("TERM", "xterm")
        with progress.watching([f"mx{number}" for number in range(9)], verbose=False) as tell:
            for number in range(9):
                tell(f"mx{number}", "connecting")
            assert eventually(lambda: "slow: mx0" in screen.getvalue())

    def test_a_step_of_one_of_many_hosts_costs_no_more_than_one_of_few(self) -> None:
        def took(hosts: int) -> int:
            board = Board([f"mx{number}" for number in range(hosts)])
            for number in range(hosts):
                board.tell(f"mx{number}", DONE)
            return calls(lambda: board.tell("mx1", "looking"))

        assert took(10) == took(5000)
