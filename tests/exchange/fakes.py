"""Small controls that do as told, and a host that is a directory of this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from baseline.judge import Equal, Wants
from baseline.kinds.base import Control, Titles
from baseline.model import Answer, Obligation, Severity, State, Target
from baseline.readings.answers import text
from baseline.remedies.remedy import Remedy

if TYPE_CHECKING:
    from testinfra.host import Host

Kind = TypeVar("Kind", bound=Control)

TARGET = Target("mx1", "192.0.2.1", roles=frozenset({"mta"}))


class Says(Control):
    """Passes when a command says what is wanted. `wanted` None: there is nothing to judge."""

    command: str = "true"
    wanted: str | None = "ok"
    mends: Any = None
    needs: tuple[str, ...] = ()

    def expected(self, target: Target) -> Wants:
        return {} if self.wanted is None else {"said": Equal(self.wanted)}

    def actual(self, host: Host, target: Target) -> State:
        return {"said": text(host.run(self.command)).strip()}

    def reads(self, target: Target) -> tuple[str, ...]:
        return self.needs

    def remedy(self, state: State, target: Target) -> Remedy | None:
        if isinstance(self.mends, Exception):
            raise self.mends
        mends: Remedy | None = self.mends
        return mends


def control(kind: type[Kind], number: int = 1, **fields: Any) -> Kind:
    """A control of a kind, with all that the tests do not care for filled in."""
    filled: dict[str, Any] = {
        "kind": "fake",
        "id": f"TST-{number:02}",
        "title": Titles(en="A test", ms="Ujian"),
        "clause": "f.i",
        "obligation": Obligation.MANDATORY,
        "severity": Severity.HIGH,
        "roles": (),
        "why": "to test",
    }
    return kind(**(filled | fields))


class Asked:
    """Answers commands from a table, `default` for all others, and remembers each exchange."""

    def __init__(self, answers: dict[str, Answer], default: Answer | None = None) -> None:
        self.answers = answers
        self.default = default or Answer(0)
        self.exchanges: list[list[str]] = []

    def __call__(self, commands: Any) -> dict[str, Answer]:
        self.exchanges.append(list(commands))
        return {command: self.answers.get(command, self.default) for command in commands}
