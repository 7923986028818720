"""What every kind of control shares: its fields, and the four things it can be asked."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    PrivateAttr,
    WrapValidator,
    model_validator,
)

from baseline.judge import Advised, Matches
from baseline.model import ROLES, About, Obligation, Severity, Shell
from baseline.own_template import OwnTemplate
from baseline.secret import Secret
from baseline.sizes import parse_size

if TYPE_CHECKING:
    from testinfra.host import Host

    from baseline.judge import Want, Wants
    from baseline.model import Location, State, Target
    from baseline.model.probes import View
    from baseline.readings.outline import Outline, ProgramSetting
    from baseline.remedies.remedy import Effects, Remedy


_CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f]")


def _one_line(text: str) -> str:
    if _CONTROL_CHARACTER.search(text):
        raise ValueError("must be one line without control characters")
    return text


def _size(value: Any) -> Any:
    return parse_size(value) if isinstance(value, str) else value


LINE = "line"
"""What the schema of a text of one line says, besides that it is text."""

Line = Annotated[str, AfterValidator(_one_line), Field(json_schema_extra={"format": LINE})]
"""Text that may reach a configuration file: a newline or NUL in it could smuggle in a setting."""


def _text_or_secret(value: Any, text: Any) -> Any:
    return value if isinstance(value, Secret) else text(value)


def _never_the_value(value: Any) -> Any:
    return repr(value) if isinstance(value, Secret) else value


SECRET_TOO = "secret-too"  # noqa: S105 -- a word of a schema
"""What the schema of a text that may be a secret says, besides that it is text."""

if TYPE_CHECKING:
    TextOrSecret = str | Secret
else:
    TextOrSecret = Annotated[
        str,
        WrapValidator(_text_or_secret),
        PlainSerializer(_never_the_value),
        Field(json_schema_extra={"format": SECRET_TOO}),
    ]
"""Text, or a secret: only for what is written into a file, and shown nowhere."""

SIZE = "size"
"""What the schema of a size says, besides that it is a whole number."""

if TYPE_CHECKING:
    TemplateName = str
else:
    TemplateName = Annotated[
        str, WrapValidator(lambda value, text: value if isinstance(value, OwnTemplate) else text(value))
    ]
"""A template of the package, or one of one's own, which keeps its text."""

Size = Annotated[int, BeforeValidator(_size), Field(ge=0, json_schema_extra={"format": SIZE})]
"""Whole bytes, written as `100MB`, `1GB` or a number."""

Role = Annotated[str, Field(pattern=f"^({'|'.join(ROLES)})$")]
"""What a host is for."""

ControlId = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9]*(-[A-Z0-9]+)+$", examples=["OUR-S-01"])]
"""What a control is called, for ever: one that gets another id names the old one as `formerly`."""

SystemName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9+.@_-]*$")]
"""What systems call a package, a unit, a user or a group."""

AbsolutePath = Annotated[str, AfterValidator(_one_line), Field(pattern=r"^/[^\s'\"\\;]*$")]
"""A path from the root, of characters that need no quoting in any program's configuration."""


Loosens = Mapping[str, Literal["lower", "higher", "change"]]
"""Field -> what an overlay may not do to it: make it `lower` (or drop members), `higher` (or add), or `change` it.

None counts as no bound at all, so dropping a bound loosens, and adding one does not.
"""


ByHand = Mapping[str, str]
"""Key of the state, with a `*` for what may stand there -> what a person does where it is wrong.

`{rest}` is what the `*` stands for, `{found}` and `{wanted}` are the key's, and `{by}` is what `everybody, by …` names.
"""


class Titles(BaseModel):
    """The title in English and, in the baselines that ship, in Malay. A text alone is the English one."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)  # only ever read as a part of others
    en: Line
    ms: Line = ""

    @model_validator(mode="before")
    @classmethod
    def _english(cls, given: Any) -> Any:
        return {"en": given} if isinstance(given, str) else given


class Source(BaseModel):
    """Where a requirement comes from, and whether it stands there verbatim or is inferred."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)  # only ever read as a part of others
    instrument: Line
    clause: Line = ""
    status: Annotated[str, Field(pattern="^(verbatim|inferred|external)$")] = "verbatim"


