"""One control on one host, from its clause to its proof, as far as inventory and history know: for `explain --host`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from baseline.classes import dataclass
from baseline.cli.described import Described, described, plainly
from baseline.cli.rendered import written
from baseline.errors import BaselineError
from baseline.kinds.base import Titles
from baseline.languages import term
from baseline.model import Target, Wanted

if TYPE_CHECKING:
    from baseline.history.proof import Proof
    from baseline.kinds.base import Control
    from baseline.load import Baseline

NO_INVENTORY = term("No inventory names {host}, so what is wanted of it is not known: name one with -i.")
NO_PROOF = term("No run that was kept looked at {control} on {host}: look with `baseline check`.")


@dataclass(frozen=True)
class Intent:
    """What a control wants of a host, or about one domain or site.

    `subject` is empty for what is about the host. `wanted` is by key of the state. `writes` is what an apply would
    write and run where nothing is set yet. `not_for` says why the control is not for this host, empty where it is.
    """

    subject: str
    wanted: Mapping[str, Wanted]
    writes: Mapping[str, Any]
    not_for: str = ""

    def to_dict(self) -> dict[str, Any]:
        """This as JSON carries it."""
        wanted = {key: one.to_dict() for key, one in self.wanted.items()}
        return {"subject": self.subject, "wanted": wanted, "writes": dict(self.writes), "not_for": self.not_for}


@dataclass(frozen=True)
class ControlChain:
    """One control on one host, from clause to proof. `missing` are sentences on what is not known, for `say`."""

    host: str
    baseline: str
    control: Described
    clauses: Mapping[str, Titles]
    intended: tuple[Intent, ...]
    proofs: tuple[Proof, ...]
    missing: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        """The chain as JSON carries it."""
        return {
            "schema": "baseline.chain/1",
            "host": self.host,
            "baseline": self.baseline,
            "control": plainly(self.control),
            "clauses": {name: words.model_dump() for name, words in self.clauses.items()},
            "intended": [one.to_dict() for one in self.intended],
            "proofs": [one.to_dict() for one in self.proofs],
            "missing": [one.format(host=self.host, control=self.control.id) for one in self.missing],
        }


def chain(baseline: Baseline, host: str, targets: Sequence[Target], proofs: Sequence[Proof]) -> ControlChain:
    """The chain of the one control of a baseline, on a host, domain or site of this name, or through such a host.

    `targets` are all of the inventory, none where there is no inventory. Raises `InputError` for variables of the host
    that the control cannot be made with.
    """
    (draft,) = baseline.drafts
    control = described(draft)
    asked = [target for target in targets if host in names_of(target)]
    intended = [one for target in asked for one in _intended(baseline, target, host)]
    missing = [NO_INVENTORY] if not asked else []
    missing += [NO_PROOF] if not proofs else []
    names = [name for name in re.split(r",\s*", control.clause) if name in baseline.clauses]
    return ControlChain(
        host,
        f"{baseline.name} {baseline.version}",
        control,
        {name: baseline.clauses[name] for name in names},
        tuple(intended),
        tuple(proofs),
        tuple(missing),
    )


def names_of(target: Target) -> tuple[str, ...]:
    """The host, and the domains and sites that are looked at through it."""
    return (target.name, *(one.name for one in target.speaks_for))


def _intended(baseline: Baseline, target: Target, host: str) -> Iterator[Intent]:
    (control,) = baseline.controls_for(target)
    if control.about == "host":
        if host == target.name:
            yield _wanted(control, target)
        return
    for subject in target.speaks_for:
        if subject.about == control.about and host in (target.name, subject.name):
            yield _wanted(control.on(subject.name), target)


def _wanted(control: Control, target: Target) -> Intent:
    not_for = control.not_for(target) if control.about == "host" else ""
    if not_for:
        return Intent(control.subject, {}, {}, not_for)
    asked = control.asked_of(target)
    try:
        wanted = {key: want.data for key, want in control.expected(asked).items()}
    except BaselineError as reason:
        return Intent(control.subject, {}, {}, str(reason))
    keys = [key for key in wanted if not key.endswith("*")]
    return Intent(control.subject, wanted, written(control, asked, keys), "" if wanted else control.nothing_to_judge)
