"""What `schedule` shows, installs and removes: nothing twice, and nothing of anybody else's."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from baseline.errors import UserError
from baseline.scheduling import files, installing
from baseline.scheduling.files import Schedule
from baseline.scheduling.timing import Timing
from tests.cli.conftest import Site, site

__all__ = ["site"]

MINE = Schedule(("x",), Timing((390,), 600), "mail-baseline", "/var/lib/mail-baseline", "mampu-2007", limit=3600)


class Root:
    """A machine whose files lie in a folder, with or without an account; commands are noted and not run."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.ran = folder, list[str]()
        self.account = self.enabled = False
        for name in ("SERVICE", "TIMER", "PROBE_SERVICE", "PROBE_TIMER", "WATCH_SERVICE", "CRON"):
            path = folder / str(getattr(files, name)).lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            monkeypatch.setattr(files, name, str(path))
            monkeypatch.setattr(installing, name, str(path))
        monkeypatch.setattr(installing, "_has_account", lambda _: self.account)
        monkeypatch.setattr(installing, "_enabled", lambda _: self.enabled)
        monkeypatch.setattr(installing.RunCommand, "do", lambda step: self._run(step.argv))

    def _run(self, argv: tuple[str, ...]) -> None:
        self.ran.append(" ".join(argv))
        self.account = self.account or argv[0] == "useradd"
        self.enabled = {"enable": True, "disable": False}.get(argv[1], self.enabled)
        if "ssh-keygen" in argv:
            key = Path(argv[-1])
            key.parent.mkdir(parents=True, exist_ok=True)
            key.write_text("key")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Root:
    return Root(tmp_path / "root", monkeypatch)


@pytest.mark.parametrize("systemd", [True, False])
def test_a_second_install_does_nothing_and_a_change_only_what_changed(machine: Root, systemd: bool) -> None:
    mine = replace(MINE, home=str(machine.folder / "home"))
    installing.carry_out(installing.missing_steps(mine, systemd))
    assert machine.account
    assert installing.installed() == (mine, systemd)
    assert machine.enabled == systemd
    assert installing.missing_steps(mine, systemd) == ()
    machine.ran.clear()
    other = replace(mine, timing=Timing((400,), 600))
    steps = installing.missing_steps(other, systemd)
    installing.carry_out(steps)
    assert installing.installed() == (other, systemd)
    assert all("systemctl" in one for one in machine.ran)
    machine.ran.clear()
    installing.carry_out(installing.removing_steps())
    assert (installing.installed(), installing.removing_steps(), machine.account) == (None, (), True)


def test_units_that_somebody_else_wrote_are_left_alone(machine: Root) -> None:
    Path(files.SERVICE).write_text("[Service]\nExecStart=/bin/mine\n")
    with pytest.raises(UserError, match="was not written by `baseline schedule`"):
        installing.missing_steps(MINE, True)
    with pytest.raises(UserError, match="was not written by `baseline schedule`"):
        installing.removing_steps()
    assert machine.ran == []


def test_one_that_goes_over_to_systemd_leaves_no_lines_for_cron(machine: Root) -> None:
    mine = replace(MINE, home=str(machine.folder / "home"))
    installing.carry_out(installing.missing_steps(mine, False))
    assert Path(files.CRON).exists()
    installing.carry_out(installing.missing_steps(mine, True))
    assert not Path(files.CRON).exists()
    assert installing.installed() == (mine, True)
    installing.carry_out(installing.missing_steps(mine, False))
    assert not Path(files.TIMER).exists()
    assert installing.installed() == (mine, False)


PROBING = replace(MINE, probe=("x", "probe"), watch=("x", "probe", "--watch", "300"))


