"""Runs that were kept, by what their mailstores said of their accounts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from baseline.errors import HistoryError
from baseline.model import Answer
from baseline.model.heard import answer_bytes, of_command
from baseline.readings.dovecot import QUOTAS


def quotas(**used: int | None) -> Answer:
    """What Dovecot tells of accounts, each with the percent of 100 MiB that it uses; None is without a limit."""
    return listed({f"{name}@agensi.example.my": percent for name, percent in used.items()})


def listed(used: Mapping[str, int | None]) -> Answer:
    """The same, of accounts by their logins."""
    rows = [
        {
            "username": name,
            "root": "User quota",
            "type": "STORAGE",
            "value": str((percent or 0) * 1024),
            "limit": "-" if percent is None else "102400",
            "percent": str(percent or 0),
        }
        for name, percent in used.items()
    ]
    return Answer(0, json.dumps(rows).encode())


@dataclass(frozen=True)
class KeptRunOf:
    """A run that was kept: when, and what each host answered; None makes the whole run unreadable."""

    finished: str
    hosts: Mapping[str, Answer | None]

    def answers(self, question: str, names: Iterable[str]) -> Mapping[str, bytes]:
        assert question == of_command(QUOTAS)
        told = {name: self.hosts[name] for name in names if name in self.hosts}
        if None in told.values():
            raise HistoryError("it is not whole")
        return {name: answer_bytes(answer) for name, answer in told.items() if answer is not None}
