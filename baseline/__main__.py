"""Where the command `baseline` begins, also as `python -m baseline`, before anything large is imported; and ends."""

import atexit
import gc
import os
import sys

COLLECTED_AFTER = (200_000, 20, 20)
"""How many objects are made before Python looks for rings among them. It looks after 700, which takes half of the time
in which an inventory of 30 000 hosts is read, and a fifteenth of that of `--help`. The modules of a check, which take
most of the time of one host, are 70 000 objects and no ring."""


def main() -> None:
    """The entry point."""
    gc.set_threshold(*COLLECTED_AFTER)
    from baseline.cli import main as command

    try:
        command()
    except SystemExit as end:
        code = end.code
    else:
        code = 0
    if code is None or isinstance(code, int):
        _end_at_once(code or 0)
    sys.exit(code)


def _end_at_once(code: int) -> None:
    """End the process as Python does, but for taking apart all modules, which is a twentieth of a small command's time.

    Returns where Python has to do it: for a thread that is waited for, output that cannot be written, or whoever
    measures or debugs the program and goes on after it.
    """
    import threading

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


if __name__ == "__main__":
    main()
