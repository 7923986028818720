"""Write the recorded cases anew from real hosts: `python -m tests.record [CONTROL ...]`, as root.

Brings up a lab of its own, plays every scenario on an applied host, and keeps the answers that the scenario's control
got together with the finding that they gave.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from baseline import engine, lab, manifest, stale
from baseline.facts import file_question
from baseline.kinds.base import Control, asked
from baseline.load import load_baseline, load_inventory
from baseline.model import Answer, ApplyOutcome, Evidence, Target
from baseline.session import Connector
from baseline.subjects import subjects_apart
from baseline.visit import Visit, look_at
from tests.kinds.cases import Case
from tests.lab.real import RealHost
from tests.labs import lab_name
from tests.scenarios import PLAYED_WITH, SCENARIOS, Scenario


def record(scenario: Scenario, control: Control, target: Target, host: RealHost, connect: engine.Connect) -> Case:
    """Play one scenario and keep what the control saw."""
    if control.about == "site":
        (target,) = [one for one in subjects_apart([target]) if one.speaks_for[0].about == "site"]
    if scenario.told is not None:
        target = scenario.told(target)
    visit = Visit(target, connect, lambda *_: None)
    host.root(scenario.damage)
    try:
        (about,) = asked([control], target)
        paths = sorted({manifest.PATH, *control.reads(about.asked_of(target))})
        seen = look_at(visit, [about], "recording", paths=paths)
    finally:
        visit.hang_up()
        host.root(scenario.mend)
    watched = type(control).outside is not Control.outside
    if not watched:
        target = replace(target, register=None)
    kept = _kept(seen.looked.answers, paths)
    case = Case(
        kind=control.kind,
        name=scenario.name,
        control=control.model_dump(mode="json"),
        target=_plain(target, control),
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


def _plain(target: Target, control: Control) -> dict[str, object]:
    """The target without what belongs to this machine, and without records that the control does not read."""
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
        **({"site": target.site} if target.site else {}),
        **({"register": _records(target.register, control)} if target.register is not None else {}),
        "admin_sources": list(target.admin_sources),
        "public_ports": list(target.public_ports),
    }


ALSO_READ = {"MEL-H-07": ("MEL-H-06",), "MEL-G-05": ("MEL-G-04",)}
"""Controls that read the records of others, too."""


def _records(register: tuple[Evidence, ...], control: Control) -> list[dict[str, object]]:
    """Without the documents, which lie beside the lab's register."""
    read = (control.id, *ALSO_READ.get(control.id, ()))
    return [replace(record, file="").to_dict() for record in register if record.control in read]


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
