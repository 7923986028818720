"""Where reports go: pairs of format and file, each made for the place where it will be read."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import shlex
import stat
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from baseline.classes import dataclass
from baseline.errors import BaselineError, UserError

if TYPE_CHECKING:
    from rich.console import Console

    from baseline.model import Report
    from baseline.reports import Display

WIDEST = 120
"""Columns beyond which text is no longer pleasant to read."""

_BY_SUFFIX = {
    ".json": "json",
    ".xml": "junit",
    ".html": "html",
    ".md": "markdown",
    ".csv": "csv",
    ".xlsx": "xlsx",
    ".prom": "prometheus",
}

PLAIN_WIDTH = 100
"""Columns of text that goes into a file or a pipe, where no terminal says how wide it is."""


@dataclass(frozen=True)
class Output:
    """One format and its file; None is standard output."""

    format: str
    file: Path | None


def outputs(formats: Sequence[str], files: Sequence[Path]) -> tuple[Output, ...]:
    """The n-th file with the n-th format; the one format without a file goes to standard output.

    In each file then stands that there is no report yet, before any host is touched. Raises `UserError`, also when one
    cannot be written.
    """
    from baseline.cli.brought_formats import brought, is_brought
    from baseline.reports import BINARY, FORMATS, unfinished

    if not formats and len(files) == 1:
        # A file says by its name what it is to hold: plan.json, junit.xml.
        formats = [_BY_SUFFIX.get(files[0].suffix, "text")]
    for name in formats:
        if name not in FORMATS and name not in BINARY and not is_brought(name):
            raise UserError(f"there is no format {name!r}: use {', '.join((*FORMATS, *BINARY, *brought()))}")
    formats = formats or ["text"]
    if len(files) > len(formats):
        raise UserError(
            f"-o {files[len(formats)]} has no --format: each -o belongs to the --format in the same position"
        )
    pairs = tuple(Output(name, _file(file)) for name, file in zip_longest(formats, files))
    to_stdout = [pair.format for pair in pairs if pair.file is None]
    if len(to_stdout) > 1:
        raise UserError(f"{' and '.join(to_stdout)} would both go to standard output: give -o for all but one")
    for name in to_stdout:
        if name in BINARY:
            raise UserError(f"{name} is no text: give -o FILE for it")
    began = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    for pair in pairs:
        if pair.file is not None:
            put(pair.file, unfinished.render(pair.format, began))
    return pairs


def also_shown(formats: list[str] | None, files: list[Path] | None) -> tuple[list[str] | None, list[Path] | None]:
    """Formats and files of a plan: one that is kept in a single file, told by its name, is shown as text, too."""
    if not formats and files and len(files) == 1 and files[0].suffix in _BY_SUFFIX:
        return ["text", _BY_SUFFIX[files[0].suffix]], [Path("-"), files[0]]
    return formats, files


def say_kept(pairs: Sequence[Output]) -> None:
    """Say on standard error which files hold a plan that can be applied."""
    for pair in pairs:
        if pair.format == "json" and pair.file is not None:
            applied = f"baseline apply {shlex.quote(str(pair.file))}"
            say(f"{pair.file} holds this plan. To apply exactly this one: {applied}\n", sys.stderr)


def _file(file: Path | None) -> Path | None:
    return None if file is None or str(file) == "-" else file


def send(report: Report, view: Display, pairs: Sequence[Output]) -> None:
    """Write the report to every file, then to standard output. Raises `UserError` when a file cannot be written."""
    made, faults = {}, []
    for pair in pairs:
        try:
            made[pair] = _made(report, view, pair)
        except BaselineError as error:
            # A format of others costs no other format, and never passes for a report.
            faults.append(error)
    write(made)
    for fault in faults:
        raise fault


def _made(report: Report, view: Display, pair: Output) -> str | bytes | Iterator[str]:
    from baseline.reports import BINARY, FORMATS, STREAMED

    if pair.format not in FORMATS and pair.format not in BINARY:
        from baseline.cli.brought_formats import made

        return made(pair.format, report)
    if pair.format in STREAMED:
        return STREAMED[pair.format](report)
    if pair.format in BINARY:
        return BINARY[pair.format](report)
    return written(report, view, pair.format, None if pair.file else sys.stdout)


def written(report: Report, view: Display, form: str, stream: TextIO | None = None) -> str:
    """The report in a format, for a stream or for a file."""
    from baseline.reports import FORMATS

    return FORMATS[form](report, view, console(stream or io.StringIO()))


def write(texts: Mapping[Output, str | bytes | Iterator[str]]) -> None:
    """Write every file, then to standard output. Raises `UserError` when a file cannot be written."""
    for pair, text in sorted(texts.items(), key=lambda item: item[0].file is None):
        if pair.file is not None:
            put(pair.file, text)
        else:
            for piece in [str(text)] if isinstance(text, str | bytes) else _gathered(text):
                say(piece)


_PIECE = 1 << 16


def _gathered(pieces: Iterator[str]) -> Iterator[str]:
    """The same text in fewer pieces, of some size each."""
    held: list[str] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= _PIECE:
            yield "".join(held)
            held, size = [], 0
    yield "".join(held)


def put(file: Path, text: str | bytes | Iterator[str]) -> None:
    """Write a file as a whole or not at all; who may read it stays as it is. Raises `UserError`."""
    content: Iterable[bytes]
    if isinstance(text, bytes):
        content = [text]
    else:
        pieces = [text] if isinstance(text, str) else _gathered(text)
        content = (piece.encode("utf-8", "backslashreplace") for piece in pieces)
    import secrets

    with _complaining(file):
        place = file.resolve()
        present = place.stat() if place.exists() else None
        if present is not None and not stat.S_ISREG(present.st_mode):
            with place.open("wb") as written:  # a device or a pipe
                written.writelines(content)
            return
        if present is not None and not os.access(place, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        beside = place.with_name(f".{place.name}.{secrets.token_hex(8)}")
        try:
            with beside.open("xb") as written:
                if present is not None:
                    os.fchmod(written.fileno(), stat.S_IMODE(present.st_mode))
                written.writelines(content)
            beside.replace(place)
        finally:
            with contextlib.suppress(OSError):
                beside.unlink()


@contextlib.contextmanager
def _complaining(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UserError(f"{file} cannot be written: {error.strerror or error}") from None


def console(stream: TextIO) -> Console:
    """A console for a stream: colour and the terminal's width on a terminal, plain text of a fixed width elsewhere."""
    from rich.console import Console

    terminal = stream.isatty()
    made = Console(
        file=stream,
        highlight=False,
        markup=False,
        emoji=False,
        width=None if terminal or "COLUMNS" in os.environ else PLAIN_WIDTH,
        force_terminal=terminal,
    )
    made.width = min(made.width, WIDEST)
    return made


def say(text: str, stream: TextIO | None = None) -> None:
    """Write text. A reader who has seen enough (`| head`) is no error, and does not change the exit code."""
    stream = stream or sys.stdout
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        # Python flushes once more at its end, and would complain there.
        with contextlib.suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
