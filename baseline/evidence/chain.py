"""The chain of the daily checklists of a register: each names the link of the one before."""

from __future__ import annotations

from collections.abc import Iterable

from baseline.model import Evidence
from baseline.model.evidence import Checklist, unlinked


def broken_links(records: Iterable[Evidence]) -> tuple[str, ...]:
    """What is wrong with the chains, in words; one chain for each subject, by day. The first list may name any link."""
    chains: dict[str, list[tuple[Evidence, Checklist]]] = {}
    for record in records:
        if isinstance(record.facts, Checklist):
            chains.setdefault(record.subject, []).append((record, record.facts))
    said = []
    for chain in chains.values():
        for before, record in unlinked([record for record, _ in sorted(chain, key=lambda one: one[1].day)]):
            said.append(f"{record.id} follows another list than {before.id}: one was changed or taken away")
    return tuple(said)
