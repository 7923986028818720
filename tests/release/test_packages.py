"""What the Debian package says of itself agrees with what the program says and does."""

from __future__ import annotations

import re
import shutil
import subprocess
from configparser import ConfigParser
from pathlib import Path

import pytest

from baseline.scheduling.files import NAME, SERVICE, Schedule, units
from baseline.scheduling.timing import Timing
from tests.dist import ROOT
from tests.release import debian, parts
from tests.release.parts import Part

pytestmark = pytest.mark.checkout

FOLDER = ROOT / "packages" / "debian"
CHECK = FOLDER / "mail-baseline-check@.service"
TIMER = FOLDER / "mail-baseline-check@.timer"
HOME = f"/var/lib/{NAME}"
OF_SITE = {"Environment", "EnvironmentFile", "ExecStart", "TimeoutStartSec"}
"""What a schedule of one site says of that site."""


def service(text: str) -> set[str]:
    """The lines of a unit's service."""
    body = text.partition("[Service]\n")[2].partition("\n[")[0]
    return {line for line in body.splitlines() if line and not line.startswith("#")}


def test_a_check_of_the_package_may_what_a_scheduled_check_may() -> None:
    schedule = Schedule(("/usr/bin/baseline", "check"), Timing((360,), 900), NAME, HOME, "mampu-2007", limit=3600)
    made = {line for line in service(units(schedule)[SERVICE]) if line.partition("=")[0] not in OF_SITE}
    ours = {line for line in service(CHECK.read_text()) if line.partition("=")[0] not in OF_SITE}
    assert len(made) > 15
    assert ours == made


def test_units_are_what_systemd_takes(tmp_path: Path) -> None:
    if not shutil.which("systemd-analyze"):
        pytest.skip("this machine has no systemd-analyze")
    # As they are installed, with a program that is there in place of ours.
    for unit in (CHECK, TIMER):
        text = unit.read_text().replace("/usr/bin/baseline", "/bin/true")
        (tmp_path / unit.name).write_text(text)
    names = [str(tmp_path / f"mail-baseline-check@site.{kind}") for kind in ("service", "timer")]
    for kind in ("service", "timer"):
        (tmp_path / f"mail-baseline-check@site.{kind}").symlink_to(f"mail-baseline-check@.{kind}")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *names], capture_output=True, text=True, check=False
    )
    assert [line for line in done.stderr.splitlines() if "mail-baseline" in line] == []


def test_the_package_is_for_the_python_of_its_debian_that_the_program_takes() -> None:
    config = ConfigParser()
    config.read(ROOT / "setup.cfg", "utf-8")
    assert f"Python :: {debian.PYTHON}\n" in config["metadata"]["classifiers"]
    major, minor = map(int, debian.PYTHON.split("."))
    depends = re.search(r"^Depends: (.*)$", (FOLDER / "control").read_text(), re.MULTILINE)
    assert depends
    words = depends[1].split(", ")
    assert {f"python3 (>= {debian.PYTHON})", f"python3 (<< {major}.{minor + 1})"} <= set(words)
    # Its libraries come along, in the versions of constraints.txt; none is the system's.
    assert [word for word in words if word.startswith("python3-")] == []
    assert f"python{debian.PYTHON}" in (FOLDER / "mail-baseline.lintian-overrides").read_text()


def test_account_and_home_are_those_of_a_schedule() -> None:
    account = (FOLDER / "mail-baseline.sysusers").read_text().splitlines()[-1]
    assert account.split()[1] == NAME
    assert f" {HOME} " in account
    assert (FOLDER / "mail-baseline.tmpfiles").read_text() == f"d {HOME} 0700 {NAME} {NAME} -\n"


def test_requirements_are_read_with_their_digests_and_markers() -> None:
    text = (
        "# A note\n"
        "alembic==1.20.1 \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb\n"
        "zipp==4.1.2 ; python_full_version < '3.12' \\\n    --hash=sha256:cc\n"
        "colorama==0.4.6 ; os_name == 'nt' or sys_platform == 'win32' \\\n    --hash=sha256:dd\n"
    )
    found = parts.parts(text)
    assert found[0].line() == "alembic==1.20.1 --hash=sha256:aa --hash=sha256:bb"
    assert [part.pin for part in found if part.needed_by("3.13")] == ["alembic==1.20.1"]
    assert [part.pin for part in found if part.needed_by("3.11")] == ["alembic==1.20.1", "zipp==4.1.2"]
    assert all(isinstance(part, Part) for part in found)


def test_pages_that_go_along_are_there() -> None:
    for line in (FOLDER / "mail-baseline.docs").read_text().splitlines():
        assert (ROOT / line).stat().st_size > 100, line
