"""The action plan: who mends what until when. Written as a table, filled in by people, and read back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from baseline.classes import dataclass

SHEET = "Action plan"
"""The sheet of a workbook that has the table."""

FINDING = ("control", "host", "title", "clause", "obligation", "severity", "outcome", "found", "to do", "waived")
"""The columns that say what is wrong. `control` and `host` name the finding; the others are for people to read."""

ACTION = ("owner", "due", "remark")
"""The columns for who mends it, and until when: a date, which is no waiver."""

WAIVER = ("decision", "reason", "approver", "expires", "compensating", "ticket")
"""The columns that make a row a waiver, when `decision` says so in words that name the row's own finding."""

COLUMNS = (*FINDING, *ACTION, *WAIVER)


def decision(control: str, host: str) -> str:
    """What has to stand in `decision` for a row to be a waiver.

    It names the finding: no other cell, sorted or filled down beside the row, waives what nobody meant.
    """
    return f"waive {control} on {host}"


@dataclass(frozen=True)
class ActionItem:
    """Who mends a finding, and until when. `due` is a day without a zone: it reminds, and decides nothing."""

    control: str
    host: str
    owner: str = ""
    due: date | None = None
    remark: str = ""

    def overdue(self, today: date) -> bool:
        """Whether its day is over."""
        return self.due is not None and self.due < today

    def to_dict(self) -> dict[str, Any]:
        """The item as JSON carries it; `due` is null where there is none."""
        return {**self.__dict__, "due": self.due.isoformat() if self.due else None}

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> ActionItem:
        """The opposite of `to_dict`. Raises KeyError, TypeError or ValueError for another document."""
        due = document["due"]
        day = date.fromisoformat(due) if due else None
        return cls(document["control"], document["host"], document["owner"], day, document["remark"])
