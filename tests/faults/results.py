"""What came of a whole run, kept beside the cases; the page in docs is made of it."""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from baseline import transaction
from tests.faults.case import Case, Ended
from tests.faults.cases import CASES

FILE = Path(__file__).with_name("results.json")
_SO_FAR = Path(__file__).with_name(".results-so-far.json")
_PACKAGE = Path(transaction.__file__).parents[1]


def kept() -> dict[str, Ended]:
    """The results of the last whole run, by the names of the cases."""
    return {name: Ended(**result) for name, result in json.loads(FILE.read_text()).items()}


@dataclass
class Results:
    """The results of this run, and of runs of the same program before it that were broken off or had failures.

    They are kept when every case has come out as it should: so after a whole run with a failure that was the machine's,
    `pytest --lf tests/faults/test_faults.py` is enough.
    """

    found: dict[str, Ended] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            before = json.loads(_SO_FAR.read_text())
            if before["program"] == _program():
                self.found = {name: Ended(**result) for name, result in before["found"].items()}

    def note(self, case: Case, ended: Ended) -> None:
        """One case that came out as it should."""
        reason = case.vague or ended.reason
        self.found[case.name] = Ended(ended.outcome, ended.exit_code, reason, ended.host, ended.next)
        found = {name: asdict(result) for name, result in self.found.items()}
        _SO_FAR.write_text(json.dumps({"program": _program(), "found": found}))

    def keep(self) -> None:
        """Write them down, if they are all there."""
        if self.found.keys() >= {case.name for case in CASES}:
            results = {case.name: asdict(self.found[case.name]) for case in CASES}
            FILE.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
            _SO_FAR.unlink(missing_ok=True)


def _program() -> str:
    """The digest of what an apply is made of: results of another one are not mixed in."""
    parts = [*sorted((_PACKAGE / "transaction").glob("*.*")), _PACKAGE / "applying.py", _PACKAGE / "bundle.py"]
    return hashlib.sha256(b"".join(path.read_bytes() for path in parts)).hexdigest()
