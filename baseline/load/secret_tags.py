"""`!secret`: where a secret is to be had, and how it is fetched from there.

    password: !secret {env: RSPAMD_PASSWORD}
    password: !secret {file: ~/secrets/rspamd}
    password: !secret {command: [pass, show, mail/rspamd]}
    key: !secret {command: [sops, -d, key.enc.pem], all: true}

Nothing is fetched when a file is read. Of a file and of a command the first line counts, unless `all` is set. No
message quotes what was found, nor what a command said.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path

from baseline.classes import dataclass
from baseline.errors import CannotTell
from baseline.load.running import PrintedTooMuch, ran
from baseline.load.text import expanded
from baseline.load.tree import Items, Leaf, Position, Problems, Table, TableEntry, nearest
from baseline.secret import Secret

TAG = "!secret"
SECONDS = 30
"""How long a command may take unless `seconds` says otherwise."""

MOST_BYTES = 1 << 20
_TRUTH = "true or false"
_SOURCES = ("env", "file", "command")
_ALSO = {"env": (), "file": ("all",), "command": ("all", "shell", "seconds")}


@dataclass(frozen=True)
class _Options:
    all: bool = False
    shell: bool = False
    seconds: int = SECONDS


def secret_at(table: Table, problems: Problems) -> Leaf:
    """The mapping below `!secret` as a leaf that holds a `Secret`; None in its place, and the problems, for no such."""
    nothing = Leaf(None, table.place, "", TAG)
    named = [name for name in _SOURCES if name in table.entries]
    if len(named) != 1:
        problems.add(table.place, f"{TAG} wants one of `env`, `file` and `command`: where the secret comes from")
        return nothing
    name = named[0]
    for key, entry in table.entries.items():
        if key not in (name, *_ALSO[name]):
            problems.add(entry.key, f"unknown key `{key}` beside `{name}`: {nearest(key, _ALSO[name])}")
    options = _options(table, problems)
    fetch = _FETCHERS[name](table.entries[name], options, problems)
    return nothing if fetch is None else Leaf(Secret(*fetch), table.place, "", TAG)


_Fetch = tuple[str, Callable[[], str]]


def _options(table: Table, problems: Problems) -> _Options:
    found: dict[str, bool | int] = {}
    for key, wanted in (("all", _TRUTH), ("shell", _TRUTH), ("seconds", "a number of seconds from 1 to 600")):
        entry = table.entries.get(key)
        if entry is None:
            continue
        value = entry.tree.value if isinstance(entry.tree, Leaf) else None
        number = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 600
        if isinstance(value, int) and (number if key == "seconds" else isinstance(value, bool)):
            found[key] = value
        else:
            problems.add(entry.tree.place, f"`{key}`: {wanted} is wanted")
    return _Options(**found)  # type: ignore[arg-type]


def _from_environment(entry: TableEntry, options: _Options, problems: Problems) -> _Fetch | None:
    del options
    name = _text(entry, "the name of an environment variable", problems)
    if name is None:
        return None
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
        problems.add(entry.tree.place, "`env`: the name of an environment variable is wanted, without `$`")
        return None
    source = f"environment variable {name}"
    return source, partial(_of_environment, name, source)


def _of_environment(name: str, source: str) -> str:
    value = os.environb.get(name.encode())
    if not value:
        raise CannotTell(f"the secret from {source} cannot be read: it is {'empty' if value == b'' else 'not set'}")
    return _decoded(value, source)


def _from_file(entry: TableEntry, options: _Options, problems: Problems) -> _Fetch | None:
    written = _text(entry, "a path", problems)
    if written is None:
        return None
    path = _beside(entry.tree.place, written)
    source = f"file {path}"
    return source, partial(_of_file, path, options, source)


def _of_file(path: Path, options: _Options, source: str) -> str:
    try:
        with path.open("rb") as file:
            status = os.fstat(file.fileno())
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise CannotTell(f"the secret from {source} cannot be read: {error.strerror}") from None
    if not stat.S_ISREG(status.st_mode):
        raise CannotTell(f"the secret from {source} is refused: it is no regular file")
    if status.st_mode & 0o077 or status.st_uid not in (0, os.geteuid()):
        raise CannotTell(
            f"the secret from {source} is refused: others may read or write it. Make it yours alone: chmod 600"
        )
    return _taken(content, options, source)


def _from_command(entry: TableEntry, options: _Options, problems: Problems) -> _Fetch | None:
    argv = _argv(entry, options, problems)
    if argv is None:
        return None
    source = f"command {argv[-1] if options.shell else ' '.join(argv)}"
    folder = Path(entry.tree.place.file).absolute().parent
    return source, partial(_run, argv, options, folder, source)


def _run(argv: list[str], options: _Options, folder: Path, source: str) -> str:
    if shutil.which(argv[0]) is None and "/" not in argv[0]:
        raise CannotTell(f"the secret from {source} cannot be read: {argv[0]} is not installed")
    try:
        # It has no terminal to ask on.
        done = ran(argv, seconds=options.seconds, most=MOST_BYTES, folder=folder)
    except TimeoutError:
        why = f"it took longer than {options.seconds} seconds"
        raise CannotTell(f"the secret from {source} cannot be read: {why}") from None
    except PrintedTooMuch:
        raise CannotTell(f"the secret from {source} is refused: it is longer than {MOST_BYTES >> 20} MiB") from None
    except OSError as error:
        raise CannotTell(f"the secret from {source} cannot be read: {error.strerror}") from None
    if done.code != 0:
        why = f"it ended with exit code {done.code}; run it by hand to see why"
        raise CannotTell(f"the secret from {source} cannot be read: {why}")
    return _taken(done.stdout, options, source)


def _taken(content: bytes, options: _Options, source: str) -> str:
    """The first line, or all of it as it stands."""
    if len(content) > MOST_BYTES:
        raise CannotTell(f"the secret from {source} is refused: it is longer than {MOST_BYTES >> 20} MiB")
    text = _decoded(content, source)
    value = text if options.all else text.split("\n", 1)[0].removesuffix("\r")
    if not value:
        raise CannotTell(f"the secret from {source} cannot be read: it is empty")
    return value


def _decoded(raw: bytes, source: str) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise CannotTell(f"the secret from {source} is refused: it is not UTF-8") from None


def _argv(entry: TableEntry, options: _Options, problems: Problems) -> list[str] | None:
    tree = entry.tree
    if options.shell:
        script = _text(entry, "the text of a command, since `shell` is set", problems)
        return None if script is None else ["/bin/sh", "-c", script]
    words = [node.text for node in tree.nodes if isinstance(node, Leaf)] if isinstance(tree, Items) else []
    if not isinstance(tree, Items) or not words or len(words) != len(tree.nodes) or not words[0]:
        problems.add(
            tree.place, "`command`: a list of words is wanted, such as [pass, show, mail/x]; no shell reads it"
        )
        return None
    return words


def _text(entry: TableEntry, what: str, problems: Problems) -> str | None:
    value = entry.tree.value if isinstance(entry.tree, Leaf) else None
    if not isinstance(value, str) or not value or "\0" in value:
        problems.add(entry.tree.place, f"{what} is wanted")
        return None
    return value


def _beside(place: Position, written: str) -> Path:
    return Path(place.file).absolute().parent / expanded(written)


_FETCHERS: dict[str, Callable[[TableEntry, _Options, Problems], _Fetch | None]] = {
    "env": _from_environment,
    "file": _from_file,
    "command": _from_command,
}
