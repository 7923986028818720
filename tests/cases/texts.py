"""Long answers as lines that can be read and compared, and what one of them differs in from another."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence

GOES_ON = "↩"
"""Ends a line that the next one goes on: one that was folded, or the last of a text that does not end its line."""

LONGEST = 200
"""Characters of a line that is left whole."""

_FOLD = re.compile(r"(?<=,)(?=.)|(?= -o )")
"""Where a long line is folded: after commas, and before the options of a service in Postfix's master.cf."""

_HUNK = re.compile(r"@@ (\d+)( .*)?")


def lines_of(text: str) -> list[str]:
    """A text as lines, long ones folded. Raises ValueError for one that holds a `GOES_ON` of its own."""
    if GOES_ON in text:
        raise ValueError(f"the text holds the sign {GOES_ON}, which is kept for lines that go on")
    if not text:
        return []
    ended = text.removesuffix("\n") if text.endswith("\n") else text + GOES_ON
    folded = (_FOLD.sub(f"{GOES_ON}\n", line) if len(line) > LONGEST else line for line in ended.split("\n"))
    return "\n".join(folded).split("\n")


def text_of(lines: Sequence[str]) -> str:
    """The opposite of `lines_of`."""
    return "".join(f"{line}\n" for line in lines).replace(f"{GOES_ON}\n", "")


def difference(base: Sequence[str], lines: Sequence[str]) -> list[str]:
    """What `lines` have otherwise than `base`: for each place `@@` and its line in `base`, then `-` and `+` lines."""
    found: list[str] = []
    for start, gone, come in _changes(base, lines):
        found.append(f"@@ {start + 1}{_section(base, start)}")
        found += [f"-{line}" for line in gone]
        found += [f"+{line}" for line in come]
    return found


def patched(base: Sequence[str], changes: Sequence[str]) -> list[str]:
    """The lines of which `changes` are the `difference` from `base`. Raises ValueError where they do not fit it."""
    made: list[str] = []
    at = 0
    for change in changes:
        sign, rest = change[:1], change[1:]
        if hunk := _HUNK.fullmatch(change):
            start = int(hunk[1]) - 1
            if not at <= start <= len(base):
                raise ValueError(f"`{change}` is not a place further on in a text of {len(base)} lines")
            made += base[at:start]
            at = start
        elif sign == "+":
            made.append(rest)
        elif sign == "-" and at < len(base) and base[at] == rest:
            at += 1
        else:
            raise ValueError(f"`{change}` does not fit line {at + 1}")
    return made + list(base[at:])


def _changes(base: Sequence[str], lines: Sequence[str]) -> Iterator[tuple[int, Sequence[str], Sequence[str]]]:
    """Where `base` changes, counted from 0, what goes there and what comes."""
    head = 0
    while head < min(len(base), len(lines)) and base[head] == lines[head]:
        head += 1
    tail = 0
    while tail < min(len(base), len(lines)) - head and base[-1 - tail] == lines[-1 - tail]:
        tail += 1
    old, new = base[head : len(base) - tail], lines[head : len(lines) - tail]
    for tag, i, j, k, m in difflib.SequenceMatcher(None, old, new).get_opcodes():
        if tag != "equal":
            yield head + i, old[i:j], new[k:m]


def _section(base: Sequence[str], at: int) -> str:
    """What the line at a place is indented under or goes on from, for who reads the difference."""
    start = _begun(base, min(at, len(base) - 1))
    found = [base[start]] if 0 < start < at else []
    while base and (depth := _depth(base[start])) and start:
        start = _begun(base, start - 1)
        while start and _depth(base[start]) >= depth:
            start = _begun(base, start - 1)
        found.insert(0, base[start])
    words = (" ".join(line.strip(f' \t{{[:="{GOES_ON}').split())[:40] for line in found)
    return "".join(f" {name}" for name in words if name)


def _begun(base: Sequence[str], at: int) -> int:
    """The line that the one at a place goes on from, which may be itself."""
    while at > 0 and base[at - 1].endswith(GOES_ON):
        at -= 1
    return max(at, 0)


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())
