"""Recorded cases: the answers that a real host gave, the control they were given to, and what was found.

Written by `tests/record.py` from lab hosts, never by hand.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from baseline import engine
from baseline.kinds import kinds
from baseline.kinds.base import Control
from baseline.load.registers import records_of
from baseline.load.tree import Position, Problems, planted
from baseline.model import Account, Answer, Evidence, Finding, HostPlan, Peer, Subject, Target
from baseline.model.probes import Probe, Seen, probe_from_dict, probe_to_dict, seen_from_dict, seen_to_dict
from tests.scripted import AnswersFrom

HERE = Path(__file__).parent


NO_TIME = datetime(2026, 1, 1, tzinfo=UTC)
"""The time of a case that was recorded without looking from outside, which therefore needs none."""


@dataclass
class Remembered:
    """An outlook over what was seen when the case was recorded."""

    seen: Mapping[Probe, Seen]
    time: datetime
    unknown: list[Probe] = field(default_factory=list)

    def now(self) -> datetime:
        """The time of the recording."""
        return self.time

    def look(self, probes: Sequence[Probe], resolvers: Sequence[str]) -> Mapping[Probe, Seen]:
        """What was seen; what was not then is noted, and is trouble."""
        del resolvers
        self.unknown += [probe for probe in probes if probe not in self.seen]
        return {probe: self.seen.get(probe) or seen_from_dict(probe, {"trouble": "not recorded"}) for probe in probes}


@dataclass(frozen=True)
class Case:
    """One recorded case. `name` begins with the outcome that it stands for."""

    kind: str
    name: str
    control: dict[str, Any]
    target: dict[str, Any]
    outcome: str
    reason: str
    plan_empty: bool
    answers: Mapping[str, Answer]
    seen: tuple[tuple[Probe, Seen], ...] = ()
    now: str = ""
    subject: str = ""

    @property
    def path(self) -> Path:
        """Where the case is kept."""
        return HERE / self.kind / f"{self.name}.json"

    def as_control(self) -> Control:
        """The control, validated anew."""
        return kinds()[self.kind].model_validate(self.control)

    def as_target(self) -> Target:
        """The host of the inventory it was asked for."""
        fields = dict(self.target)
        roster = fields.pop("roster")
        accounts = None if roster is None else tuple(Account(**account) for account in roster)
        fields |= {"roles": frozenset(fields["roles"]), "domains": tuple(fields["domains"])}
        fields |= {name: tuple(fields.get(name, ())) for name in ("admin_sources", "public_ports")}
        fields |= {"outbound": tuple(fields.get("outbound", ())), "resolvers": tuple(fields.get("resolvers", ()))}
        peers = [
            Peer(**{**{name: _tupled(value) for name, value in peer.items()}, "roles": frozenset(peer["roles"])})
            for peer in fields.pop("peers", [])
        ]
        speaks = [Subject(**subject) for subject in fields.pop("speaks_for", [])]
        records = fields.pop("register", None)
        fields["register"] = None if records is None else _register(records)
        return Target(**fields, roster=accounts, peers=tuple(peers), speaks_for=tuple(speaks))

    def finding(self) -> tuple[Finding, HostPlan, list[str]]:
        """What the recorded answers give: finding, plan, and the questions that they do not answer."""
        session = AnswersFrom(self.answers)
        outlook = Remembered(dict(self.seen), datetime.fromisoformat(self.now) if self.now else NO_TIME)
        result = engine.plan(self.as_target(), [self.as_control()], lambda _: session, outlook=outlook)
        assert result.plan is not None
        (finding,) = [finding for finding in result.findings if finding.subject == self.subject]
        return finding, result.plan, [*session.unknown, *map(repr, outlook.unknown)]

    def judged(self) -> Case:
        """The same case, expecting what its answers give now."""
        finding, plan, unknown = self.finding()
        assert not unknown, unknown
        return replace(self, outcome=finding.outcome.value, reason=finding.reason, plan_empty=plan.empty)

    def save(self) -> None:
        """Write the case beside the others of its kind."""
        self.path.parent.mkdir(exist_ok=True)
        document: dict[str, Any] = {
            "control": self.control,
            "target": self.target,
            "expect": {"outcome": self.outcome, "reason": self.reason, "plan_empty": self.plan_empty},
            "answers": {command: _plain(answer) for command, answer in sorted(self.answers.items())},
        }
        if self.now:
            seen = [{**probe_to_dict(probe), "seen": seen_to_dict(answer)} for probe, answer in self.seen]
            document |= {"now": self.now, "subject": self.subject, "seen": seen}
        self.path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")


def load(path: Path) -> Case:
    """A case from its file."""
    document = json.loads(path.read_text())
    expect = document["expect"]
    return Case(
        kind=path.parent.name,
        name=path.stem,
        control=document["control"],
        target=document["target"],
        outcome=expect["outcome"],
        reason=expect["reason"],
        plan_empty=expect["plan_empty"],
        answers={command: _answer(plain) for command, plain in document["answers"].items()},
        seen=tuple(map(_pair, document.get("seen", []))),
        now=document.get("now", ""),
        subject=document.get("subject", ""),
    )


def _register(records: list[dict[str, Any]]) -> tuple[Evidence, ...]:
    problems = Problems()
    read = records_of(planted(records, Position("recorded")), HERE, problems) if records else ()
    problems.raise_any()
    return read


def _pair(plain: dict[str, Any]) -> tuple[Probe, Seen]:
    probe = probe_from_dict({name: value for name, value in plain.items() if name != "seen"})
    return probe, seen_from_dict(probe, plain["seen"])


def _peer(plain: dict[str, Any]) -> Peer:
    fields = {name: _tupled(value) for name, value in plain.items()}
    return Peer(**{**fields, "roles": frozenset(plain["roles"])})


def _tupled(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def recorded() -> list[Case]:
    """Every case there is."""
    return [load(path) for path in sorted(HERE.glob("*/*.json"))]


def _plain(answer: Answer) -> dict[str, Any]:
    return {"rc": answer.rc, "stdout": _text(answer.stdout), "stderr": _text(answer.stderr)}


def _text(raw: bytes) -> str | dict[str, str]:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(raw).decode()}


def _answer(plain: dict[str, Any]) -> Answer:
    def raw(value: str | dict[str, str]) -> bytes:
        return value.encode() if isinstance(value, str) else base64.b64decode(value["base64"])

    return Answer(plain["rc"], raw(plain["stdout"]), raw(plain["stderr"]))
