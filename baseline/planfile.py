"""Plans that were reviewed: the JSON report of `baseline plan`, read back.

A plan file says what was shown to whoever reviewed it, and what it was made for and from: machine, inventory, baseline,
controls. To apply it, the plan is made anew from the host as it is and the baseline as it is, and must have the very
same digest: so what runs is what was reviewed, or nothing. The digest is worked out anew from what the file shows, so
that a file that shows less than its digest stands for is refused.

A file may come from anybody. The inventory and the baseline that it names are read only where somebody vouches for it:
whoever applies it, having made it (by the seal of the controller), or an allowed signer.
"""

from __future__ import annotations

import hmac
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from baseline import signatures
from baseline.binding import by_another, for_another, made_for
from baseline.classes import dataclass
from baseline.errors import InputError, NothingMatched, Problem, UserError
from baseline.formats import documents
from baseline.model import Report, Target
from baseline.model.origin import MadeFrom
from baseline.model.taking import ALL_TAKEN, Taking
from baseline.reviewed import Reviewed, named
from baseline.sealing import seal

MOST_BYTES = 256 << 20
"""The longest plan file that is read: a thousand hosts have less."""


@dataclass(frozen=True)
class PlanFile:
    """The reviewed plans by host, without those that had nothing to do, and what they were made by and from.

    `vouched` says who stands for what the file names: `made here`, `signed by NAME`, or empty for nobody.
    """

    file: str
    baseline_name: str
    baseline_sha256: str
    reviewed: Mapping[str, Reviewed]
    made_from: MadeFrom | None = None
    vouched: str = ""

    @property
    def digests(self) -> Mapping[str, str]:
        """The digest of each plan."""
        return {host: reviewed.plan.digest for host, reviewed in self.reviewed.items()}

    @property
    def taking(self) -> Taking:
        """Which remedies the plans were made with; all of them in a file that does not say so."""
        return ALL_TAKEN if self.made_from is None else self.made_from.taking

    @property
    def inventory(self) -> tuple[Path, ...]:
        """The inventory that the plans were made from. Raises `UserError` when it is not to be read on its word."""
        if self.made_from is None or not self.made_from.inventory:
            raise UserError(f"{self.file} does not say from which inventory it was made: give it with -i")
        self._trusted("inventory", "-i")
        return tuple(map(Path, self.made_from.inventory))

    @property
    def baseline(self) -> str:
        """The baseline that the plans were made by; a file, unlike a shipped name, only on somebody's word."""
        if self.made_from is None:
            return ""
        if "/" in self.made_from.baseline:
            self._trusted("baseline", "-b")
        return self.made_from.baseline

    def _trusted(self, what: str, option: str) -> None:
        if not self.vouched:
            raise UserError(
                f"{self.file} was not made here by you, so the {what} that it names is not read: "
                f"give it with {option}, or have the plan signed and use --require-signature"
            )

    def fits(
        self,
        name: str,
        sha256: str,
        controls: Mapping[str, Mapping[str, Any]],
        variables: Mapping[str, Any],
    ) -> None:
        """Raise `UserError` when the baseline is not the one that the plans were made by, and say what differs."""
        if sha256 == self.baseline_sha256:
            return
        differs = ""
        if self.made_from is not None:
            vars_then, vars_now = {"its variables": self.made_from.variables}, {"its variables": variables}
            found = [*by_another(self.made_from.controls, controls), *by_another(vars_then, vars_now)]
            differs = named(found) or "the controls of the plan are as they were, and other parts of it are not"
        told = f" ({differs})" if differs else ""
        raise UserError(
            f"{self.file} was made by {self.baseline_name} as it was then, and {name} is another or has changed "
            f"since{told}: plan again"
        )

    def chosen(self, controls: Sequence[str]) -> None:
        """Raise `UserError` when other controls are chosen than those that the plans were made with."""
        if self.made_from is None:
            return
        then = self.made_from.controls
        differs = [f"{one} is not chosen" for one in then if one not in controls]
        differs += [f"{one} was not chosen then" for one in controls if one not in then]
        if differs:
            raise UserError(f"{self.file} was made with other controls: {named(differs)}; plan again, or leave -c out")

    def among(self, targets: Sequence[Target]) -> tuple[Target, ...]:
        """Those of the targets that were planned for.

        Raises `NothingMatched` when one of them is not selected, and `UserError` when the inventory says another thing
        of one than it did then.
        """
        missing = sorted(self.reviewed.keys() - {target.name for target in targets})
        if missing:
            raise NothingMatched(f"{self.file} plans for {', '.join(missing)}, which the selected inventory lacks")
        ours = tuple(target for target in targets if target.name in self.reviewed)
        others = [told for target in ours for told in self._differs(target)]
        if others:
            raise UserError(f"{self.file} was made for another inventory: {named(others)}; plan again")
        return ours

    def _differs(self, target: Target) -> list[str]:
        then = self.reviewed[target.name].plan.made_for
        now = None if then is None else made_for(target, then.machine)
        return [] if then is None or now is None else [f"{target.name}: {one}" for one in for_another(then, now)]


