"""The SPF record that a domain should have: one remedy for all kinds that judge SPF."""

from __future__ import annotations

from baseline.formats import spf
from baseline.model import State
from baseline.remedies.remedy import Remedy
from baseline.remedies.zone_records import RecordSet, publish, txt
from baseline.zone_edits import MendSpf

MINE = r"v=spf1( |$)"
"""Which TXT records are SPF records, and so give way to the one that is wanted."""

SEPARATOR = " | "
"""Between the records that a state tells of."""


def publish_spf(state: State, domain: str, addresses: tuple[str, ...], final: str) -> Remedy:
    """One record in the domain's zone file, which keeps the sound terms of those that stand there.

    Where a person has to publish it, the least is told: the addresses, and how the record ends.
    """
    least = least_record(domain, addresses, final)
    return publish(state, (least,), lambda path, zone: (MendSpf(path, zone, domain, addresses, final),))


def least_record(domain: str, addresses: tuple[str, ...], final: str) -> RecordSet:
    """A record that names these addresses and nothing else."""
    return txt(domain, spf.with_addresses(f"{spf.VERSION} {final}", addresses), MINE)
