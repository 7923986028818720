"""JSON that hosts print, read with bounds: whoever sends it chooses how deep it is, and how large its numbers are."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any

_MOST_DIGITS = 30
"""Digits of a whole number. 64 bits have 20."""

_MOST_OBJECTS, _MOST_KEYS = 60_000, 10_000
"""Objects, and different keys of them, in what a host prints: 30 000 accounts of Dovecot take two objects each."""

_KEY = re.compile(r'"[^"]{0,200}"\s{0,20}:')


def read(text: str, pairs: Callable[[list[tuple[str, Any]]], Any] | None = None, *, large: bool = False) -> Any:
    """The document. `pairs` makes an object of its keys and values; with `large` it may be as large as one likes.

    Raises ValueError for other text, for one that is nested too deeply or has too many objects, and for a number that
    is none (`NaN`), has no end or far too many digits.
    """
    if not large:
        _bounded(text)
    try:
        return json.loads(
            text, parse_int=_whole, parse_float=_finite, parse_constant=_no_number, object_pairs_hook=pairs
        )
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _bounded(text: str) -> None:
    """Small objects take a hundred times the memory of their text, so they are counted before there are any."""
    if text.count("{") > _MOST_OBJECTS:
        raise ValueError(f"it has more than {_MOST_OBJECTS} objects")
    if text.count(":") > _MOST_KEYS:
        keys = set[str]()
        for key in _KEY.finditer(text):
            keys.add(key[0])
            if len(keys) > _MOST_KEYS:
                raise ValueError(f"its objects have more than {_MOST_KEYS} different keys")


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
