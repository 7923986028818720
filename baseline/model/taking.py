"""What an apply takes of the remedies there are: whose obligation, and what of the site may give way."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from typing import Any

from baseline.classes import dataclass
from baseline.model.words import Obligation


@dataclass(frozen=True)
class Taking:
    """Which remedies are planned.

    Those of controls with one of the `obligations`, and of controls that are `asked` for by id; of the others only what
    is passive: settings, and nothing that is installed, started or run by the clock. `replace` are ids and globs of
    controls whose remedies may displace what the site does by means of its own.
    """

    obligations: tuple[Obligation, ...] = (Obligation.MANDATORY,)
    asked: tuple[str, ...] = ()
    replace: tuple[str, ...] = ()

    def takes(self, control: str, obligation: Obligation) -> bool:
        """Whether a control's remedy is taken although it adds what runs."""
        return obligation in self.obligations or control in self.asked

    def replaces(self, control: str) -> bool:
        """Whether a control's remedy may displace what the site does."""
        return any(fnmatch.fnmatchcase(control, pattern) for pattern in self.replace)

    def unmatched(self, controls: Sequence[str]) -> tuple[str, ...]:
        """The patterns of `replace` that fit none of the controls."""
        return tuple(one for one in self.replace if not fnmatch.filter(controls, one))

    def to_dict(self) -> dict[str, Any]:
        """This as JSON carries it."""
        return {
            "obligations": [one.value for one in self.obligations],
            "asked": list(self.asked),
            "replace": list(self.replace),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Taking:
        """The opposite of `to_dict`. Raises KeyError, TypeError or ValueError for another document."""
        return cls(
            tuple(map(Obligation, document["obligations"])),
            tuple(map(str, document["asked"])),
            tuple(map(str, document["replace"])),
        )


ALL_TAKEN = Taking(tuple(Obligation))
"""Every control's remedy, as long as it displaces nothing."""
