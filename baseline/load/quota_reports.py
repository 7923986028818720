"""Reports of Exchange's mailbox quotas that somebody brought: the output of `baseline render --script read`."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import TYPE_CHECKING

from baseline.load import yaml
from baseline.load.text import decode, read_bytes
from baseline.load.tree import Position, Problems, Tree, located

if TYPE_CHECKING:
    from baseline.formats.exchange import Fault, ReportFault
    from baseline.model.quotas import QuotaReport

MOST_BYTES = 256 << 20
"""Half a million mailboxes."""

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def load_quota_report(path: str | Path) -> QuotaReport:
    """The report of one file. Raises `InputError` with every mistake of the file."""
    problems = Problems()
    report = read_quota_report(Path(path), problems)
    problems.raise_any()
    assert report is not None
    return report


def read_quota_report(path: Path, problems: Problems) -> QuotaReport | None:
    """The report of one file; None with the mistakes noted in `problems`."""
    # Its models take a while to make, and few inventories name a report.
    from baseline.formats.exchange import ReportFault, read_report

    raw = read_bytes(path, problems, most=MOST_BYTES)
    text = None if raw is None else decode(_as_utf8(raw), str(path), problems)
    if text is None:
        return None
    try:
        return read_report(text, str(path))
    except ReportFault as fault:
        if fault.line:
            problems.add(Position(str(path), fault.line, fault.column), str(fault))
        else:
            _note(fault, text, path, problems)
        return None


def _as_utf8(raw: bytes) -> bytes:
    """What `>` wrote in Windows PowerShell is UTF-16 with a byte order mark."""
    if not raw.startswith(_UTF16):
        return raw
    try:
        return raw.decode("utf-16").encode()
    except UnicodeError:
        return raw


def _note(fault: ReportFault, text: str, path: Path, problems: Problems) -> None:
    """Each fault at the place of its value. Only now is the file read with places, which takes far longer."""
    from baseline.formats.exchange import dotted

    tree = yaml.parse(text, str(path), Problems())
    for one in fault.faults:
        problems.add(_place(one, tree, path), f"{dotted(one.path)}: {one.message}" if one.path else one.message)


def _place(fault: Fault, tree: Tree | None, path: Path) -> Position:
    steps = list(located(tree, fault.path)) if tree is not None else []
    # What is missing has no place of its own: that of what should hold it.
    return steps[-1][2].place if steps else tree.place if tree is not None else Position(str(path))
