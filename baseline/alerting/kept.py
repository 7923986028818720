"""What is kept of alerts from one check to the next: what was told, and what waits for each channel.

One file for each file of alerts and baseline, where the controller keeps what it remembers between runs. It is there
also where the history is not: that a run could not be kept has to be told, too.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import threading
import time
from collections.abc import Iterator
from dataclasses import field
from pathlib import Path
from typing import Any

from baseline import state_files
from baseline.alerting.delivering import Waiting
from baseline.alerting.remembered import Memory
from baseline.classes import dataclass
from baseline.errors import CannotTell

_SCHEMA = "baseline.alerts/1"
_PATIENCE = 60.0
"""Seconds to wait for another check that is telling, before the alerts of this one are given up."""


@dataclass(frozen=True)
class Troubled:
    """A channel that did not take all: since when (ISO 8601 in UTC), and why at last."""

    since: str
    why: str


@dataclass
class AlertState:
    """What is known, with the place that it lies at. Safe to use from many threads.

    `last` is about the last check that was made, and `broken` why none could be made since; empty where one could.
    `trouble` says why it could not be written, as on a full disk: then it is sent all the same, and once more later.
    """

    name: str
    memory: Memory = field(default_factory=Memory)
    waiting: dict[str, Waiting] = field(default_factory=dict)
    troubled: dict[str, Troubled] = field(default_factory=dict)
    last: dict[str, Any] = field(default_factory=dict)
    broken: str = ""
    trouble: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def delivered(self, channel: str, message: str) -> None:
        """A channel took a message: noted at once, so that a run that is killed now does not send it again."""
        with self._lock:
            left = tuple(one for one in self.waiting[channel].messages if one.id != message)
            self.waiting[channel] = Waiting(left, 0)
            self._write()

    def write(self) -> None:
        """Keep all of it. Raises nothing: see `trouble`."""
        with self._lock:
            self._write()

    def _write(self) -> None:
        document = {
            "schema": _SCHEMA,
            "memory": self.memory.to_dict(),
            "waiting": {name: one.to_dict() for name, one in self.waiting.items() if one != Waiting()},
            "troubled": {name: dict(one.__dict__) for name, one in self.troubled.items()},
            "last": self.last,
            "broken": self.broken,
        }
        try:
            state_files.write(self.name, json.dumps(document).encode())
        except OSError as error:
            self.trouble = f"{state_files.directory() / self.name}: {error.strerror}"
        else:
            self.trouble = ""


def name_of(alerts: Path, baseline: str) -> str:
    """The file's name."""
    digest = hashlib.sha256(f"{alerts.resolve()}\0{baseline}".encode("utf-8", "surrogateescape")).hexdigest()
    return f"alerts-{digest[:16]}.json"


def read(name: str) -> AlertState:
    """What is kept; nothing yet where there is none. Raises `CannotTell` for a file that cannot be read."""
    try:
        content = state_files.read(name)
        if content is None:
            return AlertState(name)
        document = json.loads(content)
        if document["schema"] != _SCHEMA:
            raise ValueError(f"its schema is {document['schema']!r}")
        return AlertState(
            name,
            Memory.from_dict(document["memory"]),
            {channel: Waiting.from_dict(one) for channel, one in document["waiting"].items()},
            {channel: Troubled(one["since"], one["why"]) for channel, one in document["troubled"].items()},
            dict(document["last"]),
            document["broken"],
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        place = state_files.directory() / name
        raise CannotTell(f"what was told before, kept in {place}, cannot be read: {_words(error)}") from None


def _words(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else "it is damaged"


@contextlib.contextmanager
def locked(name: str, patience: float = _PATIENCE) -> Iterator[None]:
    """Nobody else tells the same meanwhile. Raises `CannotTell` where somebody does for too long, and OSError."""
    with _opened(name) as descriptor:
        until = time.monotonic() + patience
        while not _taken(descriptor):
            if time.monotonic() >= until:
                raise CannotTell("another check is telling its alerts and does not end")
            time.sleep(0.2)
        yield


@contextlib.contextmanager
def alone(name: str) -> Iterator[bool]:
    """Whether nobody else holds this name, which is held meanwhile. Raises OSError."""
    with _opened(name) as descriptor:
        yield _taken(descriptor)


@contextlib.contextmanager
def _opened(name: str) -> Iterator[int]:
    place = state_files.directory()
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(place / f"{name}.lock", flags, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
