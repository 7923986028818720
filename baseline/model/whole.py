"""What a baseline has besides what was chosen of it. Apart from what a run found, which not everybody needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from baseline.classes import dataclass


@dataclass(frozen=True)
class Whole:
    """How many controls a baseline has, and each of its clauses: said where only some were chosen (`-c`, `--tags`)."""

    controls: int
    clauses: Mapping[str, int]

    def to_dict(self) -> dict[str, Any]:
        """The counts as JSON carries them."""
        return {"controls": self.controls, "clauses": dict(self.clauses)}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Whole:
        """The opposite of `to_dict`. Raises KeyError for another document."""
        return cls(document["controls"], dict(document["clauses"]))
