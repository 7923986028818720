"""A plan as an Ansible role: the same packages, files, checkers, actions and reloads. Pure.

What a host tells may stand in a plan, such as the path of a zone file. Ansible reads the variables of a role as
templates, and a template can run programs on the machine of whoever plays it. So every text of a plan is marked
`!unsafe`, which Ansible takes as it is (Ansible documentation, "Advanced playbook syntax"), and contents of files are
copied and never rendered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from importlib.resources import files as of_package
from pathlib import PurePosixPath
from typing import Any

import jinja2
import yaml

from baseline.classes import dataclass
from baseline.model import FileChange, HostPlan
from baseline.programs import PROGRAMS
from baseline.shell import script
from baseline.transaction import VALIDATORS

_HERE = "baseline.ansible_role"


@dataclass(frozen=True)
class Planned:
    """A host with its plan, or why it has none. A plan has to have the contents of its files."""

    host: str
    plan: HostPlan | None
    reason: str = ""


class Unsafe(str):
    """A text that Ansible must not read as a template."""

    __slots__ = ()


class _Document(yaml.SafeDumper):
    """YAML with `!unsafe` texts, and without aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        """Every value is written out, where it is used."""
        del data
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Lists are indented, as ansible-lint wants them."""
        del indentless
        super().increase_indent(flow, False)


def _unsafe(dumper: yaml.SafeDumper, text: Unsafe) -> yaml.ScalarNode:
    return dumper.represent_scalar("!unsafe", str(text), style='"')


_Document.add_representer(Unsafe, _unsafe)


def role_files(hosts: Sequence[Planned], name: str, baseline: str, release: str, day: date) -> dict[str, bytes]:
    """The files of a role by their paths in its folder.

    `name` is that of the role, `baseline` the baseline's with its version, `release` this package's. Raises ValueError
    for a path of a plan that has no place below the folder.
    """
    numbers = {one.host: f"{number:03}" for number, one in enumerate(hosts, 1)}
    made = {
        "tasks/main.yml": _fixed("tasks.yml"),
        "handlers/main.yml": _fixed("handlers.yml"),
        "meta/main.yml": _fixed("meta.yml"),
        "README.md": _readme(hosts, name, baseline, release, day).encode(),
        "vars/main.yml": _yaml(
            "Which file of vars/hosts a host has.",
            {"mail_baseline_hosts": {Unsafe(one.host): numbers[one.host] for one in hosts if one.plan is not None}},
        ),
    }
    for one in hosts:
        if one.plan is not None:
            made |= _of_host(one.plan, numbers[one.host])
    return made


def _of_host(plan: HostPlan, number: str) -> dict[str, bytes]:
    put = [change for change in plan.files if change.action != "delete"]
    plain = [change for change in put if not change.secret]
    secret = [change for change in put if change.secret]
    checks = {_slug(one.root): one for one in VALIDATORS if _tries(one.root, plan)}
    reloads = {_slug(unit): unit for unit in plan.reloads}
    actions = {f"{number}-{place:02}": action for place, action in enumerate(plan.actions, 1)}
    document = {
        "plan": plan.digest,
        "packages": [Unsafe(name) for name in plan.packages],
        "upgrades": [Unsafe(name) for name in plan.upgrades],
        "stands": f"stands/{number}.sh",
        "checks": list(checks),
        "actions_before": [_action(key, one.name) for key, one in actions.items() if one.first],
        "directories": [Unsafe(path) for path in _parents(put)],
        "files": [{"source": Unsafe(_source(number, one)), **_placed(one)} for one in plain],
        "secrets": [{"variable": variable(number, place), **_placed(one)} for place, one in enumerate(secret, 1)],
        "absent": [Unsafe(change.path) for change in plan.files if change.action == "delete"],
        "actions_after": [_action(key, one.name) for key, one in actions.items() if not one.first],
        "reloads": list(reloads),
    }
    made = {f"vars/hosts/{number}.yml": _yaml(f"What {_plain(plan.host)} gets.", {"mail_baseline": document})}
    made[f"files/stands/{number}.sh"] = _stands(plain, hidden=bool(secret))
    made |= {f"files/{_source(number, one)}": one.after.content or b"" for one in plain}
    made |= {f"files/actions/{key}.do": one.do.encode() for key, one in actions.items()}
    made |= {
        f"files/checks/{key}.sh": _script("check", root=one.root, checker=one.command) for key, one in checks.items()
    }
    made |= {f"files/reloads/{key}.sh": _script("reload", unit=one, way=_way(one)) for key, one in reloads.items()}
    return made


def variable(number: str, place: int) -> str:
    """The variable that has the content of a host's secret file."""
    return f"mail_baseline_secret_{number}_{place}"


