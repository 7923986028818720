"""A network namespace that leads to the lab and nowhere else, with a delay: a frame is held for half of it each way.

netem would do the same, and many kernels lack it. Two TAP devices and this process do it everywhere, and its processor
time counts for nobody.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import selectors
import struct
import sys
import time
from collections import deque
from pathlib import Path

_TUNSETIFF = 0x400454CA
_TAP_WITHOUT_HEADER = 0x0002 | 0x1000
_NEW_NETWORK = 0x40000000
_FRAME = 65_536


def _enter(namespace: str) -> None:
    with Path(namespace).open() as there:
        if ctypes.CDLL(None, use_errno=True).setns(there.fileno(), _NEW_NETWORK) != 0:
            raise OSError(ctypes.get_errno(), f"setns({namespace})")


def _tap(name: str) -> int:
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH", name.encode(), _TAP_WITHOUT_HEADER))
    return device


def shuttle(one: int, other: int, seconds: float) -> None:
    """Carry frames between two devices, each after so many seconds, for ever."""
    waiting: dict[int, deque[tuple[float, bytes]]] = {one: deque(), other: deque()}
    across = {one: other, other: one}
    ready = selectors.DefaultSelector()
    for device in across:
        ready.register(device, selectors.EVENT_READ)
    while True:
        now = time.monotonic()
        for device, frames in waiting.items():
            while frames and frames[0][0] <= now:
                try:
                    os.write(device, frames.popleft()[1])
                except OSError:
                    continue  # the device is full, or not up: a frame is lost, as in life
        due = min((frames[0][0] for frames in waiting.values() if frames), default=now + 1)
        for key, _ in ready.select(max(due - time.monotonic(), 0)):
            try:
                while frame := os.read(key.fd, _FRAME):
                    waiting[across[key.fd]].append((time.monotonic() + seconds, frame))
            except BlockingIOError:
                continue


def main() -> None:
    """`python -m tests.bench.race.delay NAMESPACE NAME NAMESPACE NAME SECONDS`: two devices, and all between them."""
    one, first, other, second, seconds = sys.argv[1:]
    _enter(one)
    near = _tap(first)
    _enter(other)
    far = _tap(second)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    shuttle(near, far, float(seconds))


if __name__ == "__main__":
    main()
