"""What is going on, on standard error: a line that keeps changing on a terminal, a line per step with -v."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator, Sequence

Tell = Callable[[str, str], None]


@contextlib.contextmanager
def watching(hosts: Sequence[str], *, verbose: bool) -> Iterator[Tell]:
    """Give a function that is told host and step, from any thread."""
    if not verbose and not sys.stderr.isatty():
        yield _untold
        return
    from rich.text import Text

    from baseline.cli.board import DONE, Board
    from baseline.cli.output import console
    from baseline.reports.words import one_line

    paper = console(sys.stderr)
    board, lock = Board(hosts), threading.Lock()

    def tell(host: str, step: str) -> None:
        board.tell(host, step)
        if verbose and step != DONE:
            with lock:
                paper.print(Text(f"{one_line(host)}: {step}"), soft_wrap=True)

    with paper.status(board, spinner="dots") if paper.is_terminal else contextlib.nullcontext():
        yield tell


def _untold(host: str, step: str) -> None:
    """Where nobody looks on nothing is told, and what lays it out is not imported."""
