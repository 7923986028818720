"""The lines of drifted files: as they were applied, and as they stand now. Pure.

The manifest knows only digests. What a digest stands for is found in the journals, which hold what each apply wrote and
what it replaced. Secrets are neither kept there nor asked for.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re

from baseline.errors import CannotTell
from baseline.model import HOST_STATE, Answer, FileChange, FileState, HandEdit
from baseline.secret import holds_secret
from baseline.shell import script

MOST_BYTES, MOST_FILES = 1 << 17, 20
"""Bytes of a file, and how many files of a host, beyond which a diff is for nobody to read."""

QUESTION = script("baseline", "drift", root=HOST_STATE, most=str(MOST_BYTES))


def edits(answer: Answer) -> tuple[HandEdit, ...]:
    """What `QUESTION` told. Raises `CannotTell` for another answer."""
    if answer.rc != 0:
        raise CannotTell(f"the lines of drifted files cannot be read: exit code {answer.rc}")
    lines = answer.stdout.decode("utf-8", "surrogateescape").split("\n")
    if len(lines) > MOST_FILES + 1:
        raise CannotTell(f"the lines of drifted files cannot be read: there are {len(lines)} of them")
    return tuple(_edit(line) for line in filter(None, lines))


def _edit(line: str) -> HandEdit:
    match line.split("\t"):
        case [path, sha, mode, owner, now, now_mode, now_owner, was_content, content]:
            before = _state(mode, owner, sha, was_content)
            from baseline.hand_edits import edited

            after = FileState(None) if now == "absent" else _state(now_mode, now_owner, now, content)
            return edited(FileChange(path, before, after, ()))
    raise CannotTell(f"the lines of drifted files cannot be read: {line[:100]!r} is not one of our lines")


def _state(mode: str, owner: str, sha: str, encoded: str) -> FileState:
    """A file with its content; with its digest alone where the content is not told, or is another one's."""
    name, _, group = owner.partition(":")
    if not re.fullmatch("[0-7]{1,4}", mode) or not re.fullmatch("[0-9a-f]{64}", sha):
        raise CannotTell(f"the lines of drifted files cannot be read: {mode[:20]!r} {sha[:70]!r}")
    try:
        content = None if encoded == "-" else base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise CannotTell(f"the lines of drifted files cannot be read: {error}") from None
    if content is None or len(content) > MOST_BYTES or hashlib.sha256(content).hexdigest() != sha:
        return FileState(None, name, group, int(mode, 8), digest=sha)
    return FileState(content, name, group, int(mode, 8), secret=holds_secret(content))
