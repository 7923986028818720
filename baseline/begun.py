"""What a host's journal says of an apply of which nobody has heard how it ended. Pure.

One command tells of each transaction whose id begins as given: its id, its state, and whether somebody is at work on
it. Whoever names the transactions of an apply beforehand can ask so whether it was begun, and never begins it twice.
"""

from __future__ import annotations

import re

from baseline.classes import dataclass
from baseline.errors import CannotTell
from baseline.model import HOST_STATE, Answer, ApplyOutcome, HostApply
from baseline.shell import script

_LINE = re.compile(r"([0-9]{8}T[0-9]{6}Z-[0-9a-f]{1,32})\t([a-z]{1,20})\t(busy|idle|unsent)")
_MOST = 100


def nth(identity: str, attempt: int) -> str:
    """The id of the transaction of an attempt, counted from 0, of the apply whose ids begin with `identity`."""
    return f"{identity}{attempt:02x}"


def question(identity: str, *, claim: bool = False) -> str:
    """The command that asks for the transactions whose ids begin with `identity`.

    With `claim`, an apply that has not begun by then never does: its first id is taken, as `restore` does it.
    """
    return script("baseline", "begun", root=HOST_STATE, id=identity, claim=nth(identity, 0) if claim else "")


@dataclass(frozen=True)
class JournalSaid:
    """The last transaction of an apply, as its journal tells of it; without an id there is none."""

    transaction: str = ""
    state: str = ""
    work: str = "idle"

    def __bool__(self) -> bool:
        return bool(self.transaction)

    def ended(self, host: str) -> HostApply:
        """How the apply of a host ended, as far as the journal tells."""
        outcome, words, restored = self._told()
        said = f"may have begun: the journal says that {words}" if self else words
        return HostApply(host, outcome, said, self.transaction, restored=restored)

    def _told(self) -> tuple[ApplyOutcome, str, bool | None]:
        if not self:
            return ApplyOutcome.NOT_BEGUN, "not begun: the host has no journal of it", None
        if self.work == "busy":
            return ApplyOutcome.UNKNOWN, "somebody is at work on it now: look again once it has ended", None
        if (self.state, self.work) == ("none", "unsent"):
            return ApplyOutcome.UNKNOWN, "it was being sent, and has changed nothing up to now", None
        return _STATES.get(self.state, _NO_STATE)


_INTERRUPTED = (ApplyOutcome.UNKNOWN, "it was interrupted midway, and restores itself", None)
_UNCHANGED = (ApplyOutcome.NOT_BEGUN, "it had changed nothing yet", None)
_NO_STATE = (ApplyOutcome.UNKNOWN, "it is in no state that there is: look at that host", None)
_STATES: dict[str, tuple[ApplyOutcome, str, bool | None]] = {
    "confirmed": (ApplyOutcome.APPLIED, "it was applied, verified and confirmed", None),
    "restored": (ApplyOutcome.ROLLED_BACK, "it was rolled back, and the host is as it was", True),
    "broken": (ApplyOutcome.ROLLED_BACK, "it was rolled back, and NOT wholly restored", False),
    "swapped": (ApplyOutcome.UNKNOWN, "it waits for a confirmation that may not come, and restores itself", None),
    "armed": _INTERRUPTED,
    "restoring": _INTERRUPTED,
    "staged": _UNCHANGED,
    "none": _UNCHANGED,
    "withdrawn": (ApplyOutcome.NOT_BEGUN, "it was given up before it began", None),
}
"""The journal's state, while nobody is at work -> how the apply ended, in words, and whether the host was restored."""

NOTHING_BEGUN = JournalSaid()


def read(answer: Answer) -> JournalSaid:
    """What `question` told. Raises `CannotTell` for another answer."""
    if answer.rc != 0:
        said = answer.stderr.decode("utf-8", "replace").strip()
        raise CannotTell(f"the journal cannot be read: {said or f'exit code {answer.rc}'}")
    lines = answer.stdout.decode("utf-8", "backslashreplace").splitlines()
    found = [match.groups() for line in lines if (match := _LINE.fullmatch(line))]
    if len(found) != len(lines) or len(lines) > _MOST:
        raise CannotTell(f"the journal cannot be read: {' '.join(lines)[:100]!r} is not what we asked for")
    return JournalSaid(*max(found)) if found else NOTHING_BEGUN
