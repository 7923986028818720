"""Kind `rspamd_setting`: one value of Rspamd's configuration, or whether a module really runs."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, StrictBool, StrictFloat, StrictInt, model_validator

from baseline.edits import SetUcl
from baseline.errors import CannotTell
from baseline.formats import ucl
from baseline.judge import Equal, Matches, Want, Wants
from baseline.kinds.base import Control, Line, Loosens
from baseline.kinds.setting import LOOSENS, wanted
from baseline.model import Location, Scalar, State, Target
from baseline.model.looks import Parts
from baseline.readings.answers import as_json, ask, shorten, text
from baseline.readings.outline import Outline, set_in
from baseline.readings.rspamd import DUMP, MODULES, assigned, module, override_question
from baseline.remedies.remedy import Effects, Remedy

if TYPE_CHECKING:
    from testinfra.host import Host


_SECRET = re.compile(r"password|secret|privkey|keypair|token|api_?key")
Value = StrictBool | StrictInt | StrictFloat | Line
_WORKERS = {"controller": "controller", "normal": "normal", "rspamd_proxy": "proxy", "fuzzy": "fuzzy"}
_INC = ("options", "logging")
_NO_FILE = ("classifier", "composites", "group", "lua", "metric", "modules", "settings")
"""Sections whose `local.d` file, if they have one, is no list of flat keys."""


class RspamdSetting(Control):
    """One value of Rspamd's configuration as rspamadm reads it, override.d included, or whether a module runs.

    `name` is a path: `actions.reject`, `options.tempdir`, `worker.rspamd_proxy.milter`. `runs` asks about the
    module that is the path's first part: a module may be off for want of Redis while its settings are all there.
    Sources: rspamadm(1) configdump, rspamd.com "General information" (local.d and override.d).
    """

    summary: ClassVar[str] = "One value of Rspamd's configuration, or whether a module really runs."
    loosens: ClassVar[Loosens] = {
        **LOOSENS,
        "runs": "change",
    }
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because the value that gives way is the one that is judged, and override.d is left to "
        "the site",
        notice="What the setting does in Rspamd; its documentation says it.",
    )

    kind: Literal["rspamd_setting"]
    name: Annotated[
        str,
        Field(
            pattern=r"^[a-z][a-z0-9_]*(\.[A-Za-z0-9_]+)*$",
            description="The path of a value: section, and key.",
            examples=["actions.reject"],
        ),
    ]
    value: Annotated[Value | None, Field(description="What an apply writes.", examples=[15])] = None
    accept: Annotated[tuple[Value, ...], Field(description="Other values that will do.", examples=[[20]])] = ()
    at_least: Annotated[StrictInt | StrictFloat | None, Field(description="The least value.", examples=[10])] = None
    at_most: Annotated[StrictInt | StrictFloat | None, Field(description="The most.", examples=[30])] = None
    runs: Annotated[
        bool | None,
        Field(description="Whether the module that is the first part of `name` shall run.", examples=[True]),
    ] = None

    @model_validator(mode="after")
    def _value_fits(self) -> Self:
        if self.value is None:
            if self.runs is None or self.accept or self._bounded:
                raise ValueError("give the value to be set, or runs for a module")
            return self
        if _SECRET.search(self._parts[-1]):
            raise ValueError(
                f"{self.name} is a secret, which would stand in reports: put it on the host by other means"
            )
        if "." not in self.name:
            raise ValueError(f"{self.name} is a section: name one value in it, such as {self.name}.timeout")
        if self._want().judge(self.value) != "pass":
            raise ValueError(f"value {self.value!r} would not pass: wanted is {self._want()}")
        return self

    def expected(self, target: Target) -> Wants:
        """The value, and the module's own word for whether it runs."""
        del target
        wants: dict[str, Want] = {}
        if self.runs is not None:
            wants[self._module_key] = Equal("enabled") if self.runs else Matches("disabled.*", "disabled")
        if self.value is not None:
            wants[self.name] = self._want()
        return wants

    def demands(self, target: Target) -> Wants:
        """The value, and whether the module runs."""
        demands: dict[str, Want] = {}
        if self.runs is not None:
            demands[f"rspamd {self._module_key}"] = Equal("enabled" if self.runs else "disabled")
        if self.value is not None:
            demands[f"rspamd {self.name}"] = self.expected(target)[self.name]
        return demands

    def actual(self, host: Host, target: Target) -> State:
        """The value by its path, the module's state, and what override.d says of the same key (None: nothing)."""
        del target
        questions = [MODULES] if self.runs is not None else []
        path = self._override
        if self.value is not None:
            questions.append(DUMP)
        if path is not None:
            questions.append(override_question(path))
        answers = dict(zip(questions, ask(host, *questions), strict=True))
        state = Parts()
        with state.part():
            if self.runs is not None:
                state[self._module_key] = module(text(answers[MODULES]), self._parts[0])
        with state.part():
            if self.value is not None:
                state[self.name] = _scalar(_found(as_json(answers[DUMP]), self._parts))
        with state.part():
            if path is not None:
                state[path] = assigned(answers[questions[-1]], self._key)
        return state

    def set_at(self, state: State, written: Outline) -> Mapping[str, Location]:
        """The line of override.d or local.d."""
        if self._file is None:
            return {}
        return written.places(state, set_in("rspamd", also={self.name: f"{self._file}/{self._key}"}))

    def reads(self, target: Target) -> tuple[str, ...]:
        """The section's file in local.d."""
        del target
        return () if self._local is None else (self._local,)

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """Assign the key in local.d; None where override.d assigns it as well, or the section has no flat file."""
        del target
        if self._local is None or self._override is None or state[self._override] is not None:
            return None
        edits = []
        if self.value is not None and self._want().judge(state[self.name]) != "pass":
            edits.append(SetUcl(self._local, self._key, ucl.literal(self.value)))
        if self.runs is not None and not self._runs_as_wanted(state):
            if state[self._module_key] not in ("enabled", "disabled (explicitly)"):
                return None
            edits.append(SetUcl(self._local, "enabled", ucl.literal(self.runs)))
        return Remedy(edits=tuple(edits), reloads=("rspamd",)) if edits else None

    def advice(self, state: State) -> str:
        """Why local.d would not help, where it would not."""
        if self._override is not None and state.get(self._override) is not None:
            return f"{self._override} assigns {self._key}, which beats local.d: change it there. {self.fix}".strip()
        if self.runs and state.get(self._module_key, "enabled") != "enabled":
            found = state[self._module_key] or "not known to this Rspamd"
            return f"the module {self._parts[0]} is {found}: give it what it lacks. {self.fix}".strip()
        return self.fix

    @property
    def _bounded(self) -> bool:
        return self.at_least is not None or self.at_most is not None

    @property
    def _parts(self) -> list[str]:
        return self.name.split(".")

    @property
    def _key(self) -> str:
        return "enabled" if self.value is None else self._parts[-1]

    @property
    def _module_key(self) -> str:
        return f"module {self._parts[0]}"

    @property
    def _file(self) -> str | None:
        """The name of the section's file in local.d and override.d; None when a flat key in it would not do."""
        section, *rest = self._parts
        if section == "worker":
            return f"worker-{_WORKERS[rest[0]]}.inc" if len(rest) == 2 and rest[0] in _WORKERS else None
        if len(rest) > 1 or section in _NO_FILE:
            return None
        return f"{section}.inc" if section in _INC else f"{section}.conf"

    @property
    def _local(self) -> str | None:
        return None if self._file is None else f"/etc/rspamd/local.d/{self._file}"

    @property
    def _override(self) -> str | None:
        return None if self._file is None else f"/etc/rspamd/override.d/{self._file}"

    def _runs_as_wanted(self, state: State) -> bool:
        return (state[self._module_key] == "enabled") is self.runs

    def _want(self) -> Want:
        return wanted((self.value, *self.accept), self.at_least, self.at_most)


def _found(dump: Any, parts: list[str]) -> Any:
    """What stands at a path of the dump; None for nothing. The workers are a list of objects, one per worker."""
    if not isinstance(dump, dict):
        raise CannotTell(f"`{DUMP}` printed no object")
    if parts[0] != "worker":
        return _below(dump, parts)
    workers = dump.get("worker")
    values = [_below(worker, parts[1:]) for worker in (workers if isinstance(workers, list) else [workers])]
    found = [value for value in values if value is not None]
    if any(value != found[0] for value in found):
        raise CannotTell(f"several workers differ in {'.'.join(parts)}: {shorten(json.dumps(found))}")
    return found[0] if found else None


def _below(node: Any, parts: list[str]) -> Any:
    for part in parts:
        if not isinstance(node, dict):
            return None
        node = node.get(part)
    return node


def _scalar(value: Any) -> Scalar:
    """Lists, such as the two values of a key assigned twice, and sections are shown as JSON."""
    return value if isinstance(value, str | int | float | bool | None) else shorten(json.dumps(value))
