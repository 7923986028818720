"""What the kinds of one setting of a program have in common: a value, others that will do, or bounds."""

from __future__ import annotations

from collections.abc import Sequence

from baseline.judge import AtLeast, AtMost, Between, Equal, OneOf, Want
from baseline.kinds.base import Loosens
from baseline.model import Scalar

LOOSENS: Loosens = {
    "name": "change",
    "value": "change",
    "accept": "higher",
    "at_least": "lower",
    "at_most": "higher",
}
"""What an overlay may not do to these fields, which all settings have."""


def wanted(values: Sequence[Scalar], at_least: float | None, at_most: float | None, unit: str = "") -> Want:
    """Within the bounds where there are any, else one of the values: the one to be set, then others that will do.

    Raises ValueError for bounds and other values at once.
    """
    if (at_least is not None or at_most is not None) and len(values) > 1:
        raise ValueError("give either accept or bounds")
    if at_least is None:
        if at_most is None:
            return OneOf(tuple(values)) if len(values) > 1 else Equal(values[0])
        return AtMost(at_most, unit=unit)
    return AtLeast(at_least, unit=unit) if at_most is None else Between(at_least, at_most, unit)
