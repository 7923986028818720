"""Plans that were reviewed: the JSON report of `baseline plan`, read back.

A plan file says what was shown to whoever reviewed it. To apply it, the plan is made anew from the host as it is and
the baseline as it is, and must have the very same digest: so what runs is what was reviewed, or nothing. The digest
is worked out anew from what the file shows, so that a file that shows less than its digest stands for is refused.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from baseline.errors import InputError, NothingMatched, Problem, UserError
from baseline.model import HostPlan, Target

SCHEMAS = ("baseline.report/1", "baseline.report/2")


@dataclass(frozen=True)
class PlanFile:
    """The reviewed plans: digest by host, without those that had nothing to do, and the baseline they were made by."""

    file: str
    baseline_name: str
    baseline_sha256: str
    digests: Mapping[str, str]

    def fits(self, name: str, sha256: str) -> None:
        """Raise `UserError` when the baseline is not the one that the plans were made by."""
        if sha256 != self.baseline_sha256:
            made = self.baseline_name
            raise UserError(
                f"{self.file} was made by {made} as it was then, and {name} is another or has changed since: plan again"
            )

    def among(self, targets: Sequence[Target]) -> tuple[Target, ...]:
        """Those of the targets that were planned for. Raises `NothingMatched` when one of them is not selected."""
        missing = sorted(self.digests.keys() - {target.name for target in targets})
        if missing:
            raise NothingMatched(f"{self.file} plans for {', '.join(missing)}, which the selected inventory lacks")
        return tuple(target for target in targets if target.name in self.digests)


def load_plan_file(path: Path) -> PlanFile:
    """Read a plan file. Raises `InputError` when it is none, or holds no plan that changes anything."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError([Problem(str(path), 0, 0, f"cannot be read: {error.strerror or error}")]) from None
    except json.JSONDecodeError as error:
        raise InputError([Problem(str(path), error.lineno, error.colno, f"is no JSON: {error.msg}")]) from None
    except UnicodeDecodeError:
        raise InputError([Problem(str(path), 0, 0, "is no JSON: it is not in UTF-8")]) from None
    try:
        return _read(str(path), document)
    except (KeyError, TypeError, AttributeError, ValueError):
        message = f"is no plan: write one with `baseline plan --format json -o {path.name}`"
        raise InputError([Problem(str(path), 0, 0, message)]) from None


def _read(path: str, document: Any) -> PlanFile:
    if document["schema"] not in SCHEMAS:
        raise KeyError
    plans = [(HostPlan.from_dict(plan), str(plan["digest"])) for plan in document["plans"]]
    altered = [plan.host for plan, digest in plans if plan.digest != digest]
    if altered:
        told = (
            f"the plan for {', '.join(altered)} is not the one that its digest stands for: it was altered; plan again"
        )
        raise InputError([Problem(path, 0, 0, told)])
    changing = {plan.host: digest for plan, digest in plans if not plan.empty}
    if not changing:
        raise InputError([Problem(path, 0, 0, "plans nothing to do on any host")])
    made_by = document["run"]["baseline"]
    return PlanFile(path, str(made_by["name"]), str(made_by["sha256"]), changing)
