"""What can go wrong, by whose fault it is.

    BaselineError
    ├── UserError                 a file or an argument is wrong          exit 2
    │   ├── InputError            every mistake of the files, with positions
    │   └── NothingMatched        a selection that selects nothing        exit 5
    ├── HostError                 a host could not be asked               the host is `unknown`
    │   ├── Unreachable           no connection, no login, no known key
    │   ├── BadReply              the reply was cut short or is not a reply
    │   └── GivenUp               its time was over, or the run was ended
    ├── CannotTell                one control cannot be judged            the control is `unknown`
    ├── HistoryError              earlier runs could not be read         exit 3
    └── NothingToJudge            the host has nothing it speaks of       the control is `notapplicable`

Every message says what is wrong, where, and what to do next.
"""

from __future__ import annotations

from functools import total_ordering
from typing import Self

from baseline.classes import dataclass


class BaselineError(Exception):
    """Root of all errors that this package raises on purpose."""

    def kept(self) -> Self:
        """The same error, to be kept as a value: without the frames that it came through, and all that these hold."""
        self.__traceback__ = self.__context__ = self.__cause__ = None
        return self


class UserError(BaselineError):
    """A file or an argument that a person has to mend."""


class NothingMatched(UserError):
    """A selection of hosts, controls or tags that selects nothing."""


class HostError(BaselineError):
    """A host could not be asked, or its reply could not be read."""


class Unreachable(HostError):
    """No connection could be made: network, host key, login or privilege."""


class BadReply(HostError):
    """The host's reply was cut short, too long, or is no reply of ours."""


class GivenUp(HostError):
    """The host was given up: its time was over, or somebody ended the run."""


class CannotTell(BaselineError):
    """A control's question got no usable answer, so the control is `unknown`. `about` is the command, where known."""

    def __init__(self, message: str, *, about: str = "") -> None:
        super().__init__(message)
        self.about = about


class NoRegister(CannotTell):
    """Only the register of evidence could tell, and the inventory names none."""


class HistoryError(BaselineError):
    """The history could not be read or written, or is not what it was."""


class HistoryMissing(HistoryError):
    """There is no history yet: no run was ever kept where one is looked for."""


class NothingToJudge(BaselineError):
    """What a control speaks of is not on the host, and that is another control's finding."""


@total_ordering
@dataclass(frozen=True)
class Problem:
    """One mistake in a file: `line` and `column` count from 1; 0 is "the file as a whole"."""

    file: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{where}: {self.message}"

    def __lt__(self, other: Problem) -> bool:
        """Whether a reader meets it earlier."""
        if other.__class__ is not self.__class__:
            return NotImplemented
        ours, theirs = ((one.file, one.line, one.column, one.message) for one in (self, other))
        return ours < theirs


MOST_TOLD = 200
"""How many mistakes of files are told in words; `problems` has all."""


class InputError(UserError):
    """All mistakes found in the files given, in the order in which a reader meets them.

    Its words tell the first ones, and how many more there are: a file of another sort has one on every line.
    """

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = tuple(sorted(problems))
        told = [str(problem) for problem in self.problems[:MOST_TOLD]]
        more = len(self.problems) - len(told)
        super().__init__("\n".join([*told, *([f"and {more} more mistakes"] if more else [])]))
