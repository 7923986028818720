"""Every package is listed in setup.cfg, and every file in its folder is installed with it."""

from __future__ import annotations

from configparser import ConfigParser
from pathlib import Path

import pytest

pytestmark = pytest.mark.checkout

ROOT = Path(__file__).parents[1]


def _config() -> ConfigParser:
    config = ConfigParser()
    assert config.read(ROOT / "setup.cfg", "utf-8")
    return config


def _listed() -> set[str]:
    return set(_config()["options"]["packages"].split())


def _folder(package: str) -> Path:
    """Where a package lies: by its name, or where `package_dir` says."""
    elsewhere = dict(line.split(" = ") for line in _config()["options"]["package_dir"].split("\n") if line)
    return ROOT / elsewhere.get(package, package.replace(".", "/"))


def _files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts}


def test_every_folder_is_a_package_of_the_list() -> None:
    holders = {path.parent.relative_to(ROOT) for path in _files(ROOT / "baseline")}
    assert {".".join(holder.parts) for holder in holders} | {"baseline._templates"} == _listed()


def test_every_file_that_is_not_python_is_data_of_its_package() -> None:
    data = dict(_config()["options.package_data"])
    assert set(data) <= {"*", *_listed()}, "data of a package that is not there"
    going = {
        path
        for package in _listed()
        for key in ("*", package)
        for pattern in data.get(key, "").replace(",", " ").split()
        for path in _folder(package).glob(pattern)
        if path.is_file()
    }
    lying = {path for path in _files(ROOT / "baseline") | _files(ROOT / "templates") if path.suffix != ".py"}
    assert len(lying) > 20
    assert {str(path) for path in lying - going} == set()
