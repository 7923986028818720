"""What every session is, and the one to this machine: a script in, the raw reply out."""

from __future__ import annotations

import contextlib
import hashlib
import os
import select
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from subprocess import PIPE
from typing import Protocol, runtime_checkable

from baseline.arrivals import Arrivals
from baseline.becoming import ANSWER_SECONDS, Agreed, Passwords
from baseline.errors import BadReply, Unreachable
from baseline.secret import Secret

EXCHANGE_SECONDS = 900
"""The longest that an exchange may take unless the caller says otherwise."""

REPLY_BYTES = 16 << 20
"""The longest reply that is read: a host that sends without end is cut off."""

_LOOK_SECONDS = 0.02


class Session(Protocol):
    """An open way to one host."""

    def exchange(self, script: bytes, *, seconds: int = EXCHANGE_SECONDS) -> bytes:
        """Run a POSIX sh script and give what it wrote to standard output.

        Raises `Unreachable` when the connection or `sudo` fails, `BadReply` when no whole reply comes in time.
        """

    def close(self) -> None:
        """End the connection, at once and from any thread: an exchange under way ends as `Unreachable`."""


@runtime_checkable
class Identified(Protocol):
    """A session that knows which machine it leads to."""

    @property
    def machine(self) -> str:
        """The identity that the machine has proved."""


@runtime_checkable
class Timed(Protocol):
    """A session that knows when the pieces of its last reply came."""

    @property
    def arrivals(self) -> Arrivals:
        """Those of the last exchange."""


class Wrapping:
    """What a session that goes by another one tells of that: its machine, and when the pieces of a reply came."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def machine(self) -> str:
        """See `Identified.machine`."""
        return self._session.machine if isinstance(self._session, Identified) else ""

    @property
    def arrivals(self) -> Arrivals:
        """See `Timed.arrivals`."""
        return self._session.arrivals if isinstance(self._session, Timed) else Arrivals(time.monotonic())


class LocalSession:
    """This machine, through a shell of its own. For hosts with `ansible_connection: local`, and for tests."""

    def __init__(self, *command: str, password: Secret | None = None, passwords: Passwords | None = None) -> None:
        """`command` runs a script from its standard input; with a `password` that is sudo, whatever it says."""
        self._command = command or ("sh", "-s")
        self._password, self._passwords = password, passwords or Passwords()
        self._process: subprocess.Popen[bytes] | None = None
        self._closed = False
        self.arrivals = Arrivals(time.monotonic())

    @property
    def machine(self) -> str:
        """See `Identified.machine`. The id of machine-id(5), which is for no one else to see, as a digest."""
        try:
            known = Path("/etc/machine-id").read_bytes().strip()
        except OSError:
            return "local"
        return f"local {hashlib.sha256(b'baseline ' + known).hexdigest()}"

    def exchange(self, script: bytes, *, seconds: int = EXCHANGE_SECONDS) -> bytes:
        """See `Session.exchange`."""
        self.arrivals = Arrivals(time.monotonic())
        deadline = self.arrivals.begun + seconds
        agreed = None if self._password is None else Agreed()
        command = self._command if agreed is None else agreed.command
        with tempfile.TemporaryFile() as said:
            try:
                # A session of its own: an interrupt at the terminal must not end half-way what was begun.
                process = subprocess.Popen(
                    command, stdin=PIPE, stdout=PIPE, stderr=said, start_new_session=True, bufsize=0
                )
            except OSError as error:
                raise Unreachable(f"{command[0]} cannot be run: {error}") from None
            self._process = process
            talk, feeding = _Talk(process, said.fileno()), False
            try:
                if agreed is not None and self._password is not None:
                    self._passwords.begin(agreed, talk, self._password, "this machine", min(seconds, ANSWER_SECONDS))
                feeding = True
                threading.Thread(target=_feed, args=(process, script), daemon=True).start()
                reply = read_reply(_Pipe(process), deadline, self.arrivals)
                # It may have closed its output, and go on.
                process.wait(max(deadline - time.monotonic(), 0))
            except (TimeoutError, subprocess.TimeoutExpired):
                _end(process)
                raise BadReply(f"no whole reply within {seconds} s") from None
            except BaseException:
                _end(process)
                raise
            finally:
                assert process.stdout is not None
                process.stdout.close()
                if not feeding and process.stdin is not None:
                    with contextlib.suppress(OSError):
                        process.stdin.close()
            if self._closed:
                raise Unreachable("it was closed")
            said.seek(talk.heard)
            refused(reply, said.read(1 << 16))
        return reply

    def close(self) -> None:
        """See `Session.close`."""
        self._closed = True
        if self._process is not None:
            _end(self._process)


class _Talk:
    """See `Streams`: a process whose standard error is a file."""

    def __init__(self, process: subprocess.Popen[bytes], said: int) -> None:
        self._process, self._said = process, said
        self.heard = 0

    def hear(self, seconds: float) -> bytes:
        deadline = time.monotonic() + seconds
        while True:
            ended = self._process.poll() is not None
            # Not by reading: the process shares the place in the file that it writes at.
            piece = os.pread(self._said, 1 << 14, self.heard)
            self.heard += len(piece)
            if piece or ended:
                return piece
            if time.monotonic() >= deadline:
                raise TimeoutError
            time.sleep(_LOOK_SECONDS)

    def say(self, text: bytes) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(text)


class Stream(Protocol):
    """Where a reply comes from, a piece at a time; an empty piece is its end."""

    def settimeout(self, timeout: float) -> None:
        """How long, in seconds, the next piece may take."""

    def recv(self, most: int) -> bytes:
        """The next piece. Raises `TimeoutError`."""


class _Pipe:
    """The standard output of a process, read as a channel is."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        self._descriptor = process.stdout.fileno()
        self._ready = select.poll()
        self._ready.register(self._descriptor, select.POLLIN)
        self._timeout = 0.0

    def settimeout(self, timeout: float) -> None:
        self._timeout = timeout

    def recv(self, most: int) -> bytes:
        if not self._ready.poll(self._timeout * 1000):
            raise TimeoutError
        return os.read(self._descriptor, most)


