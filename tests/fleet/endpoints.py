"""A fleet on loopback: real sshd that let us in, and among them hosts that are dead, silent or hostile.

One sshd listens on up to 16 addresses of 127.0.0.0/8, each of which is a host of its own. Nothing of it outlives the
process that made it.
"""

from __future__ import annotations

import contextlib
import getpass
import os
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from tests.exchange.sshd import free_port, running

ADDRESSES = 16
"""How many addresses one sshd listens on at most (MAX_LISTEN_SOCKS)."""


class Way(StrEnum):
    """What a host of the fleet does to who connects."""

    WELL = "well"
    BUSY = "busy"
    """Lets only two in at a time, and shows the others the door (MaxStartups)."""
    REFUSED = "refused"
    """Nothing listens."""
    SWALLOWED = "swallowed"
    """No packet is answered."""
    SILENT = "silent"
    """Takes connections, and never says a word."""
    GARBAGE = "garbage"
    """Speaks for ever, and no SSH."""
    ENDLESS = "endless"
    """Lets in, and answers for ever."""
    SHUT = "shut"
    """Closes every connection at once, as sshd does to who is under a penalty (PerSourcePenalties)."""


@dataclass(frozen=True)
class Mix:
    """How many hosts of each way a fleet has."""

    ways: dict[Way, int]

    @classmethod
    def of(cls, hosts: int) -> Mix:
        """Of so many: 5 % dead, 2 % silent, 1 % hostile, 1 % shut, and one sshd that is busy; at least one of each."""
        few = {
            Way.REFUSED: max(1, hosts * 3 // 100),
            Way.SWALLOWED: max(1, hosts * 2 // 100),
            Way.SILENT: max(1, hosts * 2 // 100),
            Way.GARBAGE: max(1, hosts * 5 // 1000),
            Way.ENDLESS: max(1, hosts // 200),
            Way.SHUT: max(1, hosts // 100),
            Way.BUSY: min(ADDRESSES, max(1, hosts // 10)),
        }
        return cls({Way.WELL: hosts - sum(few.values()), **few})


@dataclass
class Fleet:
    """The hosts, and the inventory that names them."""

    directory: Path
    ways: dict[str, Way] = field(default_factory=dict)
    _addresses: dict[str, str] = field(default_factory=dict)
    _lines: dict[str, str] = field(default_factory=dict)
    _known: list[str] = field(default_factory=list)

    @property
    def inventory(self) -> Path:
        """Where `write` put it."""
        return self.directory / "hosts.yml"

    def add(self, way: Way, address: str, port: int, user_key: Path, host_key: str = "") -> None:
        """One more host."""
        name = f"h{len(self.ways):04}"
        self.ways[name] = way
        self._addresses[name] = f"{address}:{port}"
        self._lines[name] = (
            f"{{ansible_host: {address}, ansible_port: {port}, ansible_ssh_private_key_file: {user_key}}}"
        )
        if host_key:
            self._known.append(f"[{address}]:{port} {host_key}\n")

    def address(self, name: str) -> str:
        """Where a host listens, or would."""
        return self._addresses[name]

    def write(self) -> None:
        """The inventory, hosts of all ways mixed by name in a fixed order, and what is known of their keys."""
        known = self.directory / "known_hosts"
        known.write_text("".join(self._known))
        among = sorted(self._lines, key=lambda name: name[::-1])
        self.inventory.write_text(
            f"all:\n  vars: {{ansible_user: {getpass.getuser()}, roles: [mta],"
            f" ansible_ssh_common_args: -o UserKnownHostsFile={known}}}\n  hosts:\n"
            + "".join(f"    {name}: {self._lines[name]}\n" for name in among)
        )


@contextlib.contextmanager
def fleet(directory: Path, mix: Mix) -> Iterator[Fleet]:
    """The fleet, up; its inventory is written."""
    made = Fleet(directory)
    with contextlib.ExitStack() as stack:
        numbers = iter(range(1, 1 << 16))
        for way, options in (
            (Way.WELL, ()),
            (Way.BUSY, ("MaxStartups 2",)),
            (Way.ENDLESS, ("ForceCommand yes for ever",)),
        ):
            left = mix.ways.get(way, 0)
            while left > 0:
                addresses = [_address(next(numbers)) for _ in range(min(left, ADDRESSES))]
                left -= len(addresses)
                place = directory / f"{way}-{addresses[0]}"
                server = stack.enter_context(running(place, *options, addresses=addresses))
                for address in addresses:
                    made.add(way, address, server.port, place / "user_key", server.host_key)
        key = next(directory.glob("*/user_key"))
        port = free_port()
        for _ in range(mix.ways.get(Way.REFUSED, 0)):
            made.add(Way.REFUSED, _address(next(numbers)), port, key)
        for way, behave in ((Way.SILENT, _silent), (Way.GARBAGE, _garbage), (Way.SHUT, _shut)):
            for _ in range(mix.ways.get(way, 0)):
                address = _address(next(numbers))
                made.add(way, address, stack.enter_context(_listening(address, behave)), key)
        for _ in range(mix.ways.get(Way.SWALLOWED, 0)):
            address = _address(next(numbers))
            made.add(Way.SWALLOWED, address, stack.enter_context(swallowing(address)), key)
        made.write()
        yield made


def _address(number: int) -> str:
    return f"127.9.{number // 250}.{number % 250 + 1}"


def _silent(caller: socket.socket, over: threading.Event) -> None:
    over.wait()


def _garbage(caller: socket.socket, over: threading.Event) -> None:
    while not over.is_set():
        caller.sendall(os.urandom(4096))


def _shut(caller: socket.socket, over: threading.Event) -> None:
    caller.sendall(b"Not allowed at this time\r\n")


@contextlib.contextmanager
def _listening(address: str, behave: object) -> Iterator[int]:
    """A listener, each caller of which meets the same behaviour; gives its port."""
    assert callable(behave)
    over = threading.Event()

    def meet(caller: socket.socket) -> None:
        with caller, contextlib.suppress(OSError):
            caller.settimeout(60)
            behave(caller, over)

    def listen(server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                caller, _ = server.accept()
                threading.Thread(target=meet, args=(caller,), daemon=True).start()

    with socket.create_server((address, 0), backlog=64) as server:
        thread = threading.Thread(target=listen, args=(server,), daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            over.set()
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)
            thread.join(5)


@contextlib.contextmanager
def swallowing(address: str) -> Iterator[int]:
    """A port whose queue is full, so that the kernel drops what comes, as a packet filter does."""
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind((address, 0))
        server.listen(0)
        for _ in range(4):
            caller = stack.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(server.getsockname())
        yield server.getsockname()[1]
