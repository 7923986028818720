"""Runs that were kept, by what their mailstores said of their accounts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from baseline.errors import HistoryError
from baseline.model import Answer, HostReport
from baseline.model.heard import Heard, answer_bytes, of_command
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


NOT_ASKED = Answer(0, b"what another question was answered with")
"""The answer of a host that was asked other things."""


@dataclass(frozen=True)
class KeptRunOf:
    """A run that was kept: when, and what each host answered; None for a host whose answers cannot be read."""

    finished: str
    hosts: Mapping[str, Answer | None]

    @property
    def run(self) -> str:
        return f"run of {self.finished}"

    def host(self, name: str) -> HostReport | None:
        raise AssertionError(f"nobody asks how {name} was reached")

    def heard(self, name: str) -> Heard | None:
        if name not in self.hosts:
            return None
        answer = self.hosts[name]
        if answer is None:
            raise HistoryError("it is not whole")
        if answer is NOT_ASKED:
            return Heard({of_command("postconf"): answer_bytes(answer)})
        return Heard({of_command(QUOTAS): answer_bytes(answer)})
