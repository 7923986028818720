"""The tests that a baseline and an inventory come to, before anybody is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime

from baseline.classes import dataclass
from baseline.cli.job import Job
from baseline.engine import foreseen
from baseline.kinds.base import Control, asked
from baseline.model import Finding, Outcome, Target
from baseline.subjects import subjects_apart
from baseline.waiving import waived


@dataclass(frozen=True)
class Visited:
    """A host of the run, or a domain or site that no host speaks for: what is looked at in one go."""

    target: Target
    controls: tuple[Control, ...]

    @property
    def name(self) -> str:
        """What it is called in the inventory: unique among hosts, and among what is none."""
        return self.target.name if self.target.is_host else f"{self.target.name} (no host)"

    def foreseen(self) -> tuple[Finding, ...]:
        """What a look will tell of, in its order: `unknown` stands for what has to be looked at."""
        return foreseen(self.target, self.controls)


@dataclass(frozen=True)
class UnderTest:
    """All that options select."""

    job: Job
    visits: Mapping[str, Visited]

    @classmethod
    def of(cls, job: Job) -> UnderTest:
        """What a job comes to. Raises `InputError` where the baseline does not fit the inventory."""
        job.baseline.validate_all(job.targets)
        hosts = [Visited(one, job.baseline.controls_for(one)) for one in job.targets]
        apart = [Visited(one, job.baseline.controls_for(one)) for one in subjects_apart(job.targets)]
        kept = (*hosts, *(one for one in apart if asked(one.controls, one.target)))
        return cls(job, {one.name: one for one in kept})

    def tests(self) -> Iterator[tuple[Visited, Finding]]:
        """Each control on each host, domain or site, with where it is looked at."""
        for visit in self.visits.values():
            for finding in visit.foreseen():
                yield visit, finding

    @property
    def spoken_for(self) -> dict[tuple[str, str], str]:
        """What is told of, with a control -> what is visited for it."""
        return {(finding.host, finding.control): visit.name for visit, finding in self.tests()}

    def as_waived(self, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """Findings with the waivers of this moment."""
        return waived(findings, self.job.waivers, datetime.now(UTC))

    def hosts(self) -> list[Target]:
        """The hosts that one's own tests may ask: those that have a POSIX shell, and let us in."""
        return [one for one in self.job.targets if one.shell == "sh" and not one.outside_only]


def has_to_be_looked_at(finding: Finding) -> bool:
    """Whether a foreseen finding is one that the inventory alone does not settle."""
    return finding.outcome is not Outcome.NOTAPPLICABLE
