"""Names and content of BIND's trees, made by whoever may write a file in them, for the checker that root runs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from baseline import transaction
from baseline.model import HostPlan
from baseline.shell import script
from baseline.transaction import Validator
from tests.adversary.case import adversary
from tests.exchange.place import Place, furnish, tree


@dataclass(frozen=True)
class Bind:
    """A tree of BIND's, and the copy of it in a transaction's folder."""

    base: Path

    @property
    def root(self) -> Path:
        return self.base / "etc/bind"

    @property
    def copy(self) -> Path:
        return self.base / "tx/tree" / str(self.root).lstrip("/")

    def check(self, printed: str = "", changed: str = "") -> subprocess.CompletedProcess[bytes]:
        """Copy the tree and run the checker on it, with programs that stand for BIND's.

        `printed` is the configuration that named-checkconf prints, `changed` a file that the plan changes.
        """
        programs = self.base / "programs"
        programs.mkdir()
        bodies: Mapping[str, str] = {
            "named-checkconf": f"case $1 in -px) printf '%s\\n' '{printed}' ;; esac",
            "named-checkzone": f'printf "%s\\n" "$@" >>{self.base}/asked',
        }
        for name, body in bodies.items():
            (programs / name).write_text(f"#!/bin/sh\n{body}\n")
            (programs / name).chmod(0o755)
        self.copy.parent.mkdir(parents=True)
        subprocess.run(["cp", "-a", self.root, self.copy], check=True)
        if changed:
            (self.copy / changed).write_text("as planned\n")
        return subprocess.run(
            ["sh", "-c", script("baseline.programs", "bind_check", root=str(self.root))],
            env={"PATH": f"{programs}:{os.environ['PATH']}", "TREE": str(self.copy)},
            capture_output=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def bind(tmp_path: Path) -> Bind:
    made = Bind(tmp_path)
    made.root.mkdir(parents=True)
    (made.root / "named.conf").write_text(f'include "{made.root}/named.conf.local";\n')
    (made.root / "named.conf.local").write_text(f'zone "d.test" {{ file "{made.root}/db.d"; }};\n')
    return made


@adversary("the host's own users", "a file whose name goes on, after a newline, with the path of a real file")
def test_a_name_with_a_newline(bind: Bind) -> None:
    """Only copies are edited: no name is ever taken for a line.

    Before: the real named.conf.local was edited to point into the transaction's folder, and the domain was dead.
    """
    odd = Path(f"{bind.root}/x\n{bind.root}/named.conf.local")
    odd.parent.mkdir(parents=True)
    odd.write_text(f'"{bind.root}/"\n')
    before = tree(bind.root)
    assert bind.check().returncode == 0
    assert tree(bind.root) == before
    assert str(bind.copy) in (bind.copy / "named.conf.local").read_text()


@adversary("the host's own users", "a zone includes a path with `..` in it that leads out of the copy")
@pytest.mark.parametrize(
    "path",
    [
        "{root}/baseline-dkim/../../../cron.d/job",
        "{root}/../../made/baseline-dkim/job",
        "{root}/x/baseline-dkim/../../../../made",
        "{root}/linked/baseline-dkim/job",
        "{root}/baseline-dkim/a/job",
        "{root}/baseline-dkim/dangling",
    ],
)
def test_an_include_that_leads_out(bind: Bind, path: str) -> None:
    """Nothing is made outside of the copy, nor through a link in it.

    Before: an empty file was made, as root, at whatever path the content named.
    """
    outside = bind.base / "outside"
    outside.mkdir()
    (bind.root / "linked").symlink_to(outside)
    if path.endswith("dangling"):
        (bind.root / "baseline-dkim").mkdir()
        (bind.root / "baseline-dkim/dangling").symlink_to(outside / "job")
    (bind.root / "db.d").write_text(f'$INCLUDE "{path.format(root=bind.root)}"\n')
    before = tree(bind.base)
    bind.check()
    made = {bind.base / name for name in tree(bind.base) if name not in before}
    mine = {bind.copy, *bind.copy.parents}
    assert [
        one for one in made if one not in mine and bind.copy not in one.parents and "programs" not in one.parts
    ] == []
    assert list(outside.iterdir()) == []


def test_the_record_that_an_action_makes_later(bind: Bind) -> None:
    """What a zone includes of ours stands in the copy, empty, so that the zone can be checked."""
    (bind.root / "db.d").write_text(f'$INCLUDE "{bind.root}/baseline-dkim/d.test.s1.zone"\n')
    assert bind.check().returncode == 0
    assert (bind.copy / "baseline-dkim/d.test.s1.zone").read_bytes() == b""
    assert not (bind.root / "baseline-dkim").exists()


def test_the_record_that_a_zone_of_another_tree_includes(bind: Bind) -> None:
    """A zone below /var/lib/bind includes ours from /etc/bind, and is checked with what will be there."""
    (bind.root / "db.d").write_text('$INCLUDE "/etc/bind/baseline-dkim/no.such.zone"\n')
    assert bind.check(f'zone "d.test" {{\n\tfile "{bind.root}/db.d";\n}};', changed="").returncode == 0
    made = bind.copy / "baseline-dkim/no.such.zone"
    assert made.read_bytes() == b""
    assert (bind.copy / "db.d").read_text() == f'$INCLUDE "{made}"\n'
    assert (bind.base / "asked").read_text().endswith(f"d.test\n{bind.copy}/db.d\n"), "it is checked"


@adversary("the host's own users", "a zone whose name is an option of the checker")
def test_a_zone_named_like_an_option(bind: Bind) -> None:
    """It comes after `--`, so that it names a zone and nothing else.

    Before: `-o/etc/cron.d/job` was handed over as an option, which names a file to write.
    """
    (bind.root / "db.d").write_text("a zone\n")
    # As the checker finds it after an edit: another file than before.
    bind.check(f'zone "-o{bind.base}/job" {{\n\tfile "{bind.copy}/db.d";\n}};', changed="db.d")
    asked = (bind.base / "asked").read_text().splitlines()
    assert asked.index("--") == asked.index(f"-o{bind.base}/job") - 1


@adversary("the host's own users", "a checker is brought to write to the real tree")
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to make a view of the file system")
def test_a_checker_sees_the_real_tree_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkers run where /etc and the tree that they check cannot be written, only its copy.

    Before: a checker could write everywhere, and that of BIND's trees did.
    """
    place = Place(tmp_path)
    furnish(place.etc)
    command = f'for f in {place.etc}/kept /etc/hosts; do [ ! -w "$f" ] || exit 1; done; echo x >>"$TREE/kept"'
    monkeypatch.setattr(transaction, "VALIDATORS", (Validator(str(place.etc), command),))
    begun, reply = place.begin(HostPlan("here", files=(place.change("changed", b"new\n"),)))
    assert reply.code == 0, reply
    assert place.end(begun, "confirm").code == 0
    assert (place.etc / "kept").read_text() == "not ours\n"
