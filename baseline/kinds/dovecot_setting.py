"""Kind `dovecot_setting`: one setting of Dovecot, as the protocols' processes get it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from baseline import sizes
from baseline.edits import SetBlock
from baseline.errors import CannotTell
from baseline.formats import dovecot
from baseline.judge import UNLIMITED, Want, Wants
from baseline.kinds.base import Control, Line, Loosens, Size
from baseline.kinds.setting import LOOSENS, wanted
from baseline.model import Location, Scalar, State, Target
from baseline.model.looks import Parts
from baseline.readings.answers import ask, text
from baseline.readings.dovecot import DIALECT, VERSION, dialect_named
from baseline.readings.dovecot_values import SettingValue, each_question, has_plugin_section, value_of, value_question
from baseline.readings.outline import Outline, set_in
from baseline.remedies.remedy import Effects, Remedy

if TYPE_CHECKING:
    from testinfra.host import Host

Protocol = Literal["imap", "pop3", "lmtp", "lda", "sieve", "submission", "doveadm"]
"""doveconf takes any word as a protocol and answers for it, so a misspelt one must be refused here."""

_SECONDS = {"msec": 0.001, "sec": 1, "min": 60, "hour": 3600, "day": 86400, "week": 604800}


class DovecotSetting(Control):
    """One setting of Dovecot, as each protocol gets it, by the name that the host's release has for it.

    Without `protocols` the setting is looked at globally and for every protocol that runs, since a `protocol`
    section beats what stands outside of it whatever the order. Sizes and times are compared by what they mean:
    Dovecot prints `100M` as `100 M`. A setting of 2.3 that 2.4 does not have, such as any of the section `plugin`, is
    not there on a host with 2.4. Lists of yes and no, as 2.4 has them, are compared as the names that are on. Sources:
    doveconf(1), doc.dovecot.org 2.3 "Types of settings" and 2.4 "Settings syntax".
    """

    summary: ClassVar[str] = "One setting of Dovecot, globally and as each protocol gets it."
    loosens: ClassVar[Loosens] = {
        **LOOSENS,
        "protocols": "lower",
    }
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because the value that gives way is the one that is judged",
        notice="What the setting does in Dovecot; its documentation says it.",
    )

    kind: Literal["dovecot_setting"]
    name: Annotated[
        str,
        Field(
            pattern=r"^(plugin/)?[a-z][A-Za-z0-9_-]*$",
            description="As files have it; `plugin/NAME` for one of the section `plugin` of Dovecot 2.3.",
            examples=["ssl_min_protocol"],
        ),
    ]
    value: Annotated[
        Line, Field(description="What an apply writes, as a line of a configuration has it.", examples=["TLSv1.2"])
    ]
    accept: Annotated[tuple[Line, ...], Field(description="Other values that will do.", examples=[["TLSv1.3"]])] = ()
    at_least: Annotated[
        Size | None,
        Field(description="The least value, as a number: with bounds the value is read as one.", examples=["100MB"]),
    ] = None
    at_most: Annotated[Size | None, Field(description="The most.", examples=["2GB"])] = None
    unit: Annotated[
        Literal["", "bytes"], Field(description="What the number counts, for reports.", examples=["bytes"])
    ] = ""
    zero_is_unlimited: Annotated[
        bool, Field(description="Whether 0 means that there is no limit.", examples=[True])
    ] = False
    protocols: Annotated[
        tuple[Protocol, ...],
        Field(
            description="The protocols that it is looked at for. Empty: globally, and for all that run.",
            examples=[["imap"]],
        ),
    ] = ()

    @model_validator(mode="after")
    def _value_fits(self) -> Self:
        if re.search(r"password|secret|passdb|api_?key", self.name):
            raise ValueError(
                f"{self.name} is a secret, which would stand in reports: put it on the host by other means"
            )
        if self._want().judge(self._scalar(self.value)) != "pass":
            raise ValueError(f"value {self.value!r} would not pass: wanted is {self._want()}")
        self._block("")
        return self

    def expected(self, target: Target) -> Wants:
        """The value for each protocol named; without any, globally and for every protocol that runs."""
        del target
        if self.protocols:
            return {self._key(protocol): self._want() for protocol in self.protocols}
        return {self.name: self._want(), f"{self.name} for *": self._want()}

    def demands(self, target: Target) -> Wants:
        """The value, globally and for each protocol."""
        return {f"dovecot {key}": want for key, want in self.expected(target).items()}

    def actual(self, host: Host, target: Target) -> State:
        """The value by `NAME` and `NAME for PROTOCOL`; None is a setting that is not there or has no value."""
        del target
        if self.protocols:
            asked = (value_question(self.name, one) for one in self.protocols)
            version, main, *answers = ask(host, VERSION, value_question(self.name), *asked)
            dialect = dialect_named(text(version)).name
            everywhere = value_of(dialect, self.name, text(main))
            found = [self._one(value_of(dialect, self.name, text(one), everywhere)) for one in answers]
            return {DIALECT: dialect, **dict(zip(map(self._key, self.protocols), found, strict=True))}
        version, main, each = ask(host, VERSION, value_question(self.name), each_question(self.name))
        dialect = dialect_named(text(version)).name
        everywhere = value_of(dialect, self.name, text(main))
        state = Parts({DIALECT: dialect})
        with state.part():
            state[self.name] = self._one(everywhere)
        with state.part():
            told = re.split(r"^protocol ([a-z0-9]+)$\n?", text(each), flags=re.M)[1:]
            for protocol, printed in zip(told[::2], told[1::2], strict=True):
                state[self._key(protocol)] = self._one(value_of(dialect, self.name, printed, everywhere))
            if not told:
                raise CannotTell("`doveconf -h protocols` names no protocol, so nothing runs that the setting is for")
        return state

    def set_at(self, state: State, written: Outline) -> Mapping[str, Location]:
        """The line that wins, globally and for each protocol."""
        return written.places(state, set_in("dovecot", self.name))

    def reads(self, target: Target) -> tuple[str, ...]:
        """The drop-in that is read after the files of the distribution."""
        del target
        return (dovecot.DROP_IN,)

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """A block in the drop-in for each place where the value differs; None for a setting that Dovecot lacks.

        Every protocol has its own block, so that mending one never takes away what mended another.
        """
        del target
        want = self._want()
        wrong = [key for key in state if key != DIALECT and want.judge(state[key]) != "pass"]
        if any(state[key] is None for key in wrong) and not (self._in_plugin and has_plugin_section(state)):
            return None
        edits = []
        for key in wrong:
            protocol = key.removeprefix(self.name).removeprefix(" for ")
            # A protocol that only repeats what holds everywhere is mended by mending that.
            if protocol and self.name in wrong and state[key] == state[self.name]:
                continue
            edits.append(SetBlock(dovecot.DROP_IN, f"{self.id} {protocol}".rstrip(), self._block(protocol)))
        return Remedy(edits=tuple(edits), reloads=("dovecot",))

    def advice(self, state: State) -> str:
        """What to do about a setting that Dovecot does not have."""
        missing = self.name in state and state[self.name] is None
        if missing and not (self._in_plugin and has_plugin_section(state)):
            return f"this Dovecot has no setting {self.name}: look for its name in this version. {self.fix}".strip()
        return self.fix

    @property
    def _bounded(self) -> bool:
        return self.at_least is not None or self.at_most is not None

    @property
    def _in_plugin(self) -> bool:
        return self.name.startswith("plugin/")

    def _key(self, protocol: str) -> str:
        return f"{self.name} for {protocol}"

    def _block(self, protocol: str) -> str:
        """The setting as the drop-in holds it, in its `plugin` and `protocol` sections."""
        name = self.name.removeprefix("plugin/")
        lines = dovecot.setting_line(name, self.value)
        if self._in_plugin:
            lines = dovecot.section("plugin", [lines])
        return dovecot.section(f"protocol {protocol}", [lines]) if protocol else lines

    def _want(self) -> Want:
        values = [self._scalar(value) for value in (self.value, *self.accept)]
        return wanted(values, self.at_least, self.at_most, self.unit)

    def _one(self, found: SettingValue) -> Scalar:
        """A value as it is compared; None for a setting that is not there."""
        if found.value is None:
            unset = found.may_be_unset and self._bounded and self._in_plugin and self.zero_is_unlimited
            return UNLIMITED if unset else None
        return self._scalar(found.value)

    def _scalar(self, value: str) -> Scalar:
        """A value as it is compared: bytes or a number where bounds are asked for, else the wanted text it means."""
        if self._bounded and value == UNLIMITED:
            return UNLIMITED
        if self._bounded:
            try:
                number = sizes.dovecot_setting(value)
            except ValueError:
                return f"not a number: {value}"
            return UNLIMITED if number == 0 and self.zero_is_unlimited else number
        wanted = (" ".join(text.split()) for text in (self.value, *self.accept))
        return next((text for text in wanted if self._same(text, value)), " ".join(value.split()))

    def _same(self, one: str, other: str) -> bool:
        if one.split() == other.split():
            return True
        if self._in_plugin:
            return False
        return any(read(one) is not None and read(one) == read(other) for read in (_bytes, _seconds))


def _bytes(value: str) -> int | None:
    try:
        return sizes.dovecot_setting(value)
    except ValueError:
        return None


def _seconds(value: str) -> float | None:
    match = re.fullmatch(r"([0-9]+)\s*(msec|sec|min|hour|day|week|s|m|h|d|w)s?", value.strip().lower())
    if not match:
        return None
    unit = next(name for name in _SECONDS if (name.startswith(match[2]) and name != "msec") or name == match[2])
    return int(match[1]) * _SECONDS[unit]