def test_a_watch_and_daily_tests_come_and_go_with_the_schedule(machine: Root) -> None:
    mine = replace(PROBING, home=str(machine.folder / "home"))
    installing.carry_out(installing.missing_steps(mine, True))
    assert installing.installed() == (mine, True)
    for unit in ("check.timer", "probe.timer", "watch.service"):
        assert f"systemctl enable --now --quiet mail-baseline-{unit}" in machine.ran
    assert machine.ran[-1] == "systemctl restart mail-baseline-watch.service"
    assert installing.missing_steps(mine, True) == ()
    machine.ran.clear()
    without = replace(mine, probe=(), watch=())
    installing.carry_out(installing.missing_steps(without, True))
    assert "systemctl disable --now --quiet mail-baseline-watch.service" in machine.ran
    assert not Path(files.WATCH_SERVICE).exists()
    assert not Path(files.PROBE_TIMER).exists()
    assert Path(files.TIMER).exists()
    installing.carry_out(installing.missing_steps(mine, True))
    installing.carry_out(installing.removing_steps())
    assert not any(Path(path).exists() for path in (files.SERVICE, files.WATCH_SERVICE, files.PROBE_SERVICE))


def test_the_command_shows_and_installs_nothing_that_was_not_shown(
    site: Site, machine: Root, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installing, "has_systemd", lambda: True)
    shown = site.run("schedule", "--print", "--at", "06:30")
    assert shown.exit_code == 0
    for words in ("useradd --system", "OnCalendar=*-*-* 06:30:00", "systemctl enable --now", f"-i {site.folder}"):
        assert words in shown.stdout
    assert "authorized_keys holds" in shown.stdout
    refused = site.run("schedule", "--install")
    assert refused.exit_code == 2
    assert "no terminal to ask on" in refused.stderr or "for root to do" in refused.stderr
    assert (machine.ran, installing.installed()) == ([], None)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert "this is for root to do" in site.run("schedule", "--install", "--yes").stderr
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr("baseline.cli.schedule.HOME", str(machine.folder / "home"))
    assert site.run("schedule", "--install", "--yes").stdout.endswith("then compare.\n")
    again = site.run("schedule", "--install", "--yes")
    assert again.stdout.startswith("Everything is installed already.")
    assert site.bare("schedule", "--remove", "--yes").exit_code == 0
    assert site.bare("schedule", "status").exit_code == 5
    assert site.bare("schedule", "--remove").stdout == "There is no schedule to remove.\n"


PROBES = """\
vantage: outside
mailboxes: [{address: probe@agensi.example.my, smtp: {host: mx.agensi.example.my}}]
"""


def test_the_command_shows_the_watch_and_the_daily_tests(
    site: Site, machine: Root, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(installing, "has_systemd", lambda: True)
    (site.folder / "probes.yml").write_text(PROBES)
    probes = str(site.folder / "probes.yml")
    shown = site.run("schedule", "--print", "--probes", probes, "--watch", "300")
    assert shown.exit_code == 0, shown.output
    (command,) = [line for line in shown.stdout.splitlines() if line.endswith("--watch 300")]
    assert f"probe -p {probes} -i {site.folder}" in command
    assert "systemctl restart mail-baseline-watch.service" in shown.stdout
    assert machine.ran == []
    (site.folder / "probes.yml").write_text(PROBES.replace("{address", "{site: elsewhere, address"))
    assert "has the site elsewhere" in site.run("schedule", "--print", "--probes", probes).stderr


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--print", "--remove"], "one of --print, --install and --remove is wanted"),
        (["--every", "5h"], "--every: a schedule is every week"),
        (["--splay", "x"], "--splay: x is no length of time"),
        (["-b", "nosuch"], "nosuch"),
        (["-w", "/no/such.yml"], "/no/such.yml: there is no such file"),
        (["--alerts", "/no/such.yml"], "/no/such.yml: there is no such file"),
        (["-l", "nosuch"], "nosuch"),
        (["--watch", "300"], "name it with --probes"),
        (["--watch", "300", "--probes", "x.yml", "--cron"], "service of systemd"),
        (["--probes", "/no/such.yml"], "/no/such.yml: there is no such file"),
    ],
)
def test_what_is_wrong_is_told_before_anything_is_shown(site: Site, options: list[str], told: str) -> None:
    done = site.run("schedule", *options)
    assert done.exit_code in (2, 5)
    assert told in done.stderr
    assert done.stdout == ""
