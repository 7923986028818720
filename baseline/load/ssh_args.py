"""What of `ansible_ssh_common_args` this package follows: jump host, known hosts, port, user and key.

Arguments that only tune the connection are left aside. Those that would lead to the host by another way are refused:
without them the host would be reached directly, or another one.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from functools import lru_cache

from baseline.classes import dataclass

KEYS_ARE_CHECKED = (
    "host keys are always checked here: take this out, and add the host's key to a known_hosts file, "
    "for example with `ssh-keyscan HOST` after comparing fingerprints"
)
NOT_FOLLOWED = (
    "is not followed, and the host must not be reached without it: write `-J JUMPHOST` (ProxyJump), or "
    "`ssh -W %h:%p JUMPHOST` as the command"
)
_LETTERS = {"J": "proxyjump", "p": "port", "l": "user", "i": "identityfile", "F": "configfile", "o": ""}
_ELSEWHERE = {
    "configfile": "is not read: one file counts for all hosts, which `--ssh-config` names, else ~/.ssh/config",
    "hostname": "is not followed: write `ansible_host`",
    "proxycommand": NOT_FOLLOWED,
}
"""Options that would lead to the host by another way."""
_FOLLOWED = ("proxyjump", "userknownhostsfile", "port", "user", "identityfile")
_WITH_VALUE = "BbcDEeFIiJLlmOoPpQRSWw"


@dataclass(frozen=True)
class SshArguments:
    """`known_hosts` and `key` are paths as written. `jump` is `none` where one is ruled out.

    `notes` name what is left aside, `refused` what must not be.
    """

    jump: str | None = None
    known_hosts: tuple[str, ...] = ()
    port: str | None = None
    user: str | None = None
    key: str | None = None
    notes: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


@lru_cache(maxsize=1024)
def parse_ssh_arguments(text: str) -> SshArguments:
    """The arguments of ssh(1), options as in ssh_config(5): the first value of each counts.

    Raises ValueError for quotes that do not close.
    """
    found: dict[str, str] = {}
    notes, refused = [], []
    for name, value, written in _options(shlex.split(text)):
        jump = jump_of_proxy(value) if name == "proxycommand" else None
        if _unchecked(name, value):
            refused.append(f"`{written}`: {KEYS_ARE_CHECKED}")
        elif jump is not None:
            found.setdefault("proxyjump", jump)
        elif name in _ELSEWHERE:
            refused.append(f"`{written}` {_ELSEWHERE[name]}")
        elif name in _FOLLOWED and value:
            found.setdefault(name, value)
        elif name != "stricthostkeychecking":
            notes.append(f"`{written}` is left aside: this package does not go through ssh(1)")
    return SshArguments(
        jump=found.get("proxyjump"),
        known_hosts=tuple(shlex.split(found.get("userknownhostsfile", ""))),
        port=found.get("port"),
        user=found.get("user"),
        key=found.get("identityfile"),
        notes=tuple(notes),
        refused=tuple(refused),
    )


def jump_of_proxy(command: str, place: str = "%h:%p") -> str | None:
    """The jump host that a `ProxyCommand` of the form `ssh -W %h:%p JUMPHOST` means, or `none`; None for others."""
    try:
        words = shlex.split(command)
    except ValueError:
        return None
    if [word.lower() for word in words] == ["none"]:
        return "none"
    if not words or words[0].rpartition("/")[2] != "ssh":
        return None
    options, hosts = _proxy_words(words[1:])
    known = {"W", "p", "l", "q"}
    host, _, port = place.rpartition(":")
    if options.get("W") not in (place, f"[{host}]:{port}") or len(hosts) != 1 or options.keys() - known:
        return None
    user = f"{options['l']}@" if "l" in options else ""
    return f"{user}{hosts[0]}:{options['p']}" if "p" in options else f"{user}{hosts[0]}"


def _proxy_words(words: list[str]) -> tuple[dict[str, str], list[str]]:
    """Options with their values, and the other words."""
    options: dict[str, str] = {}
    hosts = []
    rest = iter(words)
    for word in rest:
        if len(word) < 2 or word[0] != "-":
            hosts.append(word)
        elif word[1] in _WITH_VALUE:
            options[word[1]] = word[2:] or next(rest, "")
        else:
            options |= dict.fromkeys(word[1:], "")
    return options, hosts


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