class Control(BaseModel):
    """One requirement of a baseline.

    A kind is a subclass with a literal `kind`. It reaches no network, clock or file system: it asks through
    testinfra's host object, and tells of changes as data.
    """

    # Every kind inherits this: it is built when a control of it is first read, and this class never is.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    kind: str
    id: ControlId
    title: Titles
    clause: Line
    obligation: Obligation
    severity: Severity
    roles: tuple[Role, ...] = ()
    why: str
    sources: tuple[Source, ...] = ()
    tags: tuple[Line, ...] = ()
    formerly: tuple[ControlId, ...] = ()
    fix: str = ""

    summary: ClassVar[str] = ""
    nothing_to_judge: ClassVar[str] = "nothing on this host that the control speaks of"
    shell: ClassVar[Shell] = "sh"
    """The language that it asks hosts in. A host that understands another is not one that it speaks of."""
    loosens: ClassVar[Loosens] = {}
    """What an overlay may not do to its fields."""

    about: ClassVar[About] = "host"
    """What it speaks of. One about a domain is asked of the host that speaks for it, or of nobody but the outside."""

    set_by: ClassVar[Mapping[str, ProgramSetting]] = {}
    """Key of the state, without the service or protocol at its end -> the setting that makes it what it is."""
    shows: ClassVar[tuple[str, ...]] = ()
    """Patterns of keys that a look from outside tells by itself. Of a host that nobody logs in to, these are judged."""
    decides_by: ClassVar[tuple[str, ...]] = ()
    """Beginnings of keys with truth values from outside, of which nothing is wanted and the remedy decides by."""

    effects: ClassVar[Effects | None] = None
    """What its remedies mean for a site; None for a kind without remedies."""

    by_hand: ClassVar[ByHand] = {}
    """What a person does about each key that no remedy mends. Goes before `advice`, and behind what an apply does."""

    _subject: str = PrivateAttr(default="")

    @property
    def key(self) -> str:
        """The id, and the subject where there is one: unique among what is asked of one host."""
        subject = self.subject
        return f"{self.id} {subject}" if subject else self.id

    @property
    def subject(self) -> str:
        """The domain or site that this control is asked about; empty for one about hosts."""
        # What `_subject` is, which pydantic takes ten times as long to look up by its name.
        subject: str = (self.__pydantic_private__ or {}).get("_subject", "")
        return subject

    def on(self, subject: str) -> Self:
        """The same control, about one domain or site."""
        copy = self.model_copy()
        copy._subject = subject
        return copy

    def applies(self, target: Target) -> bool:
        """Whether the control is for this host of the inventory."""
        return not self.not_for(target)

    def asked_of(self, target: Target) -> Target:
        """The target as the control is asked of it: with the control's subject, where it has one."""
        subject = self.subject
        return replace(target, subject=subject) if subject else target

    def not_for(self, target: Target) -> str:
        """Why the control is not for this host of the inventory; empty when it is."""
        if self.roles and not target.roles.intersection(self.roles):
            has = ", ".join(sorted(target.roles)) or "no role"
            return f"for {' or '.join(self.roles)} hosts; the inventory gives this one {has}"
        if self.shell != target.shell:
            return _OTHER_SHELL[target.shell]
        return ""

    def expected(self, target: Target) -> Wants:
        """What is wanted of each key of the state, for this host of the inventory."""
        raise NotImplementedError

    def judged_wants(self, target: Target) -> Wants:
        """What is judged: all that is expected, and where nobody logs in what of it shows from outside."""
        wants = self.expected(target)
        if self.about != "host" or not target.outside_only:
            return wants
        return {key: want for key, want in wants.items() if any(fnmatchcase(key, one) for one in self.shows)}

    def demands(self, target: Target) -> Wants:
        """What it wants of settings that other controls may speak of as well: program and name, as in `expected`.

        Two controls of a host whose demands on one setting no value meets contradict each other. Advice is no demand.
        """
        demands: dict[str, Want] = {}
        for key, want in self.expected(target).items():
            name, where, service = _parts_of(key)
            setting = self.set_by.get(name)
            if setting is not None and not isinstance(want, Advised | Matches) and _means_its_value(name, setting):
                demands[f"{setting.program} {_as_controls_say(setting)}{where}{service}"] = want
        return demands

    def actual(self, host: Host, target: Target) -> State:
        """Ask the host, and give what it says as a flat state.

        Deterministic and read-only. Ask every question before reading any answer, so that all of them travel
        in one exchange. Raises `CannotTell` when an answer cannot be read. Nothing, for what is only seen from outside.
        """
        del host, target
        return {}

    def assumed(self, target: Target) -> State:
        """What stands for the host's answers where nobody logs in: what the inventory says of it.

        Raises `NothingToJudge`.
        """
        del target
        return {}

    def set_at(self, state: State, written: Outline) -> Mapping[str, Location]:
        """Where keys of the state are set, as far as the host's files tell. Asks nothing."""
        return written.places(state, self.set_by)

    def outside(self, view: View, state: State, target: Target) -> State:
        """What is seen from outside the host; it is joined to `state`, what `actual` gave.

        Deterministic: it may depend on what was seen and on `view.now`, and on nothing else. Raises `CannotTell` for
        what could not be seen. Asked anew with every answer, so it just asks in order; what does not depend on
        an answer is announced by `view.ahead`, so that it is looked at together.
        """
        del view, state, target
        return {}

    def reads(self, target: Target) -> tuple[str, ...]:
        """Paths whose present content a remedy may need; they are asked for together with the questions."""
        del target
        return ()

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """What would make the control pass from this state; None when only a person can mend it.

        The state is what the host said. Of what was seen from outside it has the outcomes alone, and truth values: see
        `baseline/remedies/barrier.py`. What is written comes from the baseline, the inventory and the file itself.
        """
        del state, target
        return None

    def mended_with(self, remedy: Remedy, wrong: Collection[str], state: State) -> bool:
        """Whether a remedy of the same control about another subject mends every key that is wrong in this state."""
        del remedy, wrong, state
        return False

    def advice(self, state: State) -> str:
        """What a person should do about a finding that no remedy mends and of which `by_hand` knows no key."""
        del state
        return self.fix

    def scripts(self, target: Target) -> Mapping[str, str]:
        """Scripts for a person to run where no machine should, by name. See `baseline render --script`."""
        del target
        return {}


