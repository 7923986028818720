"""Whatever stands in the test environment is pinned."""

from __future__ import annotations

from importlib.metadata import requires

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.pins import PINS, besides, changes, pins


def needed(name: str, extra: str, seen: set[tuple[str, str]]) -> list[Requirement]:
    """What a distribution asks for on this Python, and what that asks for in turn."""
    if (name, extra) in seen:
        return []
    seen.add((name, extra))
    asked = [Requirement(line) for line in requires(name) or ()]
    mine = [one for one in asked if one.marker is None or one.marker.evaluate({"extra": extra})]
    inner = [more for one in mine for part in ("", *one.extras) for more in needed(one.name, part, seen)]
    return [*mine, *inner]


def test_every_distribution_of_the_test_environment_is_pinned_within_its_ranges() -> None:
    pinned = {pin.name: pin.version for pin in pins(PINS.read_text()) if pin.holds_here}
    wanted = needed("mail-baseline", "test", set())
    assert len(wanted) > 40
    assert [str(one) for one in wanted if canonicalize_name(one.name) not in pinned] == [], "run `make pins`"
    outside = [str(one) for one in wanted if not one.specifier.contains(pinned[canonicalize_name(one.name)])]
    assert outside == [], "run `make pins`"


def test_what_a_release_is_made_with_is_pinned_within_its_ranges() -> None:
    pinned = {pin.name: pin.version for pin in pins(PINS.read_text()) if pin.holds_here}
    wanted = [Requirement(line) for line in besides()]
    assert {"cyclonedx-bom", "uv", "setuptools"} <= {one.name for one in wanted}
    outside = [str(one) for one in wanted if not one.specifier.contains(pinned.get(canonicalize_name(one.name), "0"))]
    assert outside == [], "run `make pins`"


def test_what_changed_is_said() -> None:
    before = pins("# a note\nruff==0.17.5\nwrapt==2.5.2\nuv==1 ; python_full_version < '3.12'\n")
    after = pins("ruff==0.17.6\nwrapt==2.5.2\nuv==1 ; python_full_version < '3.12'\nrich==15.0.0\n")
    assert list(changes(before, after)) == ["new      rich: 15.0.0", "changed  ruff: 0.17.5 -> 0.17.6"]
    assert list(changes(after, [])) == [
        "gone     rich: 15.0.0",
        "gone     ruff: 0.17.6",
        'gone     uv where python_full_version < "3.12": 1',
        "gone     wrapt: 2.5.2",
    ]
    assert list(changes(before, before)) == []
