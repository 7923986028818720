"""Which workers a cluster has, looked at every second, and for how long those of a site have been missing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from baseline.cluster.opening import PREFIX

EVERY_SECONDS = 1.0

SILENT_SECONDS = 30
"""How long a scheduler may say nothing: one that is busy is not lost."""


class WorkersWatched:
    """Knows whether there is a worker for a site. `look` gives what the scheduler tells of itself."""

    def __init__(self, look: Callable[[], Mapping[str, Any]], wait: float, named: str) -> None:
        """`wait` is how long, in seconds, a worker may be missing. `named` is the cluster's name."""
        self.look, self._wait, self._named = look, wait, named
        self._ended = threading.Event()
        self._began = time.monotonic()
        self._seen: dict[str, float] = {}
        self._heard = self._began
        self._now: frozenset[str] = frozenset()

    def start(self) -> None:
        """Begin to look, in a thread that nobody waits for: a scheduler may not answer."""
        threading.Thread(target=self._go_on, daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()

    def has(self, site: str) -> bool:
        """Whether a worker for a site was there when last looked; any will do for hosts without a site."""
        return site in self._now

    def missing(self, site: str) -> str:
        """Why no host of a site can be looked at: for so long has nobody been there. Empty while there is hope."""
        silent = max(self._wait, SILENT_SECONDS)
        if time.monotonic() - self._heard > silent:
            return f"the scheduler of the cluster {self._named} has not answered for {silent:g} s"
        # By what it told: while it says nothing, no worker is missing.
        if site in self._now or self._heard - self._seen.get(site, self._began) <= self._wait:
            return ""
        if not site:
            return f"the cluster {self._named} has had no worker for {self._wait:g} s: start one"
        return (
            f"the cluster {self._named} has had no worker for site {site} for {self._wait:g} s: start one there, with "
            f"the resource '{PREFIX}{site}'"
        )

    def _go_on(self) -> None:
        while not self._ended.is_set():
            self.once()
            self._ended.wait(EVERY_SECONDS)

    def once(self) -> None:
        """Look now."""
        try:
            found = frozenset(_sites(self.look()))
        except Exception:  # noqa: BLE001 -- a scheduler that says nothing of use has said nothing
            return
        now = time.monotonic()
        self._heard = now
        self._now = found
        self._seen.update(dict.fromkeys(found, now))


def _sites(told: Mapping[str, Any]) -> set[str]:
    """The sites that workers reach, and "" for any worker at all. Raises anything for what no scheduler tells."""
    workers = told["workers"].values()
    names = {name for one in workers for name, amount in one["resources"].items() if amount >= 1}
    return {*(name.removeprefix(PREFIX) for name in names if name.startswith(PREFIX)), *([""] if workers else [])}
