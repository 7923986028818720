"""The lab's root is of the release that it wants, whichever the machine has."""

from __future__ import annotations

from pathlib import Path

from baseline.lab.archive import lines_for

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")


def machine(release: str, *more: str) -> str:
    """What apt lists on a machine as Debian installs it."""
    suites = {"debian": ("", "-updates"), "debian-security": ("-security",)}
    own = [f"http://deb.debian.org/{path}/ {release}{end} main" for path, ends in suites.items() for end in ends]
    return "".join(f"{line}\n" for line in (*own, *more))


BOOKWORM = [
    "deb http://deb.debian.org/debian/ bookworm main",
    "deb http://deb.debian.org/debian-security/ bookworm-security main",
    "deb http://deb.debian.org/debian/ bookworm-updates main",
]


def test_on_a_machine_of_that_release() -> None:
    assert lines_for("bookworm", machine("bookworm"), None) == BOOKWORM


def test_on_a_machine_of_another_release_security_included() -> None:
    for other in ("trixie", "stable"):
        assert lines_for("bookworm", machine(other), None) == BOOKWORM
    assert lines_for("trixie", machine("bookworm"), None) == [line.replace("bookworm", "trixie") for line in BOOKWORM]


def test_what_follows_no_release_is_left_out() -> None:
    more = [
        "http://deb.debian.org/debian/ trixie-backports main",
        "http://deb.debian.org/debian/ trixie non-free-firmware",
        "http://deb.debian.org/debian/ trixie-proposed-updates main",
    ]
    assert lines_for("bookworm", machine("trixie", *more), None) == BOOKWORM


def test_a_line_of_the_release_itself_goes_before_one_with_the_name_exchanged() -> None:
    listed = machine("trixie", "http://old.lab.test/debian/ bookworm main")
    assert lines_for("bookworm", listed, None) == ["deb http://old.lab.test/debian/ bookworm main", *BOOKWORM[1:]]


def test_the_keyring_is_named_where_there_is_one() -> None:
    assert all(f"deb [signed-by={KEYRING}] http" in line for line in lines_for("bookworm", machine("trixie"), KEYRING))


def test_a_machine_without_debian() -> None:
    assert lines_for("bookworm", "", None) == []
    assert lines_for("bookworm", "http://deb.debian.org/debian/ trixie contrib\n", None) == []
