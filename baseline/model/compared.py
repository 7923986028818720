"""What a control wanted of each key of a state, what was found, and where that was set: as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, get_args

from baseline.classes import dataclass
from baseline.languages import ENGLISH, Language
from baseline.model.numbers import digits, shown, storable
from baseline.model.words import Outcome, Scalar

Operator = Literal["equal", "one_of", "at_least", "at_most", "between", "matches", "described"]
"""How a value is compared. `described` is known in words only, as in reports of `baseline.report/1`."""

Word = Callable[[Scalar, Language], str]
"""Gives a value of a state in words of a language."""


def word(value: Scalar, language: Language = ENGLISH) -> str:
    """A value of a state in a sentence."""
    if value is None:
        return language.say("not there")
    if isinstance(value, int | float) and not isinstance(value, bool):
        return digits(value, language)
    return language.say("empty") if value == "" else str(value)


@dataclass(frozen=True)
class Wanted:
    """What was wanted of one key.

    `values` are those of the operator: one for `equal`, `at_least` and `at_most`, any number for `one_of`, two for
    `between`, the pattern for `matches`, none for `described`. `tolerated` are what only warns: other values for
    `one_of`, the floor or ceiling of a bound. `meaning` is what people read instead of a pattern. The lack of what is
    `advised` is only ever a warning.
    """

    operator: Operator
    values: tuple[Scalar, ...] = ()
    unit: str = ""
    advised: bool = False
    tolerated: tuple[Scalar, ...] = ()
    meaning: str = ""

    def __str__(self) -> str:
        return self.words(word)

    def words(self, word: Word, language: Language = ENGLISH) -> str:
        """In words of a language; `word` gives those of a value that is no bound."""
        match self.operator:
            case "at_least":
                said = f">= {self._number(0, language)}"
            case "at_most":
                said = f"<= {self._number(0, language)}"
            case "between":
                low, high = self._number(0, language), self._number(1, language)
                said = language.say("{low} to {high}", low=low, high=high)
            case "matches" | "described":
                said = language.tell(self.meaning)
            case _:
                said, *others = [word(value, language) for value in self.values] or [""]
                for other in others:
                    said = language.say("{first} or {last}", first=said, last=other)
        return language.say("{wanted} (advised)", wanted=said) if self.advised else said

    def mapped(self, change: Callable[[Scalar], Scalar]) -> Wanted:
        """The same with every value and word changed."""
        values, tolerated = tuple(map(change, self.values)), tuple(map(change, self.tolerated))
        return Wanted(self.operator, values, self.unit, self.advised, tolerated, str(change(self.meaning)))

    def _number(self, index: int, language: Language) -> str:
        value = self.values[index]
        return shown(value, self.unit, language) if isinstance(value, int | float) else word(value, language)

    def to_dict(self) -> dict[str, Any]:
        """What was wanted, as JSON carries it: `tolerated` and `meaning` only where there are any."""
        document: dict[str, Any] = {
            "operator": self.operator,
            "values": [storable(value) for value in self.values],
            "unit": self.unit,
            "advised": self.advised,
        }
        if self.tolerated:
            document["tolerated"] = [storable(value) for value in self.tolerated]
        return {**document, "meaning": self.meaning} if self.meaning else document

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Wanted:
        """The opposite of `to_dict`. Raises KeyError, TypeError or ValueError for another document."""
        operator: Operator = document["operator"]
        if operator not in get_args(Operator):
            raise ValueError(f"{operator!r} is no operator")
        return cls(
            operator,
            tuple(document["values"]),
            document["unit"],
            document["advised"],
            tuple(document.get("tolerated", ())),
            document.get("meaning", ""),
        )


@dataclass(frozen=True)
class Location:
    """Where a value was set: a file of the host, and the line where that is known."""

    file: str
    line: int | None = None

    def __str__(self) -> str:
        return self.file if self.line is None else f"{self.file}:{self.line}"

    def to_dict(self) -> dict[str, Any]:
        """The place as JSON carries it."""
        return {"file": self.file, "line": self.line}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Location:
        """The opposite of `to_dict`. Raises KeyError for another document."""
        return cls(document["file"], document["line"])


@dataclass(frozen=True)
class Compared:
    """One key of a finding: what was wanted of it, what was found, how the two compare, and where it was set.

    `outcome` is `unknown` for a key that was wanted and not looked at, and `notapplicable` for one that ends in `*` and
    speaks of no key of the state. It is None for a key that was found and not judged: nothing was wanted of it, or what
    is missing before it decided alone. `wanted` is None where nothing was.
    """

    key: str
    found: Scalar = None
    wanted: Wanted | None = None
    outcome: Outcome | None = None
    set_at: Location | None = None

    @property
    def looked_at(self) -> bool:
        """Whether the key is one of the state, so that `found` says something."""
        return self.outcome not in (Outcome.UNKNOWN, Outcome.NOTAPPLICABLE)

    def found_in_words(self, word: Word = word, language: Language = ENGLISH) -> str:
        """What was found, in the unit of what was wanted; `word` gives a value that has none."""
        unit = self.wanted.unit if self.wanted else ""
        if unit and isinstance(self.found, int | float) and not isinstance(self.found, bool):
            return shown(self.found, unit, language)
        return word(self.found, language)

    def unjudged(self) -> Compared:
        """The same key as one that was found and not judged."""
        # `dataclasses.replace` takes ten times as long, and a host whose files are missing has hundreds of these.
        return Compared(self.key, self.found, self.wanted, None, self.set_at)

    @property
    def holds(self) -> bool | None:
        """Whether what is wanted was found; None where that was not judged."""
        return None if self.outcome is None or not self.looked_at else self.outcome is Outcome.PASS

    @property
    def wrong(self) -> bool:
        """Whether it is a reason for the finding to fail or to warn."""
        return self.outcome in (Outcome.FAIL, Outcome.WARN)

    def to_dict(self) -> dict[str, Any]:
        """The key as JSON carries it; `holds` follows from `outcome`, and stands there for who reads it."""
        return {
            "key": self.key,
            "wanted": self.wanted.to_dict() if self.wanted else None,
            "found": storable(self.found),
            "holds": self.holds,
            "outcome": self.outcome.value if self.outcome else None,
            "set_at": self.set_at.to_dict() if self.set_at else None,
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Compared:
        """The opposite of `to_dict`. Raises KeyError, TypeError or ValueError for another document."""
        wanted, outcome, set_at = (document[name] for name in ("wanted", "outcome", "set_at"))
        return cls(
            document["key"],
            document["found"],
            Wanted.from_dict(wanted) if wanted else None,
            Outcome(outcome) if outcome else None,
            Location.from_dict(set_at) if set_at else None,
        )
