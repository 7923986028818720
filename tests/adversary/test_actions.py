"""Actions of remedies run as root: what others may write, or name, leads them nowhere else."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from baseline.model import Action
from baseline.remedies.dkim_publishing import make_and_publish
from baseline.remedies.zone_records import load_zone
from tests.adversary.case import adversary

NOBODY = 65534
USERS = "the host's own users"
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root to be somebody else")

_KEYGEN = """#!/bin/sh
while [ "$1" != -k ]; do shift; done
exec openssl genpkey -algorithm ED25519 -out "$2"
"""


class Keys:
    """A host's directories of keys and records, below one directory; `nobody` stands for Rspamd and BIND."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.rspamd, self.victim = base / "rspamd", base / "victim"
        for made in (self.rspamd, self.victim, base / "bind", base / "bin"):
            made.mkdir()
        os.chown(self.rspamd, NOBODY, NOBODY)
        (base / "bin/rspamadm").write_text(_KEYGEN)
        (base / "bin/rspamadm").chmod(0o755)
        base.chmod(0o755)
        self.key = self.rspamd / "dkim/d.test.mx1.key"

    def run(self, action: Action, undo: bool = False) -> int:
        """The action, or what undoes it, as a transaction runs it."""
        text = action.undo if undo else action.do
        text = text.replace("_rspamd", "nogroup").replace("-g bind", "-g nogroup")
        text = text.replace("/etc/bind", str(self.base / "bind"))
        path = {"PATH": f"{self.base}/bin:{os.environ['PATH']}"}
        return subprocess.run(["sh", "-c", text], env=path, capture_output=True, timeout=60, check=False).returncode

    def seen(self) -> tuple[object, ...]:
        """The victim's directory, which nothing may change."""
        status = self.victim.stat()
        return (status.st_mode, status.st_uid, status.st_gid, sorted(self.victim.iterdir()))


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path)


def _action(keys: Keys) -> Action:
    return make_and_publish("d.test", "mx1", str(keys.key), 2048)


@adversary(USERS, "Rspamd's user puts a link in the place of the directory that a DKIM key is made in")
@needs_root
def test_a_link_in_place_of_the_directory_of_keys(keys: Keys) -> None:
    """The action fails, and nothing is made or changed where the link leads.

    Before: the key was made there, and the directory given to Rspamd's group, with another mode.
    """
    (keys.rspamd / "dkim").symlink_to(keys.victim)
    before = keys.seen()
    assert keys.run(_action(keys)) != 0
    assert keys.run(_action(keys), undo=True) == 0
    assert keys.seen() == before


@adversary(USERS, "Rspamd's user swaps the directory and a link to another while the key is made")
@needs_root
def test_a_directory_of_keys_that_is_swapped(keys: Keys) -> None:
    """The directory is entered once, and what is done there reaches no other.

    Before: every step named it anew; the other was given to Rspamd's group.
    """
    before = keys.seen()
    (keys.victim.parent / "old").mkdir()
    with _swapping(keys):
        for _ in range(10):
            keys.run(_action(keys))
            keys.run(_action(keys), undo=True)
    assert keys.seen() == before


@contextmanager
def _swapping(keys: Keys) -> Iterator[None]:
    swap = f"while :; do mv dkim other; ln -s {keys.victim} dkim; rm -f dkim; mv other dkim; rm -rf other; done"
    with subprocess.Popen(
        ["/bin/sh", "-c", swap],
        cwd=keys.rspamd,
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as attacker:
        try:
            yield
        finally:
            os.killpg(attacker.pid, signal.SIGKILL)


@needs_root
def test_a_key_is_made_once_and_undone_with_its_record(keys: Keys) -> None:
    action = _action(keys)
    assert keys.run(action) == 0
    status = keys.key.stat()
    assert (status.st_uid, status.st_gid, status.st_mode & 0o777) == (0, NOBODY, 0o440)
    assert (keys.key.parent.stat().st_uid, keys.key.parent.stat().st_mode & 0o777) == (0, 0o750)
    record = keys.base / "bind/baseline-dkim/d.test.mx1.zone"
    assert record.read_text().startswith("mx1._domainkey.d.test. IN TXT ")
    assert keys.run(action, undo=True) == 0
    assert not keys.key.exists()
    assert not record.exists()
    assert keys.run(action) == 0
    made = keys.key.read_bytes()
    assert keys.run(action) == 0, "there is a key, which stays when this is undone"
    assert keys.run(action, undo=True) == 0
    assert keys.key.read_bytes() == made


@adversary(USERS, "a zone whose name is an option of the programs that load it")
def test_a_zone_named_like_an_option(tmp_path: Path) -> None:
    """It comes where a name is expected, and names a zone.

    Before: `named-checkzone` and `dig` were given it where options may be.
    """
    for name, says in (("named-checkzone", "x 0 IN SOA . . 7 1 1 1 1"), ("rndc", "serial: 7"), ("dig", "ns.test.")):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\nfor one; do echo "{name} $one"; done >>{tmp_path}/asked\necho "{says}"\n')
        program.chmod(0o755)
    do = load_zone("-o/etc/job", "/etc/bind/db.x").do.replace("sleep 1", "exit 0")
    env = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    subprocess.run(["sh", "-c", do], env=env, capture_output=True, timeout=60, check=True)
    asked = (tmp_path / "asked").read_text().splitlines()
    before = {asked[place - 1] for place, one in enumerate(asked) if one.endswith(" -o/etc/job")}
    assert before == {"named-checkzone --", "rndc reload", "rndc zonestatus", "dig -q"}
