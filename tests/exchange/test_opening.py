"""Servers that turn callers away for now are called again; those that are dead, silent or no SSH at all are not."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import fabric
import pytest

from baseline.errors import Unreachable
from baseline.model import Target
from baseline.opening import AT_ONE_DOOR, TRIES
from baseline.session import Connector
from tests.exchange.sshd import free_port, write_key
from tests.fleet.endpoints import swallowing

Behave = Callable[[socket.socket], None]


class Server:
    """What listens, and who called."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.callers = 0


@contextmanager
def serving(behave: Behave) -> Iterator[Server]:
    """A listener that does the same to each caller."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            served.callers += 1
            behave(self.request)

    class Listener(socketserver.ThreadingTCPServer):
        daemon_threads = True
        request_queue_size = 64

    with Listener(("127.0.0.1", 0), Handler) as listener:
        served = Server(listener.server_address[1])
        thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield served
        finally:
            listener.shutdown()
            thread.join()


@pytest.fixture
def key(tmp_path: Path) -> str:
    write_key(tmp_path / "key")
    return str(tmp_path / "key")


def refusal(port: int, key: str, connector: Connector) -> str:
    """Why a host cannot be reached."""
    with pytest.raises(Unreachable) as caught:
        connector.connect(Target("mx1", "127.0.0.1", port, user="u", key_file=key))
    return str(caught.value).removeprefix(f"127.0.0.1:{port} ")


def reset(caller: socket.socket) -> None:
    """Close with a reset, as a kernel does whose sshd did not read what came."""
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    caller.close()


REFUSALS: dict[str, tuple[Behave, str]] = {
    "closed": (lambda caller: None, ""),
    "reset": (reset, ""),
    "past MaxStartups": (lambda caller: caller.sendall(b"Exceeded MaxStartups\r\n"), "Exceeded MaxStartups"),
    "under a penalty": (lambda caller: caller.sendall(b"Not allowed at this time\r\n"), "Not allowed at this time"),
}


@pytest.mark.parametrize(("behave", "said"), REFUSALS.values(), ids=REFUSALS.keys())
def test_one_that_refuses_for_now_is_called_again_and_told_from_a_dead_one(key: str, behave: Behave, said: str) -> None:
    pauses: list[float] = []
    with serving(behave) as server:
        words = refusal(server.port, key, Connector(sleep=pauses.append))
        assert server.callers == TRIES
    assert words.startswith(f"cannot be reached: it is up and refuses us for now, closing each of {TRIES} connections")
    assert (f"(it said {said!r})" in words) == bool(said)
    assert "--limit" in words
    # Each pause may be as long as the one before it, and they are never the same for all of a fleet.
    assert len(pauses) == TRIES - 1
    assert all(0.5 * 2**number <= pause <= 2**number for number, pause in enumerate(pauses))
    assert len(set(pauses)) == TRIES - 1


def test_what_a_refusing_server_says_is_shown_in_part(key: str) -> None:
    with serving(lambda caller: caller.sendall(b"a" * 5000 + b"\x1b[31m\r\n")) as server:
        words = refusal(server.port, key, Connector(sleep=lambda _: None))
    assert "\x1b" not in words
    assert words.count("a") < 300


def test_a_port_that_nothing_listens_on_is_tried_once(key: str) -> None:
    pauses: list[float] = []
    words = refusal(free_port(), key, Connector(sleep=pauses.append))
    assert words == "cannot be reached: Connection refused"
    assert pauses == []


def test_a_host_that_answers_no_packet_is_tried_once(key: str) -> None:
    with swallowing("127.0.0.1") as port:
        words = refusal(port, key, Connector(timeout=0.3, sleep=lambda _: pytest.fail("it was tried again")))
    assert words == "cannot be reached: timed out"


def test_a_server_that_never_speaks_is_tried_once(key: str) -> None:
    over = threading.Event()

    def silent(caller: socket.socket) -> None:
        over.wait(30)

    with serving(silent) as server:
        words = refusal(server.port, key, Connector(timeout=0.3))
        over.set()
        assert server.callers == 1
    assert words == "cannot be reached: it answers, and begins no SSH session in time"


@pytest.mark.parametrize("babble", [b"\xff\xfe\x80\n", b"220 mx1 ESMTP\r\n" * 200], ids=["bytes", "another protocol"])
def test_what_is_no_ssh_is_tried_once(key: str, babble: bytes) -> None:
    def speak(caller: socket.socket) -> None:
        caller.sendall(babble)
        caller.recv(100)
        time.sleep(0.2)

    with serving(speak) as server:
        words = refusal(server.port, key, Connector(sleep=lambda _: pytest.fail("it was tried again")))
        assert server.callers == 1
    assert words.startswith("cannot be reached: what answers there speaks no SSH")


def test_one_that_keeps_callers_waiting_before_it_refuses_ends_with_the_time_for_all_tries(key: str) -> None:
    def slow(caller: socket.socket) -> None:
        time.sleep(0.2)

    with serving(slow) as server:
        words = refusal(server.port, key, Connector(whole=0.5, sleep=lambda _: None))
        assert server.callers <= 4
    assert "cannot be reached" in words


def test_no_server_is_called_by_more_than_a_few_at_once(key: str) -> None:
    """As the jump host of a whole site would be by a fleet: sshd turns callers away from the tenth on."""
    lock, now, most = threading.Lock(), 0, 0

    def count(caller: socket.socket) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.05)
        with lock:
            now -= 1
        caller.sendall(b"\xff\n")

    with serving(count) as server, ThreadPoolExecutor(24) as pool:
        connector = Connector()
        assert len(list(pool.map(lambda _: refusal(server.port, key, connector), range(24)))) == 24
    assert 1 < most <= AT_ONE_DOOR


def test_connections_share_nothing_that_fabric_changes(key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Making one would empty the configuration that another thread reads at that moment."""
    made: list[fabric.Connection] = []

    def refuse(connection: fabric.Connection) -> None:
        made.append(connection)
        raise EOFError

    monkeypatch.setattr(fabric.Connection, "open", refuse)
    connector = Connector(sleep=lambda _: None)
    for _ in range(2):
        refusal(22, key, connector)
    assert len({id(one.config) for one in made}) == 2
