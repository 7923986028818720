"""SIGKILL of the host's side at any of its steps: every file is wholly old, or wholly new and still to be decided."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from baseline.model import HostPlan
from baseline.transaction import Note, Transaction
from tests.conftest import Eventually, processes_about
from tests.exchange.place import Place, furnish, tree, wide_plan

pytestmark = pytest.mark.slow


STEPS = 40
"""How many instants of an apply are tried."""

KILLER = """\
count=0
step() {
  count=$((count + 1))
  [ "$count" != "$KILL_AT" ] || kill -9 $$
}
set -T
trap step DEBUG
trap 'echo $count >"$COUNT_TO"' EXIT
"""
"""Sourced by bash before it runs host.sh: counts simple commands, and dies before the one it was told."""


@dataclass(frozen=True)
class Run:
    """How one run of host.sh went: its exit code (None when it was killed), and how many steps it took."""

    code: int | None
    steps: int


@pytest.fixture(scope="module", autouse=True)
def _needs_bash() -> None:
    if shutil.which("bash") is None:
        pytest.skip("bash, whose DEBUG trap counts the steps, is not installed")


@pytest.fixture
def killer(tmp_path: Path) -> Path:
    path = tmp_path / "killer"
    path.write_text(KILLER)
    return path


def upload(place: Place, plan: HostPlan, confirm_within: int = 60) -> Transaction:
    """All that comes before host.sh is run."""
    begun = place.transaction()
    whole = begun.begin(plan, Note(), confirm_within=confirm_within).script
    only_upload = whole.partition(b"\nask 0 ")[0] + b"\n}\nmain\n"
    place.session.exchange(b"exec 2>&1\n" + only_upload)
    assert (Path(begun.directory) / "host.sh").exists()
    return begun


def host_sh(killer: Path, begun: Transaction, word: str, kill_at: int = 0) -> Run:
    count_to = killer.parent / "count"
    count_to.write_text("0")
    done = subprocess.run(
        ["bash", f"{begun.directory}/host.sh", word, begun.directory],
        env={"BASH_ENV": str(killer), "KILL_AT": str(kill_at), "COUNT_TO": str(count_to), "PATH": os.defpath},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
        timeout=60,
    )
    wait_until_idle(begun)
    return Run(None if done.returncode == -signal.SIGKILL else done.returncode, int(count_to.read_text() or 0))


def wait_until_idle(begun: Transaction) -> None:
    """What a kill missed, such as a `sync` under way, ends by itself, and counts as at work until then."""
    busy = Path(begun.directory) / "busy"
    if busy.exists():
        subprocess.run(["flock", "--timeout", "30", str(busy), "true"], check=True)


def instants(killer: Path, begun: Transaction, word: str) -> list[int]:
    """Instants spread over a whole run, each a little off so that another run of the tests tries others."""
    whole = host_sh(killer, begun, word)
    assert whole.code == 0
    assert whole.steps > STEPS
    width = whole.steps / STEPS
    return sorted({1 + int(width * (number + random.random())) for number in range(STEPS)})


@pytest.fixture
def furnished(tmp_path: Path, nothing_stays: None) -> Iterator[Place]:
    """Places come and go within one test; this one only lends its directory."""
    yield Place(tmp_path / "first")
    for armed in tmp_path.glob("*/state/tx/*/armed"):
        armed.unlink()


def new_place(tmp_path: Path, name: str) -> Place:
    place = Place(tmp_path / name)
    furnish(place.etc)
    return place


def settle(place: Place, begun: Transaction) -> str:
    """The next contact, and a confirmation where one is still to be had. Gives the state it ended in."""
    reply = place.pending()
    assert reply.code == 0, reply
    if place.journal(begun, "state") == "swapped":
        assert place.end(begun, "confirm").code == 0
    return place.journal(begun, "state")


def nothing_runs_about(place: Place) -> bool:
    """Whether every process that has to do with the place has ended."""
    return not processes_about(place.base)


def wholly(place: Place, old: dict[str, tuple[object, ...]], state: str, at: int) -> None:
    new = {
        "changed": b"new\n" * 900,
        "kept": b"not ours\n",
        "sub/dir/created": b"created\n",
    }
    found = tree(place.etc)
    if state == "confirmed":
        files = {name: entry[-1] for name, entry in found.items() if isinstance(entry[-1], bytes)}
        assert files == new, at
        assert {path.name for path in (place.base / "marks").iterdir()} == {"one", "two", "log"}, at
    else:
        assert found == old, at
        assert {path.name for path in (place.base / "marks").iterdir()} <= {"log"}, at
    assert place.leftovers() == [], at


class TestApply:
    def test_killed_at_any_step(self, tmp_path: Path, furnished: Place, killer: Path) -> None:
        furnish(furnished.etc)
        seen = set()
        for at in instants(killer, upload(furnished, wide_plan(furnished)), "apply"):
            place = new_place(tmp_path, f"at-{at}")
            before = tree(place.etc)
            begun = upload(place, wide_plan(place))
            run = host_sh(killer, begun, "apply", kill_at=at)
            assert run.code is None, at
            state = settle(place, begun)
            seen.add(state)
            wholly(place, before, state, at)
        # Those killed before the swap are forgotten; later ones are restored.
        assert {"", "restored"} <= seen

    def test_the_next_apply_is_not_kept_waiting(self, tmp_path: Path, furnished: Place, killer: Path) -> None:
        """A lock whose holder was killed holds nothing."""
        furnish(furnished.etc)
        all_instants = instants(killer, upload(furnished, wide_plan(furnished)), "apply")
        for at in all_instants[:: STEPS // 8]:
            place = new_place(tmp_path, f"at-{at}")
            host_sh(killer, upload(place, wide_plan(place)), "apply", kill_at=at)
            plan = HostPlan("here", files=(place.change("kept", b"mine\n"),))
            begun, reply = place.begin(plan)
            assert reply.code == 0, (at, reply)
            assert place.end(begun, "confirm").code == 0
            assert (place.etc / "changed").read_bytes() == b"old\n" * 1000, at
            assert place.leftovers() == [], at

    def test_with_nobody_in_contact_the_dead_man_comes(
        self, tmp_path: Path, furnished: Place, killer: Path, eventually: Eventually
    ) -> None:
        """From the moment that anything changes, until long after."""
        furnish(furnished.etc)
        all_instants = instants(killer, upload(furnished, wide_plan(furnished)), "apply")
        killed = []
        for at in all_instants[STEPS // 2 :: 3]:
            place = new_place(tmp_path, f"at-{at}")
            before = tree(place.etc)
            begun = upload(place, wide_plan(place), confirm_within=1)
            host_sh(killer, begun, "apply", kill_at=at)
            killed.append((at, place, before, begun))
        for at, place, before, begun in killed:
            assert eventually(partial(nothing_runs_about, place)), at
            assert place.journal(begun, "state") in ("", "none", "staged", "restored"), at
            if place.journal(begun, "state") == "restored":
                wholly(place, before, "restored", at)
            else:
                assert {name: entry for name, entry in tree(place.etc).items() if ".baseline-" not in name}.items() >= (
                    before.items()
                ), at
                place.pending()
                wholly(place, before, "", at)


class TestDecision:
    @pytest.mark.parametrize("word", ["restore", "confirm"])
    def test_killed_at_any_step_and_begun_again(
        self, tmp_path: Path, furnished: Place, killer: Path, word: str
    ) -> None:
        furnish(furnished.etc)
        begun = upload(furnished, wide_plan(furnished))
        assert host_sh(killer, begun, "apply").code == 0
        seen = set()
        for at in instants(killer, begun, word)[::2]:
            place = new_place(tmp_path, f"at-{at}")
            before = tree(place.etc)
            begun, reply = place.begin(wide_plan(place))
            assert reply.code == 0, reply
            assert host_sh(killer, begun, word, kill_at=at).code is None, at
            # The same word once more, the other word, or only the next contact: all must agree with what was done.
            random.choice(
                [lambda: place.end(begun, "restore"), lambda: place.end(begun, "confirm"), place.pending]  # noqa: B023
            )()
            state = settle(place, begun)
            seen.add(state)
            wholly(place, before, state, at)
        assert seen <= {"restored", "confirmed"}
        assert ("restored" if word == "restore" else "confirmed") in seen


class TestWholeExchange:
    def test_killed_with_everything_around_it(self, tmp_path: Path, furnished: Place) -> None:
        """The real shell, killed at a moment of chance, with all of its children and the script around it."""
        for number in range(20):
            place = new_place(tmp_path, f"run-{number}")
            before = tree(place.etc)
            begun = place.transaction()
            script = begun.begin(wide_plan(place), Note(), confirm_within=60).script
            # Killed, it cannot take its temporary files along.
            script = script.replace(b"/run /dev/shm /var/tmp /tmp", os.fsencode(place.base))
            assert b"for base in " + os.fsencode(place.base) in script
            with subprocess.Popen(
                ["sh", "-s"],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            ) as process:
                assert process.stdin is not None
                process.stdin.write(script)
                process.stdin.close()
                time.sleep(random.uniform(0.02, 0.35))
                while left := _session(process.pid):
                    for pid in left:
                        _kill(pid)
            wait_until_idle(begun)
            state = settle(place, begun)
            if state == "" and (Path(begun.directory)).exists():
                # Killed while it was uploaded: it never began.
                assert not (Path(begun.directory) / "busy").exists()
                state = "restored"
            wholly(place, before, state, number)


def _session(leader: int) -> list[int]:
    """Every process of a session; watchers have one of their own, and stay."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, session = path.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(session) == leader and state != "Z":
            found.append(int(path.parent.name))
    return found


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def test_the_counter_counts(tmp_path: Path, killer: Path) -> None:
    """Else the tests above would kill nothing and prove nothing."""
    (tmp_path / "host.sh").write_text("a=1\nb=2\ntouch $2/reached\nc=3\n")
    begun = Transaction(root=str(tmp_path))
    Path(begun.directory).mkdir(parents=True)
    (Path(begun.directory) / "host.sh").write_text((tmp_path / "host.sh").read_text())
    reached = Path(begun.directory) / "reached"
    assert host_sh(killer, begun, "apply", kill_at=4).code is None
    assert not reached.exists()
    assert host_sh(killer, begun, "apply", kill_at=5).code is None
    assert reached.exists()
    assert host_sh(killer, begun, "apply").steps in (5, 6)
