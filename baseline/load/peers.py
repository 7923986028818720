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
        if "dns" in target.roles and target.shell == "sh" and not target.outside_only:
            for domain in target.domains:
                speaker.setdefault(domain, target.name)
    everybody = [
        Peer(target.name, target.address, target.roles, target.domains, target.outbound, target.fqdn)
        for target in targets
    ]
    having: dict[str, dict[int, None]] = {}
    for number, target in enumerate(targets):
        for domain in target.domains:
            having.setdefault(domain, {})[number] = None
    # One tuple for all hosts whose domains lead to the same hosts: those of a country would else hold its square.
    shared: dict[str, tuple[Peer, ...]] = {}

    def of(number: int, domains: tuple[str, ...]) -> tuple[Peer, ...]:
        if not domains:
            return (everybody[number],)
        most = max(domains, key=lambda name: (len(having[name]), name))
        others = {one for name in domains if name != most for one in having[name] if one not in having[most]}
        if others:
            return tuple(everybody[one] for one in sorted({*having[most], *others}))
        if most not in shared:
            shared[most] = tuple(everybody[one] for one in having[most])
        return shared[most]

    return [
        replace(
            target,
            peers=of(number, target.domains),
            speaks_for=tuple(Subject("domain", one) for one in target.domains if speaker.get(one) == target.name),
        )
        for number, target in enumerate(targets)
    ]
