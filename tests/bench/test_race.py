"""The race's own bookkeeping: what counts, what does not, and where it is written."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from baseline.load import load_baseline, load_inventory
from tests.bench.race import page, work
from tests.bench.race.racing import Run
from tests.bench.race.starting import BARE
from tests.bench.race.tools import Endpoint, Ways, entrants

FLOOR = Run("floor", 1, 0, "first", 0.5, 0.1)
OURS = replace(FLOOR, tool="baseline", wall=1.0, cpu=0.4)
HOSTS = [Endpoint("mx1", "192.0.2.1"), Endpoint("mx2", "192.0.2.2")]


def row(text: str, name: str) -> list[str]:
    (line,) = [line for line in text.splitlines() if line.startswith(f"| {name} ")]
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_what_a_tool_took_is_told_in_floors_of_its_own_cell() -> None:
    slow = [replace(one, hosts=10, wall=one.wall * 100) for one in (FLOOR, OURS)]
    text = page.tables([FLOOR, replace(FLOOR, wall=9), replace(FLOOR, wall=0.1), OURS, *slow])
    near, far = text.split("### 10 hosts")
    assert row(near, "floor") == ["floor", "1 (0.50 s) · 1 (0.10 s)", "-", "-", "3"]
    assert row(near, "**baseline**") == ["**baseline**", "2.0 · 4.0", "-", "-", "1"]
    assert row(far, "**baseline**") == ["**baseline**", "2.0 · 4.0", "-", "-", "1"]


def test_a_run_that_failed_is_no_time_and_is_told() -> None:
    quick = replace(OURS, tool="quick", wall=0.01, wrong="not done: mx1")
    text = page.tables([FLOOR, OURS, quick, replace(quick, what="second")])
    assert row(text, "quick") == ["quick", "-", "-", "-", "0"]
    assert "- quick, 1 hosts, 0 ms, first: 1" in text
    assert "- quick, 1 hosts, 0 ms, second: 1" in text


def test_without_a_floor_there_is_no_ratio() -> None:
    assert row(page.tables([replace(FLOOR, wrong="not done"), OURS]), "**baseline**")[1] == "-"


def test_starting_is_told_in_bare_interpreters() -> None:
    walls = {BARE: 0.02, "baseline lint": 0.1}
    starts = [replace(FLOOR, tool=name, what="start", wall=wall) for name, wall in walls.items()]
    assert row(page.tables(starts), "baseline lint")[-2] == "5.0"


def test_the_tables_take_the_place_of_the_last_ones() -> None:
    text = f"before\n{page.BEGINS}\nold\n{page.ENDS}\nafter\n"
    once = page.written(text, "today", [FLOOR])
    assert once.startswith("before\n")
    assert once.endswith("after\n")
    assert "old" not in once
    assert page.written(once, "today", [FLOOR]) == once
    with pytest.raises(ValueError, match="no place"):
        page.written("nothing", "today", [FLOOR])
    assert page.written(page.PAGE.read_text(), "today", [FLOOR])


def test_every_tool_is_given_the_same_work(tmp_path: Path) -> None:
    ways = Ways("ops", tmp_path / "key", tmp_path / "known_hosts", tmp_path / "ssh_config")
    ways.config.write_text("")
    for tool in entrants(ways):
        folder = tmp_path / tool.name
        folder.mkdir()
        tool.write(folder, HOSTS, ways)
        told = "\n".join(file.read_text() for file in folder.rglob("*") if file.is_file())
        for name, content in work.FILES.items():
            assert name in told, tool.name
            assert content.splitlines()[3] in told, tool.name
        assert all(one.address in told for one in HOSTS), tool.name
    play = yaml.safe_load((tmp_path / "ansible as it comes" / "play.yml").read_text())
    assert len(play[0]["tasks"]) == len(work.FILES)
    ours = tmp_path / "baseline"
    baseline = load_baseline(str(ours / "bench.yml"))
    targets = load_inventory(ours / "inventory.yml").targets
    baseline.validate_all(targets)
    assert len(baseline.controls_for(targets[0])) == len(work.FILES)


def test_the_script_makes_the_files_and_a_changed_one_is_seen(tmp_path: Path) -> None:
    """The same scripts, with the files below a folder of this test, for whoever runs it."""
    user, group = os.getuid(), os.getgid()

    def here(script: bytes) -> bytes:
        text = script.decode().replace("/etc/bench-", f"{tmp_path}/bench-").replace("/run/bench-is", f"{tmp_path}/is")
        text = text.replace(f"{work.OWNER}:{work.GROUP}", f"{user}:{group}")
        text = text.replace(f" {work.OWNER} {work.GROUP} ", f" {user} {group} ").replace("%U %G", "%u %g")
        return subprocess.run(["sh", "-s"], input=text.encode(), capture_output=True, check=False).stdout

    here(work.apply_script())
    assert here(work.verify_script()).split()[-1:] == [b"done"]
    lines = here(work.check_script()).decode().split("\n")
    assert len([line for line in lines if line]) == 2 * len(work.FILES)
    assert hashlib.sha256(work.FILES["/etc/bench-07.conf"].encode()).hexdigest() in "".join(lines)
    file = tmp_path / "bench-07.conf"
    file.chmod(0o644)
    assert here(work.verify_script()).split()[-1:] != [b"done"]
    file.chmod(0o640)
    file.write_text("another")
    assert here(work.verify_script()).split()[-1:] != [b"done"]
    file.unlink()
    assert here(work.verify_script()).split()[-1:] != [b"done"]


@pytest.mark.parametrize(
    ("command", "code"), [("setsid sleep 300 & exit 3", 3), ("setsid sleep 300 & exec sleep 300", -signal.SIGKILL)]
)
def test_what_a_command_leaves_running_is_counted_and_ended(tmp_path: Path, command: str, code: int) -> None:
    program = (
        "import sys, os; from pathlib import Path; from tests.bench.race import measuring;"
        "measuring.LONGEST = 2; measuring.adopt_orphans();"
        "took = measuring.measured(['sh', '-c', sys.argv[2]], Path(sys.argv[1]), os.environ);"
        "print(took.code, took.wall < 60, len(measuring._children()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path), command],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stdout.split() == [str(code), "True", "0"], done.stderr
