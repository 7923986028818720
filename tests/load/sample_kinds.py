"""Two kinds for tests of loading, so that these do not move with the kinds that ship."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from baseline.errors import InputError, Problem
from baseline.judge import AtLeast, Equal, Wants
from baseline.kinds.base import Control, Line, Loosens, Size
from baseline.model import Target


class Setting(Control):
    """A setting with a value and bounds."""

    loosens: ClassVar[Loosens] = {
        "at_least": "lower",
        "at_most": "higher",
        "needed": "lower",
        "allowed": "higher",
        "name": "change",
    }

    kind: Literal["setting"]
    name: Line
    value: Line = ""
    at_least: int | None = None
    at_most: int | None = None
    needed: tuple[Line, ...] = ()
    allowed: tuple[Line, ...] = ()
    enabled: bool = True

    @model_validator(mode="after")
    def _in_order(self) -> Setting:
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError("`at_least` is above `at_most`")
        return self

    def expected(self, target: Target) -> Wants:
        """The value, which a template of the package may refuse."""
        if self.value == "refused":
            raise InputError([Problem("templates/setting.j2", 3, 1, "it is refused")])
        return {"value": Equal(self.value), "by": Equal(target.subject or target.name)}


class Mount(BaseModel):
    """A part of `Space`."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    path: Line
    options: tuple[Line, ...] = ()


class Space(Control):
    """Room, and where it is mounted."""

    loosens: ClassVar[Loosens] = {"room": "lower", "mounts": "lower"}

    kind: Literal["space"]
    room: Size
    mounts: tuple[Mount, ...] = ()
    labels: dict[str, int] = Field(default_factory=dict)
    anything: Any = None

    def expected(self, target: Target) -> Wants:
        """The room."""
        del target
        return {"room": AtLeast(self.room)}


KINDS = {"setting": Setting, "space": Space}
