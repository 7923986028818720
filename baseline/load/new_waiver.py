"""A waiver to fill in, as text."""

from __future__ import annotations

from baseline.load.draft import Draft
from baseline.load.scalars import scalar


def new_waiver(draft: Draft, limit: str) -> str:
    """The entry for a control on some hosts. What a person has to say is left empty, which `lint` tells."""
    title = " ".join(draft.title.split())
    return f"""\
- control: {draft.id}
  # {title}
  hosts: {scalar(limit)}
  # Why it is not met, and what will be done about it.
  reason:
  # Who answers for it: name and office.
  approver:
  # Until when, with the zone: 2027-03-31T17:00+08:00, or 2027-03-31+08:00 for the end of that day.
  expires:
  # What is done instead, and where it is written about.
  # compensating:
  # ticket:
"""
