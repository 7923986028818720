"""`render --why`: for every value of every control, where it comes from. As text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from baseline.cli.described import says_nothing
from baseline.cli.rendered import PROSE
from baseline.kinds.base import Control
from baseline.load import Baseline
from baseline.load.document import named
from baseline.load.origins import FieldOrigin, ValueSource, VariableSource, origins
from baseline.load.scalars import scalar
from baseline.model import Target

_MOST = 80


def why_as_text(baseline: Baseline, targets: Iterable[Target]) -> str:
    """Host by host: each value, under it the places that set it, the lowest first and the one that counts last.

    Fields that are not used, and that no file sets, are left out, and prose that no overlay changes.
    """
    lines = [f"# {baseline.name} {baseline.version}, sha256 {baseline.sha256}"]
    for target in targets:
        lines += ["", target.name]
        for control, fields in _controls(baseline, target):
            lines.append(f"  {control.id}  {control.title.en}")
            told = [one for one in fields if _is_told(one)]
            lines += [line for one in told for line in _field(one, control.kind)]
    return "\n".join(lines) + "\n"


def why_as_json(baseline: Baseline, targets: Iterable[Target]) -> str:
    """The same with all fields, as `baseline.why/1`."""
    document = {
        "schema": "baseline.why/1",
        "baseline": {"name": baseline.name, "version": baseline.version, "sha256": baseline.sha256},
        "hosts": [
            {"host": target.name, "controls": [_as_dict(*one) for one in _controls(baseline, target)]}
            for target in targets
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _controls(baseline: Baseline, target: Target) -> Iterator[tuple[Control, tuple[FieldOrigin, ...]]]:
    """The controls for a host with what made each field of theirs."""
    made = {control.id: control for control in baseline.controls_for(target)}
    for draft in baseline.drafts:
        control = made[draft.id]
        if control.applies(target):
            yield control, origins(draft, control, target)


def _is_told(field: FieldOrigin) -> bool:
    """Whether text tells of a field: not of prose that no overlay changes, nor of what is not used."""
    if field.name in PROSE:
        return len(field.sources) > 1
    return bool(field.sources) or not says_nothing(field.value)


def _as_dict(control: Control, fields: Sequence[FieldOrigin]) -> dict[str, Any]:
    return {"id": control.id, "kind": control.kind, "values": [one.to_dict() for one in fields]}


def _field(field: FieldOrigin, kind: str) -> Iterator[str]:
    yield f"    {field.name}: {_shown(field.value)}"
    if not field.sources:
        yield f"      default of the kind {kind}"
    rows = [*_rows("", field.sources, says=len(field.sources) > 1 or bool(field.variables))]
    rows += [row for one in field.variables for row in _of_variable(one)]
    width = max((len(place) for place, _ in rows), default=0)
    yield from (f"      {place:{width}}  {said}".rstrip() for place, said in rows)


def _of_variable(variable: VariableSource) -> Iterator[tuple[str, str]]:
    if not variable.sources:
        yield "nothing sets it", variable.name
    yield from _rows(f"{variable.name} = ", variable.sources, says=True)


def _rows(name: str, sources: Iterable[ValueSource], *, says: bool) -> Iterator[tuple[str, str]]:
    for one in sources:
        yield str(named(one.place)), f"{name}{_shown(one.value)}" if says else ""


def _shown(value: Any) -> str:
    """A value on one line, as YAML's flow style has it, and not longer than a line of a terminal."""
    text = scalar(value) if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    return text if len(text) <= _MOST else f"{text[: _MOST - 1]}…"
