"""Where values come from: over any stack of overlays, the last file that sets a value is the one that is named."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baseline.errors import InputError
from baseline.load import Baseline, Inventory, load_baseline, load_inventory
from baseline.load.document import named
from baseline.load.origins import FieldOrigin, origins

MIB = 1 << 20


@dataclass(frozen=True)
class OverlayText:
    """One overlay: how much each level raises the floor, whether it sets the limit by its variable, and that."""

    raised: int | None
    by_variable: bool
    room: int | None

    def text(self, extends: str, floor: int) -> str:
        lines = ["baseline: ours", "version: 1.0.0", f"extends: {extends}"]
        lines += [f"vars: {{room: {self.room}GB}}"] if self.room else []
        fields = [f"min_bytes: {floor}"] if self.raised else []
        fields += ['quota: "{{ room }}"'] if self.by_variable else []
        lines += ["overrides:", "  MEL-Q-01:", *(f"    {one}" for one in fields)] if fields else []
        return "\n".join(lines) + "\n"


OVERLAYS = st.lists(
    st.builds(OverlayText, st.none() | st.integers(1, 50), st.booleans(), st.none() | st.integers(3, 9)),
    min_size=1,
    max_size=4,
)


def stacked(folder: Path, overlays: Sequence[OverlayText]) -> tuple[Baseline, list[int]]:
    """The baseline of the topmost overlay, and the floor that each level comes to."""
    below, floor, floors = "mampu-2007", 100 * MIB, []
    for number, one in enumerate(overlays):
        floor += (one.raised or 0) * MIB
        floors.append(floor)
        file = folder / f"level{number}.yml"
        file.write_text(one.text(below, floor))
        below = f"./{file.name}"
    return load_baseline(folder / below), floors


def fields_of(rules: Baseline, inventory: Inventory, control_id: str) -> dict[str, FieldOrigin]:
    (target,) = inventory.targets
    made = {one.id: one for one in rules.controls_for(target)}
    draft = next(one for one in rules.drafts if one.id == control_id)
    return {one.name: one for one in origins(draft, made[control_id], target)}


def hosts(folder: Path, variables: str = "") -> Inventory:
    (folder / "inventory.yml").write_text(
        f"all: {{hosts: {{mx1: {{roles: [mailstore]}}}}, vars: {{x: 1{variables}}}}}\n"
    )
    return load_inventory(folder / "inventory.yml")


@given(OVERLAYS, st.none() | st.integers(3, 9))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_last_file_that_sets_a_value_is_named_and_the_value_is_the_rendered_one(
    tmp_path_factory: pytest.TempPathFactory, overlays: list[OverlayText], of_host: int | None
) -> None:
    folder = tmp_path_factory.mktemp("stack")
    if any(one.by_variable for one in overlays):
        # A template needs its variable at the level that uses it.
        overlays = [OverlayText(overlays[0].raised, overlays[0].by_variable, overlays[0].room or 3), *overlays[1:]]
    rules, floors = stacked(folder, overlays)
    fields = fields_of(rules, hosts(folder, f", room: {of_host}GB" if of_host else ""), "MEL-Q-01")

    setting = [number for number, one in enumerate(overlays) if one.raised]
    floor = fields["min_bytes"]
    assert floor.value == floors[-1]
    assert [one.place.file for one in floor.sources[1:]] == [str(folder / f"level{number}.yml") for number in setting]
    assert named(floor.sources[0].place).file == "mampu-2007"
    for source in floor.sources[1:]:
        line = Path(source.place.file).read_text().splitlines()[source.place.line - 1]
        assert line[source.place.column - 1 :] == str(source.value)

    limit = fields["quota"]
    using = [number for number, one in enumerate(overlays) if one.by_variable]
    assert [Path(one.place.file).name for one in limit.sources[1:]] == [f"level{number}.yml" for number in using]
    if not using:
        assert limit.variables == ()
        return
    (room,) = limit.variables
    rooms = [(f"level{number}.yml", one.room) for number, one in enumerate(overlays) if one.room]
    rooms += [("inventory.yml", of_host)] if of_host else []
    assert [(Path(one.place.file).name, one.value) for one in room.sources] == [
        (file, f"{size}GB") for file, size in rooms
    ]
    assert limit.value == (rooms[-1][1] or 0) << 30


def test_what_no_file_sets_is_a_default_of_the_kind_and_what_no_variable_sets_is_said(tmp_path: Path) -> None:
    rules = load_baseline("mampu-2007")
    assert fields_of(rules, hosts(tmp_path), "MEL-T-03")["min_capacity"].sources == ()
    (unset,) = fields_of(rules, hosts(tmp_path), "MEL-D-01")["private"].variables
    assert (unset.name, unset.sources) == ("private_addresses", ())


def test_what_templates_take_of_the_host_is_told_with_its_place_in_the_inventory(tmp_path: Path) -> None:
    (tmp_path / "own.yml").write_text(
        "baseline: own\nversion: 1.0.0\nextends: mampu-2007\ncontrols:\n"
        "  - {id: O-1, kind: file, title: T, clause: '', obligation: mandatory, severity: low, why: w,\n"
        '     path: /etc/motd, content: "{{ target.site }} {{ target.name }}"}\n'
    )
    inventory = hosts(tmp_path, ", site: kl")
    content = fields_of(load_baseline(tmp_path / "own.yml"), inventory, "O-1")["content"]
    told = {one.name: (one.sources[0].value, one.sources[0].place.line) for one in content.variables}
    assert told == {"target.site": ("kl", 1), "target.name": ("mx1", 1)}


def test_loosening_at_any_level_is_told_where_it_is_and_with_what_it_loosens(tmp_path: Path) -> None:
    (tmp_path / "agency.yml").write_text(
        "baseline: agency\nversion: 1.0.0\nextends: mampu-2007\nvars: {least: 300MB}\n"
        'overrides:\n  MEL-Q-01: {min_bytes: "{{ least }}"}\n'
    )
    (tmp_path / "site.yml").write_text(
        "baseline: site\nversion: 1.0.0\nextends: agency.yml\noverrides:\n"
        "  MEL-Q-01: {min_bytes: 200MB}\n  MEL-T-03: {min_capacity: 1MB, bytes: 1MB}\n"
    )
    (tmp_path / "unit.yml").write_text("baseline: unit\nversion: 1.0.0\nextends: site.yml\nvars: {least: 250MB}\n")
    with pytest.raises(InputError) as caught:
        load_baseline(tmp_path / "unit.yml")
    floor, queue, capacity = (one for one in caught.value.problems if one.file.endswith("site.yml"))
    agency = tmp_path / "agency.yml"
    assert (floor.line, floor.column) == (5, 25)
    assert floor.message.endswith(f"; set before at {agency}:6:25, `least` at {agency}:4:8")
    assert "before, it had the default of its kind" in queue.message
    assert "; set before at mampu-2007:" in capacity.message


def test_a_variable_of_a_level_above_that_loosens_what_one_below_wants_is_told_at_the_variable(tmp_path: Path) -> None:
    (tmp_path / "agency.yml").write_text(
        "baseline: agency\nversion: 1.0.0\nextends: mampu-2007\nvars: {least: 300MB}\n"
        'overrides:\n  MEL-Q-01: {min_bytes: "{{ least }}"}\n'
    )
    (tmp_path / "unit.yml").write_text("baseline: u\nversion: 1.0.0\nextends: agency.yml\nvars: {least: 250MB}\n")
    with pytest.raises(InputError) as caught:
        load_baseline(tmp_path / "unit.yml")
    (problem,) = caught.value.problems
    assert (Path(problem.file).name, problem.line) == ("unit.yml", 4)
    assert "262144000 is lower than 314572800" in problem.message
