"""What is done to a host, and to what travels to and from it."""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import time
from collections.abc import Callable

from baseline import engine
from baseline.errors import Unreachable
from baseline.lab import faults
from baseline.lab import host as machine
from baseline.lab.place import here
from baseline.session import Connector
from tests.faults import site
from tests.faults.case import plain
from tests.faults.host import HOST, STATE, Deed, SiteHost
from tests.faults.wire import Event, Wire

Alter = Callable[[bytes], bytes]
Answered = Callable[[bytes, bytes], bytes]


def cut(host: SiteHost) -> None:
    """Every SSH session ends at once; what runs in them goes on."""
    assert faults.kill_sessions(HOST) > 0


def kill(host: SiteHost) -> None:
    """What runs in SSH sessions is killed; the connections stay."""
    assert host.kill_work() > 0


def kill_all(host: SiteHost) -> None:
    """Every SSH session ends at once, with all that runs in it."""
    cut(host)
    host.kill_work()


def power_cut(host: SiteHost) -> None:
    """The power goes and comes back, and sshd with it: how long that takes says nothing of the apply."""
    faults.crash(HOST)
    faults.power_on(HOST)
    for _ in range(600):
        with contextlib.suppress(OSError), socket.create_connection((host.lab.address, 22), timeout=1):
            return
        time.sleep(0.1)
    raise AssertionError("sshd does not come back")


def restart(host: SiteHost) -> None:
    """The host restarts, and nobody reaches its sshd before `faults.unrefuse`."""
    faults.refuse(HOST)
    before = machine.wait_for_init(here(), host.lab)
    host.root("systemctl reboot")
    machine.wait_for_init(here(), host.lab, other_than=before)


def on(fault: Callable[..., object], *words: str) -> Deed:
    """A fault of the lab, as a deed on the host."""
    return lambda host: fault(HOST, *words)


def root(command: str) -> Deed:
    """A command at the console."""
    return lambda host: host.root(command)


def orders(script: str) -> Deed:
    """What the unit does at the beginning of a start and at a reload, told apart by `$when`."""
    return lambda host: host.path(site.ORDERS).write_text(script)


def clock(seconds: int) -> Deed:
    """The host's `date` tells another time. There is no clock of a host's own that could be set."""
    shift = f'[ "$*" = +%s ] && echo $(($(/usr/bin/date +%s) + {seconds})) || exec /usr/bin/date "$@"'
    return put("/usr/local/sbin/date", f"#!/bin/sh\n{shift}\n", 0o755)


def put(path: str, text: str, mode: int = 0o644) -> Deed:
    """A file on the host."""

    def do(host: SiteHost) -> None:
        place = host.path(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        place.chmod(mode)

    return do


def journal(command: str) -> Deed:
    """A command in the directory of the newest journal."""
    return root(f"cd $(ls -d {STATE}/tx/*/ | tail -n 1) && {command}")


def wait(seconds: float) -> Deed:
    """Time passes."""
    return lambda host: time.sleep(seconds)


def until_restored(host: SiteHost) -> None:
    """The dead-man has come and gone."""
    for _ in range(400):
        if host.settled():
            return
        time.sleep(0.1)
    raise AssertionError("the dead-man does not come")


def until_restoring(host: SiteHost) -> None:
    """The time is up: systemd has started the dead-man, which may have to wait for whoever is at work."""
    for _ in range(400):
        if host.restorers():
            return
        time.sleep(0.05)
    raise AssertionError("the dead-man does not come")


def second_apply(outcome: str, reason: str) -> Deed:
    """Another controller applies the same plan, and it ends so."""

    def do(host: SiteHost) -> None:
        result = engine.apply(host.target(), site.controls(), Connector().connect)
        assert result.apply is not None
        assert result.apply.outcome == outcome, result.apply.reason
        assert re.search(reason, plain(result.apply.reason)), result.apply.reason

    return do


def leave_behind(exchange: int, gate: str) -> Deed:
    """An apply that dies at a gate, and whose controller is never heard of again."""

    def do(host: SiteHost) -> None:
        silent = [Event(number, request=instead(b""), reply=lost) for number in range(exchange + 1, exchange + 6)]
        wire = Wire(host, Connector().connect, (Event(exchange, gate=gate, meanwhile=kill), *silent))
        engine.apply(host.target(), site.controls(), wire.connect, confirm_within=600)
        wire.finish()
        shutil.rmtree(host.path("/run/gate"))

    return do


def both(*deeds: Deed) -> Deed:
    """One after the other."""

    def do(host: SiteHost) -> None:
        for deed in deeds:
            deed(host)

    return do


# --- what travels ---


def first(share: float) -> Alter:
    """Only the first part of a script arrives."""
    return lambda script: script[: int(len(script) * share)]


def instead(text: bytes) -> Alter:
    """Another script arrives."""
    return lambda script: text


def followed_by(text: bytes) -> Alter:
    """The script, and then something that writes into its reply."""
    return lambda script: script + text


def lost(script: bytes, reply: bytes) -> bytes:
    """The reply does not arrive."""
    raise Unreachable("the connection broke")


def halved(script: bytes, reply: bytes) -> bytes:
    """A reply that is cut short."""
    return reply[: len(reply) // 2]


def binary(script: bytes, reply: bytes) -> bytes:
    """Every byte there is, many times."""
    return bytes(range(256)) * 64


def other_token(script: bytes, reply: bytes) -> bytes:
    """Frames that are not for this exchange."""
    return reply.replace(token_of(script), b"0" * 32)


def other_number(script: bytes, reply: bytes) -> bytes:
    """A frame that claims to answer another command."""
    token = token_of(script)
    assert token + b" 0 " in reply
    return reply.replace(token + b" 0 ", token + b" 1 ")


def twice(script: bytes, reply: bytes) -> bytes:
    """Every frame a second time, between the first ones and the end."""
    middle = reply.rindex(b"\n" + token_of(script) + b" end ")
    return reply[:middle] + reply[:middle] + reply[middle:]


def success(words: bytes) -> Answered:
    """A reply that says what the controller wants to hear."""

    def forge(script: bytes, reply: bytes) -> bytes:
        token = token_of(script)
        return b"\n%s 0 0 %d 0\n%s\n%s end 1\n" % (token, len(words), words, token)

    return forge


def token_of(script: bytes) -> bytes:
    """The token of the frames that a script asks for."""
    match = re.search(rb"\b[0-9a-f]{32}\b", script)
    assert match is not None
    return match[0]
