"""One host in one run: its session, what was asked of it, and what was found."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING

from baseline import bundle, condition, manifest
from baseline.advising import advised, left_to_people
from baseline.classes import dataclass
from baseline.deadline import Deadline
from baseline.errors import CannotTell, HostError, NoRegister, NothingToJudge
from baseline.facts import look
from baseline.judge import Verdict, Wants, judge, not_looked_at
from baseline.kinds import in_brackets
from baseline.local import Identified, Timed
from baseline.model import (
    Answer,
    Compared,
    Finding,
    HandEdit,
    HostReport,
    Location,
    Outcome,
    Scalar,
    Stale,
    State,
    Target,
    Undecided,
    Unloadable,
)
from baseline.model.looks import Found, Looked, unseen_of
from baseline.model.numbers import storable
from baseline.outside import LocalOutlook, LookingAhead, Outlook, look_outside, unasked
from baseline.readings import outline
from baseline.readings.outline import Outline
from baseline.secret import any_revealed, scrubbed
from baseline.session import Session
from baseline.stopwatch import Stopwatch
from baseline.transaction import APPLY_SECONDS, Transaction, TransactionReply, read
from baseline.waiving import Waive, nothing_waived

if TYPE_CHECKING:
    from baseline.kinds.base import Control
    from baseline.manifest import Drift
    from baseline.model.timings import Phase

Connect = Callable[[Target], Session]
Progress = Callable[[str, str], None]
"""Told the host's name and what is being done to it."""


@dataclass
class Visit:
    """One host in one run: its session, opened when first needed, and what was counted."""

    target: Target
    connect: Connect
    progress: Progress
    outlook: Outlook = field(default_factory=LocalOutlook)
    deadline: Deadline = field(default_factory=Deadline)
    doing: str = "connecting"
    exchanges: int = 0
    started: float = field(default_factory=time.monotonic)
    machine: str = ""
    """The identity that the host has proved, where the session knows one."""
    own: set[str] = field(default_factory=set)
    """The transactions that this visit began: their end is told by its own outcome."""
    waive: Waive = nothing_waived
    """What is waived is left alone by plans."""
    watch: Stopwatch = field(default_factory=Stopwatch)
    transactions: Callable[[], Transaction] = Transaction
    """Gives each transaction that applies a plan: by default one of an id of its own."""
    ahead: LookingAhead | None = None
    """What is looked at from outside while the host is asked: begun once it can be reached."""
    _session: Session | None = None
    _apart: set[str] = field(default_factory=set)
    """The questions that the host did not answer together with others: they are asked by themselves."""

    def tell(self, doing: str) -> None:
        """Tell the progress what is being done; nothing any more once the host was given up, and others go on."""
        self.doing = doing
        if not self.deadline.why:
            self.progress(self.target.name, doing)

    def exchange(self, request: bundle.Bundle, seconds: int, phase: Phase = "waiting") -> dict[str, Answer]:
        """Send a bundle and give its answers. Connects first when there is no connection. Raises `HostError`."""
        try:
            session = self._connected()
            if self.ahead is not None:
                self.ahead.begin(self.deadline)
            with self.deadline.closing(session.close):
                most = math.ceil(min(seconds, self.deadline.left()))
                self.exchanges += 1
                with self.watch.during(phase):
                    reply = session.exchange(request.script, seconds=most)
            if phase == "waiting" and isinstance(session, Timed):
                self.watch.answered(request, reply, session.arrivals)
            return bundle.answers(request, reply)
        except HostError:
            # What a connection says that was closed under it is not the reason.
            self.deadline.left()
            raise

    def ask(self, commands: Sequence[str], *, texts: bool = True) -> Mapping[str, Answer]:
        """Ask commands in one exchange; `texts` says that they answer in text. Raises `HostError`."""
        if self.target.shell == "sh":
            request = bundle.ask(commands, texts=texts, apart=self._apart)
        else:
            request = bundle.ask_powershell(commands)
        answers = self.exchange(request, 60 + bundle.COMMAND_SECONDS * 10)
        self._apart.update(one for one in commands if one not in answers)
        return answers

    def transact(self, request: bundle.Bundle) -> TransactionReply:
        """Send a transaction's bundle and give what the host's side said. Raises `HostError`."""
        return read(self.exchange(request, APPLY_SECONDS + 60, "applying"))

    def _connected(self) -> Session:
        if self.target.outside_only:
            raise HostError("the inventory has nobody log in here (`outside_only`)")
        self.deadline.left()
        if self._session is None:
            doing, self.doing = self.doing, "connecting"
            self.tell(self.doing)
            with self.watch.during("connecting"):
                self._session = session = self.connect(self.target)
            self.machine = session.machine if isinstance(session, Identified) else ""
            self.tell(doing)
        return self._session

    def reached(self) -> str:
        """The identity that the host has proved; connects first when there is no connection. Raises `HostError`."""
        self._connected()
        return self.machine

    def hang_up(self) -> None:
        """End the connection; the next exchange opens another."""
        if self._session is not None:
            self._session.close()
        self._session = None

    def report(
        self, error: str | None = None, seen: Judged | None = None, edits: tuple[HandEdit, ...] = ()
    ) -> HostReport:
        """The host's line of the report, as things stand now; with what a look told of the host itself."""
        seen = seen or Judged(Looked({}))
        target = self.target
        return HostReport(
            name=target.name,
            address=target.address,
            roles=tuple(sorted(target.roles)),
            reachable=error is None,
            error=None if error is None else scrubbed(error),
            drifted=tuple(condition.in_words(one, seen.edits) for one in seen.drifted),
            stale=seen.stale,
            unloadable=seen.unloadable,
            undecided=seen.undecided,
            edits=edits or seen.edits,
            untold=seen.untold,
            note="; ".join(filter(None, (_unvisited(target), seen.untried))),
            exchanges=self.exchanges,
            seconds=round(time.monotonic() - self.started, 3),
            timings=self.watch.told(),
        )


