"""Asking a host through testinfra so that "could not look" never becomes "is wrong"."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from baseline.errors import CannotTell
from baseline.formats import postfix

if TYPE_CHECKING:
    from testinfra.backend.base import CommandResult
    from testinfra.host import Host


def ask(host: Host, *commands: str) -> list[CommandResult]:
    """Ask all commands, then give the results: none is read before all are asked, so all go out at once."""
    return [host.run(command) for command in commands]


def text(result: CommandResult) -> str:
    """The output of a command that has to succeed.

    Raises `CannotTell`, with the command and what it said, for any other exit code: 127 says the program is
    not installed, 124 that it took too long.
    """
    if result.rc == 0:
        return decoded(result.stdout_bytes)
    said = decoded(result.stderr_bytes).strip() or decoded(result.stdout_bytes).strip()
    why = {127: "the program is not installed", 124: "it took too long", 126: "it may not be run"}.get(
        result.rc, f"exit code {result.rc}"
    )
    raise CannotTell(f"`{command_of(result)}`: {why}{f' ({shorten(said)})' if said else ''}")


def decoded(raw: bytes) -> str:
    """Bytes of a reply as text; bytes that are no UTF-8 are shown as escapes."""
    return raw.decode("utf-8", "backslashreplace")


def as_json(result: CommandResult) -> Any:
    """The JSON document that a command printed. Raises `CannotTell` when it is none."""
    printed = text(result)
    try:
        return json.loads(printed)
    except ValueError as error:
        raise CannotTell(f"`{command_of(result)}` printed no JSON: {shorten(printed)} ({error})") from None


def command_of(result: CommandResult) -> str:
    """The command of a result, shortened for a message."""
    command = result.command
    return shorten(decoded(command) if isinstance(command, bytes) else str(command))


def shorten(said: str, most: int = 200) -> str:
    """One line of at most `most` characters."""
    line = re.sub(r"\s+", " ", said).strip()
    return line if len(line) <= most else f"{line[: most - 1]}…"


POSTCONF = ("postconf -x", "postconf -xP", "postconf -M")
"""Everything that Postfix's daemons read: main.cf with defaults and `$name` expanded, master.cf overrides, services."""


class Postfix:
    """What Postfix's daemons get: main.cf values, and per service the master.cf override where there is one."""

    def __init__(self, host: Host) -> None:
        self._results = ask(host, *POSTCONF)

    def settings(self) -> Mapping[str, str]:
        """Every parameter, expanded. Raises `CannotTell`."""
        return postfix.parse_parameters(text(self._results[0]))

    def setting(self, name: str) -> str | None:
        """One parameter, expanded; None when this Postfix has no such parameter."""
        return self.settings().get(name)

    def overridden(self, name: str) -> int:
        """How many earlier definitions of a parameter main.cf holds: Postfix warns of them and uses the last."""
        said = decoded(self._results[0].stderr_bytes)
        lines = re.findall(rf"line (\d+): overriding earlier entry: {re.escape(name)}=", said)
        return len(set(lines))

    def overrides(self, name: str) -> Mapping[str, str]:
        """Service (`submission/inet`) -> value, for every `-o name=value` of master.cf.

        An override that Postfix does not read, since it or a word before it is misspelt, gives a value that says
        so and equals no wanted one. Raises `CannotTell` for a service whose arguments postconf itself misreads.
        """
        services = postfix.parse_overrides(text(self._results[1]))
        found = {service: values[name] for service, values in services.items() if name in values}
        known = self.settings()
        for service, written in postfix.written_overrides(text(self._results[2])).items():
            if name in written and service not in found:
                found[service] = f"{written[name] or ''} (not read: misspelt in master.cf)".lstrip()
            elif any(value is None and parameter not in known for parameter, value in written.items()):
                raise CannotTell(
                    f"`postconf -M` misreads the arguments of {service}: write each of them as `-o name=value`"
                )
        return found

    def has(self, service: str) -> bool:
        """Whether master.cf has a service, written `submission/inet`."""
        return service in postfix.written_overrides(text(self._results[2]))

    def lines(self) -> list[str]:
        """The services of master.cf, a line each, as `postconf -M` prints them."""
        return text(self._results[2]).splitlines()

    def services(self, daemon: str) -> list[str]:
        """Names such as `smtp/inet` of the master.cf services that run `daemon`."""
        found = []
        for line in text(self._results[2]).splitlines():
            fields = line.split()
            if len(fields) >= 8 and fields[7] == daemon and not line[0].isspace():
                found.append(f"{fields[0]}/{fields[1]}")
        return found


def dovecot_23(version: str) -> None:
    """Raise `CannotTell` unless `dovecot --version` names a 2.3: 2.4 renamed the settings looked at here."""
    match = re.match(r"(\d+)\.(\d+)", version)
    if not match:
        raise CannotTell(f"`dovecot --version` printed no version: {shorten(version)}")
    if (int(match[1]), int(match[2])) != (2, 3):
        raise CannotTell(
            f"Dovecot {match[0]} has another configuration language than 2.3, and is not handled yet: look by hand"
        )
