"""A file as it is after a diff of `upgrade-check` was applied to it."""

from __future__ import annotations

import re

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@")


def mended(content: str, diff: str) -> str:
    """The file after a diff without lines of context. Fails where the diff is of another file."""
    lines, shift = content.splitlines(), 0
    hunks = re.split(r"^(?=@@ )", diff, flags=re.M)[1:]
    for hunk in hunks:
        head, *body = hunk.splitlines()
        found = _HUNK.match(head)
        assert found, head
        count = int(found[2] or 1)
        # Where nothing is taken away, the number is that of the line before.
        at = int(found[1]) + shift - (1 if count else 0)
        old, new = ([line[1:] for line in body if line[0] == sign] for sign in "-+")
        assert lines[at : at + count] == old, (lines[at : at + count], old)
        lines[at : at + count] = new
        shift += len(new) - count
    return "\n".join([*lines, ""])
