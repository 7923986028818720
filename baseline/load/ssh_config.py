"""What ssh_config(5) says of a host: aliases, users, ports, keys, jump hosts, as ssh(1) would take them from it.

paramiko reads the file. What would lead to a host by another way than is taken here is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from baseline.load.ssh_args import NOT_FOLLOWED, jump_of_proxy, several
from baseline.load.text import expanded
from baseline.load.tree import Position, Problems

if TYPE_CHECKING:
    import paramiko

Wrong = Callable[[Position, str], None]


@dataclass(frozen=True)
class HostEntry:
    """What is said of one host; empty where nothing is."""

    address: str = ""
    port: int = 0
    user: str | None = None
    key_file: str | None = None
    known_hosts: tuple[str, ...] = ()
    jump: str | None = None


class SshConfig:
    """A file of ssh_config, or none."""

    def __init__(self, file: Path | None = None, config: paramiko.SSHConfig | None = None) -> None:
        self._place = Position(str(file or ""))
        self._config = config

    @classmethod
    def read(cls, file: Path, problems: Problems) -> SshConfig:
        """The file; nothing where there is none. Mistakes go to `problems`."""
        if not file.is_file():
            return cls()
        # Its import takes most of the time that a command needs to start.
        import paramiko

        try:
            return cls(file, paramiko.SSHConfig.from_path(str(file)))
        except (OSError, ValueError, paramiko.ConfigParseError) as error:
            problems.add(Position(str(file)), f"cannot be read as ssh_config: {error}")
            return cls()

    def of(self, host: str, wrong: Wrong) -> HostEntry:
        """What is said of a host as it is called."""
        found = self._looked_up(host, wrong)
        name = found.get("hostname", host)
        jump = str(found["proxyjump"]) if found.get("proxyjump") else None
        proxy = str(found.get("proxycommand") or "none")
        if jump is None and proxy.lower() != "none":
            # paramiko has filled in the host and its port.
            jump = jump_of_proxy(proxy, f"{name}:{found.get('port', 22)}")
            if jump is None:
                wrong(self._place, f"host {host}: `ProxyCommand {proxy}` {NOT_FOLLOWED}")
        if jump and "," in jump:
            wrong(self._place, several(jump))
        keys = [expanded(one) for one in found.get("identityfile", [])]
        return HostEntry(
            address="" if name == host else str(name),
            port=self._port(found.get("port", ""), host, wrong),
            user=found.get("user"),
            key_file=next((str(key) for key in keys if key.is_file()), None),
            known_hosts=tuple(str(expanded(one)) for one in str(found.get("userknownhostsfile", "")).split()),
            jump=jump,
        )

    def jump(self, written: str, wrong: Wrong) -> str:
        """A jump host, `user@host:port`, with what is said of it."""
        if self._config is None:
            return written
        user, _, rest = written.rpartition("@")
        host, colon, port = rest.rpartition(":")
        if not colon or not port.isdigit():
            host, port = rest, ""
        host = host.strip("[]")
        said = self.of(host, wrong)
        if said.jump and said.jump.lower() != "none":
            wrong(self._place, several(f"{said.jump},{host}"))
        user, address, number = user or said.user or "", said.address or host, port or str(said.port or "")
        login = f"{user}@" if user else ""
        if not number:
            return f"{login}{address}"
        return f"{login}[{address}]:{number}" if ":" in address else f"{login}{address}:{number}"

    def _looked_up(self, host: str, wrong: Wrong) -> dict[str, Any]:
        if self._config is None:
            return {}
        import paramiko

        try:
            return dict(self._config.lookup(host))
        except (ValueError, paramiko.ConfigParseError, paramiko.CouldNotCanonicalize) as error:
            wrong(self._place, f"host {host}: {error}")
            return {}

    def _port(self, text: str, host: str, wrong: Wrong) -> int:
        if text and not (text.isdigit() and 1 <= int(text) <= 65535):
            wrong(self._place, f"host {host}: `Port {text}` is not between 1 and 65535")
            return 0
        return int(text or 0)
