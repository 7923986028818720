"""Where the time of a visit goes, and which questions were slow."""

from __future__ import annotations

import contextlib
import subprocess
import threading
import time
from collections.abc import Callable

import pytest

from baseline import stopwatch as watches
from baseline.arrivals import MOST_MARKS, Arrivals
from baseline.bundle import ask
from baseline.model import Target
from baseline.model.timings import Phase
from baseline.secret import Secret
from baseline.session import Connector
from baseline.stopwatch import MOST_SLOW, Stopwatch
from baseline.visit import Visit

Pass = Callable[[float], None]


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> Pass:
    """A clock that goes on when it is told to."""
    now = [100.0]

    class Clock:
        monotonic = staticmethod(lambda: now[0])

    monkeypatch.setattr(watches, "time", Clock)

    def on(seconds: float) -> None:
        now[0] += seconds

    return on


def spent(watch: Stopwatch) -> dict[Phase, float]:
    return {phase: seconds for phase, seconds in watch.told().seconds.items() if seconds}


def test_every_second_is_of_one_phase(passes: Pass) -> None:
    watch = Stopwatch()
    passes(1)
    with watch.during("asking"):
        passes(2)
        with watch.during("connecting"):
            passes(4)
        with contextlib.suppress(OSError), watch.during("waiting"):
            passes(8)
            raise OSError
        passes(16)
    with watch.during("waiting"):
        passes(32)
    passes(64)
    assert spent(watch) == {"connecting": 4, "asking": 18, "waiting": 40, "judging": 65}


def test_what_another_thread_does_beside_counts_besides(passes: Pass) -> None:
    watch, begun, over = Stopwatch(), threading.Event(), threading.Event()

    def beside() -> None:
        with watch.during("outside"):
            begun.set()
            over.wait(60)

    with watch.during("waiting"):
        thread = threading.Thread(target=beside)
        thread.start()
        assert begun.wait(60)
        passes(5)
        over.set()
        thread.join()
    assert spent(watch) == {"waiting": 5, "outside": 5}


def test_a_question_took_from_the_answer_before_to_its_own() -> None:
    request = ask(["one", "two", "three"], token="t0ken")
    frames = [b"\nt0ken 0 0 2 0\nab", b"\nt0ken 1 0 0 0\n", b"\nt0ken 2 0 0 0\n", b"\nt0ken end 3\n"]
    arrivals, reply, now = Arrivals(10.0), b"", 10.0
    for frame, took in zip(frames, (0.5, 2.0, 0.001, 0.0), strict=True):
        reply, now = reply + frame, now + took
        arrivals.note(len(reply), now)
    watch = Stopwatch()
    watch.answered(request, reply, arrivals)
    assert [(one.question, one.seconds) for one in watch.told().slowest] == [("two", 2.0), ("one", 0.5)]


def test_where_the_host_tells_how_long_a_question_took_that_counts() -> None:
    """Several that one shell asked are answered at once."""
    request = ask(["one", "two", "three"], token="t0ken")
    arrivals, reply = Arrivals(10.0), b"\nt0ken 0 0 0 0 0\n\nt0ken 1 0 0 0 150\n\nt0ken 2 0 0 0 2\n"
    arrivals.note(len(reply), 12.0)
    watch = Stopwatch()
    watch.answered(request, reply, arrivals)
    assert [(one.question, one.seconds) for one in watch.told().slowest] == [("two", 1.5), ("three", 0.02)]


def test_a_real_shell_tells_how_long_each_of_several_took() -> None:
    request = ask(["echo quick", "sleep 0.2", "echo as quick"])
    done = subprocess.run(("sh", "-s"), input=request.script, capture_output=True, timeout=60, check=True)
    arrivals = Arrivals(10.0)
    arrivals.note(len(done.stdout), 10.0)
    watch = Stopwatch()
    watch.answered(request, done.stdout, arrivals)
    assert watch.told().slowest[0].question == "sleep 0.2"


def test_a_reply_that_is_none_of_ours_names_no_question() -> None:
    request = ask(["one"], token="t0ken")
    for reply in (b"", b"noise", b"\nt0ken 7 0 0 0\n", b"\nt0ken 999999999 0 0 0\n\nt0ken 0"):
        arrivals = Arrivals(10.0)
        arrivals.note(len(reply), 20.0)
        watch = Stopwatch()
        watch.answered(request, reply, arrivals)
        assert watch.told().slowest == ()


def test_only_so_many_questions_are_told_on_one_line_each_and_without_secrets() -> None:
    secret = Secret("a test", lambda: "correct horse\nbattery staple")
    secret.reveal()
    commands = [f"echo {number}\nbattery staple {'x' * 500}" for number in range(40)]
    request = ask(commands, token="t0ken")
    arrivals, reply = Arrivals(0.0), b""
    for number in range(40):
        reply += f"\nt0ken {number} 0 0 0\n".encode()
        arrivals.note(len(reply), number * (number + 1) / 2)
    watch = Stopwatch()
    watch.answered(request, reply, arrivals)
    watch.answered(request, reply, arrivals)
    told = watch.told().slowest
    assert [one.seconds for one in told] == [39.0, 39.0, 38.0, 38.0, 37.0][:MOST_SLOW]
    assert all("staple" not in one.question and "\n" not in one.question for one in told)
    assert max(len(one.question) for one in told) < 200


def test_a_host_that_sends_a_byte_at_a_time_is_kept_in_few_marks() -> None:
    arrivals = Arrivals(0.0)
    for length in range(1, 3 * MOST_MARKS):
        arrivals.note(length, length / 100)
    assert arrivals.at(1) == 0.01
    assert arrivals.at(MOST_MARKS - 1) == (MOST_MARKS - 1) / 100
    assert arrivals.at(3 * MOST_MARKS) == arrivals.at(MOST_MARKS) == MOST_MARKS / 100


def test_a_visit_tells_where_its_time_went() -> None:
    visit = Visit(Target("here", "local"), Connector().connect, lambda *_: None)
    visit.ask(["true", "sleep 1", "echo x"])
    timings = visit.report().timings
    assert timings is not None
    assert timings.slowest[0].question == "sleep 1"
    assert timings.slowest[0].seconds > 0.9
    assert timings.seconds["waiting"] > 0.9
    time.sleep(0.01)
    visit.hang_up()
    assert sum(timings.seconds.values()) <= visit.report().seconds
