"""A waiver to fill in, as text."""

from __future__ import annotations

import json
import re

from baseline.load.draft import Draft

_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9._-]*")
_WORDS_OF_YAML = re.compile(r"(?i)y|n|yes|no|on|off|true|false|null")


def new_waiver(draft: Draft, limit: str) -> str:
    """The entry for a control on some hosts. What a person has to say is left empty, which `lint` tells."""
    title = " ".join(draft.title.split())
    return f"""\
- control: {draft.id}
  # {title}
  hosts: {_scalar(limit)}
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


def _scalar(text: str) -> str:
    plainly = _PLAIN.fullmatch(text) and not _WORDS_OF_YAML.fullmatch(text)
    return text if plainly else json.dumps(text, ensure_ascii=False)
