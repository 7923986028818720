"""The answers of one run held in memory, to be judged again by other rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from baseline.classes import dataclass
from baseline.model import HostReport, Report
from baseline.model.gaps import Gap
from baseline.model.heard import Heard


@dataclass
class HeldAnswers:
    """What the hosts of one run answered, without secrets. It keeps nothing on disk."""

    of_host: dict[str, Heard] = field(default_factory=dict)
    report: Report | None = None

    def begin(self, command: str) -> HeldRun:
        """The run begins."""
        del command
        return HeldRun(self)

    @property
    def run(self) -> str:
        """The id of the run; empty before its end."""
        return self.report.run.id if self.report else ""

    @property
    def finished(self) -> str:
        """When it was finished (ISO 8601 in UTC); empty before its end."""
        return self.report.run.finished if self.report else ""

    def heard(self, name: str) -> Heard | None:
        """What a host answered."""
        return self.of_host.get(name)

    def host(self, name: str) -> HostReport | None:
        """How a host was reached."""
        hosts = self.report.hosts if self.report else ()
        return next((one for one in hosts if one.name == name), None)


@dataclass(frozen=True)
class HeldRun:
    """The run that is going on, as `Recording` hands it on."""

    into: HeldAnswers

    def heard(self, host: str, heard: Heard) -> None:
        """Take the answers of a host."""
        self.into.of_host[host] = heard

    def gaps(self, report: Report) -> tuple[Gap, ...]:
        """None: no run was before."""
        del report
        return ()

    def upgrades(self, report: Report) -> Mapping[str, str]:
        """None: no run was before."""
        del report
        return {}

    def keep(self, report: Report) -> str:
        """The run is over."""
        self.into.report = report
        return ""
