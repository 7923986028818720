"""Loading /etc/nftables.conf as an action that can be taken back, whatever was loaded before."""

from __future__ import annotations

from baseline.model import Action, State

FILE = "/etc/nftables.conf"
_QUIET = "/run/systemd/system/nftables.service.d"
_CLEAR = r"printf 'table inet baseline\ndelete table inet baseline\n'"


def load(state: State) -> Action:
    """Load the file and have it loaded at boot, and the reverse."""
    shown = str(state["nftables.service"])
    enabled, active = shown.startswith("enabled"), "inactive" not in shown
    fresh = state["table inet baseline"] is None
    start = "systemctl --quiet enable nftables.service && systemctl start nftables.service"
    stop = [] if enabled else ["systemctl --quiet disable nftables.service || r=1"]
    if not active:
        # Its own way to stop is to take everybody's tables away.
        stop += [
            f"mkdir -p {_QUIET} && printf '[Service]\\nExecStop=\\n' >{_QUIET}/baseline.conf &&",
            "  systemctl daemon-reload && systemctl stop nftables.service || r=1",
            f"rm -rf {_QUIET}",
            "systemctl daemon-reload",
        ]
    back = f"{_CLEAR} | nft -f -" if fresh else f"nft -f {FILE}"
    return Action(
        name=f"load {FILE}",
        do=_keeping(f"nft -f {FILE}") + start + "\n",
        undo=_keeping(back) + "r=0\n" + "\n".join(stop) + "\nexit $r\n",
    )


def _keeping(change: str) -> str:
    """Change the rules that run; when this is the taking back of a change, put back the table kept by it instead.

    Whatever runs as `.do` keeps the table that it finds in the journal first, so that its `.undo` needs no file. A
    rollback to an earlier generation runs what was an undoing as its doing, and finds the file as it was then.
    """
    return (
        "case $0 in\n"
        "*.undo)\n"
        "  kept=${0%.undo}.rules\n"
        f'  [ ! -e "$kept" ] || {{ {_CLEAR}; cat "$kept"; }} | nft -f - || exit\n'
        "  ;;\n"
        "*)\n"
        "  kept=${0%.do}.rules\n"
        '  [ -e "$kept" ] || {\n'
        '    { nft list table inet baseline 2>/dev/null || :; } >"$kept.new" && sync "$kept.new" &&\n'
        '      mv "$kept.new" "$kept"\n'
        "  } || exit\n"
        f"  {change} || exit\n"
        "  ;;\n"
        "esac\n"
    )
