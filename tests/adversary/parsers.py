"""Every function of the package that reads what hosts and networks say, with texts that are hostile to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from baseline.errors import CannotTell
from baseline.formats import zone
from tests.adversary.shapes import PLAIN, Shape, everywhere


@dataclass(frozen=True)
class Parser:
    """One parser. `own` are shapes that are made for its language; it may raise what it documents, and no more."""

    read: Callable[[str], object]
    own: tuple[Shape, ...] = ()

    def __call__(self, text: str) -> object:
        """Read a text. None where it is refused as the parser says it may be."""
        try:
            return self.read(text)
        except (ValueError, CannotTell):
            return None

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """All texts that it is measured on; its own first."""
        return (*self.own, *PLAIN)


PARSERS: dict[str, Parser] = {
    "zone.entries": Parser(
        lambda text: zone.entries(text, "d1.lab.test"),
        everywhere(("x ", "x IN ", "x 1h"), ("1", "1h", "1 "), ("z IN A 192.0.2.1\n",)),
    ),
}
