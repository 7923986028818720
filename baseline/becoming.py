"""Root by `sudo` with a password: asked for by the host's own sudo, sent once, and never a part of any script.

sudo reads the password from the same stream that the script then follows on. So nothing is sent before the host has
said what it waits for: sudo its password, by a prompt of ours that nobody can foresee, or the shell its script. The
shell throws away a first line that is not the one agreed on: a password that sudo did not want is never run as a
command. It stands on no command line, in no environment and in no file.

One password of many hosts is often that of one account in a directory, which locks it after a few wrong ones. So a host
is sent it once, other hosts wait until one has taken it, and after `MOST_REFUSED` refusals no host is sent it any more.
"""

from __future__ import annotations

import secrets
import shlex
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field
from typing import Protocol

from baseline.classes import dataclass
from baseline.errors import BadReply, CannotTell, Unreachable
from baseline.secret import Secret, scrubbed

SUDO = ("sudo", "-n", "--", "sh", "-s")
"""How a script is run as root where no password is given."""

ANSWER_SECONDS = 30
"""The longest that sudo may take to ask, and to make up its mind: PAM may ask a directory far away."""

TURN_SECONDS = 3 * ANSWER_SECONDS
"""The longest that a host waits for others which were sent the same password."""

MOST_REFUSED = 3
"""How many hosts may refuse a password before it is sent to none any more."""

_MOST_HEARD = 1 << 16
"""Bytes that a host may say before its shell begins: lectures and banners are far shorter."""

_NO_TERMINAL = "must have a tty"
_NOT_ALLOWED = ("not in the sudoers", "not allowed to", "may not run sudo")


class Streams(Protocol):
    """The two streams of a command that has begun, before its script is sent."""

    def hear(self, seconds: float) -> bytes:
        """The next piece of its standard error; empty at its end. Raises `TimeoutError`."""

    def say(self, text: bytes) -> None:
        """Write to its standard input."""


@dataclass(frozen=True)
class Agreed:
    """What is agreed on with one host: sudo's prompt, what its shell says when it begins, and what is answered."""

    prompt: str = field(default_factory=lambda: f"baseline-asks-{secrets.token_hex(8)}:")
    ready: str = field(default_factory=lambda: secrets.token_hex(16))
    go: str = field(default_factory=lambda: secrets.token_hex(16))

    @property
    def command(self) -> tuple[str, ...]:
        """The command, as words. What repeats it, such as a log on standard error, does not say `ready` by that."""
        half = len(self.ready) // 2
        begin = (
            f"printf '%s%s\\n' {self.ready[:half]} {self.ready[half:]} >&2; IFS= read -r first; "
            f'[ "$first" = {self.go} ] || {{ echo "sudo said it wanted a password, and took none"; exit 1; }}; '
            "unset first; exec sh -s"
        )
        return ("sudo", "-S", "-p", self.prompt, "--", "sh", "-c", begin)

    @property
    def line(self) -> str:
        """The command as a line for a shell."""
        return shlex.join(self.command)


