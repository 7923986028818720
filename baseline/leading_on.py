"""Zones that an apply had loaded before it was restored: they go on under a later serial. Pure.

A secondary that took the serial of the apply would keep those records, since the one that is put back is older (RFC
1982). A restoration itself puts every byte back and hangs on nobody, so this is an apply of its own, after it.
"""

from __future__ import annotations

from collections.abc import Sequence

from baseline import manifest
from baseline.model import FileChange, FileState, HostPlan
from baseline.remedies.zone_records import zone_loaded
from baseline.zone_serials import with_later_serials


def leading_on(plan: HostPlan, steps: Sequence[str]) -> HostPlan | None:
    """What gives the zones of a restored plan later serials than it gave them; None where it had loaded none.

    `steps` are those of the apply as the host told them. Where it told none, any zone may have been loaded.
    """
    loads = {
        path: action
        for action in plan.actions
        if (path := zone_loaded(action)) and (not steps or _begun(action.name, steps))
    }
    now = {change.path: change.after for change in plan.files if change.path in (*loads, manifest.PATH)}
    then = {change.path: change.before for change in plan.files if change.path in now}
    if manifest.PATH not in then:
        now[manifest.PATH] = then[manifest.PATH] = FileState(None)
    after = with_later_serials(now, then)
    changes = tuple(FileChange(path, then[path], state, ()) for path, state in after.items() if state != then[path])
    if not changes:
        return None
    return HostPlan(plan.host, files=changes, actions=tuple(one for path, one in loads.items() if path in after))


def _begun(name: str, steps: Sequence[str]) -> bool:
    return any(step == f"did {name}" or step.startswith(f"action: {name}:") for step in steps)