@dataclass(frozen=True)
class Judged:
    """What one look brought, judged."""

    looked: Looked
    findings: tuple[Finding, ...] = ()
    drifted: tuple[Drift, ...] = ()
    stale: tuple[Stale, ...] = ()
    unloadable: tuple[Unloadable, ...] = ()
    untold: tuple[str, ...] = ()
    undecided: tuple[Undecided, ...] = ()
    edits: tuple[HandEdit, ...] = ()
    untried: str = ""


def look_at(
    visit: Visit, controls: Sequence[Control], doing: str, *, paths: Sequence[str] = (), questions: Sequence[str] = ()
) -> Judged:
    """One exchange: controls judged, the files at `paths` read, the host's own state told. Raises `HostError`.

    `questions` are asked besides; what is no POSIX shell, or no host at all, is not asked.
    """
    if not controls and not paths:
        return Judged(Looked({}))
    visit.tell(doing)
    if not visit.target.address or visit.target.outside_only:
        looked = _outside(visit, controls, unasked(controls, visit.target))
        return Judged(looked, _left_to_people(controls, visit.target, looked))
    if visit.target.shell != "sh":
        # Nothing is ever applied there, so that there is no manifest, and no file to edit.
        looked = _asked(visit, controls)
        return Judged(looked, _left_to_people(controls, visit.target, looked))
    besides = (*condition.HOST_QUESTIONS, *questions)
    looked = _asked(visit, controls, paths, besides)
    try:
        drifted = manifest.drifts(looked.answers[manifest.QUESTION])
    except CannotTell as reason:
        drifted = (manifest.unreadable(str(reason)),)
    old, untold = condition.stale_daemons(looked)
    refused, unchecked = condition.refused_files(looked)
    open_ones, unsettled = condition.without_decision(looked, visit.own)
    written = outline.outlined(looked.answers.get(outline.QUESTION))
    reasons = manifest.by_control(drifted)
    judged: Sequence[Finding] = findings_of(controls, visit.target, looked.states, written)
    if refused:
        from baseline.unloadable.resting import by_their_words

        judged = [by_their_words(one, refused, looked, visit.target) for one in judged]
    findings = tuple(
        replace(finding, drift=True, reason=f"{finding.reason}; {reasons[finding.key]}")
        if finding.key in reasons
        else finding
        for finding in judged
    )
    findings = tuple(
        advised(control, finding, looked, visit.target, written)
        for control, finding in zip(controls, findings, strict=True)
    )
    return Judged(
        looked,
        findings,
        drifted,
        old,
        refused,
        (*untold, *unchecked, *unsettled),
        open_ones,
        condition.drifted_lines(looked),
        condition.untried_releases(looked, visit.target),
    )


def _asked(
    visit: Visit, controls: Sequence[Control], paths: Sequence[str] = (), questions: Sequence[str] = ()
) -> Looked:
    """What the host said, and what was seen from outside: what does not rest on the host, while it was asked."""
    visit.ahead = ahead = LookingAhead(controls, visit.target, visit.outlook)
    try:
        with visit.watch.during("asking"):
            looked = look(controls, visit.target, visit.ask, paths=paths, questions=questions)
        return _outside(visit, controls, looked, ahead)
    finally:
        visit.ahead = None
        ahead.end()


def _outside(visit: Visit, controls: Sequence[Control], looked: Looked, ahead: LookingAhead | None = None) -> Looked:
    with visit.watch.during("outside"):
        before = ahead.seen() if ahead is not None else None
        return look_outside(controls, visit.target, looked, visit.outlook, visit.deadline, before=before)


def _left_to_people(controls: Sequence[Control], target: Target, looked: Looked) -> tuple[Finding, ...]:
    """The findings about what no apply reaches."""
    found = findings_of(controls, target, looked.states)
    return tuple(left_to_people(control, finding) for control, finding in zip(controls, found, strict=True))


