"""Which commands of a test only look, so that they may be asked before its turn. Any other may change the host."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from types import FrameType

from baseline.classes import dataclass

_NAMES = (
    "addr blockdevice environment file group interface iptables mountpoint package pip process service socket "
    "sysctl systeminfo user"
)
_MODULES = frozenset(f"testinfra.modules.{name}" for name in _NAMES.split())
"""Modules of testinfra whose own commands only look. Those that run what they are given are not among them."""

_OF_THE_HOST = frozenset({"exists", "find_command", "has_command_v"})
"""What testinfra's host asks by itself."""

_OPERATORS = frozenset({"|", "||", "&&", ";"})
_SUBSTITUTION = re.compile(r"[`\n\\]|[$<>]\(")
_SILENCED = re.compile(r"\s(?:2>&1|2>\s?/dev/null)(?=\s|$)")

OnlyLooks = Callable[[Sequence[str]], bool]


def _any(words: Sequence[str]) -> bool:
    del words
    return True


def _never(*options: str) -> OnlyLooks:
    """Whatever is asked, but for options that begin like these."""
    return lambda words: not any(word.startswith(options) for word in words)


def _first(*verbs: str) -> OnlyLooks:
    """Only these verbs."""
    return lambda words: next((word for word in words if not word.startswith("-")), "") in verbs


def _begins(*options: str) -> OnlyLooks:
    """Only with one of these options first."""
    return lambda words: bool(words) and words[0].startswith(options)


_READERS = (
    "[ basename cat cmp cut dirname df diff du echo egrep fgrep findmnt free getent getfacl grep groups head id ls "
    "lsattr lsblk lsof md5sum netstat nproc pgrep printf ps pwd readlink realpath sha1sum sha256sum sha512sum stat "
    "test tr true type uname uptime wc which whoami zgrep"
)
"""Programs that only look, whatever they are called with."""

_PROGRAMS: Mapping[str, OnlyLooks] = {
    **dict.fromkeys(_READERS.split(), _any),
    "tail": _never("-f", "-F", "--f", "--retry"),
    "sort": _never("-o", "--o", "-T", "--t"),
    "date": lambda words: all(word.startswith(("+", "-u", "-I", "-R")) for word in words),
    "hostname": lambda words: all(re.fullmatch(r"-[AdfIis]+|--fqdn|--short|--ip-address", word) for word in words),
    "command": _begins("-v", "-V"),
    "systemctl": _first(
        "is-active", "is-enabled", "is-failed", "status", "show", "cat", "list-units", "list-unit-files", "list-timers"
    ),
    "dpkg": _begins("-l", "-s", "-L", "-S", "-V", "--list", "--status", "--verify", "--print-architecture"),
    "dpkg-query": _any,
    "rpm": _begins("-q", "--query"),
    "apt-cache": _first("policy", "show", "search", "madison"),
    "ip": lambda words: [one for one in words if not one.startswith("-")][1:2] in ([], ["show"], ["list"]),
    "ss": _never("-K", "--k"),
    "doveconf": _never("-e"),
    "mailq": lambda words: not words,
    "sysctl": lambda words: not any("=" in word or re.match(r"-\w*[wpf]|--[wls]", word) for word in words),
    "postconf": lambda words: (
        not any("=" in word or re.match(r"-\w*[eX#]", word) or re.match(r"-\w*M\w*e", word) for word in words)
    ),
    "postqueue": _begins("-p", "-j"),
    "rspamadm": _first("configdump", "configtest"),
    "named-checkconf": _any,
}
"""Program -> whether it only looks when it is called with these words."""


@dataclass(frozen=True)
class Looks:
    """Knows which commands only look. `globs` are those that people say it of."""

    globs: tuple[str, ...] = ()

    def only(self, command: str) -> bool:
        """Whether a command only looks, for certain."""
        if any(fnmatchcase(command, glob) for glob in self.globs):
            return True
        if _SUBSTITUTION.search(command):
            return False
        parser = shlex.shlex(_SILENCED.sub(" ", command), posix=True, punctuation_chars=True)
        parser.commenters, parser.whitespace_split = "", True
        try:
            words = list(parser)
        except ValueError:
            return False
        simple: list[list[str]] = [[]]
        for word in words:
            if word in _OPERATORS:
                simple.append([])
            elif word and set(word) <= set("();<>|&"):
                return False
            else:
                simple[-1].append(word)
        return all(map(_only_looks, simple))


def _only_looks(words: Sequence[str]) -> bool:
    """Whether one program with its words only looks."""
    rest = list(words)
    if rest[:1] == ["sudo"]:
        rest = rest[2:] if rest[1:2] == ["-n"] else rest[1:]
    if not rest:
        return False
    rule = _PROGRAMS.get(rest[0].rpartition("/")[2] if rest[0].startswith(("/bin/", "/usr/", "/sbin/")) else rest[0])
    return rule is not None and rule(rest[1:])


def asked_by() -> tuple[bool, str]:
    """Whether the command that is being run was made by testinfra itself, and at which line of whose file it was."""
    frame: FrameType | None = sys._getframe(2)
    itself = False
    while frame is not None:
        name = frame.f_globals.get("__name__", "")
        itself = itself or name in _MODULES or (name == "testinfra.host" and frame.f_code.co_name in _OF_THE_HOST)
        if name.partition(".")[0] not in ("testinfra", "functools", "contextlib"):
            return itself, f"{frame.f_code.co_filename}:{frame.f_lineno}"
        frame = frame.f_back
    return itself, ""
