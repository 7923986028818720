"""What a worker gives back, as JSON, and how it is read: like a file that somebody else wrote."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError

from baseline.cluster.parcel import Doing
from baseline.engine import HostResult
from baseline.kinds.base import Control, asked
from baseline.model import Finding, HostApply, HostPlan, HostReport, Target
from baseline.model.heard import Heard
from baseline.version import __version__

ResultParts = tuple[HostReport, tuple[Finding, ...], HostPlan | None, HostApply | None, Heard | None]

SCHEMA = "baseline.host/1"

MOST_BYTES = 64 << 20
"""The most that a result may have: the answers of a host are bounded each, and so are findings."""

_WRONG = (KeyError, TypeError, ValueError, AttributeError, RecursionError, ValidationError)


class NoResult(Exception):
    """What came from a worker is no result for the host that it was asked for."""


def refused() -> bytes:
    """What a worker of another version gives."""
    return json.dumps({"schema": SCHEMA, "version": __version__}).encode()


def written(result: HostResult) -> bytes:
    """A result as bytes. Secrets were taken out where it was made."""
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "version": __version__,
        "host": result.host.to_dict(),
        "findings": [one.to_dict() for one in result.findings],
        "plan": result.plan and result.plan.to_dict(),
        "apply": result.apply and result.apply.to_dict(),
        "heard": result.heard and _heard_to_dict(result.heard),
    }
    return json.dumps(document).encode()


def read(given: object, target: Target, controls: Sequence[Control], doing: Doing) -> HostResult:
    """The result of what was to be done to a host by its controls. Raises `NoResult` for anything else."""
    if not isinstance(given, bytes):
        raise NoResult(f"it gave a {type(given).__name__}, and no result")
    if len(given) > MOST_BYTES:
        raise NoResult(f"its result has {len(given)} bytes, and {MOST_BYTES} are the most that is read")
    try:
        document = json.loads(given, parse_constant=_no_number)
        if document["schema"] != SCHEMA:
            raise ValueError(f"its schema is {document['schema']!r}")
        if document["version"] != __version__:
            theirs = str(document["version"])[:40]
            raise NoResult(f"it runs baseline {theirs}, and this is {__version__}: install the same on both")
        result = _result(document)
    except _WRONG as error:
        raise NoResult(f"what it gave is no result: {_short(error)}") from None
    _about(result, target, controls)
    # A host that cannot be reached has no apply.
    wanted = doing == "journal" or (doing == "apply" and result.host.reachable)
    if (wanted and result.apply is None) or (result.apply is not None and doing not in ("apply", "journal")):
        raise NoResult(f"its result is not that of {doing}")
    return result


def _result(document: Mapping[str, Any]) -> HostResult:
    plan, apply, heard = document["plan"], document["apply"], document["heard"]
    parts: ResultParts = (
        HostReport.from_dict(document["host"]),
        tuple(map(Finding.from_dict, document["findings"])),
        HostPlan.from_dict(plan) if plan else None,
        HostApply.from_dict(apply) if apply else None,
        _heard_from_dict(heard) if heard else None,
    )
    host, findings, planned, applied, answers = _shape().validate_python(parts)
    return HostResult(host, findings, planned, applied, heard=answers)


@cache
def _shape() -> TypeAdapter[ResultParts]:
    """Every value has the type that it is declared with: what reads documents back takes most as they come."""
    return TypeAdapter(ResultParts, config=ConfigDict(revalidate_instances="always", strict=True))


def _about(result: HostResult, target: Target, controls: Sequence[Control]) -> None:
    """Whether a result is about the host, and tells of each control that was asked. Raises `NoResult`."""
    names = [result.host.name, *(one.host for one in (result.plan, result.apply) if one is not None)]
    if foreign := [name for name in names if name != target.name]:
        raise NoResult(f"its result is of {foreign[0][:80]!r}")
    own = {target.name, *(subject.name for subject in target.speaks_for)}
    known = {control.id for control in controls}
    told = {finding.control for finding in result.findings}
    if stray := [one.host for one in result.findings if one.host not in own] or sorted(told - known):
        raise NoResult(f"its result tells of {stray[0][:80]!r}, which was not asked for")
    if missing := [one.id for one in asked(controls, target) if one.id not in told]:
        raise NoResult(f"its result tells nothing of {', '.join(missing[:3])}")


def _heard_to_dict(heard: Heard) -> dict[str, Any]:
    answers = {question: base64.b64encode(answer).decode() for question, answer in heard.answers.items()}
    return {"answers": answers, "asked": {key: list(asked) for key, asked in heard.asked.items()}}


def _heard_from_dict(document: Mapping[str, Any]) -> Heard:
    answers = {question: base64.b64decode(text, validate=True) for question, text in document["answers"].items()}
    return Heard(answers, {key: tuple(asked) for key, asked in document["asked"].items()})


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number that anything has")


def _short(error: BaseException) -> str:
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"[:200]
    return f"{type(error).__name__}: {error}"[:200]
