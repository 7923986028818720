"""Reports that are read from files: the JSON of an earlier run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from baseline.errors import InputError, Problem, UserError

if TYPE_CHECKING:
    from baseline.model import Report

MOST_BYTES = 256 << 20
"""The longest report that is read: a thousand hosts have less."""


def report_of(file: Path) -> Report:
    """The report in a file of JSON. Raises `InputError` and `UserError`, both with the name of the file."""
    from baseline.load.text import read_bytes
    from baseline.load.tree import Problems
    from baseline.model import Report

    problems = Problems()
    raw = read_bytes(file, problems, most=MOST_BYTES)
    problems.raise_any()
    try:
        return Report.from_dict(json.loads(raw or b""))
    except (ValueError, RecursionError) as error:
        raise InputError([Problem(str(file), 0, 0, f"is no JSON: {error}")]) from None
    except UserError as error:
        raise UserError(f"{file}: {error}") from None
