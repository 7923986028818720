"""Write the recorded cases anew from real hosts: `python -m tests.record [CONTROL ...]`, as root.

Brings up a lab of its own, plays every scenario on an applied host, and keeps the answers that the scenario's control
got together with the finding that they gave.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from baseline import engine, lab, manifest, stale
from baseline.facts import asked_of, file_question
from baseline.kinds.base import Control
from baseline.load import load_baseline, load_inventory
from baseline.model import Answer, ApplyOutcome, Target
from baseline.session import Connector
from baseline.visit import Visit, look_at
from tests.kinds.cases import Case
from tests.lab.real import RealHost
from tests.labs import lab_name
from tests.scenarios import PLAYED_WITH, SCENARIOS, Scenario


def record(scenario: Scenario, control: Control, target: Target, host: RealHost, connect: engine.Connect) -> Case:
    """Play one scenario and keep what the control saw."""
    visit = Visit(target, connect, lambda *_: None)
    host.root(scenario.damage)
    try:
        (about,) = engine.asked([control], target)
        paths = sorted({manifest.PATH, *control.reads(asked_of(about, target))})
        seen = look_at(visit, [about], "recording", paths=paths)
    finally:
        visit.hang_up()
        host.root(scenario.mend)
    watched = bool(seen.looked.seen) or bool(about.subject)
    kept = _kept(seen.looked.answers, paths)
    case = Case(
        kind=control.kind,
        name=scenario.name,
        control=control.model_dump(mode="json"),
        target=_plain(target),
        outcome="",
        reason="",
        plan_empty=True,
        answers=kept,
        seen=tuple(sorted(seen.looked.seen.items(), key=repr)),
        now=datetime.now(UTC).isoformat(timespec="seconds") if watched else "",
        subject=about.subject,
    )
    return case.judged()


def main(wanted: Sequence[str]) -> None:
    """Record all scenarios, or those of the controls named."""
    os.environ["BASELINE_LAB_NAME"] = lab_name("recorder")
    lab.down()
    try:
        (running,) = lab.up(1, say=_say)
        host = RealHost(running, tuple(lab.enter("mx1")), lab.directory())
        (target,) = load_inventory(lab.directory() / "inventory.yml").targets
        connect = Connector().connect
        controls = {control.id: control for control in load_baseline(PLAYED_WITH).controls_for(target)}
        for scenario in SCENARIOS:
            if wanted and scenario.control not in wanted:
                continue
            applied = engine.apply(target, tuple(controls.values()), connect).apply
            if applied is None or applied.outcome not in (ApplyOutcome.APPLIED, ApplyOutcome.NOTHING):
                raise SystemExit(f"before {scenario.name} of {scenario.control}: {applied and applied.reason}")
            case = record(scenario, controls[scenario.control], target, host, connect)
            _say(f"{scenario.control} {scenario.name}: {case.outcome}: {case.reason}")
            if case.outcome != scenario.outcome:
                raise SystemExit(f"{scenario.name} of {scenario.control} gave {case.outcome}, not {scenario.outcome}")
            case.save()
    finally:
        lab.down()


def _kept(answers: Mapping[str, Answer], paths: Sequence[str]) -> dict[str, Answer]:
    """Without what was applied before: a recorded host remembers no apply."""
    drop = {manifest.QUESTION: Answer(0), file_question(manifest.PATH): Answer(0, b"absent\n")}
    return {command: drop.get(command, answer) for command, answer in answers.items() if command != stale.QUESTION}


def _plain(target: Target) -> dict[str, object]:
    """The target without what belongs to this machine."""
    roster = [vars(account) for account in target.roster] if target.roster is not None else None
    return {
        "name": target.name,
        "address": target.address,
        "roles": sorted(target.roles),
        "domains": list(target.domains),
        "resolvers": list(target.resolvers),
        "outbound": list(target.outbound),
        "peers": [{**vars(peer), "roles": sorted(peer.roles)} for peer in target.peers],
        "speaks_for": [vars(subject) for subject in target.speaks_for],
        "roster": roster,
    }


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
