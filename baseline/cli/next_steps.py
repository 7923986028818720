"""What to type next: behind an error, and behind a check that did not end well. One line each, told on standard error.

Behind an error that names a command itself nothing is added. What a shell would act on is quoted.
"""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from baseline.errors import BaselineError, HistoryError, HistoryMissing, InputError, NothingMatched, UserError

if TYPE_CHECKING:
    from baseline.model import Finding, Report, Target

_INVENTORY, _BASELINE = ("-i", "--inventory"), ("-b", "--baseline")
_NAMES_A_COMMAND = re.compile(r"`(baseline|ssh|ssh-keygen|ssh-keyscan|sudo|chmod|sha256sum) ")
_ABOUT_CONTROLS = re.compile(r"\bbaseline \S+ (matches|has)|\bcontrols?\b|-c\b|--skip|--replace")
_MOST = 3
"""Lines behind a report at most: a person takes one step at a time."""


def after_error(error: BaselineError, words: Sequence[str]) -> str:
    """What to type behind an error of a command line, of which `words` are all but the program; empty for nothing."""
    if _NAMES_A_COMMAND.search(str(error)) or not words or words[0].startswith("-"):
        return ""
    command, named = words[0], [*_given(words, _INVENTORY), *_given(words, _BASELINE)]
    if isinstance(error, InputError):
        if near := _nearby(error, words):
            return _typed(*near)
        if command == "lint":
            return ""
        return _typed("lint", *named) if named else _help(words)
    if isinstance(error, NothingMatched):
        listing = "--list-controls" if _ABOUT_CONTROLS.search(str(error)) else "--list-hosts"
        return _typed("check", *named, listing)
    if isinstance(error, HistoryMissing):
        return _typed("check", *_given(words, _INVENTORY))
    if isinstance(error, HistoryError):
        return _typed("history", "verify", *_given(words, _INVENTORY))
    if isinstance(error, UserError) and str(error).startswith("no inventory is given"):
        return _typed("init", "site")
    if "needs root" in str(error):
        return f"sudo {_typed(*words)}"
    return _help(words) if isinstance(error, UserError) else ""


def _nearby(error: InputError, words: Sequence[str]) -> list[str]:
    """The same line with the name of a file that is there, where one is not and another has nearly its name."""
    gone = [one.file for one in error.problems if one.message == "there is no such file" and one.file in words]
    for name in gone:
        path = Path(name)
        try:
            beside = [one.name for one in path.parent.iterdir() if one.is_file()]
        except OSError:
            continue
        if found := difflib.get_close_matches(path.name, beside, 1):
            return [str(path.with_name(found[0])) if word == name else word for word in words]
    return []


def _help(words: Sequence[str]) -> str:
    from baseline.cli.examples import EXAMPLES

    path = [words[0], *(words[1:2] if " ".join(words[:2]) in EXAMPLES else [])]
    return _typed(*path, "--help")


def _given(words: Sequence[str], options: Sequence[str]) -> list[str]:
    """The options of these names with their values, as they were given."""
    found: list[str] = []
    for word, value in zip(words, [*words[1:], ""], strict=True):
        if word in options and value:
            found += [options[0], value]
        elif word.startswith(f"{options[1]}="):
            found += [options[0], word.partition("=")[2]]
    return found


def _typed(*words: str) -> str:
    return shlex.join(("baseline", *words))


def after_report(report: Report, targets: Sequence[Target], inventory: Sequence[str], baseline: str) -> list[str]:
    """What to type behind a check: how to reach a host that was not, and how to mend what fails first."""
    return [*dict.fromkeys(_steps(report, targets, inventory, baseline))][:_MOST]


def _steps(report: Report, targets: Sequence[Target], inventory: Sequence[str], baseline: str) -> Iterator[str]:
    of = {target.name: target for target in targets}
    missed = next((host for host in report.hosts if not host.reachable and host.error and host.name in of), None)
    if missed is not None:
        yield from _reaching(of[missed.name], missed.error or "")
    first = _first(report.findings)
    if first is not None:
        named = [word for one in inventory for word in ("-i", one)] + ["-b", baseline]
        about = first.subject or first.host
        yield _typed("explain", first.control, "--host", about, *named)
        if not first.subject:
            yield _typed("plan", *named, "-l", first.host, "-c", first.control, "--diff")


def _first(findings: Sequence[Finding]) -> Finding | None:
    """The finding that fails, the gravest first."""
    from baseline.model import Outcome, Severity

    order = list(Severity)
    failing = [one for one in findings if one.outcome is Outcome.FAIL and not one.waived]
    return min(failing, key=lambda one: order.index(one.severity), default=None)


def _reaching(target: Target, error: str) -> Iterator[str]:
    """How a person tries by hand what could not be done."""
    if target.address == "local":
        return
    port = [] if target.port == 22 else ["-p", str(target.port)]
    way = [*port, *(["-J", target.jump] if target.jump else []), *(["-i", target.key_file] if target.key_file else [])]
    login = f"{target.user}@{target.address}" if target.user else target.address
    if "host key" in error and "is not known" in error:
        # Whoever has the key's fingerprint from its administrator compares it with what this prints.
        yield f"{shlex.join(['ssh-keyscan', *port, target.address])} | ssh-keygen -lf -"
    elif "host key" in error:
        name = target.address if target.port == 22 else f"[{target.address}]:{target.port}"
        yield shlex.join(["ssh-keygen", "-F", name])
    elif "sudo" in error and target.become_password is not None:
        # It asks for the password, and needs a terminal for that.
        yield shlex.join(["ssh", "-t", *way, login, "sudo", "true"])
    elif "sudo" in error:
        yield shlex.join(["ssh", *way, login, "sudo", "-n", "true"])
    else:
        yield shlex.join(["ssh", "-v", *way, login, "true"])
