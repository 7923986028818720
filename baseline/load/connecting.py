"""How a host is reached, by its variables: address, login, keys, jump host. What would lead elsewhere is refused.

A host may never be reached by another way than its inventory says. So what Ansible or ssh(1) would follow and this
package does not is an error here, before a connection is tried.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from baseline.classes import dataclass
from baseline.late import regex
from baseline.load.ssh_args import KEYS_ARE_CHECKED, SshArguments, parse_ssh_arguments
from baseline.load.tree import Leaf, Position, Tree, nearest, short
from baseline.load.variables import HostVariables, beside
from baseline.secret import Secret

if TYPE_CHECKING:
    from baseline.load.ssh_config import SshConfig
    from baseline.model import Shell

SECRET = regex(r"ansible_.*(pass|password|passphrase)")
"""HostVariables of Ansible's that hold a secret."""

_OVER_SSH = ("ssh", "smart", "paramiko", "paramiko_ssh", "ansible.builtin.ssh", "ansible.builtin.paramiko_ssh")
_LOCAL = ("local", "ansible.builtin.local")
_SHELLS: dict[str, Shell] = {"sh": "sh", "powershell": "powershell", "cmd": "powershell"}
"""Ansible's words for the login shell; on Windows PowerShell is started from either of its two."""

_ARGUMENTS = ("ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args")
_LOGIN = ("ansible_password", "ansible_ssh_pass", "ansible_ssh_password")
SUDO = ("ansible_become_password", "ansible_become_pass", "ansible_sudo_pass")
"""Ansible's names for the password of sudo, of which the first counts."""


@dataclass(frozen=True)
class Way:
    """How a host is reached: see the fields of `Target`."""

    address: str
    port: int = 22
    user: str | None = None
    key_file: str | None = None
    known_hosts: tuple[str, ...] = ()
    jump: str | None = None
    jump_keys: tuple[str, ...] = ()
    other_key_files: tuple[str, ...] = ()
    host_key_alias: str = ""
    jump_aliases: tuple[str, ...] = ()
    jump_known_hosts: tuple[tuple[str, ...], ...] = ()

    @property
    def direct(self) -> bool:
        """Whether the address is that of the host as this machine sees it."""
        return self.address != "local" and not self.jump


def way_to(name: str, host: HostVariables, config: SshConfig) -> Way:
    """The way to a host of this name. Mistakes are noted, and the way is then not to be used."""
    arguments = _arguments(host)
    _check_host_keys(host)
    _check_sudo(host)
    user, key = host.text("ansible_user"), host.path("ansible_ssh_private_key_file")
    if _is_local(host):
        return Way("local", user=user)
    address = host.address("ansible_host") or name
    if host.text("exchange_report") is None:
        _refuse_passwords(host)
        _refuse_proxies(host)
    written = Way(
        address=address,
        port=host.port("ansible_port") or arguments.port or 0,
        user=user or arguments.user,
        key_file=str(key.absolute()) if key else arguments.key_file,
        known_hosts=arguments.known_hosts,
        jump=arguments.jump,
    )
    return _with_config(written, config, host)


def shell_of(host: HostVariables) -> Shell:
    """The language that the host is asked in. A host of which a report is brought is an Exchange host as well."""
    text = host.text("ansible_shell_type") or "sh"
    if text not in _SHELLS:
        place = host.place("ansible_shell_type")
        host.wrong(place, f"`ansible_shell_type`: {short(text)} is not asked in: {nearest(text, _SHELLS)}")
    reported = host.text("exchange_report") is not None
    if _SHELLS.get(text) == "powershell" and host.text("ansible_connection") in _LOCAL:
        host.wrong(host.place("ansible_shell_type"), "`ansible_shell_type`: this machine is asked in sh")
    if host.text("exchange_reference") is not None and _SHELLS.get(text) == "sh" and not reported:
        place = host.place("exchange_reference")
        host.wrong(place, "`exchange_reference` is for an Exchange host: one with `ansible_shell_type: powershell`")
    return "powershell" if reported else _SHELLS.get(text, "sh")


def _is_local(host: HostVariables) -> bool:
    """Whether the host is this machine itself."""
    connection = host.text("ansible_connection")
    if connection is None or connection in _OVER_SSH or connection in _LOCAL:
        return connection in _LOCAL
    place = host.place("ansible_connection")
    host.wrong(place, f"connection {short(connection)} is not supported: only ssh and local are")
    return False


