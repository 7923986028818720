"""Numbers as people read them and as JSON can hold them, whatever a host sent for one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from baseline.languages import ENGLISH, Language, term

if TYPE_CHECKING:
    from baseline.model.words import Scalar

UNITS = (term("bytes"), term("bits"), term("days"), term("hours"), term("seconds"), term("s"), term("messages"))
"""The units that have a word of their own in other languages."""

LARGEST = 10**300
"""Beyond this, readers of JSON see no number, and Python prints none of over 4300 digits."""


def shown(value: float, unit: str = "", language: Language = ENGLISH) -> str:
    """A number for people: bytes also in the binary unit that fits, others as they are."""
    number = int(value) if isinstance(value, float) and value.is_integer() else value
    if unit != "bytes" or not _sound(number):
        return f"{digits(number, language)} {language.say(unit) if unit in UNITS else unit}".strip()
    of_bytes = f"{number} {language.say(unit)}"
    for name, size in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if number >= size:
            scaled = number / size
            return f"{scaled:.0f} {name}" if scaled.is_integer() else f"{scaled:.1f} {name} ({of_bytes})"
    return of_bytes


def digits(number: float, language: Language = ENGLISH) -> str:
    """A number in digits; one that has too many by its magnitude: `about 10^400`."""
    if isinstance(number, int) and not _sound(number):
        power = f"{'-' if number < 0 else ''}10^{math.log10(abs(number)):.0f}"
        return language.say("about {number}", number=power)
    return str(number)


def storable(value: Scalar) -> Scalar:
    """A value that every report can hold: NaN, infinities and numbers beyond `LARGEST` become text."""
    if isinstance(value, int | float) and not _sound(value):
        return digits(value)
    return value


def _sound(number: float) -> bool:
    return math.isfinite(number) if isinstance(number, float) else abs(number) <= LARGEST
