"""What a plan means for the people of a site: what of theirs gives way, what they will notice, what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from baseline.classes import dataclass
from baseline.model.words import Obligation


@dataclass(frozen=True)
class Displaced:
    """Something that the site does by means of its own, and that a control's remedy takes the effect from.

    `what` names it, `effect` says what becomes of it, `where` is file and line as far as they are known.
    """

    control: str
    what: str
    effect: str
    where: str = ""

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        return f"{self.what}{place} {self.effect}"

    def to_dict(self) -> dict[str, Any]:
        """This as JSON carries it."""
        return {"control": self.control, "what": self.what, "effect": self.effect, "where": self.where}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Displaced:
        """The opposite of `to_dict`. Raises KeyError or TypeError for another document."""
        return cls(*(str(document[key]) for key in ("control", "what", "effect", "where")))


@dataclass(frozen=True)
class Notice:
    """What the users of a host will notice when a control is mended, and how much the mandate wants it."""

    control: str
    obligation: Obligation
    text: str

    def to_dict(self) -> dict[str, Any]:
        """This as JSON carries it."""
        return {"control": self.control, "obligation": self.obligation.value, "text": self.text}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Notice:
        """The opposite of `to_dict`. Raises KeyError, TypeError or ValueError for another document."""
        return cls(str(document["control"]), Obligation(document["obligation"]), str(document["text"]))
