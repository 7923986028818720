"""A host may keep its own findings waiting, never the run: every exchange and every connection has an end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adversary import ssh_host as hosts
from tests.adversary.bounded import bounded_code
from tests.adversary.case import adversary
from tests.adversary.ssh_host import Honest, SshHost, ssh_host

WAITS = "who keeps others waiting"
NO_SESSION = "cannot be reached: it answers, and begins no SSH session in time"

pytestmark = pytest.mark.slow

ASK = """
import sys
from baseline import local
from baseline.errors import HostError
from baseline.model import Target
from baseline.session import Connector

local.REPLY_BYTES = 20 << 20
port, known, key, jump = sys.argv[1:]
target = Target("h", "127.0.0.1", user="root", port=int(port), key_file=key, known_hosts=tuple(known.split(":")),
                jump=jump or None)
try:
    session = Connector(timeout=2, whole=4).connect(target)
    print(session.exchange(b"echo " + b"y" * 8_000_000 + b" | wc -c\\n", seconds=3))
    session.close()
except HostError as error:
    print(type(error).__name__, error)
"""


def asked(host: SshHost, jump: SshHost | None = None) -> str:
    """What comes of one exchange with a host, in a process of its own."""
    known = ":".join(str(one.known_hosts) for one in (host, jump) if one)
    way = f"127.0.0.1:{jump.port}" if jump else ""
    ran = bounded_code(ASK, (str(host.port), known, str(host.key_file), way))
    assert (ran.code, ran.err) == (0, "")
    return ran.out.strip().replace(f"127.0.0.1:{host.port}", "HOST").replace(way or "\0", "JUMP")


def test_an_honest_host_answers(tmp_path: Path) -> None:
    with ssh_host(Honest, tmp_path) as host:
        assert asked(host) == r"b'8000001\n'"


def kept_waiting(behaviour: type[Honest], folder: Path) -> str:
    with ssh_host(behaviour, folder) as host:
        return asked(host)


@adversary(WAITS, "a host that opens a channel, and never says whether it runs the command")
def test_a_command_that_is_never_begun(tmp_path: Path) -> None:
    """The connection is cut after the time for a beginning, 30 s or that of the exchange, and the host is unknown.

    Before: paramiko's `exec_command` waited without limit; it was still waiting after 1 111 s.
    """
    assert kept_waiting(hosts.NoCommand, tmp_path) == "Unreachable HOST let us in, and began nothing within 3 s"


@adversary(WAITS, "a host that lets in, and never opens a channel")
def test_a_channel_that_is_never_opened(tmp_path: Path) -> None:
    """As for a command that is never begun.

    Before: it took 30 s, however little time the exchange had.
    """
    assert kept_waiting(hosts.NoChannel, tmp_path) == "Unreachable HOST let us in, and began nothing within 3 s"


@adversary(WAITS, "a host that takes the command, and reads nothing more from the network")
def test_a_host_that_is_deaf(tmp_path: Path) -> None:
    """The exchange is cut off shortly after its time.

    Before: the script was sent without limit, as long as the host kept its connection.
    """
    assert kept_waiting(hosts.Deaf, tmp_path) == "BadReply no whole reply within 3 s"


@adversary(WAITS, "a host that never says whether a key may log in")
def test_a_login_that_is_never_decided(tmp_path: Path) -> None:
    """All of a connection has one time, 60 s, with every key and every try.

    Before: each key had 30 s of its own, and so had each of four tries.
    """
    assert kept_waiting(hosts.NoLogin, tmp_path) == "Unreachable HOST cannot be reached: no login within 4 s"


@adversary(WAITS, "a host that greets one byte at a time, for ever")
def test_a_greeting_that_drips(tmp_path: Path) -> None:
    """The connection is given up and closed.

    Before: a thread went on reading it for as long as the program ran; it was told as "No existing session".
    """
    assert kept_waiting(hosts.DrippedGreeting, tmp_path) == f"Unreachable HOST {NO_SESSION}"


@adversary(WAITS, "a host that speaks SSH, and never comes to the exchange of keys")
def test_keys_that_are_never_exchanged(tmp_path: Path) -> None:
    """The connection is given up and closed, and what is wrong is said.

    Before: it was left open, and told as "No existing session".
    """
    assert kept_waiting(hosts.NoKeys, tmp_path) == f"Unreachable HOST {NO_SESSION}"


@adversary(WAITS, "a jump host that never reaches on")
def test_a_jump_host_that_never_reaches_on(tmp_path: Path) -> None:
    """The way through it has the time of a connection.

    Before: paramiko waited an hour for it.
    """
    with ssh_host(Honest, tmp_path / "host") as host, ssh_host(hosts.NoTunnel, tmp_path / "jump") as jump:
        assert asked(host, jump) == "Unreachable HOST cannot be reached: Timeout opening channel."


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (hosts.Silent, "BadReply no whole reply within 3 s"),
        (hosts.Unread, "BadReply no whole reply within 3 s"),
        (hosts.Drips, "BadReply no whole reply within 3 s"),
        (hosts.Endless, "BadReply "),
        (hosts.Complains, "BadReply no whole reply within 3 s"),
        (hosts.Resets, "Unreachable the connection to HOST broke: "),
    ],
)
def test_what_had_an_end_before(behaviour: type[Honest], said: str, tmp_path: Path) -> None:
    assert kept_waiting(behaviour, tmp_path).startswith(said)
