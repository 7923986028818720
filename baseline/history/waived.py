"""What became of waivers between two runs: begun, expiring, expired, withdrawn. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from baseline.model.changes import Change, ChangeClass
from baseline.model.waivers import WaiverTold

_IN_FORCE = ("in force", "expiring")


def changes_of(
    before: Mapping[str, Any], now: Mapping[str, Any], *, host: str | None = None, control: str | None = None
) -> Iterator[Change]:
    """The changes between the reports of two runs; with `host` or `control`, of the waivers that cover it."""
    old, new = _told(before), _told(now)
    at = datetime.fromisoformat(now["run"]["finished"])
    for key in dict.fromkeys([*new, *old]):
        one = new.get(key, old.get(key))
        assert one is not None, "it is in one of both"
        covered = (not host or host in one.waiver.hosts) and (not control or control.upper() in one.waiver.controls)
        for kind in _classes(old.get(key), new.get(key), at) if covered else ():
            yield _change(kind, one, old.get(key), new.get(key), now["run"]["id"])


def _told(report: Mapping[str, Any]) -> dict[str, WaiverTold]:
    told = [WaiverTold.from_dict(one) for one in report.get("waivers", ())]
    return {one.waiver.key: one for one in told}


def _classes(before: WaiverTold | None, now: WaiverTold | None, at: datetime) -> Sequence[ChangeClass]:
    held = before is not None and before.state in _IN_FORCE
    if now is None:
        if before is None or not held:
            return ()
        return ("waiver expired",) if before.waiver.expires <= at else ("waiver withdrawn",)
    if now.state == "expired":
        return ("waiver expired",) if before is not None and before.state != "expired" else ()
    if now.state not in _IN_FORCE:
        return ("waiver withdrawn",) if held else ()
    found: list[ChangeClass] = [] if held else ["waiver begun"]
    if now.state == "expiring" and (before is None or before.state != "expiring"):
        found.append("waiver expiring")
    return found


def _change(kind: ChangeClass, one: WaiverTold, before: WaiverTold | None, now: WaiverTold | None, run: str) -> Change:
    return Change(
        kind,
        one.waiver.limit,
        one.waiver.control,
        before=before.state if before else "",
        now=now.state if now else "",
        detail=one.waiver.words,
        cause="waiver",
        because=one.waiver.approver,
        seen=run,
    )
