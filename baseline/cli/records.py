"""The DNS records that a baseline wants of each domain, for people whose DNS is elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from baseline.kinds.domain import DomainControl
from baseline.load import Baseline
from baseline.model import Target

_HEAD = (
    "; Records that {name} {version} wants, as far as the inventory tells. Other records of a zone stay.\n"
    "; What only a host knows, such as the public half of its DKIM key, is printed by `baseline plan`.\n"
)


def as_zone_lines(baseline: Baseline, targets: Iterable[Target]) -> str:
    """Lines of a zone file for each domain of the hosts, once."""
    domains: dict[str, Target] = {}
    for target in targets:
        for domain in target.domains:
            domains.setdefault(domain, target)
    parts = [_HEAD.format(name=baseline.name, version=baseline.version)]
    for domain, target in domains.items():
        parts += ["\n", f"; {domain}\n", *_lines(baseline, replace(target, subject=domain))]
    return "".join(parts)


def _lines(baseline: Baseline, target: Target) -> Iterator[str]:
    for control in baseline.controls_for(target):
        if not isinstance(control, DomainControl):
            continue
        for one in control.wanted_records(target):
            yield from (f"{line} ; {control.id}\n" for line in one.lines())
