"""The files of a schedule, as they are written: units of systemd, or lines for cron. Pure."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from baseline.classes import dataclass
from baseline.errors import UserError
from baseline.scheduling.timing import Timing, as_option

NAME = "mail-baseline"
"""The account, and how the names of all files begin."""

MARK = "# Written by `baseline schedule`. Change it by that command: what is changed here is lost."
"""The first line of every file. One that has another is somebody else's, and is left alone."""

SERVICE = f"/etc/systemd/system/{NAME}-check.service"
TIMER = f"/etc/systemd/system/{NAME}-check.timer"
PROBE_SERVICE = f"/etc/systemd/system/{NAME}-probe.service"
PROBE_TIMER = f"/etc/systemd/system/{NAME}-probe.timer"
WATCH_SERVICE = f"/etc/systemd/system/{NAME}-watch.service"
CRON = f"/etc/cron.d/{NAME}"

_SETTINGS = "# schedule: "
_PLAIN = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")


@dataclass(frozen=True)
class Schedule:
    """What is scheduled. `argv` are the words of the check, without `--every`; `home` is that of the `account`.

    `writes` are directories outside of it that the check writes to. `alerts` and `history` are as the check is given
    them, empty for none; `baseline` as it names it. `limit` is how many seconds a check may take at most. `probe` are
    the words of the tests that are made once a day, an hour before the first check, and `watch` of those that are made
    all the time; empty for none.
    """

    argv: tuple[str, ...]
    timing: Timing
    account: str
    home: str
    baseline: str
    alerts: str = ""
    history: str = ""
    writes: tuple[str, ...] = ()
    limit: int = 0
    probe: tuple[str, ...] = ()
    watch: tuple[str, ...] = ()

    @property
    def probing(self) -> Timing:
        """When the tests of every day are made."""
        return Timing(((self.timing.minutes[0] - 60) % (24 * 60),), self.timing.splay)

    @property
    def words(self) -> tuple[str, ...]:
        """The words of the scheduled check."""
        return (*self.argv, "--every", as_option(self.timing.every))

    def settings(self) -> str:
        """All of it on one line, as `read_settings` reads it again."""
        return _SETTINGS + json.dumps(asdict(self))


def read_settings(text: str) -> Schedule | None:
    """The schedule that a file was written for; None for a file that is not ours."""
    if not text.startswith(MARK):
        return None
    for line in text.splitlines():
        if line.startswith(_SETTINGS):
            try:
                told: dict[str, Any] = json.loads(line.removeprefix(_SETTINGS))
                when = told.pop("timing")
                made = Timing(tuple(when["minutes"]), when["splay"], when["weekly"])
                listed: dict[str, Any] = {name: tuple(told.pop(name, ())) for name in ("writes", "probe", "watch")}
                return Schedule(tuple(told.pop("argv")), made, **listed, **told)
            except (ValueError, KeyError, TypeError):
                return None
    return None


def units(schedule: Schedule) -> dict[str, str]:
    """Path -> text of the units of systemd."""
    once = f"Type=oneshot\nTimeoutStartSec={schedule.limit + _MORE_SECONDS}"
    what = "Check the mail hosts against the baseline"
    made = {
        SERVICE: _service(schedule, schedule.words, what, once, settings=f"{schedule.settings()}\n"),
        TIMER: _timer(schedule.timing, what),
    }
    if schedule.probe:
        daily = f"Type=oneshot\nTimeoutStartSec={_PROBE_SECONDS}\nSuccessExitStatus=1 3"
        made[PROBE_SERVICE] = _service(schedule, schedule.probe, _PROBES, daily)
        made[PROBE_TIMER] = _timer(schedule.probing, _PROBES)
    if schedule.watch:
        made[WATCH_SERVICE] = _service(schedule, schedule.watch, _WATCHES, _ALWAYS, install=_AT_BOOT)
    return made