def findings_of(
    controls: Sequence[Control], target: Target, states: Mapping[str, Found], written: Outline | None = None
) -> tuple[Finding, ...]:
    """One finding per control; a control without a state is not for this host. `written` tells where settings stand."""
    files = written or Outline()
    return tuple(_finding(control, control.asked_of(target), states.get(control.key), files) for control in controls)


MOST_OF_REASON = 4_000
"""Characters of a reason: one that quotes what a host said may quote all of it."""


def _finding(control: Control, target: Target, state: Found | None, written: Outline) -> Finding:
    try:
        wants = control.judged_wants(target)
    except (Exception, SystemExit) as error:  # noqa: BLE001 -- one control's fault must not cost the report of all the others
        wants, state = (
            {},
            CannotTell(
                f"the wanted values could not be worked out: {type(error).__name__}: {error}{in_brackets(control)}"
            ),
        )
    verdict = _verdict(control, target, wants, state, written)
    keys = tuple(map(_clean, verdict.keys)) if any_revealed() else verdict.keys
    return Finding(
        host=target.subject or target.name,
        control=control.id,
        kind=control.kind,
        title=control.title.en,
        outcome=verdict.outcome,
        reason=_shortened(scrubbed(verdict.reason)),
        keys=keys,
        clause=control.clause,
        obligation=control.obligation,
        severity=control.severity,
        subject=target.subject,
        wants_register=verdict.outcome is Outcome.UNKNOWN and _wants_register(state),
        unseen=tuple(_shortened(scrubbed(one)) for one in verdict.unseen),
    )


def _wants_register(state: Found | None) -> bool:
    """Whether a register of evidence, and nothing else, would tell."""
    reasons = () if state is None else unseen_of(state)
    return bool(reasons) and all(isinstance(one, NoRegister) for one in reasons)


def _verdict(control: Control, target: Target, wants: Wants, state: Found | None, written: Outline) -> Verdict:
    if state is None and control.about != "host":
        return Verdict(Outcome.NOTAPPLICABLE, "about mail domains, and the inventory gives this host none")
    if state is None:
        return Verdict(Outcome.NOTAPPLICABLE, control.not_for(target))
    if isinstance(state, NothingToJudge):
        return Verdict(Outcome.NOTAPPLICABLE, str(state))
    if isinstance(state, CannotTell):
        return Verdict(Outcome.UNKNOWN, str(state), not_looked_at(wants))
    if not wants:
        return Verdict(Outcome.NOTAPPLICABLE, control.nothing_to_judge)
    unsound = _unsound(state)
    if unsound:
        return Verdict(Outcome.UNKNOWN, unsound, not_looked_at(wants))
    reasons = [str(reason) for reason in unseen_of(state)]
    return judge(wants, dict(state), _places(control, dict(state), written), reasons)


def _places(control: Control, state: State, written: Outline) -> Mapping[str, Location]:
    """Where the keys were set. What a kind did not foresee there costs a place, and no finding."""
    try:
        return control.set_at(state, written)
    except (Exception, SystemExit):  # noqa: BLE001 -- a place is an aid, and the finding stands without it
        return {}


MOST_KEYS, LONGEST_TEXT = 50_000, 1 << 16
"""How much one control may have to say of a host: a key for each account, and texts in characters."""


def _unsound(state: State) -> str:
    """Why a state is nothing that could be judged, whatever the kind: numbers that are none, and far too much."""
    if len(state) > MOST_KEYS:
        return f"it has {len(state)} things to tell, and {MOST_KEYS} are the most that is judged"
    for key, value in state.items():
        if isinstance(value, int | float) and storable(value) != value:
            return f"{key} is {storable(value)}, which is no number that anything has"
        if isinstance(value, str) and len(value) > LONGEST_TEXT:
            return f"{key} is a text of {len(value)} characters, and {LONGEST_TEXT} are the most that is judged"
    return ""


def _shortened(text: str) -> str:
    return text if len(text) <= MOST_OF_REASON else f"{text[:MOST_OF_REASON]}…"


def _clean(one: Compared) -> Compared:
    """A key without the secrets that a host may quote, once they were written there."""
    wanted = one.wanted and one.wanted.mapped(_scrubbed)
    return replace(one, found=_scrubbed(one.found), wanted=wanted)


def _scrubbed(value: Scalar) -> Scalar:
    return scrubbed(value) if isinstance(value, str) else value


def _unvisited(target: Target) -> str:
    """How a host was looked at that is not connected to."""
    if target.outside_only:
        return "not connected to: judged by what shows from outside (outside_only)"
    if target.quota_report is None:
        return ""
    report = target.quota_report
    when = f"{report.taken:%Y-%m-%d %H:%M} UTC"
    return f"not connected to: judged by the report {report.file}, taken on {report.server} at {when}"
