"""Who stops the senders of full mailboxes by rules of the site's own: judged by what its rules and scripts do.

A rule runs a service of Dovecot, the service a script, and the script writes a table that Postfix asks before it lets
a user send. Where that chain is there for a level, the site stops senders at it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from baseline.classes import dataclass
from baseline.formats.dovecot import parse_settings
from baseline.formats.restrictions import restriction_tokens
from baseline.model import Scalar
from baseline.model.looks import Parts
from baseline.readings.answers import ask, text
from baseline.readings.dialects.warnings import Rule, WarningRules, Warnings
from baseline.readings.quota_warnings import WARNER
from baseline.readings.smtpd_lists import Smtpd
from baseline.readings.smtpd_services import LISTS

if TYPE_CHECKING:
    from testinfra.host import Host

STOPPED_BY = "senders stopped by"
"""The key of a state that says by which table of its own a site stops senders."""

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_SCRIPT = re.compile(r"script (?:-\S+ )*(/[A-Za-z0-9._/-]+)(?: .*)?")
_ASKED = re.compile(r"check_(?:sasl|sender)_access ([a-z]+:(/[A-Za-z0-9._/-]+))")
_MOST = 65_536
"""Bytes of a script that are read."""


@dataclass(frozen=True)
class Stopping:
    """The levels, in percent, at which a site stops senders and frees them again, and the table that says whom."""

    stops: int
    frees: int | None
    table: str


def own_rules(warnings: Warnings, settings: Mapping[str, Scalar]) -> dict[str, Rule]:
    """Setting -> rule, for the rules of the site that Dovecot can read."""
    found = {}
    for key, value in settings.items():
        if warnings.is_name(key):
            with suppress(ValueError):
                rule = warnings.parse(str(value))
                if not rule.command.startswith(f"{WARNER} "):
                    found[key] = replace(rule, setting=key)
    return found


def stopping(host: Host, smtpd: Smtpd, warnings: Warnings, written: WarningRules, ours: str) -> Stopping | None:
    """How the site stops senders; None where it does not, or this package's own rules do. Raises `CannotTell`.

    `ours` is this package's table. Asks nothing where the site has no rules and no table of its own.
    """
    running = set(written.tried[0]).intersection(*written.tried)
    if any(f"{WARNER} block" in one for one in running):
        return None
    own = own_rules(warnings, written.every).values()
    rules = [rule for rule in own if rule.percent is not None and rule.text in running]
    tables = {table: path for table, path in _tables(smtpd) if table != ours} if rules else {}
    texts = _scripts(host, rules) if tables else {}
    for table, path in tables.items():
        mine = [rule for rule in rules if path in texts.get(rule.command.split()[0], "")]
        stops = [rule.percent for rule in mine if rule.percent and not rule.under]
        if stops and _readable(host, table):
            frees = [rule.percent for rule in mine if rule.percent and rule.under]
            return Stopping(max(stops), min(frees, default=None), table)
    return None


def by_own_means(own: Stopping, state: Parts) -> None:
    """Have a state say what a site's own mechanism comes to: its levels in place of ours, and nothing of ours."""
    for key in _without_ours(state):
        state[key] = "yes"
    state |= {"stops sending at": own.stops, "sending opens below": own.frees, STOPPED_BY: own.table}


def untold(state: Parts) -> None:
    """Have a state say nothing of what is no fault where the site stops senders itself, since nobody saw whether."""
    for key in (*_without_ours(state), "stops sending at", "sending opens below"):
        state.pop(key, None)


def _without_ours(state: Parts) -> list[str]:
    """Take out what is about this package's own mechanism. What is left is about the services that do not ask it."""
    ours = ("mail user", "warning service", "folder of the table", "table", "timer", "last run of the timer")
    for key in [key for key in state if key in ours or key.startswith("file ")]:
        del state[key]
    return [key for key, value in state.items() if key.startswith("stopped in ") and value == "no"]


def _scripts(host: Host, rules: Iterable[Rule]) -> dict[str, str]:
    """Service -> the text of the script that it runs."""
    services = sorted({word for rule in rules if _NAME.fullmatch(word := rule.command.split()[0])})
    declared = ask(host, *(f"doveconf service/{one}" for one in services))
    paths = {}
    for service, printed in zip(services, declared, strict=True):
        for one in parse_settings(text(printed)):
            match = _SCRIPT.fullmatch(one.value) if one.name == "executable" else None
            if match:
                paths[service] = match[1]
    contents = ask(host, *(f"head -c {_MOST} {path}" for path in paths.values()))
    # A script that is not there does nothing; one that was not to be read may do what is asked for.
    return {
        service: content.stdout_bytes.decode("utf-8", "replace") if content.rc == 1 else text(content)
        for service, content in zip(paths, contents, strict=True)
    }


def _tables(smtpd: Smtpd) -> Iterator[tuple[str, str]]:
    """Tables of logins or senders, each with its path, that stop a user wherever users log in."""
    services = [one for one in smtpd.services if smtpd.effective(one, "smtpd_sasl_auth_enable") == "yes"]
    each = [dict(_refusing(smtpd, one)) for one in services]
    for table, path in each[0].items() if each else ():
        if all(table in one for one in each):
            yield table, path


def _refusing(smtpd: Smtpd, service: str) -> Iterator[tuple[str, str]]:
    """Tables that a service asks before a rule lets users pass, in any of its lists."""
    for name in LISTS:
        for rule in restriction_tokens(smtpd.effective(service, name)):
            if rule.startswith("permit"):
                break
            if match := _ASKED.fullmatch(rule):
                yield match[1], match[2]


def _readable(host: Host, table: str) -> bool:
    """Whether a table can be asked; where postmap says that it cannot, smtpd answers 4xx to everybody."""
    (told,) = ask(host, f"postmap -q baseline-probe {table}")
    # postmap answers 1 for a key that is not there, and complains where there is no table.
    if told.rc not in (0, 1):
        text(told)
    return not told.stderr_bytes.strip()
