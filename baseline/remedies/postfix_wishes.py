"""Parameters of Postfix that one control wants together: judged, and mended, override by override."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from baseline.classes import dataclass
from baseline.edits import DropOverride, Edit, SetParameter
from baseline.judge import Advised, Want, Wants
from baseline.model import Outcome, Scalar, State
from baseline.readings.postfix import Postfix


def words(value: str) -> Scalar:
    """A value with its white space evened out."""
    return " ".join(value.split())


@dataclass(frozen=True)
class Wish:
    """One parameter: what is wanted of what `meaning` makes of its value, and the value that is applied."""

    name: str
    want: Want
    value: str
    meaning: Callable[[str], Scalar] = words


def wants_of(wishes: Iterable[Wish]) -> Wants:
    """The parameter in main.cf, and the same in every override."""
    return {key: wish.want for wish in wishes for key in (wish.name, f"{wish.name} in *")}


def state_of(wishes: Iterable[Wish], view: Postfix, daemons: Sequence[str]) -> State:
    """What each parameter means, in main.cf and in the overrides of services that run one of the daemons.

    None is a parameter that this Postfix does not have.
    """
    services = {service for daemon in daemons for service in view.services(daemon)}
    state: dict[str, Scalar] = {}
    for wish in wishes:
        value = view.setting(wish.name)
        state[wish.name] = None if value is None else wish.meaning(value)
        for service, override in view.overrides(wish.name).items():
            if service in services:
                misspelt = "(not read" in override
                state[f"{wish.name} in {service}"] = words(override) if misspelt else wish.meaning(override)
    return state


def edits_of(wishes: Iterable[Wish], state: State) -> list[Edit]:
    """Set what differs in main.cf, and take out overrides that differ. Nothing for what this Postfix lacks."""
    edits: list[Edit] = []
    for wish in wishes:
        if state[wish.name] is None:
            continue
        if _wrong(wish, state[wish.name]):
            edits.append(SetParameter(wish.name, wish.value))
        prefix = f"{wish.name} in "
        for key, value in state.items():
            if key.startswith(prefix) and _wrong(wish, value):
                edits.append(DropOverride(key.removeprefix(prefix), wish.name))
    return edits


def lacking(wishes: Iterable[Wish], state: State) -> str:
    """Advice about parameters that this Postfix does not have; empty when it has all."""
    names = [wish.name for wish in wishes if state.get(wish.name, "") is None]
    return f"this version of Postfix has no parameter {', '.join(names)}: upgrade Postfix." if names else ""


def _wrong(wish: Wish, value: Scalar) -> bool:
    want = wish.want.want if isinstance(wish.want, Advised) else wish.want
    return want.judge(value) is not Outcome.PASS
