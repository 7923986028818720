"""A connection to one host by paramiko's client: where to, as whom, through which jump host. Not open yet when made.

It has what is used of a connection of Fabric's, which is taken as well where somebody else made it. Fabric itself
takes as long to be imported as paramiko and the library's own modules of a check together, for commands that it
runs in other ways.
"""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from typing import Any

import paramiko


class SshConnection:
    """One that `open` opens. Its client says which host keys are accepted, and none is unless it is told so."""

    transport: paramiko.Transport
    """What the login was made over; there once it is open."""

    def __init__(
        self,
        host: str,
        port: int,
        user: str | None,
        gateway: SshConnection | None = None,
        how: Mapping[str, Any] | None = None,
    ) -> None:
        """`how` are further arguments of `paramiko.SSHClient.connect`. Without a user it is who runs this."""
        self.host, self.port = host, port
        self.user = user or getpass.getuser()
        self.gateway = gateway
        self.how: Mapping[str, Any] = how or {}
        self.client = paramiko.SSHClient()
        self.client.set_missing_host_key_policy(paramiko.RejectPolicy())

    @property
    def is_connected(self) -> bool:
        """Whether its transport still runs."""
        transport = self.client.get_transport()
        return transport is not None and transport.is_active()

    def open(self) -> None:
        """Connect and log in, through the jump host where there is one. Raises what paramiko raises."""
        if self.is_connected:
            return
        through: dict[str, Any] = {}
        if self.gateway is not None:
            self.gateway.open()
            through["sock"] = self.gateway.transport.open_channel("direct-tcpip", (self.host, self.port), ("", 0))
        self.client.connect(self.host, self.port, self.user, **through, **self.how)
        transport = self.client.get_transport()
        if transport is None:
            raise EOFError("it was closed")
        self.transport = transport

    def close(self) -> None:
        """End it, however far it came."""
        self.client.close()
