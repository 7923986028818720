"""A parser of the package, as the suite holds it against hostile texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from baseline.errors import BadReply, CannotTell
from tests.adversary.shapes import PLAIN, Shape


@dataclass(frozen=True)
class Parser:
    """One parser. It may raise what it documents, and no more.

    `own` are shapes that are made for its language, and without `plain` the only ones.
    """

    read: Callable[[str], object]
    own: Sequence[Shape] = ()
    plain: bool = True

    def __call__(self, text: str) -> object:
        """Read a text. None where it is refused as the parser says it may be."""
        try:
            return self.read(text)
        except (ValueError, CannotTell, BadReply):
            return None

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """All texts that it is measured on; its own first."""
        return (*self.own, *PLAIN) if self.plain else tuple(self.own)
