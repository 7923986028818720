"""Sessions over a connection that somebody made with Fabric: their host's key is checked, and they stay open."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import fabric
import paramiko
import pytest

import baseline
from baseline import bundle
from baseline.errors import HostError, Unreachable
from baseline.model import Target
from tests.conftest import Eventually
from tests.exchange.sshd import Sshd, running
from tests.exchange.test_session import needs_sshd

pytestmark = needs_sshd


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sshd]:
    with running(tmp_path_factory.mktemp("sshd")) as one:
        yield one


def made(server: Sshd, gateway: fabric.Connection | None = None) -> fabric.Connection:
    """A connection as people make it: it accepts whatever key the host has."""
    key = {"key_filename": str(server.directory / "user_key"), "allow_agent": False, "look_for_keys": False}
    config = fabric.Config(overrides={"load_ssh_configs": False})
    return fabric.Connection("127.0.0.1", port=server.port, connect_kwargs=key, gateway=gateway, config=config)


def told(target: Target, connection: fabric.Connection) -> bytes:
    """What the host says over a session of its own, which is closed again."""
    session = baseline.connect(target, connection)
    try:
        request = bundle.ask(["echo $SSH_CONNECTION"])
        (answer,) = bundle.answers(request, session.exchange(request.script)).values()
        return answer.stdout
    finally:
        session.close()


@pytest.mark.parametrize("open_before", [False, True])
def test_it_is_asked_over_the_one_connection_and_left_open(server: Sshd, *, open_before: bool) -> None:
    with made(server) as connection:
        if open_before:
            connection.open()
        first, second = (told(server.target(), connection) for _ in range(2))
        assert first == second != b""
        assert connection.is_connected
        assert connection.run("echo still here", hide=True, in_stream=False).stdout == "still here\n"


def test_a_check_goes_over_it(server: Sshd) -> None:
    rules = baseline.load_baseline("mampu-2007").only(controls=("MEL-T-03",))
    target = server.target(roles=frozenset({"mta"}))
    with made(server) as connection:
        result = baseline.check(target, rules.controls_for(target), lambda one: baseline.connect(one, connection))
        assert result.host.reachable
        assert [one.control for one in result.findings] == ["MEL-T-03"]
        assert connection.is_connected


def test_an_exchange_under_way_is_broken_off_and_the_connection_stays(server: Sshd, eventually: Eventually) -> None:
    """Left to itself the host would answer, after a while."""
    with made(server) as connection:
        session = baseline.connect(server.target(), connection)
        begun = server.directory / "begun"
        request = bundle.ask([f"touch {begun}; sleep 50"])

        def break_off() -> None:
            eventually(begun.exists)
            session.close()

        breaking = threading.Thread(target=break_off)
        breaking.start()
        with pytest.raises(HostError):
            bundle.answers(request, session.exchange(request.script))
        breaking.join()
        assert connection.is_connected


@pytest.mark.parametrize("open_before", [False, True])
def test_a_host_whose_key_is_not_known_is_refused(server: Sshd, tmp_path: Path, *, open_before: bool) -> None:
    """Fabric itself accepts any key, so that an open connection proves nothing of who is at its other end."""
    (tmp_path / "known_hosts").write_text("")
    target = server.target(known_hosts=(str(tmp_path / "known_hosts"),))
    with made(server) as connection:
        if open_before:
            connection.open()
        with pytest.raises(Unreachable, match=f"127.0.0.1:{server.port}.*known.*fingerprint"):
            told(target, connection)


def test_the_key_of_its_jump_host_is_checked_too(server: Sshd, tmp_path: Path) -> None:
    with running(tmp_path / "jump") as jump:
        both = (str(server.known_hosts), str(jump.known_hosts))
        with made(jump) as gateway, made(server, gateway) as connection:
            assert told(server.target(known_hosts=both), connection).split()[-1] == str(server.port).encode()
        with made(jump) as gateway, made(server, gateway) as connection:
            with pytest.raises(Unreachable, match=f"127.0.0.1:{jump.port}"):
                told(server.target(), connection)
            assert not connection.is_connected


def test_a_connection_that_was_closed_is_opened_anew(server: Sshd) -> None:
    with made(server) as connection:
        told(server.target(), connection)
        connection.close()
        assert told(server.target(), connection)


def test_one_that_ends_while_it_is_broken_off_is_no_error(server: Sshd, monkeypatch: pytest.MonkeyPatch) -> None:
    def ended(channel: paramiko.Channel) -> None:
        raise EOFError

    with made(server) as connection:
        session = baseline.connect(server.target(), connection)
        request = bundle.ask(["true"])
        bundle.answers(request, session.exchange(request.script))
        with monkeypatch.context() as patched:
            patched.setattr(paramiko.Channel, "close", ended)
            session.close()
