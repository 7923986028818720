"""A fault of this program is told in two lines, and its traceback kept in a file.

The files lie where the controller keeps what it remembers between runs, each for its user alone, and without the
secrets that this run has revealed. The same fault is kept, and told, once.
"""

from __future__ import annotations

import contextlib
import logging
import platform
import sys
import threading
import traceback
from collections.abc import Iterator

from baseline import state_files
from baseline.version import __version__

KEPT = 20
"""How many faults are kept; the oldest go."""


class Faults(logging.Handler):
    """Where a run tells its faults: those that end it, those of one host's visit, and those of other threads."""

    def __init__(self) -> None:
        super().__init__()
        self._told = set[str]()

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """Meanwhile nothing that the library logs, and no thread that ends by a fault, prints a traceback."""
        log, before = logging.getLogger("baseline"), threading.excepthook
        log.addHandler(self)
        threading.excepthook = self._thread_ended
        try:
            yield
        finally:
            threading.excepthook = before
            log.removeHandler(self)

    def tell(self, error: BaseException, about: str = "") -> None:
        """Say that the program is wrong, and in which file the traceback is. `about` names a host or a thread."""
        trace = "".join(traceback.format_exception(error))
        self._tell(about, "".join(traceback.format_exception_only(error)), trace)

    def emit(self, record: logging.LogRecord) -> None:
        """What the library logs, for a person. A record of several lines is a fault of one host and its traceback."""
        sentence, _, trace = record.getMessage().partition("\n")
        if trace:
            self._tell(sentence.partition(":")[0], trace.strip().rpartition("\n")[2], trace)
        else:
            _say(sentence)

    def _thread_ended(self, ended: threading.ExceptHookArgs) -> None:
        if ended.exc_value is not None and not isinstance(ended.exc_value, SystemExit):
            self.tell(ended.exc_value, ended.thread.name if ended.thread else "")

    def _tell(self, about: str, error: str, trace: str) -> None:
        from baseline.secret import scrubbed

        try:
            name = _keep(scrubbed(trace))
        except OSError as reason:
            kept = f"its traceback could not be kept: {reason}"
        else:
            if name in self._told:
                return
            self._told.add(name)
            kept = f"please report it with the traceback in {state_files.directory() / name}"
        # The file has the rest of a message that runs over several lines.
        first = scrubbed(error).strip().partition("\n")[0]
        _say(f"{about and f'{about}: '}this is a fault of the program, not of your hosts: {first}")
        _say(kept)


def _keep(trace: str) -> str:
    """Keep a traceback, and the newest of those before it. Gives the file's name. Raises OSError."""
    from hashlib import sha256

    name = f"fault-{sha256(trace.encode()).hexdigest()[:12]}.txt"
    head = f"baseline {__version__}, Python {platform.python_version()}, {platform.platform()}\n\n"
    state_files.write(name, (head + trace).encode())
    newest_last = sorted(state_files.directory().glob("fault-*.txt"), key=lambda path: path.stat().st_mtime_ns)
    for old in newest_last[:-KEPT]:
        old.unlink(missing_ok=True)
    return name


def _say(line: str) -> None:
    from baseline.reports.words import visible

    print(f"baseline: {visible(line)}", file=sys.stderr)  # noqa: T201