def _tries(root: str, plan: HostPlan) -> bool:
    """Whether a checker has anything to try: new files below its root. One of files that stay as they are has not."""
    put = [change.path for change in plan.files if change.action != "delete"]
    return any(path == root or path.startswith(f"{root}/") for path in put)


def _stands(plain: Sequence[FileChange], *, hidden: bool) -> bytes:
    """Shell that says `yes` where each file stands as it shall; of a secret one nothing is written here to tell by."""
    if hidden or not plain:
        return b"echo no\n" if hidden else b"echo yes\n"
    rows = "".join(f"{one.after.sha256}  {one.path}\n" for one in plain)
    return f"sha256sum --status --check <<'EOF' && echo yes || echo no\n{rows}EOF\n".encode()


def _way(unit: str) -> str:
    """Shell that has a running unit take up its files."""
    own = next((program.reload for program in PROGRAMS if unit in program.units and program.reload), "")
    return own or f"systemctl reload-or-restart {unit}"


def _action(key: str, name: str) -> dict[str, str]:
    return {"script": key, "name": Unsafe(name)}


def _placed(change: FileChange) -> dict[str, str]:
    after = change.after
    return {
        "path": Unsafe(change.path),
        "owner": Unsafe(after.owner),
        "group": Unsafe(after.group),
        "mode": f"{after.mode:04o}",
    }


def _source(number: str, change: FileChange) -> str:
    path = PurePosixPath(change.path)
    if not path.is_absolute() or ".." in path.parts or not change.path.isprintable() or "\\" in change.path:
        raise ValueError(f"{change.path!r} is no path that a role can have: apply with baseline itself")
    return f"hosts/{number}{path}"


def _parents(changes: Sequence[FileChange]) -> Iterator[str]:
    """The directories of files, each once, the upper ones first."""
    yield from sorted({str(PurePosixPath(change.path).parent) for change in changes})


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _plain(text: str) -> str:
    return "".join(character for character in text if character.isprintable())


def _yaml(what: str, document: Mapping[str, Any]) -> bytes:
    text: str = yaml.dump(document, Dumper=_Document, sort_keys=False, allow_unicode=False, width=1000)
    return f"---\n# {what}\n{text}".encode()


def _fixed(name: str) -> bytes:
    return (of_package(_HERE) / name).read_bytes()


def _script(name: str, /, **values: str) -> bytes:
    return f"{script(_HERE, name, **values)}\n".encode()


def _readme(hosts: Sequence[Planned], name: str, baseline: str, release: str, day: date) -> str:
    environment = jinja2.Environment(autoescape=False, trim_blocks=True, lstrip_blocks=True)  # noqa: S701 -- no HTML
    template = environment.from_string((of_package(_HERE) / "README.md.j2").read_text("utf-8"))
    told = [_told(one, f"{number:03}") for number, one in enumerate(hosts, 1)]
    text: str = template.render(hosts=told, role=name, baseline=baseline, release=release, day=day.isoformat())
    return re.sub(r"\n{3,}", "\n\n", text).rstrip() + "\n"


def _told(one: Planned, number: str) -> dict[str, Any]:
    """What the README says of a host, each text on one line."""
    plan = one.plan or HostPlan(one.host)
    secret = [change for change in plan.files if change.secret and change.action != "delete"]
    return {
        "name": _line(one.host),
        "reason": _line(one.reason) if one.plan is None else "",
        "empty": plan.empty,
        "packages": [_line(name) for name in (*plan.packages, *plan.upgrades)],
        "files": [(_line(change.path), ", ".join(map(_line, change.controls))) for change in plan.files],
        "actions": [_line(action.name) for action in plan.actions],
        "variables": [(variable(number, place), _line(change.path)) for place, change in enumerate(secret, 1)],
        "by_hand": [(_line(control), _line(advice)) for control, advice in plan.by_hand],
    }


def _line(text: str) -> str:
    return _plain(" ".join(text.split()))
