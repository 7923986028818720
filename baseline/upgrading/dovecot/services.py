"""`service { }` of 2.3 with its listeners, as 2.4 has it.

Sources: doc.dovecot.org 2.3 and 2.4, "Service configuration"; what 2.4.1 refused.
"""

from __future__ import annotations

from baseline.upgrading.dovecot.draft import DovecotDraft
from baseline.upgrading.dovecot.tree import Block
from baseline.upgrading.dovecot.writing import Entry, Set, section

_GONE = {
    "director": "2.4 has no director",
    "replicator": "2.4 has no replication: keep mail on storage that several hosts share",
    "aggregator": "2.4 has no replication and no director, which this service was for",
    "ipc": "2.4 has this work done by anvil",
    "old-stats": "2.4 has no old statistics: use metrics (service stats)",
    "dict-async": "2.4 asks every dict asynchronously: settings belong to service dict",
    "tcpwrap": "2.4 has no tcpwrap: use the firewall",
}
_RENAMED = {"service_count": "restart_request_count", "idle_kill": "idle_kill_interval"}
_UNLIMITED = {
    "restart_request_count": {"0"},
    "vsz_limit": {"18446744073709551615 B"},
    "idle_kill_interval": {"4294967295 secs"},
}
"""How 2.3 wrote "no limit" of these, which 2.4 refuses."""
_LISTENERS = ("inet_listener", "unix_listener", "fifo_listener")


def service(draft: DovecotDraft, block: Block) -> None:
    """One service. `draft` is the one around it."""
    inner = draft.inner(block.head)
    if block.name in _GONE:
        for name, value in block.settings.items():
            inner.gone(inner.old(name, value), _GONE[block.name])
        if not block.settings:
            inner.gone(inner.old("service", block.name), _GONE[block.name])
        draft.put(*inner.entries)
        return
    _settings(inner, block)
    for kind in _LISTENERS:
        for number, listener in enumerate(block.all(kind)):
            _listener(inner, listener, number)
    draft.put(section("service", block.name, inner.entries))


def _settings(draft: DovecotDraft, block: Block) -> None:
    for name, value in block.settings.items():
        new = _RENAMED.get(name, name)
        draft.plain(draft.old(name, value), Set(new, _value(new, value), bare=value.startswith("$")))


def _value(name: str, value: str) -> str:
    if value in _UNLIMITED.get(name, ()):
        return "unlimited"
    if value.startswith("$"):
        return f"$SET:{value[1:]}"
    return value


def _listener(draft: DovecotDraft, listener: Block, number: int) -> None:
    inner = draft.inner(listener.head, number if not listener.name else None)
    for name, value in listener.settings.items():
        old = inner.old(name, value)
        if name == "address":
            inner.plain(old, Set("listen", " ".join(value.replace(",", " ").split())))
        else:
            inner.plain(old, _listener_entry(name, value))
    # 2.4 wants a name for every listener.
    name = listener.name or f"port-{listener.get('port', '0')}"
    draft.put(section(listener.kind, name, inner.entries))


def _listener_entry(name: str, value: str) -> Entry:
    return Set(name, f"$SET:{value[1:]}", bare=True) if value.startswith("$") else Set(name, value)
