"""Looks for texts that a parser does not take as it says: it ends in another error than those it documents, or never.

    python -m tests.adversary.fuzz [--seconds N] [PARSER…]

Texts are put together by hypothesis from the parser's own shapes, from those kept before, and from noise. One that
fails is made as small as it gets, and kept; so is one that leads to a line of the package where none has led before.
The ordinary tests play all that are kept (`test_corpus.py`). Each parser has a process of its own, and the time for
itself.
"""

from __future__ import annotations

import argparse
import hashlib
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import baseline
from tests.adversary.parser import Parser

CORPUS = Path(__file__).with_name("corpus")
_PACKAGE = str(Path(baseline.__file__).parent)
_LONGEST = 4000
"""Characters of a text that is kept for where it leads."""
_HANG = 20
"""Seconds of CPU time for one text of some thousand characters."""

Line = tuple[str, int]


def folder(name: str) -> Path:
    """Where the texts for a parser are kept."""
    return CORPUS / "".join(one if one.isalnum() or one in "._" else "-" for one in name)


def kept(name: str) -> list[str]:
    """The texts that are kept for a parser."""
    return [path.read_bytes().decode("utf-8", "surrogatepass") for path in sorted(folder(name).glob("*.txt"))]


def keep(name: str, text: str) -> Path:
    """Keep a text for a parser."""
    content = text.encode("utf-8", "surrogatepass")
    path = folder(name) / f"{hashlib.sha256(content).hexdigest()[:12]}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def texts(parser: Parser, known: list[str]) -> st.SearchStrategy[str]:
    """Texts that may surprise a parser."""
    parts = sorted(
        {part for shape in parser.own for part in (shape.head, shape.unit, shape.tail) if part} | {*known, " "}
    )
    noise = st.text(max_size=8) | st.binary(max_size=8).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
    joined = st.lists(st.sampled_from(parts) | noise, max_size=40).map("".join)
    grown = st.builds(lambda shape, size: shape.of(size), st.sampled_from(parser.shapes), st.integers(1, 3000))
    cut = st.builds(lambda text, start, end: text[start:end], joined, st.integers(0, 40), st.integers(0, 400))
    return joined | grown | cut | st.builds("{}{}{}".format, cut, joined, noise)


def lines_of(parse: Callable[[str], object], text: str) -> set[Line]:
    """The lines of the package that reading a text goes through."""
    found: set[Line] = set()

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if not frame.f_code.co_filename.startswith(_PACKAGE):
            return None
        if event == "line":
            found.add((frame.f_code.co_filename, frame.f_lineno))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        parse(text)
    finally:
        sys.settrace(before)
    return found


def search(name: str, parser: Parser, seconds: float, current: Path) -> int:
    """Look for texts for so many seconds; gives how many were kept. Raises what a parser does not document.

    What is being read stands in the file `current`, for who finds that it never ends.
    """
    known = kept(name)
    seen = set[Line]().union(*(lines_of(parser, text) for text in known))
    end, number = time.monotonic() + seconds, 0
    failing: list[str] = []

    @settings(max_examples=200, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(texts(parser, known))
    def batch(text: str) -> None:
        nonlocal number
        if time.monotonic() > end and not failing:
            return
        current.write_bytes(text.encode("utf-8", "surrogatepass"))
        signal.setitimer(signal.ITIMER_PROF, _HANG)
        try:
            new = lines_of(parser, text) - seen
        except Exception:
            # The last one that fails is the smallest that hypothesis has come to.
            failing[:] = [text]
            raise
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        if new and len(text) <= _LONGEST:
            seen.update(new)
            keep(name, text)
            number += 1

    try:
        while time.monotonic() < end:
            batch()
    except Exception:
        keep(name, failing[0])
        raise
    return number


def found(name: str, seconds: float) -> str:
    """What is wrong with a parser, looked for in a process of its own; empty when nothing was found."""
    with tempfile.TemporaryDirectory() as place:
        current = Path(place) / "current"
        command = [sys.executable, "-m", "tests.adversary.fuzz", "--one", str(current), "--seconds", str(seconds), name]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        if ended.returncode == -signal.SIGPROF:
            path = keep(name, current.read_bytes().decode("utf-8", "surrogatepass"))
            return f"it never ends on {path}"
    return ended.stderr.strip() if ended.returncode else ""


def main() -> int:
    """The command."""
    from tests.adversary.parsers import PARSERS

    arguments = argparse.ArgumentParser(prog="python -m tests.adversary.fuzz")
    arguments.add_argument("--seconds", type=float, default=60)
    arguments.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    arguments.add_argument("parsers", nargs="*", metavar="PARSER")
    given_ = arguments.parse_args()
    if given_.one:
        (name,) = given_.parsers
        search(name, PARSERS[name], given_.seconds, given_.one)
        return 0
    wrong = 0
    for name in given_.parsers or [name for name, parser in PARSERS.items() if parser.plain]:
        before = len(kept(name))
        fault = found(name, given_.seconds)
        wrong += bool(fault)
        print(f"{name}: {fault or f'nothing wrong; {len(kept(name)) - before} texts more'}", flush=True)  # noqa: T201
    return min(wrong, 1)


if __name__ == "__main__":
    raise SystemExit(main())
