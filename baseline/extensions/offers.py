"""One thing that an extension offers: what it is called, who brings it, and how it is had."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import TYPE_CHECKING, Any, Literal, get_args

from baseline.classes import dataclass

if TYPE_CHECKING:
    from baseline.model import Brought

Thing = Literal["kinds", "templates", "programs", "reports", "baselines"]
THINGS: tuple[Thing, ...] = get_args(Thing)

_WORDS: dict[Thing, str] = {
    "kinds": "the kind",
    "templates": "the templates",
    "programs": "the program",
    "reports": "the report format",
    "baselines": "the baseline",
}


def words_of(thing: Thing) -> str:
    """A thing of a sort as sentences call it."""
    return _WORDS[thing]


@dataclass(frozen=True)
class Offer:
    """Something that is had by calling `get`, which runs what others wrote."""

    thing: Thing
    name: str
    by: Brought
    get: Callable[[], Any] = field(compare=False, repr=False)

    @property
    def told(self) -> str:
        """It and whoever brings it, to begin a sentence."""
        return f"{self.by}, which brings {words_of(self.thing)} `{self.name}`,"

    @property
    def way_out(self) -> str:
        """What a person does about one that is broken."""
        if self.by.folder:
            return "mend the file, or leave out --kinds"
        return f"install it anew, or take it out: pip uninstall {self.by.name}"
