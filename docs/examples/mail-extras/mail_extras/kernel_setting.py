"""Kind `kernel_setting`: a number that the kernel goes by is large enough."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from baseline.edits import PutFile
from baseline.errors import CannotTell
from baseline.judge import AtLeast, Wants
from baseline.kinds.base import Control, Loosens
from baseline.model import Action, State, Target
from baseline.readings.answers import ask, shorten, text
from baseline.remedies.remedy import Effects, Remedy

if TYPE_CHECKING:
    from testinfra.host import Host


class KernelSetting(Control):
    """A number of the kernel's settings.

    Looked at: what the running kernel goes by, as sysctl reads it. Applied: a file in /etc/sysctl.d, and the running
    kernel. Source: sysctl(8), sysctl.d(5).
    """

    summary: ClassVar[str] = "A number that the kernel goes by is large enough."
    loosens: ClassVar[Loosens] = {"name": "change", "at_least": "lower"}
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because only a smaller number gives way", notice="Nothing."
    )

    kind: Literal["kernel_setting"]
    name: Annotated[str, Field(pattern=r"^[a-z0-9_]+(\.[a-z0-9_-]+)+$", examples=["fs.inotify.max_user_instances"])]
    at_least: Annotated[int, Field(ge=0, description="The smallest number that will do.")]

    def expected(self, target: Target) -> Wants:
        """At least so much."""
        del target
        return {self.name: AtLeast(self.at_least)}

    def actual(self, host: Host, target: Target) -> State:
        """What sysctl reads from the kernel."""
        del target
        (answer,) = ask(host, self._question)
        said = text(answer).strip()
        if not said.isdigit():
            raise CannotTell(f"{self.name} is {shorten(said)}, which is no number")
        return {self.name: int(said)}

    def reads(self, target: Target) -> tuple[str, ...]:
        """The file that the remedy writes."""
        del target
        return (self._file,)

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """For the next boot a file, for the running kernel the number itself."""
        del target
        now = state[self.name]
        set_to = f"sysctl -q -w {self.name}="
        return Remedy(
            edits=(PutFile(self._file, f"{self.name} = {self.at_least}\n"),),
            actions=(Action(f"set {self.name}", f"{set_to}{self.at_least}", f"{set_to}{now}"),),
        )

    @property
    def _question(self) -> str:
        return f"sysctl -n -- {shlex.quote(self.name)}"

    @property
    def _file(self) -> str:
        return f"/etc/sysctl.d/60-{self.name}.conf"
