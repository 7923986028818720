"""What was found of one control: the outcome, and every key of it as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from baseline.classes import dataclass
from baseline.model.compared import Compared
from baseline.model.words import Obligation, Outcome, Severity, State


@dataclass(frozen=True)
class Finding:
    """One control on one host, or about one `subject` (a domain, a site), which is then the `host` of the finding.

    `reason` is the sentence for people; `keys` say the same as data, and more. Keys of the state come first, in its
    order. `unseen` says of a fail what could not be looked at besides: what was seen suffices for it.
    """

    host: str
    control: str
    kind: str
    title: str
    outcome: Outcome
    reason: str
    keys: tuple[Compared, ...]
    clause: str
    obligation: Obligation
    severity: Severity
    waived: str | None = None
    drift: bool = False
    advice: str = ""
    subject: str = ""
    wants_register: bool = False
    unseen: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The control, and its subject where it is about one: unique among the findings that come from one host."""
        return f"{self.control} {self.subject}" if self.subject else self.control

    @property
    def actual(self) -> State:
        """The state that was found."""
        return {one.key: one.found for one in self.keys if one.looked_at}

    def to_dict(self) -> dict[str, Any]:
        """The finding with the keys of the report contract (`baseline.report/2`).

        `wants_register` only where true, `unseen` only where there is any.
        """
        document: dict[str, Any] = {
            "host": self.host,
            "subject": self.subject,
            "control": self.control,
            "kind": self.kind,
            "title": self.title,
            "outcome": self.outcome.value,
            "reason": self.reason,
            "keys": [one.to_dict() for one in self.keys],
            "clause": self.clause,
            "obligation": self.obligation.value,
            "severity": self.severity.value,
            "waived": self.waived,
            "drift": self.drift,
            "advice": self.advice,
        }
        if self.wants_register:
            document["wants_register"] = True
        return {**document, "unseen": list(self.unseen)} if self.unseen else document

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Finding:
        """The opposite of `to_dict`. Raises KeyError, TypeError or ValueError for another document."""
        return cls(
            host=document["host"],
            control=document["control"],
            kind=document["kind"],
            title=document["title"],
            outcome=Outcome(document["outcome"]),
            reason=document["reason"],
            keys=tuple(map(Compared.from_dict, document["keys"])),
            clause=document["clause"],
            obligation=Obligation(document["obligation"]),
            severity=Severity(document["severity"]),
            waived=document["waived"],
            drift=document["drift"],
            advice=document["advice"],
            subject=document["subject"],
            wants_register=document.get("wants_register", False),
            unseen=tuple(document.get("unseen", ())),
        )
