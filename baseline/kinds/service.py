"""Kind `service`: a systemd unit runs and starts at boot, or does neither."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from baseline.errors import CannotTell
from baseline.judge import AtMost, Equal, Matches, Want, Wants
from baseline.kinds.base import Control, Loosens
from baseline.model import State, Target
from baseline.programs import service_of
from baseline.readings.answers import ask, shorten, text
from baseline.readings.units import AT_BOOT, PROPERTIES, STARTED, activity, blocks_of, boot, process_of, unit_action
from baseline.remedies.remedy import Effects, Remedy

if TYPE_CHECKING:
    from testinfra.host import Host

Unit = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9:_.@\\-]*$")]
"""A unit by name, `.service` where nothing else is said."""

STOPPED = Matches(r"inactive \(dead\)|failed \(.+\)", "inactive")
NOT_AT_BOOT = Matches(r"disabled|masked|masked-runtime|static|indirect|no unit file", "disabled")
MASKED = Matches(r"masked(-runtime)?", "masked")
LOADED = Matches(r"\S+", "a unit that systemd can load")


class Service(Control):
    """A unit is active and enabled, or neither, or masked.

    A unit that an active socket starts on demand counts as active. A unit that cannot be enabled itself (static,
    indirect, generated) counts as enabled when an enabled unit wants it. Where postfix.service itself
    only runs `true`, as on Debian 12, the instance postfix@-.service is looked at; of any other unit that only runs
    `true` nothing is said.
    Sources: systemctl(1) "is-enabled", systemd.unit(5), org.freedesktop.systemd1(5).
    """

    summary: ClassVar[str] = "A systemd unit is active and enabled, or neither, or masked."
    loosens: ClassVar[Loosens] = {
        "unit": "change",
        "enabled": "change",
        "running": "change",
        "masked": "change",
        "restarts_at_most": "higher",
    }
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because the unit's state that gives way is the one that is judged",
        notice="What the unit does, or no longer does.",
    )

    kind: Literal["service"]
    unit: Annotated[
        Unit,
        Field(description="A unit of systemd; `.service` where nothing else is said.", examples=["postfix.service"]),
    ]
    enabled: Annotated[bool | None, Field(description="Whether it starts at boot. Empty (`null`): not looked at.")] = (
        True
    )
    running: Annotated[bool | None, Field(description="Whether it runs. Empty (`null`): not looked at.")] = True
    masked: Annotated[
        bool,
        Field(description="Whether it can be started at all; leave out `enabled` and `running` then.", examples=[True]),
    ] = False
    restarts_at_most: Annotated[
        Annotated[int, Field(ge=0)] | None,
        Field(description="How many times systemd may have restarted it since it was started.", examples=[3]),
    ] = None

    @model_validator(mode="after")
    def _one_wish(self) -> Self:
        asked = {name for name in ("enabled", "running") if name in self.model_fields_set and getattr(self, name)}
        if self.masked and asked:
            raise ValueError(
                f"a masked unit can be neither enabled nor running: leave out {' and '.join(sorted(asked))}"
            )
        if not self.masked and self.enabled is None and self.running is None and self.restarts_at_most is None:
            raise ValueError("nothing is asked of the unit: give enabled, running, masked or restarts_at_most")
        return self

    def expected(self, target: Target) -> Wants:
        """What is wanted of the unit's activity and of its start at boot."""
        del target
        if self.masked:
            return {"boot": MASKED, "activity": STOPPED}
        wants: dict[str, Want] = {}
        if self.enabled or self.running or self.restarts_at_most is not None:
            wants["unit"] = LOADED
        if self.running is not None:
            wants["activity"] = STARTED if self.running else STOPPED
        if self.enabled is not None:
            wants["boot"] = AT_BOOT if self.enabled else NOT_AT_BOOT
        if self.restarts_at_most is not None:
            wants["restarts"] = AtMost(self.restarts_at_most)
        return wants

    def demands(self, target: Target) -> Wants:
        """Whether the unit runs, and whether it starts at boot."""
        del target
        wished = {"running": self.running, "enabled": self.enabled}
        unit = self.unit if "." in self.unit else f"{self.unit}.service"
        if self.masked:
            wished = {"running": False, "enabled": False}
        return {
            f"unit {unit} {name}": Equal("yes" if wish else "no") for name, wish in wished.items() if wish is not None
        }

    def actual(self, host: Host, target: Target) -> State:
        """`unit` (None: not there), `runs as` (whose activity), `activity`, `boot`, `restarts` since it was started."""
        del target
        units = list(dict.fromkeys((self._enabled_unit, self._running_unit)))
        named = " ".join(map(shlex.quote, units))
        shown, triggers = ask(
            host,
            f"systemctl show -p {PROPERTIES} -- {named}",
            f"for t in $(systemctl show -p TriggeredBy --value -- {shlex.quote(self._running_unit)}); do "
            'systemctl show -p Id,ActiveState,UnitFileState -- "$t" || exit; echo; done',
        )
        blocks = blocks_of(text(shown))
        if len(blocks) != len(units):
            raise CannotTell(f"`systemctl show` told of {len(blocks)} units, not {len(units)}: {shorten(text(shown))}")
        main = blocks[0]
        process = process_of(service_of(self._enabled_unit), {block["Id"]: block for block in blocks}) or main
        sockets = [
            block
            for block in blocks_of(text(triggers))
            if block["Id"].endswith((".socket", ".path")) and block["ActiveState"] == "active"
        ]
        there = main["LoadState"] != "not-found"
        return {
            "unit": _unit(main) if there else None,
            "runs as": process["Id"] if there else None,
            "activity": activity(process, sockets),
            "boot": boot(main, sockets),
            "restarts": int(process["NRestarts"]) if process.get("NRestarts", "").isdigit() else None,
        }

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """Enable and start the unit, or the opposite, each with its exact reverse; None when that would not do.

        A masked unit is left to a person: somebody meant it, and what is enabled behind the mask cannot be seen.
        """
        del target
        unit, process = str(state["unit"]), str(state["runs as"])
        steps: list[tuple[str, str]] = []
        if state["unit"] is None or " " in unit:
            if not (self.masked and state["unit"] is None):
                return None
            unit = process = self._enabled_unit
        if self.masked and not _meets(MASKED, state["boot"]):
            steps.append((f"mask {unit}", f"unmask {unit}"))
        if not self.masked and self.enabled is not None and not self._boot_fits(state):
            if state["boot"] not in ("disabled", "enabled"):
                return None
            pair = (f"enable {unit}", f"disable {unit}")
            steps.append(pair if self.enabled else (pair[1], pair[0]))
        if self._start(state):
            steps.append((f"start {process}", f"stop {process}"))
        elif self._stop(state):
            steps.insert(0, (f"stop {process}", f"start {process}"))
        return Remedy(actions=(unit_action(steps, self.id),)) if steps else None

    def advice(self, state: State) -> str:
        """What a person can do."""
        unit, boot = state.get("unit"), str(state.get("boot"))
        if unit is None and not self.masked:
            return f"{self.unit} is not installed: install the package that brings it. {self.fix}".strip()
        if boot.startswith("masked") and not self.masked:
            return f"somebody masked {self.unit}: find out why, then systemctl unmask {self.unit}. {self.fix}".strip()
        if self.enabled and not self._boot_fits(state):
            return f"{self.unit} is {boot}: look at what starts it, with systemctl status. {self.fix}".strip()
        return self.fix

    @property
    def _enabled_unit(self) -> str:
        name = self.unit if re.search(r"\.[a-z]+$", self.unit) else f"{self.unit}.service"
        return service_of(name).unit

    @property
    def _running_unit(self) -> str:
        return next(iter(service_of(self._enabled_unit).processes), self._enabled_unit)

    def _boot_fits(self, state: State) -> bool:
        return _meets(AT_BOOT if self.enabled else NOT_AT_BOOT, state.get("boot"))

    def _start(self, state: State) -> bool:
        return bool(self.running) and not self.masked and not _meets(STARTED, state["activity"])

    def _stop(self, state: State) -> bool:
        return (self.masked or self.running is False) and not _meets(STOPPED, state["activity"])


def _meets(want: Want, value: object) -> bool:
    return isinstance(value, str) and want.judge(value) == "pass"


def _unit(block: Mapping[str, str]) -> str:
    return block["Id"] if block["LoadState"] == "loaded" else f"{block['Id']} ({block['LoadState']})"
