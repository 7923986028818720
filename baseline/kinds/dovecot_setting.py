"""Kind `dovecot_setting`: one setting of Dovecot 2.3, as the protocols' processes get it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from baseline import sizes
from baseline.edits import SetBlock
from baseline.errors import CannotTell
from baseline.formats import dovecot
from baseline.judge import UNLIMITED, AtLeast, AtMost, Between, Equal, OneOf, Want, Wants
from baseline.kinds.base import Control, Line, Remedy, Size
from baseline.kinds.reading import ask, dovecot_23, shorten, text
from baseline.model import Scalar, State, Target

if TYPE_CHECKING:
    from testinfra.host import Host

Protocol = Literal["imap", "pop3", "lmtp", "lda", "sieve", "submission", "doveadm"]
"""doveconf takes any word as a protocol and answers for it, so a misspelt one must be refused here."""

_SECONDS = {"msec": 0.001, "sec": 1, "min": 60, "hour": 3600, "day": 86400, "week": 604800}


class DovecotSetting(Control):
    """One setting of Dovecot 2.3, `NAME` or `plugin/NAME`, as each protocol gets it.

    Without `protocols` the setting is looked at globally and for every protocol that runs, since a `protocol`
    section beats what stands outside of it whatever the order. Sizes and times are compared by what they mean:
    Dovecot prints `100M` as `100 M`. Sources: doveconf(1), doc.dovecot.org 2.3 "Types of settings".
    """

    summary: ClassVar[str] = "One setting of Dovecot 2.3, globally and as each protocol gets it."

    kind: Literal["dovecot_setting"]
    name: Annotated[str, Field(pattern=r"^(plugin/)?[a-z][A-Za-z0-9_-]*$")]
    value: Line
    accept: tuple[Line, ...] = ()
    at_least: Size | None = None
    at_most: Size | None = None
    unit: Literal["", "bytes"] = ""
    zero_is_unlimited: bool = False
    protocols: tuple[Protocol, ...] = ()

    @model_validator(mode="after")
    def _value_fits(self) -> Self:
        if self._bounded and self.accept:
            raise ValueError("give either accept or bounds")
        if self._want().judge(self._scalar(self.value)) != "pass":
            raise ValueError(f"value {self.value!r} would not pass: wanted is {self._want()}")
        self._block({"": None} if not self.protocols else dict.fromkeys(self.protocols))
        return self

    def expected(self, target: Target) -> Wants:
        """The value for each protocol named; without any, globally and for every protocol that runs."""
        del target
        if self.protocols:
            return {self._key(protocol): self._want() for protocol in self.protocols}
        return {self.name: self._want(), f"{self.name} for *": self._want()}

    def actual(self, host: Host, target: Target) -> State:
        """The value by `NAME` and `NAME for PROTOCOL`; None is a setting that is not there or has no value."""
        del target
        name = shlex.quote(self.name)
        if self.protocols:
            version, *answers = ask(
                host,
                "dovecot --version",
                *(f"doveconf -f protocol={protocol} -h {name}" for protocol in self.protocols),
            )
            dovecot_23(text(version))
            pairs = zip(self.protocols, answers, strict=True)
            return {self._key(protocol): self._one(text(answer)) for protocol, answer in pairs}
        version, main, each = ask(
            host,
            "dovecot --version",
            f"doveconf -h {name}",
            f"for p in $(doveconf -h protocols); do echo \"protocol $p\"; doveconf -f protocol=\"$p\" -h {name} || exit; done",
        )
        dovecot_23(text(version))
        state = {self.name: self._one(text(main))}
        for part in re.split(r"^protocol ", text(each), flags=re.M)[1:]:
            protocol, _, printed = part.partition("\n")
            state[self._key(protocol)] = self._one(printed)
        if len(state) == 1:
            raise CannotTell("`doveconf -h protocols` names no protocol, so nothing runs that the setting is for")
        return state

    def reads(self, target: Target) -> tuple[str, ...]:
        """The drop-in that is read after the files of the distribution."""
        del target
        return (dovecot.DROP_IN,)

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """A block of this control in the drop-in, for the protocols that differ; None for a setting Dovecot lacks."""
        del target
        want = self._want()
        wrong = {key: value for key, value in state.items() if want.judge(value) != "pass"}
        if any(value is None for value in wrong.values()) and not self.name.startswith("plugin/"):
            return None
        where = {key.partition(" for ")[2]: None for key in state if key in wrong or not self.protocols}
        if not self.protocols and self.name in wrong and not self._differs(state):
            where = {"": None}
        block = SetBlock(dovecot.DROP_IN, self.id, self._block(where))
        return Remedy(edits=(block,), reloads=("dovecot",))

    def advice(self, state: State) -> str:
        """What to do about a setting that Dovecot does not have."""
        if self.name in state and state[self.name] is None and not self.name.startswith("plugin/"):
            return f"this Dovecot has no setting {self.name}: look for its name in this version. {self.fix}".strip()
        return self.fix
