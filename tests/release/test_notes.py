"""The version and the changelog of a release: what is unreleased gets a heading, and nothing else changes."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.version import __version__
from tests.release.debian import MAINTAINER, maintainer, version
from tests.release.notes import CannotRelease, notes, ordered, released, with_version

DAY = date(2026, 12, 1)
CHANGES = """\
# Changelog

Words.

## Unreleased

### Added

- A thing.

## 0.9.0 - 2026-01-01

- Old.

## 0.1.0

- First.
"""

numbers = st.tuples(*[st.integers(0, 99)] * 3)


def test_what_is_unreleased_gets_its_version_and_day() -> None:
    made = released(CHANGES, "0.10.0", DAY)
    assert "## Unreleased\n\n## 0.10.0 - 2026-12-01\n\n### Added\n" in made
    assert made.replace("\n## 0.10.0 - 2026-12-01\n", "") == CHANGES
    assert notes(made, "0.10.0") == "### Added\n\n- A thing.\n"
    assert notes(made, "0.1.0") == "- First.\n"


@pytest.mark.parametrize(
    ("wanted", "changelog", "why"),
    [
        ("0.9.0", CHANGES, "is not after 0.9.0"),
        ("0.8.9", CHANGES, "is not after 0.9.0"),
        ("1.0", CHANGES, "is no version"),
        ("1.0.0rc1", CHANGES, "is no version"),
        ("01.0.0", CHANGES, "is no version"),
        ("1.0.0", CHANGES.replace("## Unreleased", "## Next"), "has no line"),
        ("1.0.0", CHANGES.replace("### Added\n\n- A thing.\n\n", ""), "tells nothing"),
    ],
)
def test_what_cannot_be_released_is_refused(wanted: str, changelog: str, why: str) -> None:
    with pytest.raises(CannotRelease, match=why):
        released(changelog, wanted, DAY)


def test_a_second_release_needs_something_to_tell() -> None:
    with pytest.raises(CannotRelease, match="tells nothing"):
        released(released(CHANGES, "1.0.0", DAY), "1.0.1", DAY)


@given(numbers, numbers)
def test_versions_are_ordered_as_numbers(one: tuple[int, int, int], other: tuple[int, int, int]) -> None:
    texts = [".".join(map(str, numbers)) for numbers in (one, other)]
    assert [ordered(text) for text in texts] == [one, other]
    changelog = f"## Unreleased\n\n- New.\n\n## {texts[0]}\n"
    if other > one:
        assert notes(released(changelog, texts[1], DAY), texts[1]) == "- New.\n"
    else:
        with pytest.raises(CannotRelease, match="is not after"):
            released(changelog, texts[1], DAY)


def test_the_version_stands_once() -> None:
    assert with_version('"""Doc."""\n\n__version__ = "0.1.0"\n', "2.0.0") == '"""Doc."""\n\n__version__ = "2.0.0"\n'
    for text in ("", '__version__ = "1"\n__version__ = "2"\n'):
        with pytest.raises(CannotRelease):
            with_version(text, "2.0.0")


def test_a_package_of_no_release_comes_after_the_last_one() -> None:
    assert version(f"v{__version__}", 1_800_000_000) == __version__
    assert version("", 1_800_000_000, "1.2.3") == "1.2.3+1800000000"
    assert version("v1.2.2", 7, "1.2.3") == "1.2.3+7"


def test_who_makes_a_package_is_said_as_debian_does() -> None:
    assert maintainer({}) == maintainer({"DEBEMAIL": "a@example.org"}) == MAINTAINER
    assert maintainer({"DEBFULLNAME": "An Officer", "DEBEMAIL": "a@example.org"}) == "An Officer <a@example.org>"
