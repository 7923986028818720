"""What fail2ban 1.1 makes of the configuration of a fail2ban 1.0.

Seen on the packages themselves, 1.0.2-2 and 1.1.0-8: `fail2ban-client -d` of both, and the files that they ship.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from baseline.programs import FAIL2BAN
from baseline.readings.answers import text
from baseline.shell import script
from baseline.upgrading.items import Item, Prediction
from baseline.upgrading.sources import Sources, files_question

if TYPE_CHECKING:
    from testinfra.host import Host

VERSION = "fail2ban-client --version"
_SHIPPED = "/etc/fail2ban/jail.d/defaults-debian.conf"
_DUMP = "fail2ban-client -d 2>/dev/null"
_FILES = files_question("/etc/fail2ban/jail.local", "/etc/fail2ban/jail.d/*.conf", "/etc/fail2ban/jail.d/*.local")
_CHANGED = script("baseline.upgrading", "fail2ban_changed")
_OWN_FILTERS = (
    'for file in /etc/fail2ban/filter.d/*.conf /etc/fail2ban/filter.d/*.local; do [ -f "$file" ] || continue; '
    'dpkg-query -S "$file" >/dev/null 2>&1 || echo "$file"; done'
)
QUESTIONS = (_DUMP, _FILES, _CHANGED, _OWN_FILTERS)

FROM_JOURNAL = re.compile(
    r"sshd|dropbear|proftpd|pure-ftpd|wuftpd|postfix(?:-\w+)?|sendmail-\w+|dovecot|sieve|selinux-ssh"
)
"""Jails that take their backend from what paths-debian.conf says, which is `systemd` in 1.1."""

_ADDED = re.compile(r"^\['add', '([^']+)', '([^']+)'\]", re.M)


def items(host: Host) -> Iterator[Item]:
    """What becomes of this host's jails. Raises `CannotTell`."""
    dump, files, changed, filters = (host.run(question) for question in QUESTIONS)
    jails = dict(_ADDED.findall(text(dump)))
    sources = Sources.read(files)
    altered, of_own = set(text(changed).split()), text(filters).split()
    own = _own(sources)
    for jail, backend in jails.items():
        yield _backend(jail, backend, own, sources)
    if jails and not (own.get("default", "banaction") or _SHIPPED in altered):
        said = (
            "addresses are banned by nftables (table f2b-table) in place of iptables: a firewall that is loaded anew "
            "with `flush ruleset` takes the bans away, and rules of iptables that name chains f2b-* find none"
        )
        yield _item("banaction", "iptables-multiport", "", "changes", said, _kept())
    for path in sorted(altered - {_SHIPPED}):
        yield _item("", "", path, "unknown", "this file of the package was edited here: apt asks which one is to stay")
    for path in of_own:
        said = "whether a filter of your own finds its lines in the logs of the new release was not tried"
        yield _item("filter", "", path, "unknown", said)
    yield _item(
        "", "", "", "same", f"all jails ({len(jails)}) are there in 1.1 too, and what is not named here is as it is"
    )


def _item(setting: str, value: str, where: str, verdict: Prediction, meaning: str, instead: str = "") -> Item:
    return Item(FAIL2BAN.name, setting, value, where, verdict, meaning, instead)


class _Own:
    """What the files of this host say, over what the package ships. The last file wins."""

    def __init__(self, parser: configparser.RawConfigParser) -> None:
        self._parser = parser

    def get(self, section: str, name: str) -> str:
        defaults = self._parser.defaults()
        if section == "default":
            return defaults.get(name, "")
        return (
            self._parser.get(section, name, fallback="")
            if self._parser.has_section(section)
            else defaults.get(name, "")
        )


def _own(sources: Sources) -> _Own:
    parser = configparser.RawConfigParser(default_section="DEFAULT", strict=False, allow_no_value=True)
    for path, content in sorted(sources.texts.items(), key=lambda one: (one[0].endswith(".local"), one[0])):
        if path != _SHIPPED:
            parser.read_string(content, path)
    return _Own(parser)


def _backend(jail: str, backend: str, own: _Own, sources: Sources) -> Item:
    written = own.get(jail, "backend")
    setting, place = f"backend of {jail}", sources.first(rf"^\[{re.escape(jail)}\]")
    if not FROM_JOURNAL.fullmatch(jail):
        return _item(setting, backend, place, "same", "this jail reads where it read before")
    if written and "%(" not in written:
        return _item(setting, backend, place, "same", "your own backend stays in force")
    path = own.get(jail, "logpath")
    said = "the jail reads the journal in place of its log file"
    if path:
        said = f"{said}: {path}, which you name, is not read any more, and nobody that it tells of is banned"
        instead = (
            f"--- /dev/null\n+++ /etc/fail2ban/jail.d/{jail}-backend.local\n@@ -0,0 +1,2 @@\n+[{jail}]\n+backend = auto"
        )
        return _item(setting, backend, place, "breaks", said, instead)
    return _item(setting, backend, place, "changes", said)


def _kept() -> str:
    return (
        "--- /dev/null\n+++ /etc/fail2ban/jail.d/banaction.local\n@@ -0,0 +1,3 @@\n+[DEFAULT]\n"
        "+banaction = iptables-multiport\n+banaction_allports = iptables-allports"
    )
