"""JSON that hosts print, read with bounds: whoever sends it chooses how deep it is, and how large its numbers are."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

_MOST_DIGITS = 30
"""Digits of a whole number. 64 bits have 20."""


def read(text: str, pairs: Callable[[list[tuple[str, Any]]], Any] | None = None) -> Any:
    """The document. `pairs` makes an object of its keys and values.

    Raises ValueError for other text, for one that is nested too deeply, and for a number that is none (`NaN`), has no
    end or far too many digits.
    """
    try:
        return json.loads(
            text, parse_int=_whole, parse_float=_finite, parse_constant=_no_number, object_pairs_hook=pairs
        )
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _whole(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"a number has {len(digits)} digits")
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:40]} is no number that anything has")
    return number


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number")
