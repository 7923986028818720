"""One scenario, and the damage that several groups do alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from baseline.model import Target

DROP_IN = "/etc/dovecot/conf.d/99-baseline.conf"
LOCAL = "printf '%b\\n' '{lines}' >/etc/dovecot/local.conf"
"""Dovecot reads local.conf last, so it overrules the drop-in; an apply cannot mend that."""
RELOAD = (
    "systemctl reload postfix && sleep 1 && for i in $(seq 50); do pgrep -x smtpd >/dev/null || break; sleep 0.2; done"
)
"""A smtpd that is idle lives on with what it had read until it has seen that it shall go."""
NO_POSTMASTER = (
    "cp -a /etc/postfix/vmailbox /root/ && sed -i /^postmaster/d /etc/postfix/vmailbox && "
    f"postmap /etc/postfix/vmailbox && {RELOAD}"
)
POSTMASTER_BACK = f"mv /root/vmailbox /etc/postfix/ && postmap /etc/postfix/vmailbox && {RELOAD}"
NO_LOCAL = "rm -f /etc/dovecot/local.conf"


@dataclass(frozen=True)
class Scenario:
    """One change of an applied host.

    `name` begins with the outcome: fail, warn, unknown, pass or nothing (conforms by other means than ours). `also` are
    controls that speak of the very same fact, with their outcomes; `*` with `unknown` lets others be unknown, with
    `any` lets them be anything. `mend` puts the host back where an apply cannot; it runs before the apply that
    follows every scenario. One that is `recorded_only` is recorded and then judged from its answers alone. `told` makes
    the inventory say otherwise of the host, or of its site; such a one is recorded only. `release` is that of the host
    that it is recorded from, and `shipped` means that nothing has been applied to that one yet.
    """

    control: str
    name: str
    damage: str
    mend: str = "true"
    also: tuple[tuple[str, str], ...] = ()
    recorded_only: bool = False
    told: Callable[[Target], Target] | None = None
    release: str = "bookworm"
    shipped: bool = False

    @property
    def outcome(self) -> str:
        """The outcome that the check must find."""
        word = self.name.partition("-")[0]
        return "pass" if word == "nothing" else word


def local(control: str, name: str, lines: str, *also: tuple[str, str]) -> Scenario:
    """A scenario in which the site's local.conf says otherwise."""
    return Scenario(control, name, LOCAL.format(lines=lines), mend=NO_LOCAL, also=also)


def away(control: str, name: str, path: str) -> Scenario:
    """A scenario in which a program is missing; other controls that ask the same program cannot tell either."""
    return Scenario(
        control,
        name,
        f"mv {path} /root/away",
        mend=f"mv /root/away {path}",
        also=(("*", "unknown"),),
    )


def seen(scenario: Scenario) -> Scenario:
    """Recorded once, and judged from its answers alone ever after."""
    return replace(scenario, recorded_only=True)


def only_recorded(control: str, name: str, damage: str, mend: str = "true") -> Scenario:
    """A property that is recorded once, and then judged from the answers."""
    return Scenario(control, name, damage, mend=mend, recorded_only=True)
