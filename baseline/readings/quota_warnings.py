"""At which level of a quota which program runs: what Dovecot's warnings come to, and the order they stand in."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from baseline.model import Scalar
from baseline.readings.dialects.dialect import Settings
from baseline.readings.dialects.warnings import Rule, Warnings

WARNER = "baseline-quota-warning"
"""The service of ours: a name of its own, so that a site's `quota-warning` stays what it is."""


def highest_first(rules: Iterable[Rule]) -> list[Rule]:
    """The order in which each rule can run: of those that were crossed Dovecot runs the first alone."""
    given = list(rules)
    rising = [one for one in given if one.percent is not None and not one.under]
    falling = sorted((one for one in given if one.percent is not None and one.under), key=lambda one: one.percent or 0)
    others = [one for one in given if one.percent is None]
    return [*sorted(rising, key=lambda one: -(one.percent or 0)), *falling, *others]


def levels(warnings: Warnings, settings: Settings, blocks: str) -> dict[str, Scalar]:
    """The rules as written, what is to be said of them, and the levels at which those of `WARNER` run, for a state.

    Of several quota roots what is found is what holds for all of them: no level where one of them has none. Raises
    `CannotTell`.
    """
    written, grace = warnings.written(settings, blocks), warnings.grace(settings, blocks)
    each = [_levels(warnings, one) for one in written.tried]
    found: dict[str, Scalar] = dict(written.every)
    verdicts = [verdict for verdict, _ in each if verdict != _RIGHT]
    found["warning rules"] = next(iter(verdicts), "ignored after a gap" if written.gap else _RIGHT)
    for key in _LEVELS:
        of_roots = [one[key] for _, one in each]
        found[key] = None if None in of_roots else max(one for one in of_roots if one is not None)
    found["grace"] = grace.percent
    found["grace as written"] = grace.written
    return found | {f"grace of {root}": percent for root, percent in grace.of_roots.items()}


_RIGHT = "readable, highest first"
_LEVELS = ("warns at", "stops sending at", "sending opens below")


def _levels(warnings: Warnings, tried: Sequence[str]) -> tuple[str, dict[str, int | None]]:
    """Of one root: what is to be said of its rules, and the levels."""
    rules: list[Rule] = []
    verdict = _RIGHT
    for one in tried:
        try:
            rules.append(warnings.parse(one))
        except ValueError as error:
            verdict = f"not readable: {error}"
    # A rule that stands twice runs at its first place, if at all.
    rising = list({(one.percent, one.command): one.percent for one in rules if one.percent and not one.under}.values())
    if verdict == _RIGHT and rising != sorted(rising, reverse=True):
        verdict = "readable, not highest first"
    return verdict, {
        "warns at": min(rising, default=None),
        "stops sending at": _level(rules, f"{WARNER} block {warnings.user}", under=False),
        "sending opens below": _level(rules, f"{WARNER} unblock {warnings.user}", under=True),
    }


def _level(rules: list[Rule], command: str, *, under: bool) -> int | None:
    return next((one.percent for one in rules if one.command == command and one.under == under), None)
