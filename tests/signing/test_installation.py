"""The installation's key: made once, kept for its user alone, and never replaced by another behind anybody's back."""

from __future__ import annotations

import shutil
import stat
import subprocess
from multiprocessing.pool import ThreadPool
from pathlib import Path

import pytest

from baseline.errors import UserError
from baseline.signing import installation_key
from tests.signing.keys import key

PLACE = "installation.key"


def refused(state: Path) -> str:
    with pytest.raises(UserError) as told:
        installation_key(state)
    return str(told.value)


def test_it_is_made_when_first_needed_and_the_same_from_then_on(tmp_path: Path) -> None:
    state = tmp_path / "state" / "baseline"
    made = installation_key(state)
    assert installation_key(state).public_line == made.public_line
    assert made.public_line.startswith("ssh-ed25519 AAAA")
    assert stat.S_IMODE((state / PLACE).stat().st_mode) == 0o600
    assert [file.name for file in state.iterdir()] == [PLACE]
    assert repr(made).count("key") == 0


@pytest.mark.skipif(shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed")
def test_ssh_keygen_reads_it(tmp_path: Path) -> None:
    made = installation_key(tmp_path)
    words = ["ssh-keygen", "-y", "-f", str(tmp_path / PLACE)]
    told = subprocess.run(words, capture_output=True, text=True, check=True, timeout=20)
    assert told.stdout.split()[:2] == made.public_line.split()


def test_all_that_begin_at_once_have_the_same_one(tmp_path: Path) -> None:
    with ThreadPool(8) as pool:
        assert len({one.public_line for one in pool.map(installation_key, [tmp_path] * 16)}) == 1


@pytest.mark.parametrize("content", [b"", b"no key", key(1).private_bytes()[:-60]])
def test_what_is_no_key_is_not_replaced(tmp_path: Path, content: bytes) -> None:
    place = tmp_path / PLACE
    place.write_bytes(content)
    place.chmod(0o600)
    assert (
        refused(tmp_path) == f"the installation's key {place} cannot be used as a key: it is no private key of OpenSSH"
    )
    assert place.read_bytes() == content


def test_one_that_others_may_read_or_that_leads_elsewhere_is_not_used(tmp_path: Path) -> None:
    installation_key(tmp_path)
    place = tmp_path / PLACE
    place.chmod(0o640)
    assert "is not a file that its user alone may read and write" in refused(tmp_path)
    place.chmod(0o600)
    place.rename(tmp_path / "moved")
    place.symlink_to(tmp_path / "moved")
    assert "can neither be read nor made" in refused(tmp_path)


def test_where_it_cannot_be_kept_nothing_is_signed(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert refused(tmp_path / "file" / "state").endswith("can neither be read nor made: Not a directory")
