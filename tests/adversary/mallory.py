"""Somebody with a login on a lab host, in every group that Debian's daemons run as, and in none that is root's."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.lab.real import RealHost

GROUPS = ("bind", "postfix", "postdrop", "dovecot", "_rspamd", "redis", "mail", "adm", "systemd-journal")


@dataclass(frozen=True)
class Mallory:
    """The attacker, whose account is made when it is first asked for."""

    host: RealHost

    def __post_init__(self) -> None:
        """Make the account, unless it is there."""
        self.host.root(f"id mallory >/dev/null 2>&1 || useradd -m -s /bin/sh -G {','.join(GROUPS)} mallory")

    def does(self, command: str) -> str:
        """A command of the attacker's, and its output."""
        return self.host.root(f"runuser -u mallory -- sh -c {shlex.quote(command)}")

    @contextmanager
    def keeps(self, command: str, name: str = "mallory") -> Iterator[None]:
        """A command that the attacker runs meanwhile, in the slice of users, as after a login."""
        words = f"systemd-run -q --unit={name} --slice=user.slice --uid=mallory -p KillMode=control-group"
        self.host.root(f"{words} sh -c {shlex.quote(command)}")
        try:
            yield
        finally:
            self.host.root(f"systemctl stop {name}.service; systemctl reset-failed {name}.service", fine=False)
