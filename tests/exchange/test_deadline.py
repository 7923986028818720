"""What takes too long is cut off, and one thread watches all that is under way."""

from __future__ import annotations

import contextlib
import threading
import time

import pytest

from baseline.deadline import cut_after
from tests.conftest import Eventually


def test_what_ends_in_time_is_not_cut() -> None:
    cuts: list[float] = []
    with cut_after(0.05, lambda: cuts.append(time.monotonic())):
        pass
    time.sleep(0.4)
    assert cuts == []


def test_what_is_late_is_cut_until_it_ends_and_no_more() -> None:
    """It may have been opening a connection while it was cut."""
    cuts: list[float] = []
    closed = threading.Event()

    def cut() -> None:
        cuts.append(time.monotonic())
        if len(cuts) == 2:
            closed.set()

    def wait() -> None:
        assert closed.wait(30)
        raise EOFError

    with pytest.raises(TimeoutError, match=r"not over within 0\.01 s"), cut_after(0.01, cut):
        wait()
    assert len(cuts) == 2
    time.sleep(0.7)
    assert len(cuts) == 2


def test_what_fails_in_time_fails_by_itself() -> None:
    with pytest.raises(EOFError), cut_after(30, lambda: None):
        raise EOFError


def test_a_cut_that_never_ends_keeps_no_other_waiting() -> None:
    stuck, other = threading.Event(), threading.Event()

    def wait_for_ever() -> None:
        stuck.wait()

    try:
        with cut_after(0, wait_for_ever), contextlib.suppress(TimeoutError), cut_after(0.3, other.set):
            assert other.wait(30)
    finally:
        stuck.set()


def test_many_are_watched_by_one_thread_which_ends_when_there_is_nothing_to_watch(eventually: Eventually) -> None:
    names = {one.name for one in threading.enumerate()}
    with contextlib.ExitStack() as stack:
        for _ in range(50):
            stack.enter_context(cut_after(60, lambda: None))
        made = {one for one in threading.enumerate() if one.name not in names}
        assert len(made) <= 1
    assert eventually(lambda: not any(one.is_alive() for one in made))
    again = threading.Event()
    with cut_after(0, again.set):
        assert again.wait(30)
