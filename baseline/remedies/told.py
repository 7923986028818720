"""A remedy in words: what an apply would do, each setting with its value and its file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from baseline.edits import (
    DropOverride,
    Edit,
    Permissions,
    PlaceRule,
    PutFile,
    PutSecret,
    RemoveFile,
    SetBlock,
    SetMountOptions,
    SetOverride,
    SetParameter,
    SetUcl,
)
from baseline.zone_edits import (
    AllowTransfers,
    MendSpf,
    RaiseSerial,
    SetInclude,
    SetMailHosts,
    SetNamedOption,
    SetRecords,
)

if TYPE_CHECKING:
    from baseline.remedies.remedy import Remedy

_MOST = 4
"""How much of a remedy is told; the plan has all of it."""
_LONGEST = 60
"""Characters of a value, or of a block's line, that a sentence still takes."""


def told(remedy: Remedy) -> str:
    """What it would do, as parts of one sentence: `set queue_minfree = 1073741824 in /etc/postfix/main.cf`."""
    parts = [f"install {', '.join(remedy.packages)}"] if remedy.packages else []
    parts += [f"upgrade {', '.join(remedy.upgrades)}"] if remedy.upgrades else []
    parts += [of_edit(edit) for edit in remedy.edits]
    parts += [action.name for action in remedy.actions]
    if not parts:
        parts = [f"reload {', '.join(remedy.reloads)}"]
    parts = list(dict.fromkeys(parts))
    more = len(parts) - _MOST
    return "; ".join(_by_file(parts) if more <= 1 else [*_by_file(parts[:_MOST]), f"and {more} more"])


def _by_file(parts: Iterable[str]) -> list[str]:
    """What stands one behind the other in one file names it once."""
    merged: list[str] = []
    for part in parts:
        head, _, file = part.rpartition(" in ")
        if merged and head.startswith(("set ", "put ", "take ")) and merged[-1].endswith(f" in {file}"):
            merged[-1] = f"{merged[-1].removesuffix(f' in {file}')}, {part}"
        else:
            merged.append(part)
    return merged


def of_edit(edit: Edit) -> str:
    """One edit, as an order."""
    match edit:
        case SetParameter() | SetUcl() | SetNamedOption() | SetOverride() | DropOverride() | PlaceRule():
            return _of_setting(edit)
        case SetRecords() | MendSpf() | SetMailHosts() | SetInclude() | RaiseSerial() | AllowTransfers():
            return _of_zone(edit)
        case SetBlock():
            return _of_block(edit)
        case SetMountOptions():
            return f"give {edit.mount_point} the options {','.join(edit.options)} in {edit.path}"
        case PutFile() | PutSecret():
            return f"write {edit.path}"
        case Permissions():
            return f"give {edit.path} to {edit.owner}:{edit.group} with mode {edit.mode:04o}"
        case RemoveFile():
            return f"remove {edit.path}"
        case _:
            return f"change {edit.path}"


def _of_zone(edit: SetRecords | MendSpf | SetMailHosts | SetInclude | RaiseSerial | AllowTransfers) -> str:
    match edit:
        case MendSpf():
            return f"write the SPF record of {edit.owner} into {edit.path}"
        case SetRecords() | SetMailHosts():
            return f"write {edit.type} of {edit.owner} into {edit.path}"
        case SetInclude():
            return f"include {edit.included} in {edit.path}"
        case RaiseSerial():
            return f"raise the serial in {edit.path}"
        case AllowTransfers():
            return f"allow transfers of {edit.zone} to its own servers in {edit.path}"


def _of_setting(
    edit: SetParameter | SetUcl | SetNamedOption | SetOverride | DropOverride | PlaceRule,
) -> str:
    match edit:
        case SetParameter():
            return f"set {edit.name} = {_short(edit.value)} in {edit.path}"
        case SetUcl():
            told_value = "a password that fits nothing" if "password" in edit.key else _short(edit.value)
            return f"set {edit.key} = {told_value} in {edit.path}"
        case SetNamedOption():
            return f"set {edit.name} {_short(edit.value)} in {edit.path}"
        case SetOverride():
            return f"set -o {edit.name}={_short(edit.value)} for {edit.service} in {edit.path}"
        case DropOverride():
            return f"take -o {edit.name} out of {edit.service} in {edit.path}"
        case PlaceRule():
            where = f" of {edit.service}" if edit.service else ""
            return f"put {edit.rule} into {edit.name}{where} in {edit.path}"


def _of_block(edit: SetBlock) -> str:
    lines = list(_settings(edit.text))
    if 1 <= len(lines) <= 2 and all(len(line) <= _LONGEST for line in lines):
        return f"set {' and '.join(lines)} in {edit.path}"
    names = list(dict.fromkeys(line.partition("=")[0].strip() for line in lines))
    if not names:
        return f"write {edit.path}"
    more = len(names) - 3
    return f"set {', '.join(names if more <= 0 else [*names[:3], f'{more} more'])} in {edit.path}"


def _settings(text: str) -> Iterator[str]:
    """The settings of a block, those of a protocol's section with its name behind them."""
    protocol = ""
    for line in (one.strip() for one in text.splitlines()):
        if line.startswith("protocol ") and line.endswith("{"):
            protocol = f" for {line.removesuffix('{').split()[1]}"
        elif line == "}":
            protocol = ""
        elif "=" in line and not line.startswith("#"):
            yield f"{line}{protocol}"


def _short(value: str) -> str:
    """A value on one line; the end of one that is too long for a sentence is left to the plan."""
    line = " ".join(value.split()) or "(empty)"
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
