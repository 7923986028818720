"""How the process of the command is left, when all that a command does is done."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from typing import NoReturn


def leave(code: str | int | None) -> NoReturn:
    """End the process with an exit code, as `sys.exit` does."""
    if code is None or isinstance(code, int):
        _at_once(code or 0)
    sys.exit(code)


def _at_once(code: int) -> None:
    """End the process as Python does, but for taking apart all modules, which is a twentieth of a small command's time.

    Returns where Python has to do it: for a thread that is waited for, output that cannot be written, or whoever
    measures or debugs the program and goes on after it.
    """
    awaited = [one for one in threading.enumerate() if one is not threading.main_thread() and not one.daemon]
    if awaited or _watched() or not hasattr(atexit, "_run_exitfuncs") or not _flushed():
        return
    atexit._run_exitfuncs()  # all that have registered, as at any end; a fault of one is told and stops no other
    if _flushed():
        os._exit(code)


def _watched() -> bool:
    if sys.gettrace() or sys.getprofile() or sys.flags.interactive:
        return True
    monitoring = getattr(sys, "monitoring", None)  # since Python 3.12; it has six places for tools
    return monitoring is not None and any(monitoring.get_tool(place) for place in range(6))


def _flushed() -> bool:
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except (OSError, ValueError):
        return False
    return True
