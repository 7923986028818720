"""An agent that holds private keys, as ssh-agent does, within limits.

It is a program of somebody's: it may never answer, or for ever, and paramiko would wait for it without limit.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Mapping
from typing import Any

from paramiko.agent import AgentSSH

AGENT_SECONDS = 30
"""The longest that an agent may take for one answer: it may ask a person whether a key may be used (ssh-add -c)."""

_MOST_BYTES = 1 << 20
"""Of an answer."""

_IDENTITIES, _LEAST_OF_KEY = 12, 8
"""The number of the answer that names its keys, and the bytes that each takes at least."""


class BoundedAgent(AgentSSH):
    """An agent that has a time for each answer, none of which may be too long. Safe to use from any thread."""

    def __init__(self, place: str) -> None:
        """`place` is its socket. Raises OSError and paramiko's SSHException where it does not tell of its keys."""
        super().__init__()
        self._turn = threading.Lock()
        self._until = 0.0
        sock = socket.socket(socket.AF_UNIX)
        try:
            sock.settimeout(AGENT_SECONDS)
            sock.connect(place)
            self._connect(sock)  # type: ignore[attr-defined]
        except BaseException:
            sock.close()
            raise

    def __del__(self) -> None:
        # Its keys sign by it, so it goes with the last of them.
        self._close()  # type: ignore[attr-defined]

    def _send_message(self, message: Any) -> Any:
        with self._turn:
            self._until = time.monotonic() + AGENT_SECONDS
            kind, answer = super()._send_message(message)  # type: ignore[misc]
            whole = answer.asbytes()
            # paramiko would make as many keys as it is told of, also of nothing.
            if kind == _IDENTITIES and struct.unpack(">I", whole[1:5])[0] > len(whole) // _LEAST_OF_KEY:
                raise OSError("it tells of more keys than it names")
            return kind, answer

    def _read_all(self, wanted: int) -> bytes:
        if wanted > _MOST_BYTES:
            raise OSError("its answer is too long")
        found = b""
        while len(found) < wanted:
            self._conn.settimeout(max(self._until - time.monotonic(), 0.001))  # type: ignore[attr-defined]
            piece = self._conn.recv(wanted - len(found))  # type: ignore[attr-defined]
            if not piece:
                raise OSError("it ended")
            found += piece
        return found


def agent_of(surroundings: Mapping[str, str]) -> BoundedAgent | None:
    """The agent that an environment names; None where it names none. Raises as `BoundedAgent`."""
    place = surroundings.get("SSH_AUTH_SOCK")
    return BoundedAgent(place) if place else None