def cron(schedule: Schedule, machine: str) -> dict[str, str]:
    """Path -> text of the lines for cron. `machine` is what tells this machine from others."""
    words = " ".join(shlex.quote(_sane(word)) for word in schedule.words).replace("%", r"\%")
    sleep = schedule.timing.sleep(machine)
    command = f"sleep {sleep}; {words} 2>&1 | logger -t {NAME}-check"
    lines = [f"{when} {schedule.account} {command}" for when in schedule.timing.cron()]
    if schedule.probe:
        words = " ".join(shlex.quote(_sane(word)) for word in schedule.probe).replace("%", r"\%")
        command = f"sleep {sleep}; {words} 2>&1 | logger -t {NAME}-probe"
        lines += [f"{when} {schedule.account} {command}" for when in schedule.probing.cron()]
    head = [MARK, schedule.settings(), "SHELL=/bin/sh", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", 'MAILTO=""']
    return {CRON: "\n".join([*head, *lines]) + "\n"}


_SERVICE = """\
{mark}
{settings}[Unit]
Description={what}
Wants=network-online.target
After=network-online.target

[Service]
{kind}
User={account}
UMask=0077
ExecStart={command}
NoNewPrivileges=yes
CapabilityBoundingSet=
ProtectSystem=strict
ProtectHome={homes}
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectKernelLogs=yes
ProtectControlGroups=yes
ProtectClock=yes
ProtectHostname=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK
RestrictNamespaces=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
LockPersonality=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
{writes}{install}"""

_TIMER = """\
{mark}
[Unit]
Description={what}, {words}

[Timer]
{calendar}
RandomizedDelaySec={splay}
FixedRandomDelay=true
Persistent=true

[Install]
WantedBy=timers.target
"""

_MORE_SECONDS = 600
"""What a check may take beyond its deadline, for its report and its alerts, until systemd ends it."""

_PROBES = "Test access to the mail system, and delivery from outside and back"
_WATCHES = "Watch the mail system"
_PROBE_SECONDS = 6 * 3600
"""What a delivery may take at most, with greylisting waited out both ways."""

_ALWAYS = """\
Type=exec
Restart=always
RestartSec=15
KillSignal=SIGINT
TimeoutStopSec=300"""
_AT_BOOT = "\n[Install]\nWantedBy=multi-user.target\n"


def _service(
    schedule: Schedule, words: Sequence[str], what: str, kind: str, *, settings: str = "", install: str = ""
) -> str:
    places = (schedule.home, *schedule.writes)
    named = " ".join((*words, *places))
    return _SERVICE.format(
        mark=MARK,
        settings=settings,
        what=what,
        kind=kind,
        install=install,
        account=schedule.account,
        command=" ".join(map(_unit_word, words)),
        homes="read-only" if re.search(r"(^| )/(home|root|run/user)/", named) else "yes",
        writes="".join(f"ReadWritePaths={_unit_word(place)}\n" for place in dict.fromkeys(places)),
    )


def _timer(when: Timing, what: str) -> str:
    calendar = "\n".join(f"OnCalendar={one}" for one in when.calendar())
    return _TIMER.format(mark=MARK, what=what, words=when.words, calendar=calendar, splay=when.splay)


def _unit_word(word: str) -> str:
    """A word as systemd.syntax(7) quotes it: no specifier and no variable is read in it."""
    word = _sane(word)
    plain = word if _PLAIN.fullmatch(word) else '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return plain.replace("%", "%%").replace("$", "$$")


def _sane(word: str) -> str:
    if not word.isprintable():
        raise UserError(f"{word!r} holds what cannot stand in a unit or a crontab: give another name")
    return word


def host_lines(schedule: Schedule, key: str) -> Sequence[str]:
    """What a person does on each mail host, once. `key` is the line of the account's public key."""
    name, home = NAME, f"/var/lib/{NAME}"
    return (
        "On each mail host, as root, once:",
        f"  useradd --system --create-home --home-dir {home} --shell /bin/sh {name}",
        f"  install -d -m 755 {home}/.ssh",
        f"  {home}/.ssh/authorized_keys holds, with the address that this machine comes from:",
        f'    from="ADDRESS",restrict {key}',
        f"  /etc/sudoers.d/{name}, mode 440, holds:",
        f"    {name} ALL=(root) NOPASSWD: ALL",
        f"Here, {schedule.home}/.ssh/known_hosts holds the keys of the mail hosts: `ssh-keyscan`, then compare.",
    )
