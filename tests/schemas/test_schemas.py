"""Each schema is one of its dialect, and every key in it is told in words, which editors show."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from typer.testing import CliRunner, Result

from baseline.cli import app
from baseline.errors import UserError
from baseline.schemas import NAMES, first_line, schema, text
from tests.schemas.documents import faults


def properties(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every key that a schema names, with where and what it is; those below conditions narrow others only."""
    if isinstance(value, list):
        for one in value:
            yield from properties(one, path)
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        if key in ("properties", "$defs"):
            for name, one in inner.items():
                if key == "properties":
                    yield f"{path}/{name}", one
                yield from properties(one, f"{path}/{name}")
        elif key not in ("if", "then", "else", "examples", "default", "enum", "const"):
            yield from properties(inner, path)


def described(shape: Any, whole: Any) -> bool:
    """Whether a key has words, itself or where it points."""
    if not isinstance(shape, dict) or "description" in shape or shape == {"type": "null"}:
        return True
    return "$ref" in shape and described(whole["$defs"][shape["$ref"].rpartition("/")[2]], whole)


@pytest.mark.parametrize("name", NAMES)
def test_it_is_a_schema_of_its_dialect_and_every_key_is_told_in_words(name: str) -> None:
    made = schema(name)
    jsonschema_rs.meta.validate(made)
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert made["$id"] == f"urn:mail-baseline:schema:{name}"
    assert made["title"]
    found = [*properties(made)]
    assert len(found) >= 3
    assert [path for path, shape in found if not described(shape, made)] == []


def written(folder: Path, content: str) -> Path:
    path = folder / "file.yml"
    path.write_text(content)
    return path


CONTROL = """\
baseline: ours
version: 1.0.0
title: Ours
controls:
  - {{id: OUR-1, kind: postfix_setting, title: Size, clause: '', obligation: mandatory, severity: low, why: So.,
     name: message_size_limit, value: {value}, at_least: {least}}}
"""


@pytest.mark.parametrize(
    ("value", "least", "taken"),
    [
        ("'1'", "25MB", True),
        ("'1'", "26214400", True),
        ("'1'", "'26214400'", True),
        ("'{{ most }}'", "'{{ least }}'", True),
        ("'1'", "25 bananas", False),
        ("'1'", "-1", False),
        ("1", "25MB", False),
        ("[1]", "25MB", False),
    ],
)
def test_sizes_and_templates_stand_where_the_loader_takes_them(
    value: str, least: str, taken: bool, tmp_path: Path
) -> None:
    assert (not faults("baseline", written(tmp_path, CONTROL.format(value=value, least=least)))) is taken


def test_a_slip_in_an_overlay_is_marked_and_so_is_a_control_that_is_not_there(tmp_path: Path) -> None:
    head = "baseline: ours\nversion: 1.0.0\nextends: mampu-2007\noverrides:\n"
    assert faults("baseline", written(tmp_path, f"{head}  MEL-Q-01: {{min_bytes: 500MB}}\n")) == []
    assert faults("baseline", written(tmp_path, f"{head}  MEL-Q-01: {{min_byte: 500MB}}\n"))
    assert faults("baseline", written(tmp_path, f"{head}  MEL-Q-1: {{min_bytes: 500MB}}\n"))


@pytest.mark.parametrize(
    ("content", "taken"),
    [
        ("all: {hosts: {mx1: {roles: [mta], ansible_port: '22', ansible_become: yes}}}\n", True),
        ("all: {hosts: {mx1: {roles: 'mta, dns', roster: '{{ inventory_dir }}/a.csv', mine: {a: [1]}}}}\n", True),
        ("all: {hosts: {mx1: {ansible_host: !vault '$ANSIBLE_VAULT;1.1;AES256'}}, vars: }\n", True),
        ("all: {hosts: mx1}\n", True),
        ("all: {host: {mx1: }}\n", False),
        ("all: {hosts: {mx1: {roles: [mat]}}}\n", False),
        ("all: {hosts: {mx1: {roles: 'mat, dns'}}}\n", False),
        ("all: {hosts: {mx1: {ansible_host: '{{ ip }}'}}}\n", False),
        ("all: {hosts: {mx1: {peer_ports: {'24': [192.0.2.1]}}}}\n", False),
        ("all: {hosts: {mx1: {ansible_host_key_checking: no}}}\n", False),
    ],
)
def test_variables_that_mean_something_are_checked_and_others_are_free(
    content: str, taken: bool, tmp_path: Path
) -> None:
    assert (not faults("inventory", written(tmp_path, content))) is taken


def run(*words: str) -> Result:
    return CliRunner().invoke(app, words)


def test_the_command_lists_names_prints_one_and_writes_it_into_a_file(tmp_path: Path) -> None:
    listed = run("schema")
    assert [line.split()[0] for line in listed.stdout.splitlines()] == [*NAMES]
    assert run("schema", "roster").stdout == text("roster")
    assert json.loads(text("roster"))["type"] == "array"
    assert run("schema", "roster", "-o", str(tmp_path / "roster.json")).stdout == ""
    assert (tmp_path / "roster.json").read_text() == text("roster")
    slip = run("schema", "rooster")
    assert (slip.exit_code, "did you mean `roster`" in slip.stderr) == (2, True)
    nowhere = run("schema", "roster", "-o", str(tmp_path / "no" / "roster.json"))
    assert (nowhere.exit_code, "cannot be written" in nowhere.stderr) == (2, True)


def test_an_unknown_name_is_a_mistake_of_the_user() -> None:
    with pytest.raises(UserError, match="there is no schema checks"):
        schema("checks")
    assert first_line("inventory.json") == "# yaml-language-server: $schema=inventory.json\n"
