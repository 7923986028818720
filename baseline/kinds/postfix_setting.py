"""Kind `postfix_setting`: one parameter of Postfix, as its daemons get it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

from baseline.edits import DropOverride, Edit, SetParameter
from baseline.judge import AtLeast, AtMost, Equal, OneOf, Want, Wants
from baseline.kinds.base import Control, Line, Remedy
from baseline.kinds.reading import Postfix
from baseline.model import State, Target

if TYPE_CHECKING:
    from testinfra.host import Host


class PostfixSetting(Control):
    """One parameter of Postfix, expanded as the daemons expand it, master.cf overrides included.

    An override that repeats the wanted value is not a fault. `services` limits which overrides are looked at;
    without it every service counts. Sources: postconf(1) -x and -P, postconf(5).
    """

    summary: ClassVar[str] = "One parameter of Postfix, as its daemons get it, overrides in master.cf included."

    kind: Literal["postfix_setting"]
    name: Line
    value: Line
    accept: tuple[Line, ...] = ()
    at_least: int | None = None
    at_most: int | None = None
    services: tuple[Line, ...] = ()

    def expected(self, target: Target) -> Wants:
        """The value in main.cf, and the same in every override."""
        del target
        return {self.name: self._want(), f"{self.name} in *": self._want()}

    def actual(self, host: Host, target: Target) -> State:
        """The expanded value, and one key `NAME in SERVICE` per override."""
        del target
        view = Postfix(host)
        state: dict[str, str | int | None] = {self.name: self._scalar(view.setting(self.name))}
        for service, value in view.overrides(self.name).items():
            if not self.services or service in self.services:
                state[f"{self.name} in {service}"] = self._scalar(value)
        return state

    def reads(self, target: Target) -> tuple[str, ...]:
        """The two files of Postfix."""
        del target
        return ("/etc/postfix/main.cf", "/etc/postfix/master.cf")

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """Set the parameter where main.cf differs, and take out overrides that differ."""
        del target
        want = self._want()
        edits: list[Edit] = []
        if want.judge(state[self.name]) != "pass":
            edits.append(SetParameter(self.name, self.value))
        for key, value in state.items():
            if key != self.name and want.judge(value) != "pass":
                edits.append(DropOverride(key.removeprefix(f"{self.name} in "), self.name))
        return Remedy(edits=tuple(edits), reloads=("postfix",))

    def _want(self) -> Want:
        if self.at_least is not None:
            return AtLeast(self.at_least)
        if self.at_most is not None:
            return AtMost(self.at_most)
        return OneOf((self.value, *self.accept)) if self.accept else Equal(self.value)

    def _scalar(self, value: str | None) -> str | int | None:
        bounded = self.at_least is not None or self.at_most is not None
        return int(value) if bounded and value is not None and value.isdigit() else value
