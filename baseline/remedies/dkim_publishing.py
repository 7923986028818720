"""Making a DKIM key on its host, and its record in a file that the zone includes."""

from __future__ import annotations

from baseline.formats import dkim
from baseline.model import Action
from baseline.shell import script

INCLUDED = "/etc/bind/baseline-dkim/{domain}.{selector}.zone"
"""The record of one key. It is made on the host together with the key, so the plan cannot hold it."""


def make_and_publish(domain: str, selector: str, path: str, bits: int) -> Action:
    """Make the key at `path` unless there is one, and write its public half for the zone.

    Undone, a key that was there before stays, and one that was made goes: marks beside the files tell which is which.
    """
    values = {
        "d": domain,
        "s": selector,
        "k": path,
        "f": INCLUDED.format(domain=domain, selector=selector),
        "name": dkim.name(selector, domain),
        "bits": str(bits),
    }
    return Action(
        f"make and publish the DKIM key {selector} of {domain}",
        do=_entering("dkim_publishing.do", values),
        undo=_entering("dkim_publishing.undo", values),
        first=True,
        undo_after_files=True,
    )


def _entering(file: str, values: dict[str, str]) -> str:
    return f"{script('baseline.remedies', 'entering')}\n{script('baseline.remedies', file, **values)}"
