"""What OpenSSH 10.0 makes of the configuration of an sshd 9.2.

Seen on the programs themselves: `sshd -T` of both compared, and `ssh -Q` for the algorithms that each knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from baseline.programs import OPENSSH
from baseline.readings.answers import text
from baseline.upgrading.items import Item, Prediction
from baseline.upgrading.sources import Sources, diff, files_question

if TYPE_CHECKING:
    from testinfra.host import Host

VERSION = "sshd -V 2>&1"
MAIN = "/etc/ssh/sshd_config"
_IN_FORCE = "sshd -T"
_FILES = files_question(MAIN, "/etc/ssh/sshd_config.d/*.conf")
_OF_OLD_KEYS = (
    "for file in /root/.ssh/authorized_keys /home/*/.ssh/authorized_keys; do "
    "grep -lE '(^|[[:space:]])ssh-dss ' \"$file\" 2>/dev/null; done; :"
)
_ENVIRONMENTS = "ls -d /root/.pam_environment /home/*/.pam_environment 2>/dev/null; :"
QUESTIONS = (_IN_FORCE, _FILES, _OF_OLD_KEYS, _ENVIRONMENTS)

_LISTS = {
    "casignaturealgorithms",
    "hostbasedacceptedalgorithms",
    "hostbasedacceptedkeytypes",
    "hostkeyalgorithms",
    "pubkeyacceptedalgorithms",
    "pubkeyacceptedkeytypes",
}
_DSA = re.compile(r"ssh-dss(?:-cert-v01@openssh\.com)?,?|,ssh-dss(?:-cert-v01@openssh\.com)?(?=\s|$)")
_GONE_KEX = (
    "diffie-hellman-group-exchange-sha256",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group18-sha512",
    "diffie-hellman-group14-sha256",
)
_LINE = re.compile(r'^[ \t]*([A-Za-z]+)[ \t=]+"?([^\n]*)$', re.M)


def items(host: Host) -> Iterator[Item]:
    """All that this host's sshd reads, or leaves at a default that changes. Raises `CannotTell`."""
    in_force, files, old_keys, environments = (host.run(question) for question in QUESTIONS)
    settings = _settings(text(in_force))
    sources = Sources.read(files)
    accounts, read_at_login = text(old_keys).split(), text(environments).split()
    yield from _new_defaults(settings, sources)
    dsa = False
    for path, content in sources.texts.items():
        for line in _LINE.finditer(content):
            name, value = line[1].lower(), line[2].strip().removesuffix('"')
            place = sources.place(path, line.start(1))
            if name in _LISTS and "ssh-dss" in value:
                dsa = True
                said = "`ssh-dss` is gone: sshd 10 does not start, so that nobody can log in by SSH any more"
                yield _item(line[1], value, place, "breaks", said, _without_dsa(path, content, line))
            elif name == "include":
                yield from _included(value, place)
            elif name == "match" and re.search(r"[\"'\\]", content[line.start(2) : line.end()]):
                said = "quotes and backslashes of Match are read as a shell reads them: whom it matches is not known"
                yield _item(line[1], value, place, "unknown", said)
            elif name.startswith("gssapi") and value.lower() == "yes":
                said = "GSS-API is still in openssh-server, and leaves it next: install openssh-server-gssapi"
                yield _item(line[1], value, place, "same", said)
    yield from _keys(settings, accounts, dsa=dsa)
    for path in read_at_login:
        yield _item("UsePAM", "", path, "changes", "logins no longer read this file: set what it sets in ~/.profile")
    for path in sources.unread:
        yield _item("", "", path, "unknown", "this file could not be read")
    yield _item("", "", MAIN, "same", "all other settings mean in sshd 10.0 what they mean here")


def _item(setting: str, value: str, where: str, verdict: Prediction, meaning: str, instead: str = "") -> Item:
    return Item(OPENSSH.name, setting, value, where, verdict, meaning, instead)


def _settings(printed: str) -> Mapping[str, str]:
    """What `sshd -T` prints, the first of several lines of one name."""
    found: dict[str, str] = {}
    for line in printed.splitlines():
        name, _, value = line.partition(" ")
        found.setdefault(name, value)
    return found


def _new_defaults(settings: Mapping[str, str], sources: Sources) -> Iterator[Item]:
    methods = settings.get("kexalgorithms", "").split(",")
    written = sources.first(r"(?i)^[ \t]*kexalgorithms\b")
    own = written and not sources.first(r"(?i)^[ \t]*kexalgorithms[ \t=]+[\"]?[-+^]")
    lost = [] if own else [one for one in _GONE_KEX if one in methods]
    if lost:
        said = (
            "key exchange by Diffie-Hellman in finite fields is off by default: clients that know no elliptic curves "
            "(PuTTY before 0.68, old network devices) cannot log in"
        )
        yield _item("KexAlgorithms", ",".join(lost), written, "changes", said)
    said = (
        "addresses that fail to log in, or connect and do not try, are refused for up to ten minutes, with all "
        "who share the address: monitoring and jump hosts belong into PerSourcePenaltyExemptList after the upgrade"
    )
    yield _item("PerSourcePenalties", "none (the setting is new)", "", "changes", said)
    if settings.get("ipqos") == "lowdelay throughput":
        said = "packets are marked `ef` and `cs1` in place of `lowdelay` and `throughput`: it concerns shaped networks"
        instead = _added(sources, "IPQoS lowdelay throughput")
        yield _item("IPQoS", "lowdelay throughput", "", "changes", said, instead)


def _added(sources: Sources, line: str) -> str:
    """The diff that writes a line before all others, since sshd takes the first that it reads."""
    content = sources.texts.get(MAIN, "")
    return diff(MAIN, content, f"{line}\n{content}")


def _without_dsa(path: str, content: str, line: re.Match[str]) -> str:
    kept = _DSA.sub("", content[line.start(2) : line.end(2)]).strip()
    start, end = line.span()
    # A list of nothing but what is gone says no more than the default.
    changed = content[: line.start(2)] + kept + content[line.end(2) :] if kept.strip('+-^"') else (
        content[:start] + content[end:].removeprefix("\n")
    )  # fmt: skip
    return diff(path, content, changed)


def _included(value: str, place: str) -> Iterator[Item]:
    for pattern in value.split():
        if pattern.strip('"') != "/etc/ssh/sshd_config.d/*.conf":
            yield _item("Include", pattern, place, "unknown", "what stands in these files was not read")


def _keys(settings: Mapping[str, str], accounts: list[str], *, dsa: bool) -> Iterator[Item]:
    if dsa or "ssh-dss" in settings.get("pubkeyacceptedalgorithms", ""):
        for path in accounts:
            said = "who logs in with the DSA key of this file cannot any more: a key of another kind has to be there"
            yield _item("authorized_keys", "ssh-dss", path, "breaks", said)