def sealed(report: Report) -> Report:
    """A report of plans with the seal of this controller's user, by which it knows it again."""
    if report.made_from is None:
        return report
    return replace(report, made_from=replace(report.made_from, seal=_seal(report)))


def _seal(report: Report) -> str:
    assert report.made_from is not None
    document = {
        "run": report.run.to_dict(),
        "plans": [plan.to_dict() for plan in report.plans],
        "made_from": replace(report.made_from, seal="").to_dict(),
    }
    return seal(b"plan file", json.dumps(document, sort_keys=True).encode())


def load_plan_file(path: str | Path, signers: str | Path | None = None) -> PlanFile:
    """Read a plan file, once. Raises `InputError` when it is none, or holds no plan that changes anything.

    With `signers`, a file of allowed signers, raises `UserError` unless one of them has signed the very bytes that are
    read; the signature lies beside it, as `ssh-keygen -Y sign` puts it.
    """
    path = Path(path)
    content = _content(path)
    by = "" if signers is None else signatures.signer(content, path, Path(signers))
    try:
        document = documents.read(content.decode("utf-8"), _once, large=True)
    except UnicodeDecodeError:
        raise InputError([Problem(str(path), 0, 0, "is no JSON: it is not in UTF-8")]) from None
    except json.JSONDecodeError as error:
        raise InputError([Problem(str(path), error.lineno, error.colno, f"is no JSON: {error.msg}")]) from None
    except ValueError as error:
        raise InputError([Problem(str(path), 0, 0, f"is no plan: {error}")]) from None
    try:
        return _read(str(path), document, by)
    except (KeyError, TypeError, AttributeError, ValueError):
        anew = f"`baseline plan --format json -o {path.name}`"
        told = f"is no plan: write one with {anew}"
        if made_by := _earlier(document):
            told = f"was made by baseline {made_by}, whose plans show less than is reviewed now: plan again, {anew}"
        raise InputError([Problem(str(path), 0, 0, told)]) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys are there once: of two, a viewer may show the one and a program take the other."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"`{key}` is given twice")
        found[key] = value
    return found


def _content(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise InputError([Problem(str(path), 0, 0, f"cannot be read: {error.strerror or error}")]) from None
    if len(content) > MOST_BYTES:
        raise InputError([Problem(str(path), 0, 0, f"is no plan: it is longer than {MOST_BYTES >> 20} MiB")])
    return content


def _read(path: str, document: Any, by: str) -> PlanFile:
    digests = [str(plan["digest"]) for plan in document["plans"]]
    try:
        report = Report.from_dict(document)
    except UserError:
        raise ValueError from None
    altered = [plan.host for plan, digest in zip(report.plans, digests, strict=True) if plan.digest != digest]
    if altered:
        told = (
            f"the plan for {', '.join(altered)} is not the one that its digest stands for: it was altered; plan again"
        )
        raise InputError([Problem(path, 0, 0, told)])
    hosts = [plan.host for plan in report.plans]
    twice = sorted(host for host, count in Counter(hosts).items() if count > 1)
    if twice:
        raise InputError([Problem(path, 0, 0, f"plans twice for {', '.join(twice)}: plan again")])
    unbound = [plan.host for plan in report.plans if plan.made_for is None and document["schema"] != _UNBOUND]
    if unbound:
        told = f"the plan for {', '.join(unbound)} does not say for which machine it was made: plan again"
        raise InputError([Problem(path, 0, 0, told)])
    parts = report.parts(hosts)
    changing = {plan.host: Reviewed(plan, parts[plan.host].findings) for plan in report.plans if not plan.empty}
    if not changing:
        raise InputError([Problem(path, 0, 0, "plans nothing to do on any host")])
    run = report.run
    vouched = f"signed by {by}" if by else "made here" if _made_here(report) else ""
    return PlanFile(path, run.baseline_name, run.baseline_sha256, changing, report.made_from, vouched)


_UNBOUND = "baseline.report/1"
"""Plans of this version were bound to a host's name and the baseline's digest only."""


def _earlier(document: Any) -> str:
    """The version that made a plan file which cannot be read any more; empty where it is no such file."""
    if not isinstance(document, dict) or document.get("schema") != _UNBOUND or not document.get("plans"):
        return ""
    run = document.get("run")
    return str(run.get("version", "")) if isinstance(run, dict) else ""


def _made_here(report: Report) -> bool:
    origin = report.made_from
    return origin is not None and hmac.compare_digest(origin.seal.encode(), _seal(report).encode())
