"""What is known of a program: the columns of the table, each read by somebody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Literal

from baseline.classes import dataclass

if TYPE_CHECKING:
    from baseline.model.probes import Starttls

Speaks = Literal["smtp", "imap", "pop3", "sieve", "dns", "ssh"]


@dataclass(frozen=True)
class Daemon:
    """A unit of systemd that a program is started by.

    `processes` are the units that the daemon may really run in, best first: which of them a host has differs from one
    release to the next. `optional`: a role does without. `careful`: its start can shut an administrator out, so only
    the controls of the firewall start it, with its rules. `aliases` are other names of the unit.
    """

    unit: str
    processes: tuple[str, ...] = ()
    optional: bool = False
    careful: bool = False
    aliases: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """All names of the unit, and those of the units that it may run in, each once."""
        return tuple(dict.fromkeys((self.unit, *self.aliases, *self.processes)))


@dataclass(frozen=True)
class ServedPort:
    """A port that everybody may reach, by its name at IANA. `tls`: from the first byte on. `udp`: beside TCP."""

    number: int
    name: str
    speaks: Speaks
    tls: bool = False
    udp: bool = False

    @property
    def starttls(self) -> Starttls:
        """How TLS is begun on it; empty where it is spoken from the first byte on, or not at all."""
        if self.tls or self.speaks == "dns" or self.speaks == "ssh":
            return ""
        return self.speaks


@dataclass(frozen=True)
class ConfigTree:
    """A file or directory of configuration, and the program's own checker.

    `checker` is shell that runs with TREE set to a copy of `root` that has new files in it, before they are in place.
    """

    root: str
    checker: str


@dataclass(frozen=True)
class Renewal:
    """Whether a program has taken up its files is seen from a process that it starts anew with each reload.

    `process` and `parent` are names as in /proc/PID/comm, and `process` may be the name of several. `seconds`: how
    long they may take, where systemd does not tell what became of a reload; None where it does. `stubborn`: what the
    program has refused once it refuses again, so that asking again only takes time. `pause`: seconds after which
    asking once more may help, besides those after which all are asked.
    """

    process: str
    parent: str
    seconds: int | None = None
    stubborn: bool = False
    pause: int | None = None


@dataclass(frozen=True)
class Watched:
    """The files that a program reads when it is reloaded: below `roots`, by the patterns `names`.

    `without` are names of directories that are left out. `includes`: also what the files include, as BIND's do.
    """

    roots: tuple[str, ...]
    names: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    includes: bool = False


@dataclass(frozen=True)
class Loading:
    """Whether the program would load what stands on disk at its next start.

    `checker` is shell that writes nothing; it ends with another code than 0, and says why, when the program refuses it.
    `tools` are the commands by which hosts are asked about the program's configuration, first that of the checker.
    `anew`: its daemons read the files for each connection, as smtpd does, so that what is refused does not run either.
    `running` are the words of systemd for a unit that runs.
    """

    checker: str
    tools: tuple[str, ...]
    anew: bool = False
    running: str = "running"


@dataclass(frozen=True)
class Temp:
    """`where` is shell that leaves in $d the directory of temporary files, and in $u who writes them.

    $u is empty where that is no one user. `optional`: a role does without the program, and `where` ends without it.
    """

    where: str
    optional: bool = False


@dataclass(frozen=True)
class Releases:
    """How a program tells which release of it is there.

    `asked` is shell that prints a line with the version in it, `package` what Debian calls it, whose version says the
    same where the program is Debian's own. `tried` are the beginnings of the versions that this package was tried with
    on real hosts. What another one prints may not be read, or mean something else.
    """

    asked: str = ""
    tried: tuple[str, ...] = ()
    package: str = ""


@dataclass(frozen=True)
class FailedLogins:
    """What a program writes of failed logins from a release on: `since`, the first numbers of its version.

    `journal` is what the journal says of these lines, besides the unit. `line` is such a line, where fail2ban as some
    release ships it does not know it; `known_by` is then the regular expression by which a jail knows it, in the words
    of fail2ban.
    """

    since: tuple[int, ...]
    journal: Mapping[str, frozenset[str]]
    line: str = ""
    known_by: str = ""


@dataclass(frozen=True)
class Jail:
    """The jail of fail2ban for a program: what it is to read, by release, and ports besides the program's own."""

    name: str
    failed: tuple[FailedLogins, ...]
    also: tuple[int, ...] = ()


@dataclass(frozen=True)
class Program:
    """One program that mail hosts run.

    Attributes:
        name: As people call it.
        role: The role whose hosts run it; empty for those that every host has.
        services: Its units.
        ports: What it serves.
        opened_by: Port -> the part of its configuration that opens it.
        trees: Its configuration.
        watched: The part of it that a reload reads. Of BIND, which has no `renewal`, `rndc` tells when that was.
        renewal: What proves a reload.
        reload: Shell that has a running unit take up its files, where systemd's reload of it leaves something undone.
        loading: What tells whether it would start with the files that it has.
        temp: Where its temporary files go.
        releases: How it tells its release, and those that were tried.
        jail: Where its failed logins are seen.
        packages: What has to be installed.
        writers: Its commands that leave files behind also when they are only to tell something, such as caches.
            Questions just name them; they find them in a view where nothing can be written (`baseline/view.sh`).
        waiters: Its commands that look names up whenever they start, and wait for name servers that are silent.
            Questions that name them run beside the others (`baseline/bundle.sh`).
    """

    name: str
    role: str = ""
    services: tuple[Daemon, ...] = ()
    ports: tuple[ServedPort, ...] = ()
    opened_by: Mapping[int, str] = field(default_factory=dict)
    trees: tuple[ConfigTree, ...] = ()
    watched: Watched | None = None
    renewal: Renewal | None = None
    reload: str = ""
    loading: Loading | None = None
    temp: Temp | None = None
    releases: Releases = Releases()
    jail: Jail | None = None
    packages: tuple[str, ...] = ()
    writers: tuple[str, ...] = ()
    waiters: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        """Its first unit, without `.service`: what an apply reloads. Its processes have the same name."""
        return self.units[0]

    @property
    def units(self) -> tuple[str, ...]:
        """Every name of its units, without `.service`."""
        return tuple(name.removesuffix(".service") for service in self.services for name in service.names)
