"""Hosts of the inventory, their accounts, and what they answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from baseline.classes import dataclass
from baseline.secret import Secret

if TYPE_CHECKING:
    from baseline.model.evidence import Evidence
    from baseline.model.quotas import QuotaReport

ROLES = ("mta", "mailstore", "antispam", "dns", "firewall")
"""What a host can be for."""

HOST_STATE = "/var/lib/baseline"
"""Where a host keeps what was applied to it: the manifest, and the journals. Readable by root only."""


@dataclass(frozen=True)
class Account:
    """One line of the roster; `created` and `trained` are ISO dates, or empty when not recorded."""

    address: str
    mailbox_class: str = "standard"
    created: str = ""
    trained: str = ""

    @property
    def unlimited(self) -> bool:
        """Whether the mandate suggests no limit for this account (clause f.i)."""
        return self.mailbox_class == "top_management"


@dataclass(frozen=True)
class SeenAccounts:
    """The accounts that the mailstores of a site had when they were last asked, by their logins, in lower case.

    `since` is when the first of these answers came. `lacking` are mailstores that told nothing, or not of all.
    """

    logins: frozenset[str]
    since: datetime
    lacking: tuple[str, ...] = ()


About = Literal["host", "domain", "site"]
"""What a control speaks of: each host, each mail domain, or the site as a whole."""


@dataclass(frozen=True)
class Subject:
    """A mail domain or a site: what findings can be about besides hosts."""

    about: About
    name: str


@dataclass(frozen=True)
class Peer:
    """A host of the inventory as others see it; `outbound` are the addresses it sends mail from.

    `fqdn` is its full name in the DNS, empty where the inventory gives none: what records name it by.
    """

    name: str
    address: str
    roles: frozenset[str] = frozenset()
    domains: tuple[str, ...] = ()
    outbound: tuple[str, ...] = ()
    fqdn: str = ""


Shell = Literal["sh", "powershell"]
"""The language that a host is asked in: POSIX sh, or PowerShell on the Windows hosts that Exchange runs on."""


@dataclass(frozen=True)
class Target:
    """A host of the inventory, with all that is needed to reach it and to render for it.

    `fqdn` is its full name in the DNS, in lower case, empty where the inventory gives none. `roster` and `register` are
    None when the inventory names none. `outbound` are the addresses it sends mail from. `peers` are the hosts that
    share a domain with it, itself included. `speaks_for` are the domains that are looked at through this host: the
    first of role dns that has them. A control about a domain or site finds it in `subject`. A target without an address
    is no host: it stands for a domain or a site that no host speaks for. A host with a `quota_report` is not connected
    to: the report, which somebody brought from it, is what it says; `quota_reference` is an earlier one. Nor is one
    that is `outside_only`: it is judged by what shows from outside, and nothing is planned for it.
    `admin_sources` are the networks that it is administered from (none: not said). `public_ports` are ports, as in
    `443/tcp`, that it serves to everybody besides those of its roles; `closed_ports` are those of its roles that it
    does not serve; `peer_ports` are ports that it serves to certain networks only, each with these. `history` is the
    file or URL where runs over it are kept, empty for the usual place; `alerts` is the file that says who is told
    of what; `allowed_signers` the file of those who may sign. `unproven` are sentences about measurements of its site
    that prove nothing, such as altered ones; `seen_accounts` are those that the site's hosts had, where a kept run
    tells. `become_password` is what its sudo asks for, if it does, and `passphrases` are those of key files. `jump`
    are the jump hosts on the way to it, `user@host:port` with commas between several, and `jump_keys` the key file of
    each, empty for that of the host; `jump_aliases` are what known_hosts calls them, and `jump_known_hosts` the files
    that they are looked up in, where they have their own. `other_key_files` are tried after `key_file`, and
    `host_key_alias` is what known_hosts calls it. `set_at` tells file, line and column of each of its `vars`, and under
    "" those of the host itself."""

    name: str
    address: str
    port: int = 22
    user: str | None = None
    key_file: str | None = None
    become: bool = False
    become_password: Secret | None = field(default=None, compare=False, repr=False)
    passphrases: Mapping[str, Secret] = field(default_factory=dict, compare=False, repr=False)
    known_hosts: tuple[str, ...] = ()
    jump: str | None = None
    jump_keys: tuple[str, ...] = ()
    jump_aliases: tuple[str, ...] = ()
    jump_known_hosts: tuple[tuple[str, ...], ...] = ()
    other_key_files: tuple[str, ...] = ()
    host_key_alias: str = ""
    roles: frozenset[str] = frozenset()
    groups: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    resolvers: tuple[str, ...] = ()
    admin_sources: tuple[str, ...] = ()
    public_ports: tuple[str, ...] = ()
    closed_ports: tuple[str, ...] = ()
    peer_ports: tuple[tuple[str, tuple[str, ...]], ...] = ()
    roster: tuple[Account, ...] | None = None
    register: tuple[Evidence, ...] | None = None
    site: str = ""
    outbound: tuple[str, ...] = ()
    peers: tuple[Peer, ...] = ()
    speaks_for: tuple[Subject, ...] = ()
    subject: str = ""
    fqdn: str = ""
    shell: Shell = "sh"
    outside_only: bool = False
    quota_report: QuotaReport | None = None
    quota_reference: QuotaReport | None = None
    history: str = ""
    alerts: str = ""
    allowed_signers: str = ""
    unproven: tuple[str, ...] = ()
    seen_accounts: SeenAccounts | None = field(default=None, compare=False, repr=False)
    vars: Mapping[str, Any] = field(default_factory=dict)
    set_at: Mapping[str, tuple[str, int, int]] = field(default_factory=dict, compare=False, repr=False)

    @property
    def is_host(self) -> bool:
        """Whether it is a host at all, and not a domain or a site that no host speaks for."""
        return bool(self.address)


TOO_MUCH = 153
"""The exit code of an answer that is too large, which is that of a command whose output is cut off (SIGXFSZ)."""


@dataclass(frozen=True)
class Answer:
    """The raw reply of a host to one command."""

    rc: int
    stdout: bytes = b""
    stderr: bytes = b""
