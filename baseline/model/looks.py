"""What one look at a host brought, before it is judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from baseline.errors import CannotTell, NothingToJudge
from baseline.model.hosts import Answer
from baseline.model.plans import FileState
from baseline.model.probes import Probe, Seen
from baseline.model.words import State

Found = State | CannotTell | NothingToJudge
"""What a control brought from a look: its state, or why it has none."""


@dataclass(frozen=True)
class Looked:
    """What a look at one host brought: a state or the reason for none per control, and the files remedies may edit.

    `inside` are the states as the host alone told them; `states` have besides what was seen from outside.
    """

    states: Mapping[str, Found]
    inside: Mapping[str, Found] = field(default_factory=dict)
    files: Mapping[str, FileState | CannotTell] = field(default_factory=dict)
    answers: Mapping[str, Answer] = field(default_factory=dict)
    seen: Mapping[Probe, Seen] = field(default_factory=dict)
    exchanges: int = 0
