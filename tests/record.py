"""Record cases anew from real hosts, as root: `python -m tests.record [--release NAME] [CONTROL[/NAME] ...]`.

Brings up a lab of its own, plays every scenario on an applied host, and keeps the answers that the scenario's control
got together with the finding that they gave.

`python -m tests.record --rekey` reaches no host: see `tests.cases.rekey`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from baseline import condition, drift, engine, lab, manifest, stale, undecided, unloadable
from baseline.kinds.base import Control, asked
from baseline.load import load_baseline, load_inventory
from baseline.model import Answer, ApplyOutcome, Target
from baseline.readings import releases
from baseline.readings.rspamd import DUMP
from baseline.session import Connector
from baseline.subjects import subjects_apart
from baseline.transaction import places
from baseline.visit import Visit, look_at
from tests.cases.case import NEVER_APPLIED, Case, plain
from tests.cases.files import CaseFiles
from tests.cases.rekey import rekey
from tests.lab.real import RealHost
from tests.labs import lab_name
from tests.scenarios import PLAYED_WITH, SCENARIOS, Scenario


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.record", description="Record cases from lab hosts, as root.")
    parser.add_argument(
        "scenarios",
        nargs="*",
        metavar="CONTROL[/NAME]",
        help="record the scenarios of these controls, or one of them; all without one",
    )
    parser.add_argument(
        "--release", choices=sorted({one.release for one in SCENARIOS}), help="only those of hosts of this release"
    )
    parser.add_argument(
        "--rekey",
        nargs="*",
        type=Path,
        metavar="FILE",
        help="record nothing: carry answers over to questions that have changed; two files hold a question as it was "
        "and as it is now, where that cannot be told otherwise",
    )
    wanted = parser.parse_args(arguments)
    if wanted.rekey is None:
        return _record(wanted.scenarios, wanted.release)
    if len(wanted.rekey) not in (0, 2):
        parser.error("--rekey takes two files, or none")
    texts = [path.read_text(encoding="utf-8").removesuffix("\n") for path in wanted.rekey]
    return _rekey(CaseFiles(), dict([texts]) if texts else {})


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
    read = (control.id, *ALSO_READ.get(control.id, ()))
    register = tuple(one for one in target.register or () if one.control in read) if watched else None
    case = Case(
        kind=control.kind,
        name=scenario.name,
        control=control.model_dump(mode="json"),
        target=plain(replace(target, register=None if target.register is None else register)),
        outcome="",
        reason="",
        plan_empty=True,
        answers=_kept(seen.looked.answers, seen.looked.asked.get(about.key, ())),
        seen=dict(seen.looked.seen),
        now=datetime.now(UTC).isoformat(timespec="seconds") if watched else "",
        subject=about.subject,
    )
    judged = case.judge()
    assert not judged.unknown, judged.unknown
    return case.without(judged.unused).expecting(judged)


ALSO_READ = {"MEL-H-07": ("MEL-H-06",), "MEL-G-05": ("MEL-G-04",)}
"""Controls that read the records of others, too."""


def _record(wanted: Sequence[str], release: str | None) -> int:
    """Record all scenarios, or those that are named, or those of a release."""
    known = {name for one in SCENARIOS for name in _names(one)}
    if not known.issuperset(wanted):
        raise SystemExit(f"there is no scenario {', '.join(sorted({*wanted} - known))}")
    files = CaseFiles()
    cases = {(case.kind, case.name): case for case in files.load_all()}
    os.environ["BASELINE_LAB_NAME"] = lab_name("recorder")
    chosen = [one for one in SCENARIOS if not wanted or {*wanted} & {*_names(one)}]
    try:
        for name in dict.fromkeys(one.release for one in chosen if release in (None, one.release)):
            # A host is as shipped only before anything is applied to it.
            of_release = sorted((one for one in chosen if one.release == name), key=lambda one: not one.shipped)
            for case in _recorded_on(name, of_release):
                cases[case.kind, case.name] = case
    finally:
        lab.down()
        files.save_all(cases.values())
    return 0


def _recorded_on(release: str, scenarios: Sequence[Scenario]) -> Iterator[Case]:
    """Record these, in turn, on a host of that release."""
    lab.down()
    (running,) = lab.up(1, release=(release,), say=_say)
    host = RealHost(running, tuple(lab.enter("mx1")), lab.directory())
    (target,) = load_inventory(lab.directory() / "inventory.yml").targets
    connect = Connector().connect
    controls = {control.id: control for control in load_baseline(PLAYED_WITH).controls_for(target)}
    stands = False
    for scenario in scenarios:
        if not (scenario.shipped or stands):
            applied = engine.apply(target, tuple(controls.values()), connect).apply
            if applied is None or applied.outcome not in (ApplyOutcome.APPLIED, ApplyOutcome.NOTHING):
                raise SystemExit(f"before {scenario.name} of {scenario.control}: {applied and applied.reason}")
        stands = not scenario.shipped and scenario.damage == "true"
        case = record(scenario, controls[scenario.control], target, host, connect)
        _say(f"{scenario.control} {scenario.name}: {case.outcome}: {case.reason}")
        if case.outcome != scenario.outcome:
            raise SystemExit(f"{scenario.name} of {scenario.control} gave {case.outcome}, not {scenario.outcome}")
        yield case


def _names(scenario: Scenario) -> tuple[str, str]:
    return scenario.control, f"{scenario.control}/{scenario.name}"


def _rekey(files: CaseFiles, changed: Mapping[str, str]) -> int:
    """Carry answers over, and say what came of it; 1 when some questions have no answer, or findings are others."""
    done = rekey(files.load_all(), changed, files.question_names())
    files.save_all(done.cases)
    for old, new in done.carried.items():
        _say(f"carried over from\n  {old}\nto\n  {new}")
    for name, questions in done.unanswered.items():
        _say(f"{name} has no answer to what it asks; record it anew, or give the old and the new question as files:")
        _say("\n".join(f"  {question}" for question in questions))
    for name, found in done.otherwise.items():
        _say(f"{name} gives another finding; `pytest tests/kinds --update` makes it the expected one:\n  {found}")
    _say(f"{len(done.carried)} questions carried over, {done.changed} cases changed")
    return 1 if done.unanswered or done.otherwise else 0


def _kept(answers: Mapping[str, Answer], asked: Sequence[str]) -> dict[str, Answer]:
    """Without what is asked of every host, unless the control asks it too, and without what was applied before.

    Rspamd's configuration in an order that does not change: rspamadm prints the keys of an object in any
    order, and a later recording would differ from this one in every line.
    """
    host_wide = {drift.QUESTION, stale.QUESTION, undecided.QUESTION, unloadable.QUESTION, *NEVER_APPLIED}
    without = (host_wide | {releases.QUESTION, condition.OS_RELEASE}) - {*asked}
    kept = {
        one: answer for one, answer in answers.items() if one not in without and not one.startswith(places.BEGINNING)
    }
    if DUMP in kept and kept[DUMP].rc == 0:
        ordered = json.dumps(json.loads(kept[DUMP].stdout), indent=4, sort_keys=True, ensure_ascii=False)
        kept[DUMP] = replace(kept[DUMP], stdout=f"{ordered}\n".encode())
    return kept


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
