"""Extensions in a folder that a person names (`--kinds DIR`): files of Python that run here, so nobody else may write.

DIR/kinds/NAME.py           a kind
DIR/templates/NAME/….j2     templates, named NAME/….j2
DIR/programs/NAME.py        a row of the table of programs, as PROGRAM
DIR/reports/NAME.py         a report format, as render(report)
DIR/baselines/NAME.yml      a baseline
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from baseline.errors import UserError
from baseline.extensions.offers import Offer, Thing
from baseline.extensions.walls import check_source
from baseline.model import Brought

MOST_FILES, MOST_BYTES = 1_000, 1 << 20
"""How many files a folder may have, and how many bytes one of them."""

_ATTRIBUTES: dict[Thing, str] = {"programs": "PROGRAM", "reports": "render"}


def offers_in(folder: Path) -> tuple[Offer, ...]:
    """What a folder offers. Runs nothing. Raises `UserError` for a folder or file that somebody else may write."""
    root = folder.expanduser().absolute()
    if not root.is_dir():
        raise UserError(f"--kinds: there is no folder {folder}")
    for place in _above(root.resolve()):
        _ours(place)
    contents = {file: _read(file) for file in _files(root)}
    digest = hashlib.sha256()
    for file, content in contents.items():
        digest.update(f"{file.relative_to(root)}\0{len(content)}\0".encode() + content)
    by = Brought(str(root), f"sha256:{digest.hexdigest()[:12]}", folder=True)
    offers = [_offer(file, content, root, by) for file, content in contents.items()]
    found = {(one.thing, one.name): one for one in offers if one is not None}
    if not found:
        raise UserError(f"--kinds: {folder} brings nothing: there is no file such as kinds/NAME.py in it")
    return tuple(found.values())


def _offer(file: Path, content: bytes, root: Path, by: Brought) -> Offer | None:
    match file.relative_to(root).parts:
        case ("baselines", _) if file.suffix == ".yml":
            return Offer("baselines", file.stem, by, lambda: file)
        case ("templates", name, *rest) if rest and file.suffix == ".j2":
            return Offer("templates", name, by, lambda: root / "templates" / name)
        case ("kinds" | "programs" | "reports" as thing, _) if file.suffix == ".py" and file.stem.isidentifier():
            return Offer(thing, file.stem, by, partial(_got, thing, file, content, by))
    return None


def _got(thing: Thing, file: Path, content: bytes, by: Brought) -> Any:
    """The module of a file, or what of it counts, from the bytes that were looked at. Nothing is kept beside it."""
    if thing == "kinds":
        check_source(content.decode(), file, by)
    name = f"baseline_folder_{by.version.rpartition(':')[2]}_{thing}_{file.stem}"
    module = sys.modules.get(name)
    if module is None:
        module = ModuleType(name)
        module.__file__ = str(file)
        sys.modules[name] = module
        try:
            exec(compile(content, str(file), "exec"), module.__dict__)  # noqa: S102 -- what --kinds is for
        except BaseException:
            del sys.modules[name]
            raise
    return getattr(module, _ATTRIBUTES[thing]) if thing in _ATTRIBUTES else module


def _files(root: Path) -> Iterator[Path]:
    count = 0
    for folder, folders, names in os.walk(root, followlinks=False):
        folders[:] = sorted(one for one in folders if not one.startswith((".", "__pycache__")))
        for one in folders:
            _ours(Path(folder) / one)
        for name in sorted(names):
            if name.startswith(".") or not name.endswith((".py", ".j2", ".yml")):
                continue
            count += 1
            if count > MOST_FILES:
                raise UserError(f"--kinds: {root} has more than {MOST_FILES} files")
            yield Path(folder) / name


def _above(root: Path) -> Iterator[Path]:
    yield root
    yield from root.parents


def _ours(place: Path) -> None:
    """Refuse a folder that somebody else may change: its owner is neither we nor root, or others may write."""
    _unshared(place.stat(follow_symlinks=False), place)


def _unshared(status: os.stat_result, place: Path) -> None:
    if status.st_uid not in (0, os.geteuid()):
        raise UserError(
            f"--kinds: {place} belongs to somebody else (user {status.st_uid}), and what is in it would run as you: "
            "have it belong to you or to root"
        )
    # In a folder with the sticky bit, such as /tmp, nobody renames what is another's.
    sticky = stat.S_ISDIR(status.st_mode) and status.st_mode & stat.S_ISVTX
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not sticky:
        raise UserError(
            f"--kinds: others may write {place} (mode {stat.S_IMODE(status.st_mode):04o}), and what is in it would run "
            f"as you: chmod go-w {place}"
        )


def _read(file: Path) -> bytes:
    """The bytes of a file, whose owner and mode are those of the file that was opened."""
    try:
        with os.fdopen(os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as opened:
            status = os.fstat(opened.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise UserError(f"--kinds: {file} is no regular file")
            _unshared(status, file)
            content = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise UserError(f"--kinds: {file} cannot be read: {error.strerror or error}") from None
    if len(content) > MOST_BYTES:
        raise UserError(f"--kinds: {file} has more than {MOST_BYTES >> 20} MiB")
    return content
