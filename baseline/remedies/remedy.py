"""What would make a control pass, as data, with what it means for the site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from baseline.classes import dataclass

if TYPE_CHECKING:
    from baseline.edits import Edit
    from baseline.model import Action

Duty = Literal["filters", "scans", "signs", "greylists", "guards", "bans"]
"""What a site may have done by a program of its own choice: spam filtered, viruses looked for, mail signed, strangers
put off, ports shut, guessers shut out, senders slowed down."""


@dataclass(frozen=True)
class Displacing:
    """Something of the site's own that a remedy takes the effect from: its name, and what becomes of it.

    `rule` is the setting of Dovecot that holds it, from which its place is found.
    """

    what: str
    effect: str
    rule: str = ""


@dataclass(frozen=True)
class Effects:
    """What the remedies of a kind mean for a site, in words for people.

    `displaces` says what of the site's own they may displace, or `nothing because` and why. `notice` is what users
    will notice; it holds whatever the plan is, or the remedy says better (`noticed`).
    """

    displaces: str
    notice: str


@dataclass(frozen=True)
class Remedy:
    """Data that would make a control pass: nothing here has been done to any host.

    `packages` have to be there, and are installed where they are not; `upgrades` are there, and too old. `reloads` are
    systemd units, reloaded once at the end however many controls name them. A remedy that only carries `advice` is for
    a person.

    `displaces` is what of the site's own it takes the effect from; `begins` are jobs that it has done from now on,
    which the site may have done by something else; `jails` are those of fail2ban that it writes. `noticed` is what
    users will notice of this remedy; empty for what its kind says.
    """

    edits: tuple[Edit, ...] = ()
    actions: tuple[Action, ...] = ()
    packages: tuple[str, ...] = ()
    upgrades: tuple[str, ...] = ()
    reloads: tuple[str, ...] = ()
    advice: str = ""
    displaces: tuple[Displacing, ...] = ()
    begins: tuple[Duty, ...] = ()
    jails: tuple[str, ...] = ()
    noticed: str = ""