def asked(controls: Iterable[Control], target: Target) -> list[Control]:
    """What is asked of a target: the controls for its roles, and those about the subjects that it speaks for."""
    found: list[Control] = []
    for control in controls:
        if control.about == "host":
            found += [control] if target.is_host and control.applies(target) else []
        else:
            found += [control.on(one.name) for one in target.speaks_for if one.about == control.about]
    return found


def _parts_of(key: str) -> tuple[str, str, str]:
    """A key of a state: the setting, the word before its service or protocol, and that; `*` is all of them."""
    found = re.fullmatch(r"(.+?)(?:( in | for )(\S+)|\*)?", key, re.DOTALL)
    return (found[1], found[2] or "", found[3] or "") if found else (key, "", "")


def _means_its_value(name: str, setting: ProgramSetting) -> bool:
    """Whether a key of the state is the value of the setting itself, not what follows from it."""
    return setting.name == name or setting.program == "rspamd"


def _as_controls_say(setting: ProgramSetting) -> str:
    """A setting as controls of one setting name it: `actions.reject` is in the file `actions.conf`."""
    return re.sub(r"\.(conf|inc)/", ".", setting.name)


_OTHER_SHELL: Mapping[Shell, str] = {
    "sh": "for Exchange hosts; the inventory says nothing of Exchange here",
    "powershell": "for Linux hosts; the inventory says that this one is an Exchange host",
}
