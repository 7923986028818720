"""What came of a whole run, kept beside the cases; the page in docs is made of it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.faults.case import Case, Ended
from tests.faults.cases import CASES

FILE = Path(__file__).with_name("results.json")


def kept() -> dict[str, Ended]:
    """The results of the last whole run, by the names of the cases."""
    return {name: Ended(**result) for name, result in json.loads(FILE.read_text()).items()}


@dataclass
class Results:
    """The results of this run. They are kept when every case was run and came out as it should."""

    found: dict[str, Ended] = field(default_factory=dict)

    def note(self, case: Case, ended: Ended) -> None:
        """One case that came out as it should."""
        reason = case.vague or ended.reason
        self.found[case.name] = Ended(ended.outcome, ended.exit_code, reason, ended.host, ended.next)

    def keep(self) -> None:
        """Write them down, if they are all there."""
        if len(self.found) == len(CASES):
            results = {case.name: asdict(self.found[case.name]) for case in CASES}
            FILE.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
