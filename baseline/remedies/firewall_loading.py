"""Loading /etc/nftables.conf as an action that can be undone, whatever was loaded before."""

from __future__ import annotations

from baseline.model import Action, State
from baseline.shell import script

FILE = "/etc/nftables.conf"


def load(state: State) -> Action:
    """Load the file and have it loaded at boot, and the reverse."""
    shown = str(state["nftables.service"])
    enabled, active = shown.startswith("enabled"), "inactive" not in shown
    fresh = state["table inet baseline"] is None
    start = "systemctl --quiet enable nftables.service && systemctl start nftables.service"
    stop = script("baseline.remedies", "firewall_stopping", enabled=_word(enabled), active=_word(active))
    return Action(
        name=f"load {FILE}",
        do=f"{_change('load')}\n{start}\n",
        undo=f"{_change('clear' if fresh else 'load')}\n{stop}\n",
        undo_after_files=True,
    )


def _change(how: str) -> str:
    return script("baseline.remedies", "firewall_loading", file=FILE, change=how)


def _word(so: bool) -> str:
    return "yes" if so else "no"
