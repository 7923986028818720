"""Recorded cases: the answers that a real host gave, the control they were given to, and what was found.

Written by `tests/record.py` from lab hosts, never by hand.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from baseline import engine
from baseline.kinds import kinds
from baseline.kinds.base import Control
from baseline.model import Account, Answer, Finding, HostPlan, Target
from tests.scripted import AnswersFrom

HERE = Path(__file__).parent


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
        return Target(**fields, roster=accounts)

    def finding(self) -> tuple[Finding, HostPlan, list[str]]:
        """What the recorded answers give: finding, plan, and the questions that they do not answer."""
        session = AnswersFrom(self.answers)
        result = engine.plan(self.as_target(), [self.as_control()], lambda _: session)
        assert result.plan is not None
        return result.findings[0], result.plan, session.unknown

    def judged(self) -> Case:
        """The same case, expecting what its answers give now."""
        finding, plan, unknown = self.finding()
        assert not unknown, unknown
        return replace(self, outcome=finding.outcome.value, reason=finding.reason, plan_empty=plan.empty)

    def save(self) -> None:
        """Write the case beside the others of its kind."""
        self.path.parent.mkdir(exist_ok=True)
        document = {
            "control": self.control,
            "target": self.target,
            "expect": {"outcome": self.outcome, "reason": self.reason, "plan_empty": self.plan_empty},
            "answers": {command: _plain(answer) for command, answer in sorted(self.answers.items())},
        }
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
    )


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