def _feed(process: subprocess.Popen[bytes], script: bytes) -> None:
    """Write a script to a process that may not want it."""
    assert process.stdin is not None
    with contextlib.suppress(OSError, ValueError), process.stdin:
        # Unbuffered, so that one call may write a part only.
        rest = memoryview(script)
        while rest:
            rest = rest[process.stdin.write(rest) or 0 :]


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process with all of its group; first kindly, so that it can take its temporary files along.

    One that this user may not end, such as what sudo runs, is left: without its pipes it has nobody to talk to.
    """
    for kind in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, kind)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=2)


def read_reply(source: Stream, deadline: float, arrivals: Arrivals | None = None) -> bytes:
    """All pieces to the end, each noted. Raises `TimeoutError` past the deadline (monotonic seconds), `BadReply` when
    too long.
    """
    # Not a list of pieces: a host that sends them small would have it take far more than they hold.
    reply = bytearray()
    while True:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        source.settimeout(left)
        part = source.recv(1 << 16)
        if not part:
            return bytes(reply)
        reply += part
        if arrivals is not None:
            arrivals.note(len(reply), time.monotonic())
        if len(reply) > REPLY_BYTES:
            raise BadReply(f"the reply is longer than {REPLY_BYTES >> 20} MiB")


def refused(reply: bytes, said: bytes) -> None:
    """Raise `Unreachable` when there is no reply because the shell could not be had."""
    if reply and not reply.isspace():
        return
    words = " ".join(said.decode("utf-8", "backslashreplace").split())
    if "sudo" in words:
        raise Unreachable(f"sudo was refused ({words[:200]}): the login needs NOPASSWD for sh, or its password (-K)")
    if words:
        raise BadReply(f"the host sent no reply, only: {words[:200]}")
