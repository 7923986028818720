"""Kind `service` on answers of systemd 252."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from baseline.kinds.service import Service
from baseline.model import Answer, Outcome
from tests.kinds.hosts import TARGET, Given, control, seen, verdict

PROPERTIES = "Id,LoadState,ActiveState,SubState,UnitFileState,NRestarts,Type,ExecStart,WantedBy,RequiredBy,TriggeredBy"


def block(unit: str, **changed: str) -> str:
    """What `systemctl show` prints of a service that runs and is enabled, but for what is given."""
    properties = {
        "Type": "notify",
        "NRestarts": "0",
        "ExecStart": "{ path=/usr/sbin/x ; argv[]=/usr/sbin/x -F ; ignore_errors=no }",
        "Id": unit,
        "RequiredBy": "",
        "WantedBy": "multi-user.target",
        "TriggeredBy": "",
        "LoadState": "loaded",
        "ActiveState": "active",
        "SubState": "running",
        "UnitFileState": "enabled",
    }
    return "".join(f"{name}={value}\n" for name, value in (properties | changed).items())


def answers(*blocks: str, names: str = "dovecot.service", running: str = "", sockets: str = "") -> dict[str, Given]:
    loop = (
        f"for t in $(systemctl show -p TriggeredBy --value -- {running or names}); do "
        'systemctl show -p Id,ActiveState,UnitFileState -- "$t" || exit; echo; done'
    )
    return {f"systemctl show -p {PROPERTIES} -- {names}": "\n".join(blocks), loop: sockets}


def service(**fields: Any) -> Service:
    found = control("service", **({"unit": "dovecot"} | fields))
    assert isinstance(found, Service)
    return found


STOPPED = {"ActiveState": "inactive", "SubState": "dead"}
GONE = STOPPED | {"LoadState": "not-found", "UnitFileState": "", "Type": "", "WantedBy": "", "ExecStart": ""}
SOCKET = "Id=dovecot.socket\nActiveState=active\nUnitFileState=enabled\n\n"


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [
        ({}, "pass"),
        ({"ActiveState": "reloading", "SubState": "reload"}, "pass"),
        (STOPPED, "fail"),
        ({"ActiveState": "failed", "SubState": "failed"}, "fail"),
        ({"ActiveState": "activating", "SubState": "auto-restart"}, "fail"),
        ({"SubState": "exited", "Type": "forking"}, "fail"),
        ({"SubState": "exited", "Type": "oneshot"}, "pass"),
        ({"UnitFileState": "disabled"}, "fail"),
        ({"UnitFileState": "enabled-runtime"}, "fail"),
        ({"UnitFileState": "static"}, "pass"),
        ({"UnitFileState": "static", "WantedBy": ""}, "fail"),
        ({"UnitFileState": "indirect"}, "pass"),
        ({"UnitFileState": "generated"}, "pass"),
        ({"UnitFileState": "masked", "LoadState": "masked"} | STOPPED, "fail"),
        ({"LoadState": "bad-setting"} | STOPPED, "fail"),
        (GONE, "fail"),
    ],
)
def test_running_and_enabled(changed: dict[str, str], outcome: str) -> None:
    assert verdict(service(), answers(block("dovecot.service", **changed))).outcome == outcome


def test_a_unit_that_is_not_there_is_one_reason() -> None:
    wanted = service()
    found = verdict(wanted, answers(block("dovecot.service", **GONE)))
    assert found.reason == "unit is not there, wanted a unit that systemd can load"
    state = seen(wanted, answers(block("dovecot.service", **GONE)))
    assert wanted.remedy(state, TARGET) is None
    assert "not installed" in wanted.advice(state)


@pytest.mark.parametrize(
    ("changed", "outcome"),
    [({}, "fail"), (GONE, "pass"), (STOPPED | {"UnitFileState": "disabled"}, "pass"), (STOPPED, "fail")],
)
def test_neither_running_nor_enabled(changed: dict[str, str], outcome: str) -> None:
    wanted = service(enabled=False, running=False)
    assert verdict(wanted, answers(block("dovecot.service", **changed))).outcome == outcome


@pytest.mark.parametrize("unit", ["postfix", "postfix.service", "postfix@-", "postfix@-.service"])
@pytest.mark.parametrize(("instance", "outcome"), [({}, "pass"), (STOPPED, "fail")])
def test_of_postfix_the_instance_counts(unit: str, instance: dict[str, str], outcome: str) -> None:
    wrapper = block(
        "postfix.service", Type="oneshot", SubState="exited", ExecStart="{ path=/bin/true ; argv[]=/bin/true ; }"
    )
    process = block("postfix@-.service", Type="forking", UnitFileState="enabled-runtime", **instance)
    said = answers(wrapper, process, names="postfix.service postfix@-.service", running="postfix@-.service")
    wanted = service(unit=unit)
    assert verdict(wanted, said).outcome == outcome
    if outcome == "fail":
        remedy = wanted.remedy(seen(wanted, said), TARGET)
        assert remedy is not None
        assert [action.do for action in remedy.actions] == ["systemctl start postfix@-.service"]


def test_without_an_instance_postfix_is_its_own_unit() -> None:
    real = block("postfix.service", Type="forking")
    said = answers(
        real,
        block("postfix@-.service", **GONE),
        names="postfix.service postfix@-.service",
        running="postfix@-.service",
    )
    assert seen(service(unit="postfix"), said)["runs as"] == "postfix.service"
    assert verdict(service(unit="postfix"), said).outcome is Outcome.PASS


def test_an_instance_in_which_nothing_runs_is_not_the_daemon() -> None:
    # As on Debian 13, which ships the instances' unit too.
    both = {"names": "postfix.service postfix@-.service", "running": "postfix@-.service"}
    idle = block("postfix@-.service", Type="forking", **STOPPED, UnitFileState="disabled")
    wanted = service(unit="postfix")
    said = answers(block("postfix.service", Type="forking"), idle, **both)
    assert seen(wanted, said)["runs as"] == "postfix.service"
    assert verdict(wanted, said).outcome is Outcome.PASS
    stopped = answers(block("postfix.service", Type="forking", **STOPPED), idle, **both)
    assert verdict(wanted, stopped).outcome is Outcome.FAIL
    remedy = wanted.remedy(seen(wanted, stopped), TARGET)
    assert remedy is not None
    assert [action.do for action in remedy.actions] == ["systemctl start postfix.service"]


def test_of_any_other_wrapper_nothing_is_said() -> None:
    wrapper = block("dovecot.service", Type="oneshot", SubState="exited", ExecStart="{ path=/usr/bin/true ; }")
    found = verdict(service(), answers(wrapper))
    assert found.outcome is Outcome.UNKNOWN
    assert "name the unit that does" in found.reason


@pytest.mark.parametrize(
    ("sockets", "outcome"),
    [
        (SOCKET, "pass"),
        (SOCKET.replace("=active", "=inactive"), "fail"),
        (SOCKET.replace("=enabled", "=disabled"), "fail"),
        (SOCKET.replace(".socket", ".timer"), "fail"),
    ],
)
def test_a_listening_socket_starts_on_demand(sockets: str, outcome: str) -> None:
    unit = block("dovecot.service", TriggeredBy="dovecot.socket", UnitFileState="disabled", **STOPPED)
    assert verdict(service(), answers(unit, sockets=sockets)).outcome == outcome


def test_restarts_may_be_bounded() -> None:
    unit = block("dovecot.service", NRestarts="4")
    assert verdict(service(restarts_at_most=4), answers(unit)).outcome is Outcome.PASS
    assert verdict(service(restarts_at_most=3), answers(unit)).reason == "restarts is 4, wanted <= 3"


def test_an_alias_is_mended_by_its_real_name() -> None:
    said = answers(block("redis-server.service", **STOPPED), names="redis.service")
    wanted = service(unit="redis")
    remedy = wanted.remedy(seen(wanted, said), TARGET)
    assert remedy is not None
    assert remedy.actions[0].do == "systemctl start redis-server.service"


@pytest.mark.parametrize(
    ("fields", "changed", "do", "undo"),
    [
        (
            {},
            STOPPED | {"UnitFileState": "disabled"},
            ["enable", "start"],
            ["stop", "disable"],
        ),
        ({}, STOPPED, ["start"], ["stop"]),
        ({}, {"UnitFileState": "disabled"}, ["enable"], ["disable"]),
        ({"enabled": False, "running": False}, {}, ["stop", "disable"], ["enable", "start"]),
        ({"enabled": None, "running": False}, {}, ["stop"], ["start"]),
        ({"masked": True}, {}, ["stop", "mask"], ["unmask", "start"]),
        ({"masked": True}, GONE, ["mask"], ["unmask"]),
    ],
)
def test_an_action_is_undone_in_reverse(
    fields: dict[str, Any], changed: dict[str, str], do: list[str], undo: list[str]
) -> None:
    wanted = service(**fields)
    remedy = wanted.remedy(seen(wanted, answers(block("dovecot.service", **changed))), TARGET)
    assert remedy is not None
    (action,) = remedy.actions
    assert action.do == " && ".join(f"systemctl {verb} dovecot.service" for verb in do)
    steps = "".join(f"systemctl {verb} dovecot.service || r=1\n" for verb in undo)
    assert action.undo == f"r=0\n{steps}exit $r"


@pytest.mark.parametrize("state", ["masked", "static", "indirect", "linked", "enabled-runtime"])
def test_what_enabling_would_not_mend_is_for_a_person(state: str) -> None:
    load = "masked" if state == "masked" else "loaded"
    said = answers(block("dovecot.service", UnitFileState=state, LoadState=load, WantedBy="", **STOPPED))
    wanted = service()
    found = seen(wanted, said)
    assert wanted.remedy(found, TARGET) is None
    assert "dovecot" in wanted.advice(found)


@pytest.mark.parametrize(
    "said",
    [
        Answer(127, b"", b"sh: systemctl: not found"),
        Answer(1, b"", b"System has not been booted with systemd as init system (PID 1). Can't operate."),
        "",
        "LoadState=loaded\n",
        block("a.service") + "\n" + block("b.service"),
    ],
)
def test_what_is_no_answer_is_unknown(said: Given) -> None:
    replies = answers("")
    replies[f"systemctl show -p {PROPERTIES} -- dovecot.service"] = said
    assert verdict(service(), replies).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize(
    "fields",
    [
        {"unit": "a b"},
        {"unit": "-x"},
        {"unit": "a", "masked": True, "running": True},
        {"unit": "a", "masked": True, "enabled": True},
        {"unit": "a", "enabled": None, "running": None},
        {"unit": "a;reboot"},
    ],
)
def test_what_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        control("service", **fields)
