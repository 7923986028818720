"""What `fail2ban-client -i` answers to commands given on its standard input."""

from __future__ import annotations

import re

from baseline.classes import dataclass

PROMPT = "fail2ban> "
NOT_RUNNING = "Failed to access socket path"


def replies(printed: str, count: int) -> list[str]:
    """The reply to each of `count` commands. Raises ValueError when there are fewer."""
    parts = printed.split(PROMPT)[1:]
    if len(parts) < count:
        raise ValueError(f"{len(parts)} replies to {count} commands")
    return [part.strip() for part in parts[:count]]


@dataclass(frozen=True)
class Watch:
    """What a jail reads: the journal, by matches as journalctl takes them, or files."""

    matches: str = ""
    files: tuple[str, ...] = ()


def status(reply: str) -> Watch | None:
    """What `status JAIL` tells a jail to read; None for no jail of this name. Raises ValueError for anything else."""
    if not reply or "does not exist" in reply:
        return None
    if not reply.startswith("Status for the jail"):
        raise ValueError(f"no status of a jail: {reply[:100]}")
    matches = re.search(r"Journal matches:[ \t]*(.*)", reply)
    files = re.search(r"File list:[ \t]*(.*)", reply)
    return Watch(matches[1].strip() if matches else "", tuple(files[1].split()) if files else ())


def members(reply: str) -> tuple[str, ...]:
    """The lines of a list after its heading, without the strokes in front: addresses, or names of actions."""
    return tuple(re.sub(r"^[|`]-\s*", "", line).strip() for line in reply.splitlines()[1:] if line.strip())


def matching(matches: str, entry: dict[str, frozenset[str]]) -> bool:
    """Whether journal matches select entries with these fields: terms of one field are alternatives, `+` parts groups.

    No match at all selects everything (journalctl(1)).
    """
    groups = [group.split() for group in re.split(r"(?:^|\s)\+(?:\s|$)", matches)]
    if groups == [[]]:
        return True
    return any(_selects(group, entry) for group in groups if group)


def _selects(terms: list[str], entry: dict[str, frozenset[str]]) -> bool:
    wanted: dict[str, set[str]] = {}
    for term in terms:
        name, _, value = term.partition("=")
        wanted.setdefault(name, set()).add(value)
    return all(not values.isdisjoint(entry.get(name, frozenset())) for name, values in wanted.items())
