"""Kind `postfix_setting`: one parameter of Postfix, as its daemons get it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from baseline.edits import DropOverride, Edit, SetOverride, SetParameter
from baseline.formats import postfix
from baseline.formats.postfix import POSTFIX_FILES
from baseline.judge import UNLIMITED, Advised, Equal, Want, Wants
from baseline.kinds.base import Control, Line, Loosens, Size
from baseline.kinds.setting import LOOSENS, wanted
from baseline.model import Location, Scalar, State, Target
from baseline.model.looks import Parts
from baseline.readings.answers import ask, text
from baseline.readings.outline import Outline, set_in
from baseline.readings.postfix import Postfix
from baseline.remedies.remedy import Effects, Remedy
from baseline.sizes import parse_size

if TYPE_CHECKING:
    from testinfra.host import Host

_RAW = ("postconf", "postconf -P")
"""The same as `reading.POSTCONF`, with `$name` left as it is written."""

ServiceName = Annotated[str, Field(pattern=r"^[^\s/]+/(inet|unix|unix-dgram|fifo|pass)$")]
"""A service of master.cf, by name and type."""

_SIZE = re.compile(r"[0-9]+\s*[kmgt](i?b)?", re.IGNORECASE)
"""A size as it may stand in a bound, and not in main.cf."""

_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


class PostfixSetting(Control):
    """One parameter of Postfix, expanded as the daemons expand it, master.cf overrides included.

    An override that repeats the wanted value is not a fault. `services` limits which overrides are looked at;
    without it every service counts. With `only` the value that this one service gets is looked at, from
    wherever it comes, and what holds elsewhere is left out. A wanted value with `$name` in it holds when it
    stands there as written, or when it says the same expanded. A value with bounds is judged as a number:
    `20971520 # 20 MB` is none, and Postfix's daemons die of it. Sources: postconf(1) -x and -P, postconf(5).
    """

    summary: ClassVar[str] = "One parameter of Postfix, as its daemons get it, overrides in master.cf included."
    loosens: ClassVar[Loosens] = {
        **LOOSENS,
        "services": "change",
        "only": "change",
    }
    effects: ClassVar[Effects | None] = Effects(
        displaces="rules and milters of the site's own in a list that the control sets; any other value that gives "
        "way is what is judged",
        notice="What the parameter does in Postfix; postconf(5) says it.",
    )

    kind: Literal["postfix_setting"]
    name: Annotated[
        str,
        Field(pattern=r"^[A-Za-z0-9_.-]+$", description="A parameter of postconf(5).", examples=["message_size_limit"]),
    ]
    value: Annotated[
        Line, Field(description="What an apply writes, as a line of main.cf has it.", examples=["26214400"])
    ]
    accept: Annotated[tuple[Line, ...], Field(description="Other values that will do.", examples=[["31457280"]])] = ()
    at_least: Annotated[
        Size | None,
        Field(description="The least value, as a number: with bounds the value is read as one.", examples=["25MB"]),
    ] = None
    at_most: Annotated[Size | None, Field(description="The most.", examples=["50MB"])] = None
    unit: Annotated[
        Literal["", "bytes", "seconds"],
        Field(
            description="What the number counts. With `seconds` the value may have a unit of Postfix, such as `4h`.",
            examples=["bytes"],
        ),
    ] = ""
    zero_is_unlimited: Annotated[
        bool, Field(description="Whether 0 means that there is no limit.", examples=[True])
    ] = False
    as_list: Annotated[
        bool, Field(description="Whether commas and spaces between words are the same.", examples=[True])
    ] = False
    services: Annotated[
        tuple[ServiceName, ...],
        Field(
            description="The services of master.cf whose overrides are looked at. Empty: all.", examples=[["smtp/inet"]]
        ),
    ] = ()
    only: Annotated[
        ServiceName | None,
        Field(
            description="The one service whose value is looked at, wherever that comes from.",
            examples=["submission/inet"],
        ),
    ] = None

    @model_validator(mode="after")
    def _value_fits(self) -> Self:
        if self.only is not None and self.services:
            raise ValueError("give either services or only")
        size = _SIZE.fullmatch(self.value) if self._bounded and self.unit != "seconds" else None
        if size:
            raise ValueError(f"value {self.value!r} is no number to Postfix: write {parse_size(self.value)}")
        if self._want().judge(self._scalar(self.value)) != "pass":
            raise ValueError(f"value {self.value!r} would not pass: wanted is {self._want()}")
        return self

    def expected(self, target: Target) -> Wants:
        """The value in main.cf, and the same in every override; that it is defined once is advised."""
        del target
        if self.only is not None:
            return {f"{self.name} in {self.only}": self._want()}
        return {
            self.name: self._want(),
            f"{self.name} in *": self._want(),
            f"earlier definitions of {self.name}": Advised(Equal(0)),
        }

    def demands(self, target: Target) -> Wants:
        """The value, in main.cf and in the services that are looked at; one with `$name` in it may be any."""
        if self._written:
            return {}
        keys = [key for key, want in self.expected(target).items() if not isinstance(want, Advised)]
        if self.services:
            keys = [self.name, *(f"{self.name} in {one}" for one in self.services)]
        return {f"postfix {key}": self._want() for key in keys}

    def actual(self, host: Host, target: Target) -> State:
        """The expanded value, one key `NAME in SERVICE` per override, and how often main.cf defined it before."""
        del target
        view = Postfix(host)
        raw, raw_overrides = {}, {}
        if self._written:
            main, services = ask(host, *_RAW)
            raw = postfix.parse_parameters(text(main))
            raw_overrides = postfix.parse_overrides(text(services))
        state = Parts({self.name: self._seen(view.setting(self.name), raw.get(self.name))})
        with state.part():
            self._overridden(view, raw_overrides, state)
        if self.only is not None:
            with state.part():
                if f"{self.name} in {self.only}" not in state:
                    state[f"{self.name} in {self.only}"] = state[self.name] if view.has(self.only) else None
            return state
        state[f"earlier definitions of {self.name}"] = view.overridden(self.name)
        return state

    def _overridden(self, view: Postfix, raw: Mapping[str, Mapping[str, str]], state: Parts) -> None:
        """One key for each override."""
        for service, value in view.overrides(self.name).items():
            if service in self._looked_at or not self._looked_at:
                written = raw.get(service, {}).get(self.name)
                state[f"{self.name} in {service}"] = self._seen(value, written)

    def set_at(self, state: State, written: Outline) -> Mapping[str, Location]:
        """The line of main.cf, or of the override."""
        return written.places(state, set_in("postfix", self.name))

    def reads(self, target: Target) -> tuple[str, ...]:
        """The two files of Postfix."""
        del target
        return POSTFIX_FILES

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """Set the parameter where main.cf differs, and take out overrides that differ; None for an unknown one."""
        del target
        want = self._want()
        if state[self.name] is None:
            return None
        if self.only is not None:
            return self._remedy_of_one(state, self.only)
        edits: list[Edit] = []
        if want.judge(state[self.name]) != "pass" or state[f"earlier definitions of {self.name}"]:
            edits.append(SetParameter(self.name, self.value))
        prefix = f"{self.name} in "
        for key, value in state.items():
            if key.startswith(prefix) and want.judge(value) != "pass":
                edits.append(DropOverride(key.removeprefix(prefix), self.name))
        return Remedy(edits=tuple(edits), reloads=("postfix",))

    def _remedy_of_one(self, state: State, service: str) -> Remedy | None:
        if state[f"{self.name} in {service}"] is None:
            return None
        edit: Edit = SetOverride(service, self.name, self.value)
        if self._want().judge(state[self.name]) == "pass":
            edit = DropOverride(service, self.name)
        return Remedy(edits=(edit,), reloads=("postfix",))

    def advice(self, state: State) -> str:
        """What to do about a parameter that this Postfix does not have."""
        if state.get(self.name, "") is None:
            return f"this version of Postfix has no parameter {self.name}: upgrade Postfix. {self.fix}".strip()
        if self.only is not None and state.get(f"{self.name} in {self.only}", "") is None:
            return f"master.cf has no service {self.only}: add it by hand. {self.fix}".strip()
        return self.fix

    @property
    def _looked_at(self) -> tuple[str, ...]:
        return self.services if self.only is None else (self.only,)

    @property
    def _bounded(self) -> bool:
        return self.at_least is not None or self.at_most is not None

    @property
    def _written(self) -> bool:
        """Whether a wanted value has to be compared as it is written, too."""
        return any("$" in value for value in (self.value, *self.accept))

    def _want(self) -> Want:
        values = [self._scalar(value) for value in (self.value, *self.accept)]
        return wanted(values, self.at_least, self.at_most, self.unit)

    def _seen(self, expanded: str | None, written: str | None) -> Scalar:
        if expanded is None:
            return None
        if written is not None and self._want().judge(self._scalar(written)) == "pass":
            return self._scalar(written)
        return self._scalar(expanded)

    def _scalar(self, value: str) -> Scalar:
        """A value as it is compared: a number where bounds are asked for, else text with its white space evened out."""
        if not self._bounded:
            return ", ".join(re.findall(r"[^\s,]+", value)) if self.as_list else " ".join(value.split())
        match = re.fullmatch(r"([0-9]+)([smhdw]?)", value, re.ASCII)
        if not match or (match[2] and self.unit != "seconds"):
            return f"not a number: {value}"
        number = int(match[1]) * _SECONDS[match[2]]
        return UNLIMITED if number == 0 and self.zero_is_unlimited else number
