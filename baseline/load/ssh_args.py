"""What of `ansible_ssh_common_args` this package follows: the jump host, the known hosts, the port."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

KEYS_ARE_CHECKED = (
    "host keys are always checked here: take this out, and add the host's key to a known_hosts file, "
    "for example with `ssh-keyscan HOST` after comparing fingerprints"
)
_LETTERS = {"J": "proxyjump", "p": "port", "o": ""}
_WITH_VALUE = "BbcDEeFIiJLlmOoPpQRSWw"


@dataclass(frozen=True)
class SshArguments:
    """`known_hosts` are paths as written. `notes` name what is left aside, `refused` what must not be."""

    jump: str | None = None
    known_hosts: tuple[str, ...] = ()
    port: str | None = None
    notes: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


def parse_ssh_arguments(text: str) -> SshArguments:
    """The arguments of ssh(1), options as in ssh_config(5): the first value of each counts.

    Raises ValueError for quotes that do not close.
    """
    found: dict[str, str] = {}
    notes, refused = [], []
    for name, value, written in _options(shlex.split(text)):
        if _unchecked(name, value):
            refused.append(f"`{written}`: {KEYS_ARE_CHECKED}")
        elif name in ("proxyjump", "userknownhostsfile", "port"):
            found.setdefault(name, value)
        elif name != "stricthostkeychecking":
            notes.append(f"`{written}` is left aside: this package does not go through ssh(1)")
    jump = found.get("proxyjump")
    return SshArguments(
        jump=None if jump is None or jump.lower() == "none" else jump,
        known_hosts=tuple(shlex.split(found.get("userknownhostsfile", ""))),
        port=found.get("port"),
        notes=tuple(notes),
        refused=tuple(refused),
    )


def _unchecked(name: str, value: str) -> bool:
    if name == "stricthostkeychecking":
        return value.lower() not in ("yes", "ask", "true")
    return name == "userknownhostsfile" and value.lower() in ("/dev/null", "none")


def _options(words: list[str]) -> Iterator[tuple[str, str, str]]:
    """Option name in lower case, value, and how it is written; options without a name of their own as they stand."""
    rest = iter(words)
    for word in rest:
        if len(word) < 2 or word[0] != "-" or word[1] not in _WITH_VALUE:
            yield "", "", word
            continue
        value = word[2:] or next(rest, "")
        written = word if word[2:] else f"{word} {value}".rstrip()
        name = _LETTERS.get(word[1])
        if name == "":
            name, value = _config(value)
        yield name or "", value, written


def _config(option: str) -> tuple[str, str]:
    name, sign, value = option.partition("=")
    if not sign or " " in name.strip():
        name, _, value = option.strip().partition(" ")
    return name.strip().lower(), value.strip().strip('"')
