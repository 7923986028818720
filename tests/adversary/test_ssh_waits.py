"""A host may keep its own findings waiting, never the run: every exchange and every connection has an end."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.adversary import ssh_host as hosts
from tests.adversary.bounded import bounded_code
from tests.adversary.ssh_host import Honest, SshHost, ssh_host

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


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (hosts.NoKeys, "Unreachable HOST cannot be reached: it answers, and begins no SSH session in time"),
        (hosts.DrippedGreeting, "Unreachable HOST cannot be reached: it answers, and begins no SSH session in time"),
        (hosts.NoLogin, "Unreachable HOST cannot be reached: no login within 4 s"),
        (hosts.NoChannel, "Unreachable HOST let us in, and began nothing within 3 s"),
        (hosts.NoCommand, "Unreachable HOST let us in, and began nothing within 3 s"),
        (hosts.Silent, "BadReply no whole reply within 3 s"),
        (hosts.Unread, "BadReply no whole reply within 3 s"),
        (hosts.Deaf, "BadReply no whole reply within 3 s"),
        (hosts.Drips, "BadReply no whole reply within 3 s"),
        (hosts.Endless, "BadReply "),
        (hosts.Complains, "BadReply no whole reply within 3 s"),
        (hosts.Resets, "Unreachable the connection to HOST broke: "),
    ],
)
def test_a_host_that_keeps_us_waiting(behaviour: type[Honest], said: str, tmp_path: Path) -> None:
    with ssh_host(behaviour, tmp_path) as host:
        assert asked(host).startswith(said)


def test_a_jump_host_that_never_reaches_on(tmp_path: Path) -> None:
    with ssh_host(Honest, tmp_path / "host") as host, ssh_host(hosts.NoTunnel, tmp_path / "jump") as jump:
        assert asked(host, jump) == "Unreachable HOST cannot be reached: Timeout opening channel."
