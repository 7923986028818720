"""Domains and sites: what is looked at besides hosts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from baseline.model import Subject, Target

Line = TypeVar("Line")

SITE = "site"
"""The name of the site of hosts that the inventory gives none."""


def subjects_apart(targets: Sequence[Target]) -> list[Target]:
    """The domains that no selected host speaks for, and the sites, as targets without an address."""
    spoken = {subject for target in targets for subject in target.speaks_for}
    wanted: dict[Subject, list[Target]] = {}
    for target in targets:
        for domain in target.domains:
            wanted.setdefault(Subject("domain", domain), []).append(target)
    for target in targets:
        wanted.setdefault(Subject("site", target.site or SITE), []).append(target)
    return [_apart(subject, having) for subject, having in wanted.items() if subject not in spoken]


def _apart(subject: Subject, having: Sequence[Target]) -> Target:
    """A subject with what the inventory says of the hosts that have it."""
    return replace(
        having[0],
        name=subject.name,
        address="",
        roles=frozenset(),
        domains=tuple(dict.fromkeys(domain for target in having for domain in target.domains)),
        roster=_united(target.roster for target in having),
        register=_united(target.register for target in having),
        peers=_united(target.peers for target in having) or (),
        speaks_for=(subject,),
    )


def _united(lists: Iterable[tuple[Line, ...] | None]) -> tuple[Line, ...] | None:
    """All lines of the rosters, registers or peers that there are, each once; None when there is none.

    Most hosts of a domain hold the very same list, which is then looked at once.
    """
    there = {id(lines): lines for lines in lists if lines is not None}
    if len(there) < 2:
        return next(iter(there.values()), None)
    return tuple(dict.fromkeys(line for lines in there.values() for line in lines))
