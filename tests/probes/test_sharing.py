"""What looks of one run share: each question goes out once, and what it is answered with is told of nothing else."""

from __future__ import annotations

import contextlib
import math
import socket
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from baseline.deadline import Deadline
from baseline.model.probes import Lookup, Probe, Records, Seen, Talk
from baseline.probes import Sender
from baseline.probes.patience import Patience
from baseline.probes.sharing import FAILED_SECONDS, LONGEST_SECONDS, Lasting, Shared
from baseline.probes.turns import Manners, Turns
from tests.probes.servers import Mind, dialogue, listening, name_server


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def zone(heard: Counter[str], ttl: int = 300, negative: int = 0) -> Mind:
    """A server that knows an address of every name but those that begin with `no` or `refused`, and counts questions.

    Of the former it says nothing but the zone's SOA, whose last field is `negative`.
    """

    def reply(query: dns.message.Message) -> dns.message.Message:
        question = query.question[0]
        heard[f"{question.name} {dns.rdatatype.to_text(question.rdtype)}"] += 1
        made = dns.message.make_response(query)
        if question.name.to_text().startswith("refused"):
            made.set_rcode(dns.rcode.REFUSED)
        elif not question.name.to_text().startswith("no"):
            made.answer = [dns.rrset.from_text(question.name, ttl, "IN", "A", "192.0.2.7")]
        elif negative:
            soa = f"ns.test. h.test. 1 2 3 4 {negative}"
            made.authority = [dns.rrset.from_text("test.", 9_999, "IN", "SOA", soa)]
        return made

    return reply


def looks(sender: Sender, probes: list[Probe], servers: list[str], times: int = 1) -> list[dict[Probe, Seen]]:
    """As many looks at the same, all at once."""
    with ThreadPoolExecutor(times) as pool:
        return [
            dict(one.result()) for one in [pool.submit(sender.look, probes, servers, Deadline()) for _ in range(times)]
        ]


def test_one_question_of_many_looks_is_asked_once() -> None:
    heard: Counter[str] = Counter()
    probes: list[Probe] = [Lookup("a.test", "A"), Lookup("no.test", "A"), Lookup("b.test", "A")]
    with name_server(zone(heard)) as server:
        sender = Sender(shared=Shared())
        first = looks(sender, probes, [server], times=8)
        assert all(one == first[0] for one in first)
        assert looks(sender, probes, [server])[0] == first[0]
    assert set(heard.values()) == {1}
    assert first[0][probes[0]] == Records("noerror", ("192.0.2.7",), 300)


def test_without_sharing_each_look_asks_for_itself() -> None:
    """As the two looks of an apply must, of which the second one tells whether the change came about."""
    heard: Counter[str] = Counter()
    with name_server(zone(heard)) as server:
        sender = Sender()
        for _ in range(3):
            sender.look([Lookup("a.test", "A")], [server], Deadline())
    assert heard == {"a.test. A": 3}


@pytest.mark.parametrize(
    ("name", "ttl", "negative", "seconds"),
    [
        ("a.test", 20, 0, 20),
        ("a.test", 86_400, 0, LONGEST_SECONDS),
        ("no.test", 0, 40, 40),
        ("no.test", 0, 0, LONGEST_SECONDS),
        ("refused.test", 0, 0, FAILED_SECONDS),
    ],
)
def test_an_answer_is_good_for_its_ttl(name: str, ttl: int, negative: int, seconds: float) -> None:
    """Also one that says that there is nothing, or that nothing is said; and none for longer than the bound."""
    heard: Counter[str] = Counter()
    clock = Clock()
    with name_server(zone(heard, ttl, negative)) as server:
        sender = Sender(shared=Shared(clock))
        for later in (0, seconds - 1, 2):
            clock.now += later
            sender.look([Lookup(name, "A")], [server], Deadline())
            assert sum(heard.values()) == (1 if later < 2 or later == seconds - 1 else 2)


def test_what_is_kept_is_bounded_and_the_longest_unused_goes_first() -> None:
    shared = Shared(Clock(), most=3)
    for name in ("a", "b", "c", "a", "d"):
        shared.see(name, Patience(1), lambda name=name: Lasting(Records(name), 60))  # type: ignore[misc]
    assert [name for name in "abcd" if shared.known(name)] == ["a", "c", "d"]


def test_who_is_given_up_tells_the_others_nothing() -> None:
    """Its host's time was over, not the server's: who waited for its answer asks for itself."""
    shared, given_up, asked = Shared(), Deadline(), threading.Event()

    def hangs() -> Lasting:
        asked.set()
        given_up.give_up("its time is over")
        return Lasting(Records(trouble="no answer in time"), 60)

    first = Patience(1, Deadline(60), given_up)
    assert shared.see("q", first, hangs) == Records(trouble="no answer in time")
    assert asked.is_set()
    assert shared.see("q", Patience(1), lambda: Lasting(Records("noerror"), 60)) == Records("noerror")


