"""The files of hosts that a way back to the beginning leads back to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.lab.real import RealHost

ROOTS = "etc usr/local var/lib var/spool"

ZONES = "var/lib/bind"

OF_ITSELF = (
    "var/lib/baseline",
    "var/lib/dpkg",
    "var/lib/apt",
    "var/lib/fail2ban",
    "var/lib/redis",
    "var/lib/rspamd",
    "var/lib/logrotate",
    "var/lib/systemd",
    "var/lib/postfix",
    "var/spool/postfix",
    "etc/ld.so.cache",
    "etc/rc?.d",
    "etc/inputrc",
    "etc/python3",
)
"""What programs write by themselves, what packages bring without listing it, and the journal of the way back."""


@dataclass(frozen=True)
class Trees:
    """Host and path -> kind, owner, group, mode, target of a link, and digest; and the paths that packages brought."""

    files: Mapping[str, str]
    packaged: frozenset[str]

    @classmethod
    def of(cls, hosts: Sequence[RealHost]) -> Trees:
        """As the files are now."""
        files = {f"{host.name}:/{path}": looks for host in hosts for path, looks in _files(host).items()}
        listed = {host.name: host.root("cat /var/lib/dpkg/info/*.list").splitlines() for host in hosts}
        return cls(files, frozenset(f"{name}:{path}" for name, paths in listed.items() for path in paths))

    def since(self, before: Trees) -> list[str]:
        """Every file that is another, is new, or is gone. Packages stay, so what they brought does not count."""
        return [
            f"{path}: {before.files.get(path, 'not there')} -> {self.files.get(path, 'not there')}"
            for path in sorted(before.files.keys() | self.files.keys())
            if before.files.get(path) != self.files.get(path) and path not in self.packaged - before.packaged
        ]


def _files(host: RealHost) -> Mapping[str, str]:
    left_out = " -o ".join(f"-path '{path}'" for path in OF_ITSELF)
    find = f"find {ROOTS} -xdev \\( {left_out} \\) -prune -o"
    looks = host.root(f"cd / && {find} -printf '%p\\t%y %U:%G %m %l\\n'")
    found = dict(line.split("\t") for line in looks.splitlines())
    digests = host.root(f"cd / && {find} -type f ! -path '{ZONES}/*' -exec sha256sum {{}} +")
    for path in host.root(f"cd / && find {ZONES} -type f").split():
        # Serials never go back.
        found[path] += host.root(f"sed -E 's/[(] [0-9]+ /( serial /' /{path} | sha256sum")
    for line in digests.splitlines():
        digest, path = line.split("  ", 1)
        found[path] += f" {digest}"
    return found
