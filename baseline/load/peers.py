"""Hosts that share a domain, and the host that speaks for each domain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from baseline.model import Peer, Subject, Target


def with_peers(targets: Sequence[Target]) -> list[Target]:
    """The targets, each with the hosts that share a domain with it, and the domains that it speaks for.

    A domain is looked at through the first host of role dns that has it, and that can be asked for its zone files.
    """
    speaker: dict[str, str] = {}
    for target in targets:
        if "dns" in target.roles and target.shell == "sh":
            for domain in target.domains:
                speaker.setdefault(domain, target.name)
    peers = [
        Peer(target.name, target.address, target.roles, target.domains, target.outbound, target.fqdn)
        for target in targets
    ]
    return [
        replace(
            target,
            peers=tuple(peer for peer in peers if peer.name == target.name or {*peer.domains} & {*target.domains}),
            speaks_for=tuple(Subject("domain", one) for one in target.domains if speaker.get(one) == target.name),
        )
        for target in targets
    ]
