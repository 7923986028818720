"""Controls as they are for a host, as YAML. Nothing here knows what is on the host."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import yaml

from baseline.cli.described import one_paragraph, says_nothing
from baseline.edits import PutSecret, compose
from baseline.errors import NothingMatched, UserError
from baseline.kinds.base import Control
from baseline.load import Baseline
from baseline.model import FileState, State, Target
from baseline.remedies.remedy import Remedy

PROSE = ("title", "why", "fix", "sources", "tags")
"""Fields that are only for people to read."""


class _Document(yaml.SafeDumper):
    """YAML with texts of several lines as blocks, and without aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        """Every value is written out, where it is used."""
        del data
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Document.add_representer(str, _text)


def as_yaml(baseline: Baseline, targets: Iterable[Target]) -> str:
    """One mapping from host to its controls, in the order of the baseline; those for other roles are counted."""
    parts = [f"# {baseline.name} {baseline.version}, sha256 {baseline.sha256}\n"]
    for target in targets:
        controls = baseline.controls_for(target)
        mine = [control for control in controls if control.applies(target)]
        left = len(controls) - len(mine)
        roles = ", ".join(sorted(target.roles)) or "no role"
        parts.append(f"\n# {len(mine)} controls for {roles}; {left} are for other hosts\n")
        parts.append(_dump({target.name: [entry(control, target) for control in mine]}))
    return "".join(parts)


def script_of(baseline: Baseline, targets: Sequence[Target], name: str) -> str:
    """The script of this name that a control has for the one host, to be run by a person.

    Raises `UserError` when there are several hosts or the script cannot be made yet, `NothingMatched` when no control
    that applies to the host has scripts.
    """
    if len(targets) != 1:
        raise UserError(f"a script is for one host, and {len(targets)} are selected: name it with -l")
    (target,) = targets
    controls = [control for control in baseline.controls_for(target) if control.applies(target)]
    scripts = [scripts for scripts in (control.scripts(target) for control in controls) if scripts]
    if not scripts:
        raise NothingMatched(f"no selected control has a script for {target.name}: Exchange hosts have one")
    for found in scripts:
        if name in found:
            return found[name]
    raise UserError(f"the script `{name}` is made from a report: name its file as `exchange_report` of {target.name}")


def entry(control: Control, target: Target) -> dict[str, Any]:
    """One control for one host: its fields, what is wanted, and what its remedy writes where nothing is yet."""
    fields = control.model_dump(mode="json", exclude={*PROSE, "id", "kind"}, fallback=repr)
    said = {name: value for name, value in fields.items() if not says_nothing(value)}
    document: dict[str, Any] = {"id": control.id, "kind": control.kind, "title": control.title.en, **said}
    wanted = {key: str(want) for key, want in control.expected(target).items()}
    document["wanted"] = wanted or control.nothing_to_judge
    return {**document, **written(control, target, [key for key in wanted if not key.endswith("*")])}


def written(control: Control, target: Target, keys: Sequence[str]) -> Mapping[str, Any]:
    """What the remedy of a control does on a host where none of these keys is set.

    "Not set" is nothing to some programs and the empty text to others. A remedy that needs to know more of the host
    than that can be seen in a plan only, and says so.
    """
    scripts = control.scripts(target)
    if scripts:
        return {"by_hand": f"print the script with --script {' or --script '.join(scripts)}"}
    if type(control).remedy is Control.remedy:
        return {"by_hand": one_paragraph(control.fix) or "no machine can mend this"}
    for unset in (None, ""):
        found = _remedied(control, target, dict.fromkeys(keys, unset))
        if found:
            return found
    return {"writes": "depends on what is on the host: see `baseline plan`"}


def _remedied(control: Control, target: Target, state: State) -> Mapping[str, Any]:
    try:
        remedy = control.remedy(state, target) or Remedy()
        edits = [edit.concealed() if isinstance(edit, PutSecret) else edit for edit in remedy.edits]
        changes = compose(((control.id, edit) for edit in edits), lambda _: FileState(None))
    except Exception:  # noqa: BLE001 -- a remedy may lean on a state or a file that only a look at the host brings
        return {}
    if not (changes or remedy.actions or remedy.packages or remedy.upgrades):
        return {}
    return _done(remedy, {change.path: change.after for change in changes})


def _done(remedy: Remedy, files: Mapping[str, FileState]) -> dict[str, Any]:
    """What a remedy does, in the order of the transaction's phases."""
    texts = {
        path: "(deleted)" if state.content is None else state.content.decode("utf-8", "backslashreplace")
        for path, state in files.items()
    }
    parts = {
        "installs": list(remedy.packages),
        "upgrades": list(remedy.upgrades),
        "writes": texts,
        "runs": [action.name for action in remedy.actions],
        "reloads": list(remedy.reloads),
    }
    return {name: what for name, what in parts.items() if what}


def _dump(document: Mapping[str, Any]) -> str:
    text: str = yaml.dump(document, Dumper=_Document, sort_keys=False, allow_unicode=True, width=110)
    return text
