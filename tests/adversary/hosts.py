"""Hosts that answer whatever they like, over what a session reads pieces from."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from baseline.local import read_reply
from tests.scripted import request_of

PIECE = 1 << 16
"""Bytes that come at once, as over a channel of SSH."""

Parts = Iterable[bytes]


class Pieces:
    """Something to read a reply from that holds no more of it than one piece."""

    def __init__(self, parts: Parts) -> None:
        self._parts = iter(parts)
        self._left = b""

    def settimeout(self, timeout: float) -> None:
        """It never waits."""

    def recv(self, most: int) -> bytes:
        """The next piece."""
        while not self._left:
            part = next(self._parts, None)
            if part is None:
                return b""
            self._left = part
        piece, self._left = self._left[:most], self._left[most:]
        return piece


@dataclass(frozen=True)
class Told:
    """An answer: how long it is, and its pieces."""

    size: int
    parts: Parts


class HostileSession:
    """Answers each question with what a function makes of it, framed as a host of ours would."""

    def __init__(self, answer: Callable[[str], Told]) -> None:
        self._answer = answer
        self.told = 0
        """How many answers were begun."""

    def exchange(self, script: bytes, *, seconds: int = 0) -> bytes:
        """The reply, as far as the reader wants it."""
        del seconds
        return read_reply(Pieces(self._framed(script)), time.monotonic() + 600)

    def _framed(self, script: bytes) -> Iterator[bytes]:
        mark, commands = request_of(script)
        for number, command in enumerate(commands):
            told = self._answer(command)
            self.told += 1
            yield f"\n{mark} {number} 0 {told.size} 0\n".encode()
            yield from told.parts
        yield f"\n{mark} end {len(commands)}\n".encode()

    def close(self) -> None:
        """Nothing to close."""


def many(unit: bytes, size: int, head: bytes = b"", tail: bytes = b"") -> Told:
    """A text of about `size` bytes that is one unit over and over."""
    times = max(0, size - len(head) - len(tail)) // len(unit)
    block = unit * max(1, PIECE // len(unit))
    whole, rest = divmod(times * len(unit), len(block))

    def parts() -> Iterator[bytes]:
        yield head
        for _ in range(whole):
            yield block
        yield block[:rest]
        yield tail

    return Told(len(head) + times * len(unit) + len(tail), parts())
