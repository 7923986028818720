"""Files as text: whatever cannot be read is a problem that names the file, never a traceback."""

from __future__ import annotations

import stat
from pathlib import Path

from baseline.late import regex
from baseline.load.tree import Position, Problems

MOST_BYTES = 16 << 20
"""A file of configuration above this size is a mistake, or an attack."""

_CONTROL = regex("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
"""Everything that is no visible character, space, tab or newline: editors show lines that differ by these alike."""


def read_bytes(path: Path, problems: Problems, *, most: int = MOST_BYTES) -> bytes | None:
    """All bytes of a file; None, with the problem noted, when there are none to be had."""
    place = Position(str(path))
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            problems.add(place, "this is a directory, and a file is needed")
            return None
        if not stat.S_ISREG(mode) and not stat.S_ISFIFO(mode):
            problems.add(place, "this is no regular file")
            return None
        with path.open("rb") as file:
            raw = file.read(most + 1)
    except FileNotFoundError:
        problems.add(place, "there is no such file")
        return None
    except OSError as error:
        problems.add(place, f"cannot be read: {error.strerror}")
        return None
    except ValueError:
        problems.add(Position(repr(str(path))), "this is no file name")
        return None
    if len(raw) > most:
        problems.add(place, f"longer than {most >> 20} MiB: this is no file of configuration")
        return None
    return raw


def decode(raw: bytes, file: str, problems: Problems) -> str | None:
    r"""The text of a file: UTF-8, a byte order mark taken off, lines ended by `\n`.

    None, with the problem noted, for other encodings, control characters and files that hold nothing.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line = before.count(b"\n") + 1
        column = len(before.rpartition(b"\n")[2].decode("utf-8", "replace").removeprefix("\ufeff")) + 1
        problems.add(
            Position(file, line, column), f"byte 0x{raw[error.start]:02x} is not UTF-8: save the file as UTF-8"
        )
        return None
    text = text.replace("\r\n", "\n")
    control = _CONTROL.search(text)
    if control:
        place = place_of(text, control.start(), file)
        problems.add(place, f"control character U+{ord(control[0]):04X}: only tabs and newlines may stand in a file")
        return None
    if not text.strip():
        problems.add(Position(file), "the file is empty")
        return None
    return text


def expanded(path: str | Path) -> Path:
    """The path with `~` and `~user` expanded, and as it stands when there is no such user."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def place_of(text: str, offset: int, file: str) -> Position:
    """The place of a character of a text."""
    return Position(file, text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))
