"""What a baseline says of the answers that a run kept: no host is asked, and nothing is sent anywhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from baseline import engine
from baseline.advising import advised, left_to_people
from baseline.classes import dataclass
from baseline.deadline import Deadline
from baseline.errors import CannotTell, HistoryError, HostError
from baseline.facts import look_back
from baseline.fleet import carried_out, nobody
from baseline.kinds.base import Control
from baseline.load import Baseline
from baseline.model import Answer, HostReport, Recorded, Report, Target
from baseline.model.heard import Heard, in_words, of_command, of_probe
from baseline.model.looks import Looked
from baseline.model.probes import Probe, Seen
from baseline.outside import LocalOutlook, look_back_outside, unasked
from baseline.readings.outline import Outline
from baseline.recording import Recording, has_secret
from baseline.secret import HIDDEN
from baseline.unloadable.resting import by_their_words
from baseline.visit import Visit, findings_of

PROOF = "no host was asked, nothing was sent, and this is no proof of what is so today"

_LINE = 100
"""Characters of a question in a reason."""


class KeptAnswers(Protocol):
    """The answers of one run that was kept: its id, and when it was finished (ISO 8601 in UTC)."""

    @property
    def run(self) -> str:
        """The id of the run."""
        ...

    @property
    def finished(self) -> str:
        """When it was finished."""
        ...

    def host(self, name: str) -> HostReport | None:
        """How a host was reached in that run; None for one that it did not look at. Raises `HistoryError`."""
        ...

    def heard(self, name: str) -> Heard | None:
        """What a host or subject answered; None where nothing was kept of it. Raises `HistoryError`."""
        ...


def check_recorded(
    targets: Sequence[Target],
    baseline: Baseline,
    answers: KeptAnswers,
    *,
    strict: bool = False,
    progress: engine.Progress = lambda *_: None,
) -> Report:
    """Judge every control by the answers of a run that was kept, as of the time of that run. Contacts nobody.

    What that run did not ask, or did not keep because of a secret, is `unknown`. The report says in `run.recorded` and
    in its notes what it is of, and is kept in no history. Raises `InputError` and `NothingMatched` as `check_all`.
    """

    def look(target: Target, controls: Sequence[Control], deadline: Deadline) -> engine.HostResult:
        return judge_recorded(target, controls, answers, progress=progress, deadline=deadline)

    # One after the other: nobody is waited for.
    report = carried_out(
        targets,
        baseline,
        1,
        strict,
        look,
        outlook=LocalOutlook(),
        apart_from=look,
        kept=Recording("check", None, None),
    )
    note = f"These are answers that were kept of {_named(answers)}: {PROOF}."
    run = replace(report.run, recorded=Recorded(answers.run, answers.finished))
    return replace(report, run=run, notes=(*report.notes, note))


def judge_recorded(
    target: Target,
    controls: Sequence[Control],
    answers: KeptAnswers,
    *,
    progress: engine.Progress = lambda *_: None,
    deadline: Deadline | None = None,
) -> engine.HostResult:
    """The same of one host, domain or site."""

    def work(visit: Visit, applicable: Sequence[Control]) -> engine.HostResult:
        visit.tell("judging")
        told, then = _told(target, answers)
        looked = _look_back(applicable, target, told)
        findings = findings_of(applicable, target, looked.states)
        if target.address and target.shell == "sh" and not target.outside_only:
            refused = then.unloadable if then else ()
            judged = (by_their_words(one, refused, looked, target) for one in findings)
            findings = tuple(
                advised(control, one, looked, target, Outline())
                for control, one in zip(applicable, judged, strict=True)
            )
        else:
            pairs = zip(applicable, findings, strict=True)
            findings = tuple(left_to_people(control, one) for control, one in pairs)
        return engine.HostResult(_as_it_was(visit.report(), then, told.of), findings)

    return engine.visited(Visit(target, nobody, progress, deadline=deadline or Deadline()), controls, work)


@dataclass(frozen=True)
class _Told:
    """What a host answered and what was seen of it, in the run that `of` names, which ended `when`.

    A secret was taken out of the answers to the questions in `hidden`: nothing is judged by what is left of them.
    """

    answers: Mapping[str, Answer]
    seen: Mapping[Probe, Seen]
    hidden: frozenset[str]
    when: datetime
    of: str

    def no_answer(self, command: str) -> CannotTell:
        """Why a command has none."""
        if of_command(command) in self.hidden:
            return CannotTell(f"a secret was taken out of the answer that {self.of} kept")
        line = command if len(command) <= _LINE else f"{command[:_LINE]}…"
        return CannotTell(f"{self.of} did not ask this, or did not keep it: `{line}`")

    def not_seen(self, probe: Probe) -> CannotTell:
        """Why nothing was seen of a probe."""
        return CannotTell(f"{self.of} did not look at this: {in_words(of_probe(probe))}")


def _told(target: Target, answers: KeptAnswers) -> tuple[_Told, HostReport | None]:
    """What was kept of a host, and how it was reached then. Raises `HostError` where there is nothing."""
    try:
        then, heard = answers.host(target.name), answers.heard(target.name)
    except HistoryError as error:
        raise HostError(str(error)) from None
    of = _named(answers)
    if then is not None and not then.reachable:
        raise HostError(f"{of} could not look at it: {then.error}")
    if heard is None or (target.address and then is None):
        raise HostError(f"{of} did not look at it")
    hidden = frozenset(name for name, answer in heard.answers.items() if HIDDEN.encode() in answer)
    told = replace(heard, answers={name: one for name, one in heard.answers.items() if name not in hidden})
    when = datetime.fromisoformat(answers.finished)
    return _Told(told.commands(), told.looks(), hidden, when, of), then


def _look_back(controls: Sequence[Control], target: Target, told: _Told) -> Looked:
    secret = {control.key for control in controls if has_secret(control, target)}
    plain = [control for control in controls if control.key not in secret]
    visited = target.address and not target.outside_only
    looked = look_back(plain, target, told.answers, told.no_answer) if visited else unasked(plain, target)
    looked = look_back_outside(plain, target, looked, told.seen, told.when, told.not_seen)
    left_out = CannotTell("nothing of what it asks is kept, since a secret stands in what it wants")
    return replace(looked, states={**looked.states, **dict.fromkeys(secret, left_out)})


def _as_it_was(now: HostReport, then: HostReport | None, of: str) -> HostReport:
    """The host's line, with what was told of it as a whole then: that hangs on no baseline."""
    note = f"not connected to: judged by its answers in {of}"
    if then is None:
        return replace(now, note=note)
    return replace(
        now,
        drifted=then.drifted,
        stale=then.stale,
        unloadable=then.unloadable,
        undecided=then.undecided,
        untold=then.untold,
        edits=then.edits,
        note=note,
        seconds=0.0,
    )


def _named(answers: KeptAnswers) -> str:
    return f"run {answers.run} of {answers.finished}"
