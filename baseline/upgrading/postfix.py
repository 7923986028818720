"""What Postfix 3.10 makes of the configuration of a Postfix 3.7."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING

from baseline.classes import dataclass
from baseline.formats.postfix import MAIN_CF, MASTER_CF, parameters, parse_overrides, restriction_tokens, set_parameter
from baseline.formats.restrictions import words_of
from baseline.programs import POSTFIX
from baseline.readings.answers import text
from baseline.upgrading.items import Item, Prediction
from baseline.upgrading.postfix_facts import (
    BUILT_IN_MAPS,
    DEPRECATED,
    DEPRECATED_RESTRICTIONS,
    EMPTY_GRADES,
    LEVEL_SAID,
    MAP_PACKAGES,
    NEW_DEFAULTS,
    REMOVED_RESTRICTIONS,
)
from baseline.upgrading.sources import Sources, diff, files_question

if TYPE_CHECKING:
    from testinfra.host import Host

VERSION = "postconf -h mail_version"
_SET = "postconf -n"
_EXPANDED = "postconf -nx"
_OVERRIDES = "postconf -xP"
_FILES = files_question(MAIN_CF, MASTER_CF)
_UNITS = "ls -d /etc/systemd/system/postfix@*.service.d /etc/systemd/system/postfix@*.service 2>/dev/null; :"
_INSTANCES = "postconf -hx multi_instance_directories"
QUESTIONS = (_SET, _EXPANDED, _OVERRIDES, _FILES, _UNITS, _INSTANCES)

_MAP = re.compile(r"(?<![\w:$/])([a-z]+):(?=[/${])")
_LISTS = re.compile(r"smtpd_\w+_restrictions")


@dataclass(frozen=True)
class _Config:
    main: Mapping[str, str]
    """As main.cf sets it."""
    expanded: Mapping[str, str]
    overrides: Mapping[str, Mapping[str, str]]
    sources: Sources

    def everywhere(self) -> Iterator[tuple[str, str, str, str]]:
        """Name, value, `file:line` and service, empty for main.cf, of all that is set."""
        for name, value in self.expanded.items():
            yield name, value, self.sources.first(rf"^{re.escape(name)}[ \t]*="), ""
        for service, values in self.overrides.items():
            for name, value in values.items():
                place = self.sources.first(rf"^[ \t]+.*-o[ \t{{]*{re.escape(name)}[ \t]*=") or MASTER_CF
                yield name, value, place, service

    def named(self, name: str) -> bool:
        """Whether main.cf sets a parameter."""
        return name in self.main

    def changed(self, change: Callable[[str], str]) -> str:
        """The diff of a change to main.cf."""
        content = self.sources.texts.get(MAIN_CF, "")
        return diff(MAIN_CF, content, change(content))


def items(host: Host) -> Iterator[Item]:
    """All settings that this host has, or leaves at a default that changes. Raises `CannotTell`."""
    answers = [host.run(question) for question in QUESTIONS]
    config = _Config(
        parameters(text(answers[0])), parameters(text(answers[1])), parse_overrides(text(answers[2])),
        Sources.read(answers[3]),
    )  # fmt: skip
    units, instances = text(answers[4]), text(answers[5])
    yield from _new_defaults(config)
    told = set()
    for name, value, place, service in config.everywhere():
        found = [*_about(config, name, value, place, service)]
        told |= {name} if found and not service else set()
        yield from found
    yield from _units(units, instances.strip())
    rest = [name for name in config.main if name not in told]
    yield _item(
        "", "", MAIN_CF, "same", f"the other {len(rest)} settings of main.cf mean in Postfix 3.10 what they mean here"
    )


def _item(setting: str, value: str, where: str, verdict: Prediction, meaning: str, instead: str = "") -> Item:
    return Item(POSTFIX.name, setting, value, where, verdict, meaning, instead)


def _new_defaults(config: _Config) -> Iterator[Item]:
    for name, default in NEW_DEFAULTS.items():
        if config.named(name) or not default.concerns(config.expanded):
            continue
        said = f"the default becomes {default.after!r}: {default.meaning}"
        instead = config.changed(partial(set_parameter, name=name, value=default.before)) if default.kept else ""
        yield _item(name, default.before, "", "changes", said, instead)


def _about(config: _Config, name: str, value: str, place: str, service: str) -> Iterator[Item]:
    shown = f"{name} of {service}" if service else name
    if name in DEPRECATED:
        yield _deprecated(config, name, value, place, shown, service)
    if _LISTS.fullmatch(name) or name in config.expanded.get("smtpd_restriction_classes", "").split():
        yield from _restrictions(config, name, value, place, shown, service)
    if name in EMPTY_GRADES:
        said = f"ciphers of the grade {EMPTY_GRADES[name]!r} are no longer told apart: the list is not used"
        yield _item(shown, value, place, "changes", said)
    if name.endswith("_ciphers") and value in EMPTY_GRADES.values():
        said = f"the grade {value!r} is empty by default in 3.10: TLS is offered with the ciphers of `medium`"
        instead = "" if service else config.changed(partial(set_parameter, name=name, value="medium"))
        yield _item(shown, value, place, "changes", said, instead)
    for kind in sorted(set(_MAP.findall(value)) - BUILT_IN_MAPS - {"unix", "inet", "maildir", "mbox", "local"}):
        if kind in MAP_PACKAGES:
            said = f"tables of the type `{kind}` are in the package {MAP_PACKAGES[kind]}, which has to be upgraded too"
            yield _item(shown, value, place, "same", said)
        elif name.endswith(("_maps", "_map", "_database", "_databases")):
            yield _item(shown, value, place, "unknown", f"nobody has tried tables of the type `{kind}` in 3.10")


def _deprecated(config: _Config, name: str, value: str, place: str, shown: str, service: str) -> Item:
    better = DEPRECATED[name]
    said = "still works in 3.10, which warns of it with every start; a later release ignores it"
    if service:
        return _item(shown, value, place, "same", said)
    if not better:
        return _item(shown, value, place, "same", f"{said}: leave it out", config.changed(partial(_dropped, name=name)))
    level = next((level for end, level in LEVEL_SAID.items() if name.endswith(end)), "")
    wanted = level if value == "yes" and level and better not in config.main else ""
    said = f"{said}: write {better}" + (f" = {wanted}" if wanted else "")

    def rewritten(content: str) -> str:
        without = _dropped(content, name)
        return set_parameter(without, better, wanted) if wanted else without

    # What it says besides is a table, or a level that is written already.
    return _item(shown, value, place, "same", said, config.changed(rewritten) if level else "")


def _restrictions(config: _Config, name: str, value: str, place: str, shown: str, service: str) -> Iterator[Item]:
    tokens = restriction_tokens(value)
    removed = [one for one in REMOVED_RESTRICTIONS if any(one in token.split() for token in tokens)]
    if removed:
        said = (
            f"{' and '.join(removed)} is unknown to 3.10: mail that comes to it is put off with 451 4.3.5, so that "
            "none is received"
        )
        kept = ", ".join(new for token in tokens for new in _replaced(token, config.expanded) if new)
        instead = "" if service else config.changed(partial(set_parameter, name=name, value=kept))
        yield _item(shown, value, place, "breaks", said, instead)
    for old, better in DEPRECATED_RESTRICTIONS.items():
        if any(old in token.split() for token in tokens):
            said = (
                f"{old} still works in 3.10, which warns of it; a later release takes it out: name domains in {better}"
            )
            yield _item(shown, value, place, "same", said)


def _replaced(token: str, settings: Mapping[str, str]) -> list[str]:
    """What 3.10 reads in place of one restriction."""
    gone = next((one for one in REMOVED_RESTRICTIONS if one in token.split()), None)
    if gone is None:
        return [token]
    lists = words_of(settings.get("maps_rbl_domains", "")) if gone == "reject_maps_rbl" else []
    return [
        token.replace(gone, new)
        for new in [f"reject_rbl_client {one}" for one in lists] or [REMOVED_RESTRICTIONS[gone]]
        if new
    ]


def _dropped(content: str, name: str) -> str:
    return re.sub(rf"^{re.escape(name)}[ \t]*=.*\n?(?:[ \t]+\S.*\n?)*", "", content, flags=re.M)


def _units(listed: str, instances: str) -> Iterator[Item]:
    for path in listed.split():
        said = (
            "postfix@-.service is gone: the daemon runs in postfix.service, and what is written for the old unit is "
            "not read; move it to /etc/systemd/system/postfix.service.d"
        )
        yield _item("systemd", path.rpartition("/")[2], path, "breaks", said)
    if instances:
        said = "further instances of Postfix are no longer started with the host: enable postfix@NAME.service for each"
        yield _item("multi_instance_directories", instances, MAIN_CF, "breaks", said)
