"""One recorded case: the answers that a real host gave, the control they were given to, and what was found."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from baseline import engine, file_contents, manifest
from baseline.condition import OS_RELEASE
from baseline.deadline import Deadline
from baseline.kinds import kinds
from baseline.kinds.base import Control
from baseline.load.registers import records_of
from baseline.load.tree import Position, Problems, planted
from baseline.model import Account, Answer, Evidence, Finding, HostPlan, Peer, Subject, Target
from baseline.model.probes import Probe, Seen, seen_from_dict
from tests.scripted import AnswersFrom

NO_TIME = datetime(2026, 1, 1, tzinfo=UTC)
"""The time of a case that was recorded without looking from outside, which therefore needs none."""

NEVER_APPLIED: Mapping[str, Answer] = {
    OS_RELEASE: Answer(0, b'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n'),
    manifest.QUESTION: Answer(0),
    file_contents.question(manifest.PATH): Answer(0, b"absent\n"),
}
"""What a host says to which nothing was ever applied, and its release. A recorded host remembers no apply."""


@dataclass
class Remembered:
    """An outlook over what was seen when the case was recorded."""

    seen: Mapping[Probe, Seen]
    time: datetime
    asked: set[Probe] = field(default_factory=set)

    def now(self) -> datetime:
        """The time of the recording."""
        return self.time

    def look(self, probes: Sequence[Probe], resolvers: Sequence[str], deadline: Deadline) -> Mapping[Probe, Seen]:
        """What was seen; what was not seen then is trouble."""
        del resolvers
        self.asked.update(probes)
        return {probe: self.seen.get(probe) or seen_from_dict(probe, {"trouble": "not recorded"}) for probe in probes}


@dataclass(frozen=True)
class Judged:
    """What the answers of a case give, and how they stand to the questions that were asked.

    `unknown` are questions that the case has no answer to, `unused` answers that nobody asked for.
    """

    finding: Finding
    plan: HostPlan
    unknown: tuple[str | Probe, ...]
    unused: tuple[str | Probe, ...]


@dataclass(frozen=True)
class Case:
    """One recorded case. `name` begins with the outcome that it stands for.

    `control` and `target` are as JSON has them. `written` says why no scenario comes to this: the case is written by
    hand, or kept from a host that is no longer to be had. One that can be recorded anew has it empty.
    """

    kind: str
    name: str
    control: Mapping[str, Any]
    target: Mapping[str, Any]
    outcome: str
    reason: str
    plan_empty: bool
    answers: Mapping[str, Answer]
    seen: Mapping[Probe, Seen] = field(default_factory=dict)
    now: str = ""
    subject: str = ""
    written: str = ""

    def as_control(self) -> Control:
        """The control, validated anew."""
        return kinds()[self.kind].model_validate(self.control)

    def as_target(self) -> Target:
        """The host of the inventory it was asked for."""
        fields = {name: _tupled(value) for name, value in self.target.items()}
        if fields["roster"] is not None:
            fields["roster"] = tuple(Account(**account) for account in fields["roster"])
        if fields["register"] is not None:
            fields["register"] = _register(fields["register"])
        fields["roles"] = frozenset(fields["roles"])
        fields["peers"] = tuple(map(_peer, fields["peers"]))
        fields["speaks_for"] = tuple(Subject(**subject) for subject in fields["speaks_for"])
        return Target(**fields)

    def judge(self) -> Judged:
        """What the recorded answers give now."""
        session = AnswersFrom({**NEVER_APPLIED, **self.answers})
        outlook = Remembered(self.seen, datetime.fromisoformat(self.now) if self.now else NO_TIME)
        result = engine.plan(self.as_target(), [self.as_control()], lambda _: session, outlook=outlook)
        assert result.plan is not None
        (finding,) = [finding for finding in result.findings if finding.subject == self.subject]
        return Judged(
            finding,
            result.plan,
            (*session.unknown, *(probe for probe in outlook.asked if probe not in self.seen)),
            (
                *(command for command in self.answers if command not in session.asked),
                *(probe for probe in self.seen if probe not in outlook.asked),
            ),
        )

    def expects(self, judged: Judged) -> bool:
        """Whether this is what the case says that its answers give."""
        found = judged.finding.outcome.value, judged.finding.reason, judged.plan.empty
        return found == (self.outcome, self.reason, self.plan_empty)

    def without(self, unused: Sequence[str | Probe]) -> Case:
        """The same case without answers that nobody asks for."""
        return replace(
            self,
            answers={command: answer for command, answer in self.answers.items() if command not in unused},
            seen={probe: seen for probe, seen in self.seen.items() if probe not in unused},
        )

    def expecting(self, judged: Judged) -> Case:
        """The same case, expecting what its answers give now."""
        outcome, reason = judged.finding.outcome.value, judged.finding.reason
        return replace(self, outcome=outcome, reason=reason, plan_empty=judged.plan.empty)


def plain(target: Target) -> dict[str, Any]:
    """A target as JSON has it, without what belongs to one machine, and the documents beside its register."""
    records = target.register
    document: dict[str, Any] = {
        "name": target.name,
        "address": target.address,
        "fqdn": target.fqdn,
        "roles": sorted(target.roles),
        "domains": list(target.domains),
        "site": target.site,
        "resolvers": list(target.resolvers),
        "outbound": list(target.outbound),
        "admin_sources": list(target.admin_sources),
        "public_ports": list(target.public_ports),
        "peers": [{**vars(peer), "roles": sorted(peer.roles)} for peer in target.peers],
        "speaks_for": [vars(subject) for subject in target.speaks_for],
        "roster": None if target.roster is None else [vars(account) for account in target.roster],
        "register": None if records is None else [replace(record, file="").to_dict() for record in records],
        **({"shell": target.shell} if target.shell != "sh" else {}),
    }
    # Tuples are lists there.
    return dict(json.loads(json.dumps(document)))


def _register(records: tuple[dict[str, Any], ...]) -> tuple[Evidence, ...]:
    problems = Problems()
    read = records_of(planted(list(records), Position("recorded")), Path(), problems) if records else ()
    problems.raise_any()
    return read


def _peer(document: Mapping[str, Any]) -> Peer:
    fields = {name: _tupled(value) for name, value in document.items()}
    return Peer(**{**fields, "roles": frozenset(fields["roles"])})


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
