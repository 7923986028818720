"""What is published: the wheel holds the package and nothing else, and one commit gives the same bytes each time."""

from __future__ import annotations

import os
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests import dist

pytestmark = [pytest.mark.checkout, pytest.mark.slow]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dist.Built:
    """One build of this checkout."""
    return dist.build(tmp_path_factory.mktemp("dist"))


def test_a_second_build_is_the_same_bytes(built: dist.Built, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # By another account's habits, in another time zone.
    monkeypatch.setenv("TZ", "Asia/Kuala_Lumpur")
    before = os.umask(0o077)
    try:
        again = dist.build(tmp_path / "dist")
    finally:
        os.umask(before)
    assert again.sdist.read_bytes() == built.sdist.read_bytes()
    assert again.wheel.read_bytes() == built.wheel.read_bytes()


def test_the_source_distribution_holds_all_that_is_kept(built: dist.Built) -> None:
    with tarfile.open(built.sdist) as archive:
        held = {member.name.partition("/")[2]: member for member in archive if member.isfile()}
        hosts_part = archive.extractfile(held["baseline/transaction/host.sh"])
        assert hosts_part
        assert hosts_part.read() == (dist.ROOT / "baseline/transaction/host.sh").read_bytes()
    made = {"PKG-INFO", *(name for name in held if ".egg-info/" in name)}
    assert set(held) - made == set(dist.files())


def test_the_wheel_holds_the_package_and_nothing_else(built: dist.Built) -> None:
    with zipfile.ZipFile(built.wheel) as archive:
        held = {name: archive.read(name) for name in archive.namelist() if ".dist-info/" not in name}
        (entry,) = (name for name in archive.namelist() if name.endswith(".dist-info/entry_points.txt"))
        assert b"baseline = baseline.__main__:main" in archive.read(entry)
    package = {
        name.replace("templates/", "baseline/_templates/") if name.startswith("templates/") else name: name
        for name in dist.files()
        if name.startswith(("baseline/", "templates/"))
    }
    assert set(held) == set(package)
    assert [name for name, source in package.items() if held[name] != (dist.ROOT / source).read_bytes()] == []
