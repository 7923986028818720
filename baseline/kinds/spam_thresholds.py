"""Kind `spam_thresholds`: from which score mail is delayed, marked and refused."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from baseline.edits import Edit, SetUcl
from baseline.errors import CannotTell
from baseline.formats.ucl import literal
from baseline.judge import Between, Equal, Want, Wants
from baseline.kinds.base import Control, Loosens
from baseline.model import Location, Scalar, State, Target
from baseline.model.looks import Parts, also_unread
from baseline.readings.answers import ask
from baseline.readings.exemptions import NOT_EVERYBODY, told, unread
from baseline.readings.filter_engine import SA_SCORE, SPAMASS_MILTER, Engine, reject_score, required_score, rspamd
from baseline.readings.outline import Outline, set_in
from baseline.readings.rspamd import DUMP, assigned, override_question, set_otherwise
from baseline.remedies.mending import helps
from baseline.remedies.remedy import Effects, Remedy

if TYPE_CHECKING:
    from testinfra.host import Host

LOCAL = "/etc/rspamd/local.d/actions.conf"
OVERRIDE = "/etc/rspamd/override.d/actions.conf"
_KEYS = {"greylist": "greylist", "mark": "add_header", "reject": "reject"}
"""The names here, and those of Rspamd's actions."""

Score = Annotated[float, Field(ge=0, le=1000)]
Bounds = Annotated[tuple[Score, Score], Field(description="The least and the most that are accepted.")]
_RSPAMD = "Rspamd"
_ORDER = "order of the scores"


