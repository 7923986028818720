"""A schedule on this machine: what is there, what is missing, and how it comes and goes. Every step is shown first."""

from __future__ import annotations

import os
import pwd
import secrets
import shlex
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from baseline.classes import dataclass
from baseline.errors import UserError
from baseline.scheduling.files import (
    CRON,
    MARK,
    NAME,
    PROBE_SERVICE,
    PROBE_TIMER,
    SERVICE,
    TIMER,
    WATCH_SERVICE,
    Schedule,
    cron,
    read_settings,
    units,
)

_SECONDS = 120


@dataclass(frozen=True)
class WriteFile:
    """A file that is written, for all to read and for root to change."""

    path: str
    text: str

    def lines(self) -> Iterator[str]:
        """As it is shown."""
        yield f"# {self.path}"
        yield from self.text.splitlines()
        yield ""

    def do(self) -> None:
        """Write it, whole or not at all. Raises OSError."""
        place = Path(self.path)
        beside = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        with os.fdopen(descriptor, "w") as file:
            os.fchmod(descriptor, 0o644)
            file.write(self.text)
        beside.replace(place)


@dataclass(frozen=True)
class RunCommand:
    """A command that is run as root."""

    argv: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """As it is shown."""
        yield f"# {shlex.join(self.argv)}"

    def do(self) -> None:
        """Run it. Raises OSError, and `UserError` with what it says where it fails."""
        done = subprocess.run(
            self.argv, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
        if done.returncode:
            said = (done.stderr or done.stdout).strip()
            raise UserError(f"{shlex.join(self.argv)} ended with exit code {done.returncode}: {said}")


@dataclass(frozen=True)
class DeleteFile:
    """A file of ours that is removed."""

    path: str

    def lines(self) -> Iterator[str]:
        """As it is shown."""
        yield f"# rm {self.path}"

    def do(self) -> None:
        """Remove it. Raises OSError."""
        Path(self.path).unlink()


InstallStep = WriteFile | RunCommand | DeleteFile


def has_systemd() -> bool:
    """Whether this machine was started by systemd: sd_booted(3)."""
    return Path("/run/systemd/system").is_dir()


def written(schedule: Schedule, systemd: bool) -> dict[str, str]:
    """Path -> text of the files of a schedule on this machine."""
    return units(schedule) if systemd else cron(schedule, _machine())


def all_steps(schedule: Schedule, systemd: bool) -> tuple[InstallStep, ...]:
    """What an install does where nothing is there yet."""
    files = [WriteFile(path, text) for path, text in written(schedule, systemd).items()]
    return (*_account(schedule), *_key(schedule), *files, *_enable([one.path for one in files]))


def missing_steps(schedule: Schedule, systemd: bool) -> tuple[InstallStep, ...]:
    """What of that is still to be done. Raises `UserError` for files that are somebody else's."""
    files = written(schedule, systemd)
    _ours([*files])
    there = _has_account(schedule.account)
    steps: list[InstallStep] = [] if there else [*_account(schedule)]
    if not there or not Path(schedule.home, ".ssh/id_ed25519").exists():
        steps += _key(schedule)
    changed = [WriteFile(path, text) for path, text in files.items() if _text(path) != text]
    steps += [*changed, *_away([path for path in _all() if path not in files and _text(path).startswith(MARK)])]
    if changed or (systemd and not _enabled(files)):
        steps += _enable([*files])
    return tuple(steps)


def removing_steps() -> tuple[InstallStep, ...]:
    """What takes the schedule away. The account stays, with its key and its history. Raises `UserError`."""
    there = [path for path in _all() if _text(path)]
    _ours(there)
    return tuple(_away(there))


def _all() -> tuple[str, ...]:
    """All files that a schedule may have."""
    return SERVICE, TIMER, PROBE_SERVICE, PROBE_TIMER, WATCH_SERVICE, CRON


def _started() -> tuple[str, ...]:
    """The units that are enabled: the others are started by these."""
    return TIMER, PROBE_TIMER, WATCH_SERVICE


def _away(paths: Sequence[str]) -> Iterator[InstallStep]:
    """What stops units of ours, and removes the files."""
    for path in paths:
        if path in _started():
            unit = Path(path).name
            yield RunCommand(("systemctl", "disable", "--now", "--quiet", unit))
            if path != WATCH_SERVICE:
                yield RunCommand(("systemctl", "clean", "--what=state", unit))
    yield from (DeleteFile(path) for path in paths)
    if any(path != CRON for path in paths):
        yield RunCommand(("systemctl", "daemon-reload"))


def installed() -> tuple[Schedule, bool] | None:
    """The schedule that is installed, and whether it is one of systemd; None where there is none."""
    for path, systemd in ((SERVICE, True), (CRON, False)):
        found = read_settings(_text(path))
        if found is not None:
            return found, systemd
    return None


def carry_out(steps: Iterable[InstallStep]) -> None:
    """Do the steps, in their order. Raises `UserError` for one that cannot be done; those before it stay done."""
    for step in steps:
        try:
            step.do()
        except subprocess.TimeoutExpired:
            raise UserError(f"{next(step.lines())[2:]}: not done within {_SECONDS} seconds") from None
        except OSError as error:
            raise UserError(f"{error.filename or next(step.lines())[2:]}: {error.strerror}") from None


def public_key(schedule: Schedule) -> str:
    """The account's public key, as it goes to the mail hosts; a word for it where there is none yet."""
    return _text(f"{schedule.home}/.ssh/id_ed25519.pub").strip() or f"ssh-ed25519 … {schedule.account}"


def _account(schedule: Schedule) -> Iterator[InstallStep]:
    made = ("useradd", "--system", "--create-home", "--home-dir", schedule.home, "--shell", "/bin/false")
    yield RunCommand((*made, schedule.account))
    yield RunCommand(("chmod", "700", schedule.home))


def _key(schedule: Schedule) -> Iterator[InstallStep]:
    ours = ("runuser", "-u", schedule.account, "--")
    yield RunCommand((*ours, "mkdir", "-p", "-m", "700", f"{schedule.home}/.ssh"))
    yield RunCommand((*ours, "ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{schedule.home}/.ssh/id_ed25519"))


def _enable(paths: Sequence[str]) -> Iterator[InstallStep]:
    """What starts the units among some files, now and at boot. A watch is begun anew, since its words may be others."""
    if SERVICE not in paths:
        return
    yield RunCommand(("systemctl", "daemon-reload"))
    for path in (one for one in _started() if one in paths):
        yield RunCommand(("systemctl", "enable", "--now", "--quiet", Path(path).name))
    if WATCH_SERVICE in paths:
        yield RunCommand(("systemctl", "restart", Path(WATCH_SERVICE).name))


def _enabled(paths: Iterable[str]) -> bool:
    named = [Path(path).name for path in _started() if path in paths]
    asked = [("systemctl", word, "--quiet", name) for name in named for word in ("is-enabled", "is-active")]
    return all(subprocess.run(one, timeout=_SECONDS, check=False, capture_output=True).returncode == 0 for one in asked)


def _has_account(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True


def _ours(paths: Iterable[str]) -> None:
    for path in paths:
        text = _text(path)
        if text and not text.startswith(MARK):
            raise UserError(f"{path} was not written by `baseline schedule`: move it away, or keep to it")


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _machine() -> str:
    return _text("/etc/machine-id").strip() or _text("/etc/hostname").strip() or NAME
