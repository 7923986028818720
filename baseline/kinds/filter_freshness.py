"""Kind `filter_freshness`: what the filters know of spam and malware is not out of date."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from baseline.errors import CannotTell, NothingToJudge
from baseline.judge import AtLeast, AtMost, Equal, Want, Wants
from baseline.kinds.base import Control, Loosens
from baseline.model import Action, Scalar, State, Target
from baseline.readings.answers import ask, shorten, text
from baseline.readings.filter_engine import Engine
from baseline.remedies.mending import helps
from baseline.remedies.remedy import Effects, Remedy
from baseline.shell import script

if TYPE_CHECKING:
    from testinfra.host import Host

AGES = script("baseline.kinds", "filter_freshness")

UPDATERS = "systemctl show -p Id,LoadState,ActiveState,UnitFileState -- clamav-freshclam.service {timer}"
TIMER = "spamassassin-maintenance.timer"
_PLACES = {"maps": "/var/lib/rspamd/", "rules": "/var/lib/spamassassin/", "signatures": "/var/lib/clamav/"}
_DAY = 86400
Days = Annotated[int, Field(ge=1, le=30)]


class FilterFreshness(Control):
    """How old the newest of the engine's fetched files is, and whether something fetches them again.

    Looked at, in one command with the host's own clock: for Rspamd the maps it fetched (/var/lib/rspamd/*.map, whose
    time it renews also when the server says that nothing changed); for SpamAssassin the rules that sa-update brought
    (/var/lib/spamassassin), and that `spamassassin-maintenance.timer` is enabled and active; and where
    clamav-freshclam is installed its daily signatures, and that it runs. The newest file counts: what was fetched
    once for a setting that is gone stays for ever. A file with a time in the future has age 0.

    A Rspamd that has fetched nothing, as on a host without a way out, uses what its package brought. With
    `min_maps: 0` that is not judged (`notapplicable`, when nothing else is there to judge), since no file is there
    that could be old; a higher number wants them fetched. The rules in Rspamd's package are as old as the
    distribution makes them, and no control sees that.

    Applied: the timer or freshclam enabled and started, where that is all that is wrong. Old files are for a person:
    look at the way to the Internet (HTTPS) and at the updater's log.

    Sources: rspamd.com "Maps"; sa-update(1p); freshclam(1).
    """

    summary: ClassVar[str] = "Rules, maps and signatures of the filters are not out of date."
    loosens: ClassVar[Loosens] = {
        "rspamd_map_max_age": "higher",
        "sa_max_age": "higher",
        "clam_max_age": "higher",
        "min_maps": "lower",
    }
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because an updater is started that the filter's own package brings",
        notice="Nothing; the filter gets its updates.",
    )

    kind: Literal["filter_freshness"]
    engine: Engine = "rspamd"
    rspamd_map_max_age: Annotated[Days, Field(description="Days since Rspamd fetched a map.")] = 7
    sa_max_age: Annotated[Days, Field(description="Days since sa-update brought rules.")] = 7
    clam_max_age: Annotated[Days, Field(description="Days since freshclam brought signatures.")] = 2
    min_maps: Annotated[int, Field(ge=0, le=50, description="How many maps Rspamd has to have fetched.")] = 0

    def expected(self, target: Target) -> Wants:
        """Ages within their limits, and updaters at work; of what is there."""
        del target
        wants: dict[str, Want] = {
            "days since rules*": AtMost(self.sa_max_age, unit="days"),
            "days since maps*": AtMost(self.rspamd_map_max_age, unit="days"),
            "days since signatures*": AtMost(self.clam_max_age, unit="days"),
            "updates by*": Equal("active, enabled"),
        }
        if self.engine == "rspamd" and self.min_maps:
            wants["maps fetched"] = AtLeast(self.min_maps)
        return wants

    def actual(self, host: Host, target: Target) -> State:
        """The age of the newest file of each sort in days, and the updaters' state."""
        del target
        ages, updaters = ask(host, AGES, UPDATERS.format(timer=TIMER))
        found = _ages(text(ages))
        units = _units(text(updaters))
        clamav = units.get("clamav-freshclam.service")
        state: dict[str, Scalar] = {}
        if self.engine == "rspamd":
            state["maps fetched"] = len(found["maps"])
            if found["maps"]:
                state["days since maps were fetched"] = _days(min(found["maps"]))
        else:
            state["days since rules were brought"] = _days(min(found["rules"], default=None))
            state[f"updates by {TIMER}"] = units.get(TIMER)
        if clamav is not None:
            state["days since signatures were brought"] = _days(min(found["signatures"], default=None))
            state["updates by clamav-freshclam.service"] = clamav
        if state == {"maps fetched": 0} and not self.min_maps:
            raise NothingToJudge("Rspamd keeps no map from the network, so none can be old; whether it may is not seen")
        return state

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """The updaters enabled and started; None while old files would stay."""
        idle = [key.removeprefix("updates by ") for key, value in state.items() if _idle(key, value)]
        if not idle or not helps(self.expected(target), state, lambda key: not _idle(key, state[key])):
            return None
        return Remedy(actions=tuple(_enable(unit, str(state[f"updates by {unit}"])) for unit in idle))

    def advice(self, state: State) -> str:
        """What a person can do."""
        del state
        return self.fix or (
            "Find out why nothing is fetched: outbound HTTPS, the updater's log, free space. For Rspamd: "
            "`journalctl -u rspamd` and `rspamadm configdump -j` for the maps; else run sa-update or freshclam by hand."
        )


def _idle(key: str, value: Scalar) -> bool:
    return key.startswith("updates by ") and isinstance(value, str) and value != "active, enabled"


def _enable(unit: str, was: str) -> Action:
    active, enabled = was.startswith("active,"), was.endswith(", enabled")
    undo = ([] if active else [f"systemctl stop {unit}"]) + ([] if enabled else [f"systemctl --quiet disable {unit}"])
    do = f"systemctl --quiet enable --now {unit}\n"
    return Action(f"enable and start {unit}", do, f"{'; '.join([*undo, ':'])}\n")


def _ages(printed: str) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {name: [] for name in _PLACES}
    for line in printed.splitlines():
        match = re.fullmatch(r"(-?[0-9]+) (/\S.*)", line)
        if match is None:
            raise CannotTell(f"the ages of the filters' files were not understood: {shorten(line)}")
        for name, place in _PLACES.items():
            if match[2].startswith(place):
                found[name].append(int(match[1]))
    return found


def _days(seconds: int | None) -> float | None:
    return None if seconds is None else round(max(seconds, 0) / _DAY, 1)


def _units(printed: str) -> dict[str, str]:
    """Unit -> `active, enabled`; those that are not installed are left out."""
    found = {}
    for block in re.split(r"\n\s*\n", printed.strip()):
        said = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        if {"Id", "LoadState", "ActiveState", "UnitFileState"} - said.keys():
            raise CannotTell(f"`systemctl show` did not tell of the updaters: {shorten(printed)}")
        if said["LoadState"] != "not-found":
            found[said["Id"]] = f"{said['ActiveState']}, {said['UnitFileState']}"
    return found
