"""Kind `package`: Debian packages that are installed, new enough, or not there."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from baseline.errors import CannotTell
from baseline.judge import Equal, Matches, Want, Wants
from baseline.kinds.base import Control, Loosens, SystemName
from baseline.model import State, Target
from baseline.readings.answers import ask, decoded, shorten, text
from baseline.remedies.remedy import Effects, Remedy

if TYPE_CHECKING:
    from testinfra.host import Host

DebianVersion = Annotated[str, Field(pattern=r"^([0-9]+:)?[0-9][A-Za-z0-9.+~-]*$")]
"""A version as Debian writes it, `3.7.11-0+deb12u1` (Debian Policy 5.6.12)."""

INSTALLED = Matches(r"[0-9].*", "installed")
NEW_ENOUGH = "new enough"
MISSING = "not installed"
"""Said rather than None, so that of several packages each is told of."""


class Package(Control):
    """Debian packages are installed, in a version that is new enough, or are not there.

    A package of which only configuration is left counts as not there; one that is unpacked but not configured
    counts as neither. Versions are compared by dpkg itself. Sources: dpkg-query(1), dpkg(1) --compare-versions.
    """

    summary: ClassVar[str] = "Debian packages are installed, new enough, or not there."
    loosens: ClassVar[Loosens] = {
        "name": "change",
        "names": "lower",
        "absent": "change",
        "at_least": "change",
    }
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because packages are installed and none is removed",
        notice="What the package brings.",
    )

    kind: Literal["package"]
    name: Annotated[SystemName | None, Field(description="One package.", examples=["rspamd"])] = None
    names: Annotated[
        tuple[SystemName, ...], Field(description="Several, in place of `name`.", examples=[["rspamd", "redis-server"]])
    ] = ()
    absent: Annotated[
        bool,
        Field(description="Whether they shall not be there. Nothing is ever removed by an apply.", examples=[True]),
    ] = False
    at_least: Annotated[
        DebianVersion | None, Field(description="The least version, of one package.", examples=["3.4-1"])
    ] = None

    @model_validator(mode="after")
    def _one_wish(self) -> Self:
        if (self.name is None) == (not self.names):
            raise ValueError("give either name or names")
        if self.at_least is not None and (self.absent or len(self.packages) != 1):
            raise ValueError("at_least goes with one package that shall be there")
        return self

    @property
    def packages(self) -> tuple[str, ...]:
        """The packages meant, each once."""
        return tuple(dict.fromkeys((self.name,) if self.name else self.names))

    def expected(self, target: Target) -> Wants:
        """A version of each package, or none."""
        del target
        want: Want = Equal(MISSING) if self.absent else INSTALLED
        wants: dict[str, Want] = {name: want for name in self.packages}
        if self.at_least is not None:
            wants[self._comparison] = Equal(NEW_ENOUGH)
        return wants

    def demands(self, target: Target) -> Wants:
        """Whether each package is there."""
        del target
        return {f"package {name}": Equal("not installed" if self.absent else "installed") for name in self.packages}

    def actual(self, host: Host, target: Target) -> State:
        """The installed version of each package or that there is none, and how it compares with the least one."""
        del target
        named = " ".join(self.packages)
        questions = [
            "cat /etc/os-release",
            f"dpkg-query -W -f '${{Package}}|${{db:Status-Status}}|${{Version}}\\n' -- {named}",
        ]
        if self.at_least is not None:
            questions.append(
                f"v=$(dpkg-query -W -f '${{Version}}\\n' -- {named} | head -n 1) && "
                f'dpkg --compare-versions "$v" ge {shlex.quote(self.at_least)}'
            )
        release, listed, *compared = ask(host, *questions)
        _check_debian(text(release))
        state: dict[str, str] = dict.fromkeys(self.packages, MISSING)
        if listed.rc not in (0, 1):
            text(listed)
        for line in decoded(listed.stdout_bytes).splitlines():
            name, _, rest = line.partition("|")
            status, _, version = rest.partition("|")
            if name not in state or not status:
                raise CannotTell(f"dpkg-query printed {shorten(line)!r}, which is no package that was asked for")
            # Of a package for several architectures the installed one counts.
            if state[name] == MISSING or status == "installed":
                state[name] = _version(status, version)
        self._check_missing(state, decoded(listed.stdout_bytes), decoded(listed.stderr_bytes))
        if compared:
            there = state[self.packages[0]] != MISSING
            state[self._comparison] = _comparison(compared[0].rc) if there else MISSING
        return state

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """Install what is missing or too old; removing is for a person, who knows what else needs it."""
        del target
        if self.absent:
            return None
        missing = tuple(name for name in self.packages if state[name] == MISSING)
        if any(not _is_version(state[name]) for name in self.packages if name not in missing):
            return None
        if not missing and self.at_least is not None and state[self._comparison] != NEW_ENOUGH:
            return Remedy(upgrades=self.packages)
        return Remedy(packages=missing)

    def advice(self, state: State) -> str:
        """What a person can do about packages that are there, half there, or too old."""
        there = [name for name in self.packages if state.get(name, MISSING) != MISSING]
        if self.absent and there:
            return f"apt-get purge {' '.join(there)}, after looking at what else it would remove. {self.fix}".strip()
        broken = [name for name in there if not _is_version(state[name])]
        if broken:
            return f"dpkg --configure -a: {' '.join(broken)} is not wholly installed. {self.fix}".strip()
        return self.fix

    @property
    def _comparison(self) -> str:
        return f"{self.packages[0]} against {self.at_least}"

    def _check_missing(self, state: State, printed: str, said: str) -> None:
        gone = re.findall(r"no packages found matching (\S+)", said)
        for name in self.packages:
            if state[name] == MISSING and name not in gone and f"{name}|" not in printed:
                raise CannotTell(f"dpkg-query told nothing of {name}: {shorten(said) or 'no output'}")


def _check_debian(release: str) -> None:
    """A dpkg on another distribution knows of no package, which is not the same as none being installed."""
    kinds = re.findall(r'^(?:ID|ID_LIKE)="?([^"\n]*)"?$', release, re.M)
    if "debian" not in " ".join(kinds).split():
        raise CannotTell(f"this is no Debian ({' '.join(kinds) or 'no /etc/os-release'}), so dpkg is not asked")


def _version(status: str, version: str) -> str:
    if status in ("not-installed", "config-files"):
        return MISSING
    return version if status == "installed" else f"{status} {version}"


def _is_version(value: object) -> bool:
    return isinstance(value, str) and value[:1].isdigit()


def _comparison(rc: int) -> str:
    words = {0: NEW_ENOUGH, 1: "older"}
    if rc not in words:
        raise CannotTell(f"`dpkg --compare-versions` ended with exit code {rc}")
    return words[rc]