@dataclass(frozen=True)
class _Arguments:
    jump: str | None = None
    known_hosts: tuple[str, ...] = ()
    port: int | None = None
    user: str | None = None
    key_file: str | None = None


def _arguments(host: HostVariables) -> _Arguments:
    """What the arguments of ssh say: of each option the first, as ssh(1) takes them."""
    found = _Arguments()
    for name in _ARGUMENTS:
        text, place = host.text(name), host.place(name)
        if text is None:
            continue
        parsed = _parsed(text, place, host)
        port = None if parsed.port is None else host.port_number(parsed.port, name, place)
        found = _Arguments(
            jump=found.jump or parsed.jump,
            known_hosts=found.known_hosts or tuple(str(beside(place, one).absolute()) for one in parsed.known_hosts),
            port=found.port or port,
            user=found.user or parsed.user,
            key_file=found.key_file or (str(beside(place, parsed.key).absolute()) if parsed.key else None),
        )
    return found


def _parsed(text: str, place: Position, host: HostVariables) -> SshArguments:
    try:
        arguments = parse_ssh_arguments(text)
    except ValueError as error:
        host.wrong(place, f"{str(error).lower()}: close the quotes")
        return SshArguments()
    for note in arguments.notes:
        host.note(place, note)
    for refusal in arguments.refused:
        host.wrong(place, refusal)
    return arguments


def _check_host_keys(host: HostVariables) -> None:
    for name in ("ansible_host_key_checking", "ansible_ssh_host_key_checking"):
        if name in host.written and not host.truth(name):
            host.wrong(host.place(name), f"`{name}`: {KEYS_ARE_CHECKED}")


def _check_sudo(host: HostVariables) -> None:
    for name, usual in (("ansible_become_method", "sudo"), ("ansible_become_user", "root")):
        text = host.text(name)
        if text not in (None, usual, f"ansible.builtin.{usual}"):
            host.note(host.place(name), f"`{name}`: {text} is left aside: this package uses sudo to become root")


def become_password_of(host: HostVariables) -> Secret | None:
    """The password that sudo asks for on the host, where it is a secret; one that stands there in clear is refused."""
    found = None
    for name in SUDO:
        tree = host.written.get(name)
        if isinstance(tree, Leaf) and isinstance(tree.value, Secret):
            found = found or tree.value
        elif tree is not None and _given(tree):
            host.wrong(
                tree.place,
                f"`{name}`: a password does not stand in an inventory: write where it is to be had, as in "
                "`!secret {file: ~/sudo}`, or take it out and be asked for it with -K",
            )
    return found


def _refuse_passwords(host: HostVariables) -> None:
    for name in _LOGIN:
        tree = host.written.get(name)
        if tree is not None and _given(tree):
            host.wrong(
                tree.place,
                f"`{name}`: passwords are not used: this package logs in with a key. Take it out, or give "
                f"`-e {name}=` if that is set up on the host",
            )


def _given(tree: Tree) -> bool:
    return not isinstance(tree, Leaf) or tree.value not in (None, "")


def _refuse_proxies(host: HostVariables) -> None:
    name = "ansible_paramiko_proxy_command"
    if host.text(name):
        host.wrong(
            host.place(name),
            f"`{name}` is not followed, and the host must not be reached without it: "
            "write `ansible_ssh_common_args: -J JUMPHOST`",
        )


def _with_config(way: Way, config: SshConfig, host: HostVariables) -> Way:
    """The way with what ssh_config adds to it: it knows aliases, and what the inventory does not say."""
    more = config.of(way.address, host.wrong, way.user, way.port)
    jumps = config.jumps(way.jump if way.jump is not None else more.jump, host.wrong)
    keys = (way.key_file,) if way.key_file else more.keys
    return Way(
        address=more.address or way.address,
        port=way.port or more.port or 22,
        user=way.user or more.user,
        key_file=keys[0] if keys else None,
        known_hosts=way.known_hosts or more.known_hosts,
        jump=jumps.written,
        jump_keys=jumps.keys,
        other_key_files=tuple(keys[1:]),
        host_key_alias=more.alias,
        jump_aliases=jumps.aliases,
        jump_known_hosts=jumps.known_hosts,
    )
