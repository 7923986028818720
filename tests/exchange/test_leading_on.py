"""An apply that had loaded a zone and was restored leaves a later serial, or secondaries would keep its records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from baseline import engine, manifest
from baseline.edits import PutFile
from baseline.errors import Unreachable
from baseline.formats import zone
from baseline.leading_on import leading_on
from baseline.model import Action, Answer, ApplyOutcome, FileChange, FileState, HostPlan
from baseline.remedies.remedy import Remedy
from baseline.remedies.zone_records import load_zone, zone_loaded
from tests.exchange.fakes import TARGET, Says, control
from tests.exchange.scripted_host import CONFIRMED, DONE, RESTORED, ScriptedHost
from tests.exchange.test_zone_serials import PATH, kept

LOADS = load_zone("agency.example", PATH)
DID = f"did {LOADS.name}"
BEFORE, AFTER = kept(7), kept(8, "www IN A 192.0.2.1")


def plan(*files: FileChange, actions: tuple[Action, ...] = (LOADS,)) -> HostPlan:
    return HostPlan("mx1", files=files or (FileChange(PATH, BEFORE, AFTER, ("X",)),), actions=actions)


@pytest.mark.parametrize("steps", [(DID,), (f"action: {LOADS.name}: named does not serve it",), ()])
def test_a_zone_that_may_have_been_loaded_goes_on(steps: Sequence[str]) -> None:
    led = leading_on(plan(), steps)
    assert led is not None
    (change,) = led.files
    assert (change.path, change.before, change.after) == (PATH, BEFORE, kept(9))
    assert led.actions == (LOADS,)
    assert led.reloads == ()


@pytest.mark.parametrize(
    ("given", "steps"),
    [
        (plan(), ("staged", "change /etc/x")),
        (plan(actions=(Action("start x", "true", "true"),)), ()),
        (plan(FileChange("/etc/x", FileState(b"a"), FileState(b"b"), ("X",))), (DID,)),
        (plan(FileChange(PATH, FileState(None), AFTER, ("X",))), (DID,)),
    ],
)
def test_what_was_not_loaded_is_left_byte_for_byte(given: HostPlan, steps: Sequence[str]) -> None:
    assert leading_on(given, steps) is None


def test_the_record_of_what_was_applied_follows() -> None:
    zones = FileChange(PATH, BEFORE, AFTER, ("X",))
    record = manifest.update(FileState(None), (FileChange(PATH, FileState(None), BEFORE, ("X",)),), ())
    later = manifest.update(record, (zones,), ())
    led = leading_on(plan(zones, FileChange(manifest.PATH, record, later, ())), (DID,))
    assert led is not None
    written = {change.path: change.after for change in led.files}
    assert {one.path: one.sha256 for one in manifest.parse(written[manifest.PATH])} == {PATH: kept(9).sha256}


def test_the_file_that_an_action_loads() -> None:
    assert zone_loaded(LOADS) == PATH
    assert zone_loaded(load_zone("x.test", "/var/lib/bind/db x")) == ""
    assert zone_loaded(Action("load the zone x", f"z=x\nf={PATH}\n", "true")) == ""


NEEDS = control(
    Says,
    command=f"cat {PATH}",
    wanted="never",
    mends=Remedy(edits=(PutFile(PATH, (AFTER.content or b"").decode()),), actions=(LOADS,)),
    needs=(PATH,),
)
APPLIED = Answer(0, f"staged\n{DID}\nwaiting for confirmation\n".encode())


def applied(led_on: Any) -> tuple[ScriptedHost, str]:
    host = ScriptedHost(
        files={PATH: BEFORE}, verbs={"apply": [APPLIED, *led_on], "confirm": [CONFIRMED], "restore": [RESTORED]}
    )
    host.plan = engine.plan(TARGET, [NEEDS], host.connect).plan
    result = engine.apply(TARGET, [NEEDS], host.connect)
    assert result.apply is not None
    assert result.apply.outcome is ApplyOutcome.ROLLED_BACK
    assert result.apply.restored
    return host, result.apply.reason


def test_the_zone_is_led_on_after_the_restoration_and_that_is_said() -> None:
    host, reason = applied([DONE])
    assert [one for one in host.events if one in ("apply", "restore", "confirm")] == [
        "apply",
        "restore",
        "apply",
        "confirm",
    ]
    assert f"the host is as it was, but for a later serial in {PATH}, since secondaries may have had" in reason


@pytest.mark.parametrize("step", [Answer(20, b"validate: no\n"), Unreachable("gone")])
def test_where_that_fails_a_person_is_told(step: Any) -> None:
    _, reason = applied([step])
    assert f"secondaries may keep records of the apply: raise the serial in {PATH} by hand" in reason


def test_the_serial_is_later_than_that_of_the_apply() -> None:
    led = leading_on(plan(), ())
    assert led is not None
    (change,) = led.files
    texts = [(state.content or b"").decode() for state in (BEFORE, AFTER, change.after)]
    assert [zone.serial(text, ".") for text in texts] == [7, 8, 9]
