"""What came of a whole run, kept beside the cases for each release; the page in docs is made of it."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from baseline import transaction
from tests.faults.case import Case, Ended
from tests.faults.cases import CASES, ONCE

_SO_FAR = Path(__file__).with_name(".results-so-far.json")
_PACKAGE = Path(transaction.__file__).parents[1]


def kept(release: str) -> dict[str, Ended]:
    """The results of the last run on hosts of a release that played all that it has to, by the names of the cases."""
    return {name: Ended(**result) for name, result in json.loads(_file(release).read_text()).items()}


def needed(release: str) -> frozenset[str]:
    """What has to be played for results to be kept: all cases on Debian 12, each fault once on any other release."""
    return frozenset(case.name for case in CASES) if release == "bookworm" else ONCE


@dataclass
class Results:
    """The results of this run, and of runs of the same program before it that were broken off or had failures.

    They are kept when every case has come out as it should: so after a whole run with a failure that was the machine's,
    `pytest --lf tests/faults/test_faults.py` is enough. `found` is by release, then by case.
    """

    found: dict[str, dict[str, Ended]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            before = json.loads(_SO_FAR.read_text())
            if before["program"] == _program():
                self.found = {
                    release: {name: Ended(**result) for name, result in found.items()}
                    for release, found in before["found"].items()
                }

    def note(self, release: str, case: Case, ended: Ended) -> None:
        """One case that came out as it should."""
        reason = case.vague or ended.reason
        noted = self.found.setdefault(release, {})
        noted[case.name] = Ended(ended.outcome, ended.exit_code, reason, ended.host, ended.next)
        self._remember()

    def _remember(self) -> None:
        _SO_FAR.write_text(json.dumps({"program": _program(), "found": _plain(self.found)}))

    def keep(self) -> None:
        """Write down those of each release that are all there, and not fewer than were."""
        for release, found in _plain(self.found).items():
            if found.keys() >= needed(release) | self._known(release):
                results = {case.name: found[case.name] for case in CASES if case.name in found}
                _file(release).write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
                del self.found[release]
        self._remember()

    def _known(self, release: str) -> set[str]:
        return {*kept(release)} & {case.name for case in CASES} if _file(release).exists() else set()


def _plain(found: Mapping[str, Mapping[str, Ended]]) -> dict[str, dict[str, Any]]:
    return {release: {name: asdict(ended) for name, ended in ends.items()} for release, ends in found.items()}


def _file(release: str) -> Path:
    return Path(__file__).with_name(f"results-{release}.json")


def _program() -> str:
    """The digest of what an apply is made of: results of another one are not mixed in."""
    parts = [*sorted((_PACKAGE / "transaction").glob("*.*")), _PACKAGE / "applying.py", _PACKAGE / "bundle.py"]
    return hashlib.sha256(b"".join(path.read_bytes() for path in parts)).hexdigest()