class Passwords:
    """The passwords of a run: where each was taken and refused. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tried: dict[Secret, _Tried] = {}

    def begin(
        self, agreed: Agreed, talk: Streams, password: Secret, where: str, seconds: float = ANSWER_SECONDS
    ) -> None:
        """Bring a command that has begun to where its script may be sent.

        `where` names the host. Raises `Unreachable` where root is not had, `BadReply` where the host says too much.
        """
        deadline = time.monotonic() + seconds
        with self._lock:
            tried = self._tried.setdefault(password, _Tried())
        heard = _until(agreed, talk, b"", deadline, prompts=1)
        if not _ready(agreed, heard):
            value = _line(password)
            with tried.turn(where):
                talk.say(value + b"\n")
                heard = _until(agreed, talk, heard, time.monotonic() + seconds, prompts=2)
                if not _ready(agreed, heard):
                    tried.refuse(where)
                    raise Unreachable(_WRONG.format(where=where))
                tried.take()
        talk.say(f"{agreed.go}\n".encode())


_WRONG = "sudo at {where} did not take the password: it is another one there, or misspelt; it is not tried again there"


class _Tried:
    """What became of one password."""

    def __init__(self) -> None:
        self._change = threading.Condition()
        self._busy = self._taken = False
        self._refused: set[str] = set()

    def take(self) -> None:
        """Note that a host took it: others need not wait any more."""
        with self._change:
            self._taken = True
            self._change.notify_all()

    def refuse(self, where: str) -> None:
        """Note that a host did not take it."""
        self._refused.add(where)

    @contextmanager
    def turn(self, where: str) -> Iterator[None]:
        """The turn of one host; until one has taken the password it is no other's. Raises `Unreachable`."""
        with self._change:
            if not self._change.wait_for(lambda: self._taken or not self._busy, TURN_SECONDS):
                raise Unreachable(f"sudo at {where} was sent no password: other hosts were not done with it in time")
            self._check(where)
            alone = not self._taken
            self._busy = self._busy or alone
        try:
            yield
        finally:
            if alone:
                with self._change:
                    self._busy = False
                    self._change.notify_all()

    def _check(self, where: str) -> None:
        if where in self._refused:
            raise Unreachable(_WRONG.format(where=where))
        if len(self._refused) >= MOST_REFUSED:
            raise Unreachable(
                f"sudo at {where} was sent no password: {len(self._refused)} hosts did not take it, and one more "
                "wrong one may lock the account; see that it is the right one, and begin with one host (--limit)"
            )


def _until(agreed: Agreed, talk: Streams, heard: bytes, deadline: float, *, prompts: int) -> bytes:
    """What was heard when the shell has begun, or sudo has asked so often."""
    while not _ready(agreed, heard) and heard.count(agreed.prompt.encode()) < prompts:
        left = deadline - time.monotonic()
        try:
            piece = talk.hear(left) if left > 0 else None
        except TimeoutError:
            piece = None
        if piece is None:
            said = _words(agreed, heard)
            raise Unreachable(
                "sudo neither asked for a password nor began a shell in time"
                + (f", and said: {said}" if said else "")
                + "; log in there and try `sudo true`"
            )
        if not piece:
            raise _ended(agreed, heard, asked=prompts > 1)
        heard += piece
        if len(heard) > _MOST_HEARD:
            raise BadReply(f"the host said more than {_MOST_HEARD >> 10} KiB before a shell began")
    return heard


def _ready(agreed: Agreed, heard: bytes) -> bool:
    return agreed.ready.encode() in heard


def _ended(agreed: Agreed, heard: bytes, *, asked: bool) -> Unreachable:
    """Why there is no shell."""
    said = _words(agreed, heard)
    told = f" ({said})" if said else ""
    if _NO_TERMINAL in said:
        return Unreachable(f"sudo was refused{told}: take `requiretty` out of sudoers for this login")
    if any(words.encode() in heard for words in _NOT_ALLOWED):
        return Unreachable(
            "sudo was refused: this login may not run `sh` as root there; allow it in sudoers, with any arguments, or "
            "leave the password out where it needs none for `sh -s`"
        )
    if "not found" in said:
        return Unreachable(f"sudo was refused{told}: install sudo, or log in as root")
    if asked:
        return Unreachable(f"sudo took a password and began no shell{told}: log in there and try `sudo true`")
    return Unreachable(f"sudo was refused{told}: log in there and try `sudo true`")


def _words(agreed: Agreed, heard: bytes) -> str:
    """What the host said that is not agreed on, on one line and short."""
    text = heard.decode("utf-8", "backslashreplace").replace(agreed.prompt, " ")
    return scrubbed(" ".join("".join(one if one.isprintable() else " " for one in text).split()))[-200:]


def _line(password: Secret) -> bytes:
    """The password as sudo reads it. Raises `Unreachable` where it cannot be had."""
    try:
        value = password.reveal()
    except CannotTell as error:
        raise Unreachable(str(error)) from None
    if "\n" in value or "\r" in value:
        raise Unreachable(f"the secret from {password.source} has several lines, and a password has one")
    return value.encode("utf-8", "surrogateescape")