class SpamThresholds(Control):
    """The scores at which the filter acts: marked at a lower one than refused, and both within reason.

    Looked at, with Rspamd: `actions` of `rspamadm configdump -j`, override.d included. `greylist`, `add_header` and
    `reject` have to be there, be numbers, rise in that order, and lie in their bounds. Rspamd takes `reject = 9999`,
    which refuses nothing, a reject below greylist, and `add_header = null`, which is gone from the dump, all without
    a word. And that no entry of `settings` has other scores, or none, for everybody. With SpamAssassin: the last
    `required_score` of /etc/spamassassin/*.cf, which marks, and the `-r` that the running spamass-milter was started
    with, without which nothing is ever refused.

    Applied, with Rspamd: the scores that are missing or out of bounds, in local.d/actions.conf, which holds flat keys
    (an `actions { }` around them makes the whole configuration invalid). Not where override.d assigns one as well,
    since that beats local.d; nor where only the order is wrong of scores that are each in bounds: which is meant is
    for a person to say. With SpamAssassin by hand.

    What can go wrong: scores are calibrated for Rspamd's own rules; many own rules call for own scores, within the
    bounds. Sources: rspamd.com "Actions and scores"; Mail::SpamAssassin::Conf required_score; spamass-milter(1) -r.
    """

    summary: ClassVar[str] = "From which score mail is delayed, marked and refused."
    loosens: ClassVar[Loosens] = {
        "greylist_bounds": "change",
        "mark_bounds": "change",
        "reject_bounds": "change",
    }
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because the scores that give way are the ones that are judged, and override.d is left "
        "to the site",
        notice="More mail, or less, is taken for spam.",
    )

    kind: Literal["spam_thresholds"]
    engine: Engine = "rspamd"
    greylist: Annotated[Score, Field(description="Score from which mail is delayed.")] = 4
    mark: Annotated[Score, Field(description="Score from which mail is marked as spam.")] = 6
    reject: Annotated[Score, Field(description="Score from which mail is refused.")] = 15
    greylist_bounds: Bounds = (0, 10)
    mark_bounds: Bounds = (3, 12)
    reject_bounds: Bounds = (8, 30)

    @model_validator(mode="after")
    def _sane(self) -> Self:
        for name, (low, high) in self._bounds.items():
            value = self._scores[name]
            if not low <= value <= high:
                raise ValueError(f"{name} ({value:g}) is not in {name}_bounds ({low:g} to {high:g})")
        if not self.greylist < self.mark < self.reject:
            scores = ", ".join(f"{name} ({getattr(self, name)})" for name in ("greylist", "mark", "reject"))
            raise ValueError(f"{scores} have to rise in this order")
        return self

    def expected(self, target: Target) -> Wants:
        """Each score in its bounds, and all in order."""
        del target
        wants: dict[str, Want] = {name: Between(*self._bounds[name]) for name in self._named}
        wants |= {_ORDER: Equal("rising")}
        return wants | ({f"exempt in {_RSPAMD}": Equal(NOT_EVERYBODY)} if self.engine == "rspamd" else {})

    def demands(self, target: Target) -> Wants:
        """The scores of Rspamd, as its configuration names them."""
        del target
        if self.engine != "rspamd":
            return {}
        return {f"rspamd actions.{key}": Between(*self._bounds[name]) for name, key in _KEYS.items()}

    def actual(self, host: Host, target: Target) -> State:
        """The scores, and what override.d assigns to each."""
        del target
        if self.engine == "spamassassin":
            scores, running = ask(host, SA_SCORE, SPAMASS_MILTER)
            found: dict[str, Scalar] = {"mark": required_score(scores), "reject": reject_score(running)}
            return found | {_ORDER: _order(list(found.values()))}
        dump, override = ask(host, DUMP, override_question(OVERRIDE))
        actions = rspamd(dump).get("actions")
        if not isinstance(actions, dict):
            raise CannotTell(f"`{DUMP}` has no section actions")
        state = Parts({name: _score(actions.get(key)) for name, key in _KEYS.items()})
        state[_ORDER] = _order([value for value in state.values() if value is not None])
        exempt = {_RSPAMD: set_otherwise(rspamd(dump))}
        state |= told(exempt)
        with state.part():
            state |= {f"{OVERRIDE}: {key}": assigned(override, key) for key in _KEYS.values()}
        return also_unread(state, unread(exempt))

    def set_at(self, state: State, written: Outline) -> Mapping[str, Location]:
        """The line of override.d or local.d."""
        if self.engine != "rspamd":
            return {}
        return written.places(
            state, set_in("rspamd", also={name: f"actions.conf/{key}" for name, key in _KEYS.items()})
        )

    def reads(self, target: Target) -> tuple[str, ...]:
        """The file of the scores in local.d."""
        del target
        return (LOCAL,) if self.engine == "rspamd" else ()

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """The scores that are out of bounds, or not there; None where something else decides them."""
        if self.engine != "rspamd":
            return None
        wrong = [name for name in _KEYS if Between(*self._bounds[name]).judge(state[name]) != "pass"]
        blocked = {name for name in _KEYS if state[f"{OVERRIDE}: {_KEYS[name]}"] is not None}
        after = {name: self._scores[name] if name in wrong else state[name] for name in _KEYS}
        ordered = _rising(list(after.values()))
        if blocked.intersection(wrong) or not ordered:
            return None
        if not helps(self.expected(target), state, lambda key: key in blocked or key == f"exempt in {_RSPAMD}"):
            return None
        edits: list[Edit] = [SetUcl(LOCAL, _KEYS[name], literal(self._scores[name])) for name in wrong]
        return Remedy(edits=tuple(edits), reloads=("rspamd",)) if edits else None

    def advice(self, state: State) -> str:
        """What a person can do."""
        if self.engine == "spamassassin":
            return self.fix or (
                f"Give spamass-milter `-r {self.reject:g}` in /etc/default/spamass-milter, and SpamAssassin "
                f"`required_score {self.mark:g}` in /etc/spamassassin/local.cf."
            )
        if any(value is not None for key, value in state.items() if key.startswith(OVERRIDE)):
            return self.fix or f"{OVERRIDE} beats local.d: change the scores there."
        return self.fix or f"Decide on scores that rise from greylist to add_header to reject, in {LOCAL}."

    @property
    def _named(self) -> tuple[str, ...]:
        return ("mark", "reject") if self.engine == "spamassassin" else tuple(_KEYS)

    @property
    def _scores(self) -> dict[str, float]:
        return {"greylist": self.greylist, "mark": self.mark, "reject": self.reject}

    @property
    def _bounds(self) -> dict[str, tuple[float, float]]:
        return {"greylist": self.greylist_bounds, "mark": self.mark_bounds, "reject": self.reject_bounds}


def _score(value: object) -> Scalar:
    """A score as it is compared; what is no number, such as a score given twice, is shown as it stands."""
    if isinstance(value, bool) or not isinstance(value, int | float | None):
        return f"no score: {value}"
    return value


def _rising(scores: list[Scalar]) -> bool:
    numbers = [score for score in scores if isinstance(score, int | float)]
    return all(one < other for one, other in pairwise(numbers))


def _order(scores: list[Scalar]) -> str:
    return "rising" if _rising(scores) else "not rising"
