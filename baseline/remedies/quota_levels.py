"""The warning rules of `quota_thresholds` beside those of a site: their order, and which of the site's lose by it."""

from __future__ import annotations

from baseline.model import State
from baseline.readings.dialects.warnings import Rule
from baseline.readings.dovecot import dialect_of
from baseline.readings.quota_stopping import own_rules
from baseline.readings.quota_warnings import WARNER, highest_first
from baseline.remedies.remedy import Displacing

_FIRST_ALONE = "would run no more: of several rules at one level Dovecot runs the first alone"


def rules(state: State, warn_pct: int, send_pct: int) -> list[Rule]:
    """All rules: those of the site that Dovecot can read, and ours in place of former ones of ours."""
    warnings = dialect_of(state).warnings
    ours = [
        warnings.rule(send_pct, f"{WARNER} block {warnings.user}"),
        warnings.rule(send_pct, f"{WARNER} unblock {warnings.user}", under=True),
    ]
    if not warned(state, warn_pct):
        ours.append(warnings.rule(warn_pct, f"{WARNER} warn {warnings.user}"))
    return highest_first([*ours, *_own(state).values()])


def warned(state: State, warn_pct: int) -> bool:
    """Whether a rule of the site runs at the very level of the warning: ours would take its place."""
    return any(one.percent == warn_pct and not one.under for one in _own(state).values())


def displaced(state: State, send_pct: int) -> tuple[Displacing, ...]:
    """Rules of the site at a level of ours, which would run no more; none once ours are there."""
    if state["stops sending at"] is not None:
        return ()
    return tuple(
        Displacing(f"the warning rule `{one.text}`", _FIRST_ALONE, key)
        for key, one in _own(state).items()
        if one.percent == send_pct
    )


def by_hand(state: State, send_pct: int) -> str:
    """What to do where the site stops senders by rules of its own, and not as wanted."""
    frees = state["sending opens below"] or "no"
    return (
        f"the site's own rules stop sending at {state['stops sending at']} % and free it below {frees} %, and "
        f"{send_pct} % is wanted of both: change the rules, or set send_pct in an overlay"
    )


def _own(state: State) -> dict[str, Rule]:
    return own_rules(dialect_of(state).warnings, state)
