"""Faults of the program: two lines on the screen, the traceback in a file, and never the exit code of a finding."""

from __future__ import annotations

import re
import stat
import sys
import threading
from pathlib import Path

import pytest

from baseline import cli, secret, state_files
from baseline.cli import faults
from tests.cli.conftest import Site

Screen = pytest.CaptureFixture[str]
LINE = re.compile(r"^baseline: please report it with the traceback in (/.+/baseline/fault-[0-9a-f]{12}\.txt)$")


def kept() -> list[Path]:
    return sorted(state_files.directory().glob("fault-*.txt"))


def ended(monkeypatch: pytest.MonkeyPatch, screen: Screen, error: Exception) -> list[str]:
    """The lines on the screen when the command itself fails."""

    def broken() -> None:
        raise error

    monkeypatch.setattr(cli, "app", broken)
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 3
    out, err = screen.readouterr()
    assert out == ""
    return err.splitlines()


def test_two_lines_and_a_file(monkeypatch: pytest.MonkeyPatch, capsys: Screen) -> None:
    first, second = ended(monkeypatch, capsys, ZeroDivisionError("by\nnought"))
    assert first == "baseline: this is a fault of the program, not of your hosts: ZeroDivisionError: by"
    found = LINE.match(second)
    assert found
    assert [str(path) for path in kept()] == [found[1]]
    text = Path(found[1]).read_text()
    assert text.startswith("baseline ")
    assert "Traceback (most recent call last)" in text
    assert "in broken" in text
    assert "nought" in text
    assert stat.S_IMODE(Path(found[1]).stat().st_mode) == 0o600


def test_no_secret_is_told_or_kept(monkeypatch: pytest.MonkeyPatch, capsys: Screen) -> None:
    hidden = secret.Secret("a test", lambda: "kenari-9Tq2")
    hidden.reveal()
    lines = ended(monkeypatch, capsys, ValueError("not kenari-9Tq2"))
    assert secret.HIDDEN in lines[0]
    assert "kenari-9Tq2" not in "".join(lines) + kept()[0].read_text()


def test_the_newest_are_kept_and_the_oldest_go(monkeypatch: pytest.MonkeyPatch, capsys: Screen) -> None:
    for number in range(faults.KEPT + 3):
        ended(monkeypatch, capsys, ValueError(f"number {number}."))
    texts = "".join(path.read_text() for path in kept())
    assert len(kept()) == faults.KEPT
    assert "number 22." in texts
    assert "number 3." in texts
    assert "number 2." not in texts


def test_one_that_cannot_be_kept_is_told_all_the_same(
    monkeypatch: pytest.MonkeyPatch, capsys: Screen, tmp_path: Path
) -> None:
    (tmp_path / "taken").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "taken"))
    first, second = ended(monkeypatch, capsys, KeyError("typo"))
    assert first.endswith("KeyError: 'typo'")
    assert second.startswith("baseline: its traceback could not be kept: ")


def test_a_fault_on_the_visits_of_all_hosts_is_kept_and_told_once(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: Screen
) -> None:
    def faulty(_: object, target: object) -> None:
        raise KeyError("typo")

    monkeypatch.setattr("baseline.session.Connector.connect", faulty)
    monkeypatch.setattr(sys, "argv", ["baseline", "check", *site.given])
    with pytest.raises(SystemExit) as end:
        cli.main()
    out, err = capsys.readouterr()
    told = [line for line in err.splitlines() if "fault" in line]
    assert end.value.code == 3
    assert "Traceback" not in out + err
    assert out.count("a fault of this program, please report it: KeyError: 'typo'") >= 2
    assert re.fullmatch(
        r"baseline: mx[12]: this is a fault of the program, not of your hosts: KeyError: 'typo'", told[0]
    )
    assert LINE.match(told[1])
    assert len(told) == 2
    assert len(kept()) == 1


def test_a_host_that_cannot_be_reached_is_no_fault(site: Site, monkeypatch: pytest.MonkeyPatch, capsys: Screen) -> None:
    site.hosts = {}
    monkeypatch.setattr(sys, "argv", ["baseline", "check", *site.given])
    with pytest.raises(SystemExit):
        cli.main()
    assert "fault" not in capsys.readouterr().err
    assert kept() == []


def test_a_thread_that_ends_by_a_fault_prints_no_traceback(monkeypatch: pytest.MonkeyPatch, capsys: Screen) -> None:
    def broken() -> None:
        def fault() -> None:
            raise ZeroDivisionError

        thread = threading.Thread(target=fault, name="feeder")
        thread.start()
        thread.join()

    before = threading.excepthook
    monkeypatch.setattr(cli, "app", broken)
    cli.main()
    first, second = capsys.readouterr().err.splitlines()
    assert first == "baseline: feeder: this is a fault of the program, not of your hosts: ZeroDivisionError"
    assert LINE.match(second)
    assert threading.excepthook is before