def test_who_asks_and_never_ends_keeps_nobody_waiting() -> None:
    """Its own time ends, and then another one asks."""
    shared, never, began = Shared(), threading.Event(), threading.Event()

    def hangs() -> Lasting:
        began.set()
        never.wait(30)
        return Lasting(Records(trouble="late"), 60)

    stuck = threading.Thread(target=lambda: shared.see("q", Patience(1, Deadline(0.2)), hangs), daemon=True)
    stuck.start()
    began.wait(10)
    assert shared.see("q", Patience(1, Deadline(20)), lambda: Lasting(Records("noerror"), 60)) == Records("noerror")
    never.set()
    stuck.join(10)


def test_a_dialogue_with_commands_is_held_by_each_look() -> None:
    """What a server says to a recipient may depend on who was named before; a greeting does not."""
    heard: list[str] = []
    script = dialogue("220 mx\r\n", {"*": "250 ok\r\n"}, heard)
    with listening(script, 3) as port:
        sender = Sender(shared=Shared())
        for _ in range(2):
            sender.look([Talk("127.0.0.1", port)], [], Deadline())
            sender.look([Talk("127.0.0.1", port, commands=("NOOP",))], [], Deadline())
    assert heard.count("NOOP") == 2
    assert heard.count("EHLO probe.invalid") == 3


def test_never_more_at_once_than_manners_allow() -> None:
    turns, manners, lock = Turns(), Manners(3, 1_000, 60_000), threading.Lock()
    busy, most = 0, 0

    def work(_: int) -> None:
        nonlocal busy, most
        with Patience(1, Deadline(60), turns=turns).turn("192.0.2.1", 25, manners):
            with lock:
                busy += 1
                most = max(most, busy)
            threading.Event().wait(0.005)
            with lock:
                busy -= 1

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(work, range(60)))
    assert most == 3
    assert busy == 0


def test_after_the_first_the_pace_of_a_minute_holds() -> None:
    """Counted on a clock that is set by hand: five at once, then one every two seconds, each server for itself."""
    clock, manners = Clock(), Manners(1_000, 5, 30)
    turns, given = Turns(clock, jitter=lambda: 1.0), 0
    for _ in range(61):
        while turns.take("192.0.2.1#25", manners, 0):
            given += 1
        clock.now += 1
    assert given == 5 + 30
    assert turns.take("192.0.2.2#25", manners, 0)


def test_the_distance_between_two_varies() -> None:
    clock, manners = Clock(), Manners(1_000, 1, 60)
    factors = iter((0.5, 1.5, 1.0, 1.0))
    turns, at = Turns(clock, jitter=lambda: next(factors)), list[float]()
    while len(at) < 4:
        if turns.take("192.0.2.1#25", manners, 0):
            at.append(clock.now - 1_000)
        clock.now += 0.25
    assert at == [0, 0.5, 2.0, 3.0]


def test_waiting_for_a_turn_costs_a_probe_none_of_its_time() -> None:
    """The wait is for others, not for the server. The time of the host goes on."""
    turns, own = Turns(), Deadline(0.3)
    manners = Manners(1, 1_000, 60_000)
    held = threading.Event()

    def holds() -> None:
        with Patience(1, Deadline(60), turns=turns).turn("192.0.2.1", 25, manners):
            held.set()
            threading.Event().wait(1.2)

    thread = threading.Thread(target=holds)
    thread.start()
    held.wait(10)
    mine = Patience(1, own, Deadline(math.inf), turns=turns)
    with mine.turn("192.0.2.1", 25, manners):
        assert mine.next() > 0
    with (
        Patience(1, Deadline(60), turns=turns).turn("192.0.2.1", 25, manners),
        pytest.raises(TimeoutError),
        Patience(1, Deadline(60), Deadline(0.1), turns=turns).turn("192.0.2.1", 25, manners),
    ):
        pass
    thread.join(10)


def test_a_server_sees_no_more_connections_at_once_than_it_would_like() -> None:
    """Counted at the server: 40 dialogues with one of them come five at a time."""
    lock = threading.Lock()
    now, most, total = 0, 0, 0

    def serve(server: socket.socket) -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(connection,), daemon=True).start()

    def talk(connection: socket.socket) -> None:
        nonlocal now, most, total
        with lock:
            now, total = now + 1, total + 1
            most = max(most, now)
        with connection, contextlib.suppress(OSError):
            connection.settimeout(10)
            threading.Event().wait(0.01)
            with lock:
                # Before the greeting: the other side may be gone before this thread knows.
                now -= 1
            dialogue("220 mx\r\n", {"*": "250 ok\r\n"})(connection)

    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        threading.Thread(target=serve, args=(server,), daemon=True).start()
        port = server.getsockname()[1]
        probes: list[Probe] = [Talk("127.0.0.1", port, hello=f"h{number}.test") for number in range(40)]
        sender = Sender(shared=Shared())
        seen = looks(sender, probes, [], times=4)[0]
        server.shutdown(socket.SHUT_RDWR)
    assert all(not one.trouble for one in seen.values())
    assert total == 40
    assert most <= 5
