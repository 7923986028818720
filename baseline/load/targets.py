"""A host's variables as a `Target`: what it is for, and what templates may ask. See `connecting` for how it is reached.

Templates in inventory values are not evaluated. They pass as text, except in what this package itself acts on,
where they are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from baseline.formats import names
from baseline.late import regex
from baseline.load.connecting import SECRET, SUDO, become_password_of, shell_of, way_to
from baseline.load.spelling import misspelt
from baseline.load.tree import Leaf, Position, Tree, nearest, plain, short
from baseline.load.variables import OLDER, PORTS, HostVariables, own_address
from baseline.load.vaults import OPENED_BY
from baseline.model import ROLES, Target
from baseline.subjects import SITE

if TYPE_CHECKING:
    from baseline.load.reading import Reading
    from baseline.model import Account, Evidence
    from baseline.model.quotas import QuotaReport

_LISTS = ("roles", "domains", "resolvers", "outbound", "certificate_authorities", "admin_sources", *PORTS)
WAIVER_DAYS = ("waiver_notice_days", "waiver_longest_days")
_OURS = (
    *_LISTS,
    "roster",
    "register",
    "allowed_signers",
    "require_signatures",
    "exchange_report",
    "exchange_reference",
    "outside_only",
    "fqdn",
    "peer_ports",
    "private_addresses",
    "site",
    "history",
    "alerts",
    "waivers",
    *WAIVER_DAYS,
    *OLDER,
    "ansible_become",
    "ansible_connection",
    "ansible_shell_type",
)
"""The variables that mean something here: what a misspelt one is measured by."""

_DOMAIN = regex(r"(?!-)[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?")


def target_of(name: str, place: Position, groups: list[str], variables: Mapping[str, Tree], reading: Reading) -> Target:
    """The target of a host that is named at a place. It is not to be used when there are mistakes in `reading`."""
    written = HostVariables(name, Path(place.file).parent, variables, reading)
    host = _Host(written, reading)
    way = way_to(name, written, reading.ssh_config)
    host.check_spelling()
    host.note_waivers()
    outbound = tuple(written.addresses("outbound", "outbound address"))
    return Target(
        name=name,
        address=way.address,
        port=way.port,
        user=way.user,
        key_file=way.key_file,
        become=written.truth("ansible_become"),
        become_password=become_password_of(written),
        known_hosts=way.known_hosts,
        jump=way.jump,
        jump_keys=way.jump_keys,
        jump_aliases=way.jump_aliases,
        jump_known_hosts=way.jump_known_hosts,
        other_key_files=way.other_key_files,
        host_key_alias=way.host_key_alias,
        roles=frozenset(host.roles()),
        fqdn=host.fqdn(name),
        groups=tuple(groups),
        domains=tuple(host.domains()),
        resolvers=tuple(written.addresses("resolvers", "resolver")),
        outbound=outbound or (own_address(way.address) if way.direct else ()),
        admin_sources=tuple(host.admin_sources()),
        public_ports=tuple(written.ports("public_ports")),
        closed_ports=tuple(written.ports("closed_ports")),
        peer_ports=tuple(written.peer_ports("peer_ports")),
        roster=host.roster(),
        register=host.register(),
        site=written.text("site") or "",
        shell=shell_of(written),
        outside_only=written.truth("outside_only"),
        quota_report=host.quota_report("exchange_report"),
        quota_reference=host.quota_report("exchange_reference"),
        history=host.history(),
        alerts=host.alerts(),
        allowed_signers=host.allowed_signers(),
        vars=host.kept(),
        set_at={
            "": (place.file, place.line, place.column),
            **{name: (tree.place.file, tree.place.line, tree.place.column) for name, tree in variables.items()},
        },
    )


class _Host:
    """What the variables of a host say that are this package's own."""

    def __init__(self, written: HostVariables, reading: Reading) -> None:
        self._written = written
        self._reading = reading

    def roles(self) -> Iterator[str]:
        """Roles that are known."""
        for role, place in self._written.words("roles"):
            if role not in ROLES:
                self._written.wrong(place, f"there is no role {short(role)}: {nearest(role, ROLES)}")
            yield role

    def domains(self) -> Iterator[str]:
        """Mail domains, in lower case."""
        for domain, place in self._written.words("domains"):
            if not _DOMAIN.fullmatch(domain) or len(domain) > 253:
                self._written.wrong(place, f"{short(domain)} is not a domain")
            yield domain.lower().rstrip(".")

    def fqdn(self, name: str) -> str:
        """The host's full name in the DNS: as given, else its name in the inventory, else the one it is reached by."""
        given = self._written.text("fqdn")
        if given is not None and not names.is_full(given):
            place = self._written.place("fqdn")
            self._written.wrong(place, f"`fqdn`: {short(given)} is no full name, such as mx1.agensi.example.my")
        known = (one for one in (given, name, self._written.text("ansible_host")) if one and names.is_full(one))
        return names.bare(next(known, ""))

    def admin_sources(self) -> Iterator[str]:
        """Networks, or single addresses, that the host is administered from."""
        return self._written.networks(self._written.words("admin_sources"), "administrators' source")

    def roster(self) -> tuple[Account, ...] | None:
        """The accounts of the roster; None when no roster is named."""
        path = self._written.path("roster")
        return None if path is None else self._reading.roster(path)

    def register(self) -> tuple[Evidence, ...] | None:
        """The records of the register of evidence; None when no register is named."""
        path = self._written.path("register")
        if path is None:
            return None
        signers, required = self._written.path("allowed_signers"), self._written.truth("require_signatures")
        if required and signers is None:
            place = self._written.place("require_signatures")
            self._written.wrong(
                place, "`require_signatures` wants a file of those who may sign: name `allowed_signers`"
            )
        asked = None
        if signers is not None:
            from baseline.load.signed import SignersNamed

            asked = SignersNamed(signers, self._written.place("allowed_signers"), required)
        return self._reading.register(path, self._written.text("site") or SITE, asked)

    def quota_report(self, name: str) -> QuotaReport | None:
        """A report of Exchange's quotas; None when no file is named."""
        path = self._written.path(name)
        return None if path is None else self._reading.quota_report(path)

    def history(self) -> str:
        """Where runs are kept: a URL, or a path, relative to the file that names it. Empty when none is named."""
        text, path = self._written.text("history"), self._written.path("history")
        return "" if text is None or path is None else text if "://" in text else str(path.absolute())

    def alerts(self) -> str:
        """The file that says who is told of what: a path, relative to the file that names it. Empty for none."""
        path = self._written.path("alerts")
        return "" if path is None else str(path.absolute())

    def allowed_signers(self) -> str:
        """The file of those who may sign: a path, relative to the file that names it. Empty for none."""
        path = self._written.path("allowed_signers")
        return "" if path is None else str(path.absolute())

    def note_waivers(self) -> None:
        """The file of waivers that the host names, and how long these may be."""
        path = self._written.path("waivers")
        if path is not None:
            self._reading.waivers[path.absolute()] = None
        for name in WAIVER_DAYS:
            text = self._written.text(name)
            if text is not None and not re.fullmatch(r"[0-9]{1,4}", text):
                self._written.wrong(self._written.place(name), f"`{name}`: {short(text)} is no number of days")
            elif text is not None:
                self._reading.waiver_days.setdefault(name, set()).add(int(text))

    def check_spelling(self) -> None:
        """HostVariables that were most likely meant to be of ours, or of those of Ansible's that are followed."""
        written = self._written.written
        for name, meant in misspelt(written, _OURS):
            self._reading.misspelt.add(written[name].place, f"`{name}` means nothing here: did you mean `{meant}`?")

    def kept(self) -> dict[str, Any]:
        """The variables that templates see: all but secrets, which would end in output. Lists of ours are lists."""
        kept = {}
        for name, tree in self._written.written.items():
            if name in SUDO:
                continue
            if SECRET.fullmatch(name):
                self._written.note(
                    tree.place, f"`{name}` is left out: this package logs in with keys and keeps no passwords"
                )
            elif isinstance(tree, Leaf) and tree.tag == "!vault":
                self._written.note(tree.place, f"`{name}` is left out: it is encrypted, and {OPENED_BY}")
            elif name in _LISTS:
                kept[name] = [word for word, _ in self._written.words(name)]
            else:
                kept[name] = plain(tree)
        return kept
