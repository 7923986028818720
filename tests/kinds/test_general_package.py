"""Kind `package` on answers of dpkg 1.21."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from baseline.model import Answer, Outcome
from tests.kinds.hosts import TARGET, Given, control, seen, verdict

DEBIAN = 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nID=debian\n'


def asked(*names: str) -> str:
    return f"dpkg-query -W -f '${{Package}}|${{db:Status-Status}}|${{Version}}\\n' -- {' '.join(names)}"


def compared(name: str, version: str) -> str:
    return (
        f"v=$(dpkg-query -W -f '${{Version}}\\n' -- {name} | head -n 1) && dpkg --compare-versions \"$v\" ge {version}"
    )


def answers(listed: Given, *names: str, release: str = DEBIAN) -> dict[str, Given]:
    return {"cat /etc/os-release": release, asked(*(names or ("postfix",))): listed}


def missing(*names: str, listed: str = "") -> Answer:
    said = "".join(f"dpkg-query: no packages found matching {name}\n" for name in names)
    return Answer(1, listed.encode(), said.encode())


POSTFIX = "postfix|installed|3.7.11-0+deb12u1\n"


@pytest.mark.parametrize(
    ("listed", "present", "absent"),
    [
        (POSTFIX, "pass", "fail"),
        (missing("postfix"), "fail", "pass"),
        ("postfix|config-files|3.7.11-0\n", "fail", "pass"),
        ("postfix|not-installed|\n", "fail", "pass"),
        ("postfix|half-configured|3.7.11-0\n", "fail", "fail"),
        ("postfix|unpacked|3.7.11-0\n", "fail", "fail"),
        ("postfix|not-installed|\n" + POSTFIX, "pass", "fail"),
        (POSTFIX + "postfix|config-files|3.5\n", "pass", "fail"),
    ],
)
def test_present_and_absent(listed: Given, present: str, absent: str) -> None:
    assert verdict(control("package", name="postfix"), answers(listed)).outcome == present
    assert verdict(control("package", name="postfix", absent=True), answers(listed)).outcome == absent


def test_every_missing_package_is_told() -> None:
    wanted = control("package", names=["postfix", "exim4", "swaks"])
    said = answers(missing("exim4", "swaks", listed=POSTFIX), "postfix", "exim4", "swaks")
    found = verdict(wanted, said)
    assert found.reason == "exim4 is not installed, wanted installed; swaks is not installed, wanted installed"
    remedy = wanted.remedy(seen(wanted, said), TARGET)
    assert remedy is not None
    assert remedy.packages == ("exim4", "swaks")
    assert (remedy.edits, remedy.actions) == ((), ())


@pytest.mark.parametrize(("rc", "outcome"), [(0, "pass"), (1, "fail"), (2, "unknown"), (127, "unknown")])
def test_dpkg_compares_the_versions(rc: int, outcome: str) -> None:
    wanted = control("package", name="postfix", at_least="3.8.0-1")
    said = answers(POSTFIX) | {compared("postfix", "3.8.0-1"): Answer(rc)}
    assert verdict(wanted, said).outcome == outcome
    if outcome == "fail":
        remedy = wanted.remedy(seen(wanted, said), TARGET)
        assert remedy is not None
        assert (remedy.packages, remedy.upgrades) == ((), ("postfix",))


def test_a_missing_package_is_not_too_old_as_well() -> None:
    wanted = control("package", name="postfix", at_least="3.8")
    said = answers(missing("postfix")) | {compared("postfix", "3.8"): Answer(1)}
    assert seen(wanted, said) == {"postfix": "not installed", "postfix against 3.8": "not installed"}
    remedy = wanted.remedy(seen(wanted, said), TARGET)
    assert remedy is not None
    assert remedy.packages == ("postfix",)


def test_removing_and_half_installed_packages_are_for_a_person() -> None:
    absent = control("package", name="postfix", absent=True)
    state = seen(absent, answers(POSTFIX))
    assert absent.remedy(state, TARGET) is None
    assert "apt-get purge postfix" in absent.advice(state)
    present = control("package", name="postfix")
    state = seen(present, answers("postfix|half-installed|1\n"))
    assert present.remedy(state, TARGET) is None
    assert "dpkg --configure -a" in present.advice(state)


@pytest.mark.parametrize(
    ("listed", "release"),
    [
        (Answer(127, b"", b"sh: dpkg-query: not found"), DEBIAN),
        (Answer(2, b"", b"dpkg-query: error: bad"), DEBIAN),
        (Answer(124), DEBIAN),
        ("", DEBIAN),
        (Answer(1, b"", b"cannot open the database"), DEBIAN),
        ("other|installed|1\n", DEBIAN),
        ("postfix\n", DEBIAN),
        (POSTFIX, 'ID="rocky"\nID_LIKE="rhel centos fedora"\n'),
        (missing("postfix"), "ID=fedora\n"),
        (missing("postfix"), ""),
    ],
)
def test_what_is_no_answer_is_unknown(listed: Given, release: str) -> None:
    assert verdict(control("package", name="postfix"), answers(listed, release=release)).outcome is Outcome.UNKNOWN


def test_what_is_like_debian_is_asked() -> None:
    said = answers(POSTFIX, release='ID=ubuntu\nID_LIKE="debian"\n')
    assert verdict(control("package", name="postfix"), said).outcome is Outcome.PASS


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"name": "a", "names": ["b"]},
        {"names": ["a", "b"], "at_least": "1"},
        {"name": "a", "absent": True, "at_least": "1"},
        {"name": "a; reboot"},
        {"name": "-o"},
        {"name": "a", "at_least": "x"},
        {"name": "a", "at_least": "1 2"},
    ],
)
def test_what_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        control("package", **fields)
