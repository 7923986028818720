"""JSON as it is easily read and compared: what fits into a line is one line, lines of text are a line each."""

from __future__ import annotations

import json
from typing import Any

WIDTH = 118
"""Characters to a line, as far as breaking a list or an object can make it so."""


def laid_out(value: Any, room: int = WIDTH, indent: str = "") -> str:
    """The JSON of a value, without a newline at its end. `room` are the characters left in the first line."""
    line = json.dumps(value, ensure_ascii=False)
    if not value or not isinstance(value, list | tuple | dict) or len(line) <= room:
        return line
    inner = indent + " "
    left = WIDTH - len(inner) - 1
    if not isinstance(value, dict):
        parts = [laid_out(one, left, inner) for one in value]
        return "[\n" + ",\n".join(inner + part for part in parts) + f"\n{indent}]"
    named = [(json.dumps(name, ensure_ascii=False) + ": ", one) for name, one in value.items()]
    parts = [name + laid_out(one, left - len(name), inner) for name, one in named]
    return "{\n" + ",\n".join(inner + part for part in parts) + f"\n{indent}}}"
