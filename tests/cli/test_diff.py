"""`diff A B`: what differs between two baselines, in words and as JSON, with the exit codes of diff(1)."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.cli.differences import in_words
from baseline.kinds import kinds
from baseline.languages import ENGLISH
from baseline.load import load_baseline
from baseline.load.differing import differences
from baseline.load.tighten import weakens
from baseline.load.tree import Items, Leaf, Table, TableEntry
from tests.cli.conftest import RULES, Site
from tests.reports.consoles import console


def diff(site: Site, text: str, *options: str) -> tuple[int, str]:
    """Exit code and words of the rules of a site against these."""
    (site.folder / "new.yml").write_text(text)
    done = site.bare("diff", str(site.folder / "rules.yml"), str(site.folder / "new.yml"), *options)
    return done.exit_code, " ".join(done.stdout.split())


QUOTA = """\
  - id: OUR-Q-02
    kind: mailbox_quota
    title: {en: Enough room, ms: Ruang mencukupi}
    clause: f.i
    obligation: mandatory
    severity: high
    roles: [mailstore]
    why: People need room.
"""


def test_the_same_differs_in_nothing(site: Site) -> None:
    assert diff(site, RULES) == (0, "ours 1.2.3 → ours 1.2.3 Nothing differs.")
    assert diff(site, RULES.replace("1.2.3", "1.3.0"))[0] == 0


def test_a_bound_that_was_raised_is_tightened_and_one_that_was_lowered_loosened(site: Site) -> None:
    rules = site.folder / "rules.yml"
    rules.write_text(RULES + QUOTA)
    code, told = diff(site, RULES + QUOTA + "    min_bytes: 209715200\n")
    assert code == 1
    assert "tightened OUR-Q-02 Enough room min_bytes: 100 MiB → 200 MiB: tightened" in told
    assert told.endswith("1 control differs: 1 tightened.")
    rules.write_text(RULES + QUOTA + "    min_bytes: 209715200\n")
    assert "loosened OUR-Q-02 Enough room min_bytes: 200 MiB → 100 MiB: loosened" in diff(site, RULES + QUOTA)[1]


def test_what_came_and_went_is_told(site: Site) -> None:
    _, told = diff(site, RULES + QUOTA)
    assert "added OUR-Q-02 Enough room" in told
    (site.folder / "rules.yml").write_text(RULES + QUOTA)
    code, told = diff(site, RULES)
    assert code == 1
    assert "removed OUR-Q-02 Enough room" in told


def test_obligation_roles_tags_clause_and_words_are_told(site: Site) -> None:
    text = RULES.replace("obligation: recommended", "obligation: mandatory").replace("tags: [size]", "tags: [large]")
    text = text.replace("roles: [dns]", "roles: [dns, mta]").replace("clause: f.i\n", "clause: f.ii\n")
    text = text.replace("A name that VRFY confirms is a name to send spam to.", "VRFY confirms names.")
    _, told = diff(site, text)
    for words in (
        "changed OUR-Q-01 Messages may be large clause: f.i → f.ii tags: large added; size left out",
        "tightened OUR-A-01 Strangers learn nothing obligation: recommended → mandatory: tightened why: other words",
        "tightened OUR-D-01 For hosts of another role roles: mta added: tightened",
        "3 controls differ: 2 tightened, 1 changed.",
    ):
        assert words in told, told


def test_a_control_that_names_its_former_id_is_renamed(site: Site) -> None:
    before = load_baseline(str(site.folder / "rules.yml"))
    (site.folder / "new.yml").write_text(RULES.replace("OUR-Q-01", "OUR-Q-09"))
    after = load_baseline(str(site.folder / "new.yml"))
    one, *others = after.drafts
    place = one.tree.place
    named = TableEntry(place, Items((Leaf("OUR-Q-00", place), Leaf("OUR-Q-01", place)), place))
    tree = Table({**one.tree.entries, "formerly": named}, place)
    told = differences(before, replace(after, drafts=(replace(one, tree=tree, ready=None), *others)))
    assert [(each.control, each.way, each.formerly) for each in told.controls] == [("OUR-Q-09", "renamed", "OUR-Q-01")]
    words = in_words(told, ENGLISH, console(100))
    assert "renamed  OUR-Q-09  Messages may be large  formerly OUR-Q-01" in words
    assert "1 control differs: 1 renamed." in words


def test_json_has_every_field_with_its_direction(site: Site) -> None:
    (site.folder / "new.yml").write_text(RULES.replace("severity: medium", "severity: low"))
    done = site.bare("diff", str(site.folder / "rules.yml"), str(site.folder / "new.yml"), "--format", "json")
    told = json.loads(done.stdout)
    assert (done.exit_code, told["schema"]) == (1, "baseline.diff/1")
    (one,) = told["controls"]
    assert (one["control"], one["way"], one["direction"], one["formerly"]) == ("OUR-Q-01", "changed", "loosened", None)
    assert one["fields"] == [{"field": "severity", "before": "medium", "after": "low", "direction": "loosened"}]


def test_in_malay(site: Site) -> None:
    code, told = diff(site, RULES.replace("obligation: recommended", "obligation: mandatory"), "--lang", "ms")
    assert code == 1
    assert "diperketat OUR-A-01 Orang luar tidak tahu apa-apa obligation: dicadangkan → wajib: diperketat" in told


def test_the_stricter_baseline_that_ships_only_tightens_and_the_way_back_only_loosens() -> None:
    circular, modern = load_baseline("mampu-2007"), load_baseline("mail-2026")
    there, back = differences(circular, modern), differences(modern, circular)
    assert len(there.controls) > 20
    assert {one.direction for one in there.controls} == {"tightened"}
    assert {one.direction for one in back.controls} == {"loosened"}
    assert [one.control for one in there.controls] == [one.control for one in back.controls]


@pytest.mark.parametrize("name", ["mampu-2007", "mail-2026"])
def test_a_baseline_differs_from_itself_in_nothing(name: str) -> None:
    assert differences(load_baseline(name), load_baseline(name)).none


def test_a_file_that_is_none_is_wrong_usage(site: Site, tmp_path: Path) -> None:
    assert site.bare("diff", "mampu-2007", str(tmp_path / "none.yml")).exit_code == 2
    assert site.bare("diff", "mampu-2007", "mail-2026", "--lang", "fr").exit_code == 2


BOUNDS = [
    (kind, name, direction)
    for kind in kinds().values()
    for name, direction in kind.loosens.items()
    if direction in ("lower", "higher")
]


@given(st.sampled_from(BOUNDS), st.integers(), st.integers())
def test_less_is_weaker_one_way_and_stronger_the_other(bound: tuple[type, str, str], one: int, other: int) -> None:
    kind, name, direction = bound
    there, back = weakens(kind, name, one, other), weakens(kind, name, other, one)
    assert (there, back) == ((other < one, one < other) if direction == "lower" else (other > one, one > other))
