"""What a run hands to whoever keeps it: each host's answers without secrets, and at its end the report."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from baseline import condition, engine, last_run
from baseline.deadline import Deadline
from baseline.kinds.base import Control
from baseline.kinds.file import FileControl
from baseline.model import Report, Target
from baseline.model.heard import Heard, answer_bytes, of_command, of_probe, seen_bytes
from baseline.secret import Secret, without_secrets

if TYPE_CHECKING:
    from baseline.load import Inventory
    from baseline.model.gaps import Gap
    from baseline.model.looks import Looked

_LOG = logging.getLogger(__name__)

HostWork = Callable[[Target, Sequence[Control], Deadline], engine.HostResult]


class Keeping(Protocol):
    """One run that is being kept."""

    def heard(self, host: str, heard: Heard) -> None:
        """Take the answers of a host; from many threads at once. Raises nothing."""
        ...

    def gaps(self, report: Report) -> tuple[Gap, ...]:
        """The checks that did not happen, and are told with this report. Raises nothing."""
        ...

    def upgrades(self, report: Report) -> Mapping[str, str]:
        """A sentence for each host whose release changed since it was last applied or looked at. Raises nothing."""
        ...

    def keep(self, report: Report) -> str:
        """Keep the run. Gives why that could not be done, as a sentence; empty when it was. Raises nothing."""
        ...


class Keeper(Protocol):
    """Who keeps runs: the history."""

    def begin(self, command: str) -> Keeping:
        """A run of a command begins. Raises nothing."""
        ...


class Recording:
    """A run, remembered for `@failed` and kept in the history, where these are wanted."""

    def __init__(self, command: str, remember: Inventory | None, history: Keeper | None) -> None:
        """`command` begins to work on hosts of `remember`."""
        self._command, self._remember = command, remember
        self._keeping = history.begin(command) if history else None

    @property
    def keeping(self) -> bool:
        """Whether anybody takes answers."""
        return self._keeping is not None

    def heard(
        self, work: HostWork, target: Target, controls: Sequence[Control]
    ) -> Callable[[Deadline], engine.HostResult]:
        """Some work on a host, after which what it was told is handed on, and is no longer held here."""

        def done(deadline: Deadline) -> engine.HostResult:
            result = work(target, controls, deadline)
            if self._keeping and result.looked:
                result = replace(result, heard=cleaned(result.looked, target, controls))
            if self._keeping and result.heard:
                self._keeping.heard(target.name, result.heard)
            return replace(result, looked=None, heard=None)

        return done

    def whole(self, report: Report) -> Report:
        """The report at the run's end. What cannot be kept of it is a note, and changes nothing else."""
        if self._remember is not None:
            # A plan looks as a check does.
            command = "apply" if self._command == "apply" else "check"
            try:
                last_run.remember(self._remember.paths, command, report)
            except OSError as error:
                _LOG.warning("how the hosts ended is not remembered for --limit @failed: %s", error)
        if self._keeping:
            report = replace(report, gaps=self._keeping.gaps(report))
            report = _noted(report, self._keeping.upgrades(report))
        trouble = self._keeping.keep(report) if self._keeping else ""
        if trouble:
            _LOG.warning("%s", trouble)
            return replace(report, notes=(*report.notes, trouble))
        return report


def _noted(report: Report, notes: Mapping[str, str]) -> Report:
    """The report with a sentence at some of its hosts."""
    if not notes:
        return report
    return replace(report, hosts=tuple(replace(one, note=notes.get(one.name, one.note)) for one in report.hosts))


def cleaned(looked: Looked, target: Target, controls: Sequence[Control]) -> Heard:
    """The answers that controls rest on, and the release of the host, without secrets that this process has revealed.

    What a control asked whose file holds a secret is left out: its answers have digests of that, or what was before.
    """
    hidden = {question for one in controls if has_secret(one, target) for question in looked.asked.get(one.key, ())}
    asked = {
        key: (
            *(_clean(of_command(command)) for command in looked.asked.get(key, ()) if command not in hidden),
            *(_clean(of_probe(probe)) for probe in looked.probed.get(key, ())),
        )
        for key in {**looked.asked, **looked.probed}
    }
    wanted = {question for questions in asked.values() for question in questions} | {of_command(condition.OS_RELEASE)}
    answers = {_clean(of_command(command)): answer_bytes(answer) for command, answer in looked.answers.items()}
    answers |= {_clean(of_probe(probe)): seen_bytes(seen) for probe, seen in looked.seen.items()}
    return Heard({name: without_secrets(answer) for name, answer in answers.items() if name in wanted}, asked)


def _clean(question: str) -> str:
    return without_secrets(question.encode("utf-8", "surrogatepass")).decode("utf-8", "surrogatepass")


def has_secret(control: Control, target: Target) -> bool:
    """Whether a control wants a secret, so that nothing of what it asks is kept; also where that cannot be told."""
    if isinstance(control, FileControl):
        try:
            return isinstance(control.text(target), Secret) or _holds_secret(control.__dict__)
        except Exception:  # noqa: BLE001 -- a template of any kind: what it would hold is not known
            return True
    return _holds_secret(control.__dict__)


def _holds_secret(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_secret, value.values()))
    if isinstance(value, list | tuple | set | frozenset):
        return any(map(_holds_secret, value))
    return isinstance(value, Secret)
