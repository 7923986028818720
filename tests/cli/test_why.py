"""`render --why` as text and as JSON: each value with the places that set it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from baseline.cli.why import why_as_json
from baseline.load import load_baseline, load_inventory
from tests.cli.conftest import Site

AGENCY = """\
baseline: agency
version: 1.0.0
extends: ./rules.yml
overrides:
  OUR-Q-01: {severity: high, why: "Attachments of other agencies have to arrive."}
"""


def test_text_names_the_file_of_each_level_and_the_variable_of_the_inventory(site: Site) -> None:
    (site.folder / "agency.yml").write_text(AGENCY)
    where = ["-i", str(site.folder / "inventory.yml"), "-b", str(site.folder / "agency.yml")]
    done = site.bare("render", "--why", *where, "-l", "mx1", "-c", "OUR-Q-01")
    assert done.exit_code == 0
    lines = [" ".join(line.split()) for line in done.stdout.replace(f"{site.folder}/", "").splitlines()]
    at = lines.index("severity: high")
    assert lines[at + 1 : at + 3] == ["rules.yml:10:15 medium", "agency.yml:5:24 high"]
    at = lines.index('value: "26214400"')
    assert lines[at + 1 : at + 3] == ['rules.yml:16:12 "{{ size }}"', "inventory.yml:7:11 size = 26214400"]
    assert any(line.startswith("why:") for line in lines), "an overlay changed it"
    assert not any(line.startswith("title:") for line in lines)
    given = site.bare("render", "--why", *where, "-l", "mx1", "-c", "OUR-Q-01", "-e", "size=30000000")
    assert "-e" in given.stdout
    assert 'value: "30000000"' in given.stdout


def test_json_has_every_field_with_the_value_that_render_has(site: Site) -> None:
    where = ["-i", str(site.folder / "inventory.yml"), "-b", str(site.folder / "rules.yml")]
    done = site.bare("render", "--why", "--format", "json", *where)
    document = json.loads(done.stdout)
    assert document["schema"] == "baseline.why/1"
    rules = load_baseline(site.folder / "rules.yml")
    for told, target in zip(document["hosts"], load_inventory(site.folder / "inventory.yml").targets, strict=True):
        made = [one for one in rules.controls_for(target) if one.applies(target)]
        values: list[dict[str, Any]] = [
            {field["name"]: field["value"] for field in control["values"]} for control in told["controls"]
        ]
        assert values == [one.model_dump(mode="json") for one in made]
        assert all(
            field["default"] is not bool(field["sources"]) for one in told["controls"] for field in one["values"]
        )


def test_a_secret_is_told_by_its_source_alone(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("hidden-word")
    (tmp_path / "key").chmod(0o600)
    (tmp_path / "rules.yml").write_text(
        "baseline: own\nversion: 1.0.0\ntitle: T\nvars: {word: !secret {file: key}}\ncontrols:\n"
        "  - {id: O-1, kind: file, title: T, clause: '', obligation: mandatory, severity: low, why: w,\n"
        "     path: /etc/x, content: '{{ word }}'}\n"
    )
    (tmp_path / "inventory.yml").write_text("all: {hosts: {mx1: }}\n")
    told = why_as_json(load_baseline(tmp_path / "rules.yml"), load_inventory(tmp_path / "inventory.yml").targets)
    assert "hidden-word" not in told
    assert '"word"' in told


def test_a_format_without_why_is_wrong_usage(site: Site) -> None:
    done = site.bare("render", "--format", "json", "-i", str(site.folder / "inventory.yml"))
    assert done.exit_code == 2
    assert "--why" in done.stderr
