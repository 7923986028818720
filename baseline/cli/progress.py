"""What is going on, on standard error: a line that keeps changing on a terminal, a line per step with -v."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from baseline.cli.output import console
from baseline.reports.words import count, one_line

if TYPE_CHECKING:
    from rich.status import Status

Tell = Callable[[str, str], None]
DONE = "done"
"""What the engine says of a host that it has left."""


@contextlib.contextmanager
def watching(hosts: Sequence[str], *, verbose: bool) -> Iterator[Tell]:
    """Give a function that is told host and step, from any thread."""
    paper = console(sys.stderr)
    status = paper.status(Text("beginning"), spinner="dots") if paper.is_terminal else None
    board = _Board(len(hosts))

    def tell(host: str, step: str) -> None:
        with board.lock:
            board.steps[host] = step
            if verbose and step != DONE:
                paper.print(Text(f"{one_line(host)}: {step}"), soft_wrap=True)
            if status is not None:
                status.update(board.line(paper.width - 4))

    with _shown(status):
        yield tell


def _shown(status: Status | None) -> contextlib.AbstractContextManager[object]:
    return contextlib.nullcontext() if status is None else status


class _Board:
    """Which host is at which step. Guarded by `lock`, since hosts are worked on in threads."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.steps: dict[str, str] = {}
        self.lock = threading.Lock()

    def line(self, width: int) -> Text:
        """One line: how many are done, and what the others are at."""
        at: dict[str, list[str]] = {}
        for host, step in self.steps.items():
            at.setdefault(step, []).append(one_line(host))
        finished = len(at.pop(DONE, ()))
        parts = [f"{finished} of {count(self.total, 'host')} done"] if finished else []
        parts += [f"{step} {', '.join(names)}" for step, names in at.items()]
        line = Text("; ".join(parts))
        line.truncate(width, overflow="ellipsis")
        return line
