"""Services, queue, disk and clock: what no lab host comes to, from answers of the same form."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.errors import CannotTell, NothingToJudge
from baseline.kinds import clock_sync, mail_queue, mail_services
from baseline.kinds.disk_headroom import _read
from baseline.kinds.mail_services import _counts
from baseline.load import load_baseline
from baseline.model import Answer, Outcome, State, Target
from tests.kinds.hosts import Given, judged, seen

TARGET = Target("mx1", "192.0.2.1", roles=frozenset({"mta", "antispam", "firewall"}))
CONTROLS = {control.id: control for control in load_baseline("mampu-2007").controls_for(TARGET)}


def queue(answer: Answer) -> State:
    return seen(CONTROLS["MEL-H-02"], {mail_queue.QUEUE: answer}, TARGET)


WHOLE = b"now 1795528628\ncorrupt 0\nqueue deferred 3 1795442228\nbounces 1\nunread 0\nended 0\n"


def test_a_queue_is_read() -> None:
    state = queue(Answer(0, WHOLE))
    assert (state["deferred"], state["oldest deferred waits"], state["bounces waiting"]) == (3, 24.0, 1)


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(0, WHOLE.replace(b"ended 0", b"ended 124")), "within 20 seconds"),
        (Answer(0, WHOLE.replace(b"ended 0", b"ended 69")), "cannot be read"),
        (Answer(0, WHOLE.replace(b"unread 0", b"unread 2")), "cannot be read"),
        (Answer(0, WHOLE.replace(b"ended 0\n", b"")), "cannot be read"),
        (Answer(0, b""), "cannot be read"),
        (Answer(127, b"", b"postconf: not found"), "not installed"),
    ],
    ids=["too-long", "failed", "another-format", "cut", "nothing", "no-postfix"],
)
def test_a_queue_that_cannot_be_read_is_unknown(answer: Answer, why: str) -> None:
    with pytest.raises(CannotTell, match=why):
        queue(answer)


def test_a_clock_that_was_set_back_makes_no_negative_age() -> None:
    assert queue(Answer(0, WHOLE.replace(b"now 1795528628", b"now 1595528628")))["oldest deferred waits"] == 0


MESSAGE = (
    '{{"queue_name": "{queue}", "queue_id": "4F2A", "arrival_time": {time}, "message_size": 5, "forced_expire": false, '
    '"sender": "{sender}", "recipients": [{{"address": "a@b.my", "delay_reason": "\\"queue_name\\": \\"hold\\""}}]}}'
)
senders = st.sampled_from(["MAILER-DAEMON", "a@example.my", '\\"queue_name\\": \\"hold\\"', "MAILER-DAEMON@example.my"])
messages = st.lists(
    st.tuples(st.sampled_from(["active", "deferred", "hold"]), st.integers(1, 2**31), senders), max_size=8
)


@pytest.mark.skipif(shutil.which("awk") is None, reason="no awk")
@given(messages)
def test_the_queue_is_summed_up_on_the_host_as_postqueue_prints_it(
    tmp_path_factory: pytest.TempPathFactory, sent: list[tuple[str, int, str]]
) -> None:
    folder = tmp_path_factory.mktemp("bin")
    (folder / "corrupt").mkdir()
    lines = "\n".join(MESSAGE.format(queue=name, time=time, sender=sender) for name, time, sender in sent)
    (folder / "printed").write_text(f"{lines}\n" if sent else "")
    program(folder, "postconf", f"echo {folder}")
    program(folder, "postqueue", f"cat {folder}/printed")
    path = f"{folder}:/usr/sbin:/usr/bin:/sbin:/bin"
    done = subprocess.run(["sh", "-c", mail_queue.QUEUE], env={"PATH": path}, capture_output=True, check=True)
    state = queue(Answer(0, done.stdout))
    assert {name: state[name] for name in ("active", "deferred", "hold")} == {
        name: sum(one == name for one, _, _ in sent) for name in ("active", "deferred", "hold")
    }
    assert state["bounces waiting"] == sum(sender == "MAILER-DAEMON" for _, _, sender in sent)
    waiting = [time for name, time, _ in sent if name == "deferred"]
    assert not waiting or f"queue deferred {len(waiting)} {min(waiting)}\n" in done.stdout.decode()


def program(folder: Path, name: str, does: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{does}\n")
    (folder / name).chmod(0o755)


def test_mounts_are_read() -> None:
    printed = "80 20 100 10\n/ rw,relatime rw\n  5 95 - -\n/srv/a\\x20b rw ro,seclabel\nwhole\n"
    assert _read(printed) == {
        "mount of /": "writable",
        "space used on /": 80.0,
        "inodes used on /": 10.0,
        "mount of /srv/a b": "read-only",
        "space used on /srv/a b": 5.0,
    }


@pytest.mark.parametrize(
    "printed",
    ["", "whole\nwhole\n", "80 20 100 10\n/ rw rw\n", "80 20 100\n/ rw rw\nwhole\n", "0 0 1 1\n/ rw rw\nwhole\n"],
)
def test_mounts_that_cannot_be_read_are_unknown(printed: str) -> None:
    with pytest.raises(CannotTell):
        _read(printed)


def test_restarts_are_counted() -> None:
    assert _counts("      1 \n") == {}
    assert _counts("      3 redis-server.service\n     12 named.service\n") == {
        "redis-server.service": 3,
        "named.service": 12,
    }
    with pytest.raises(CannotTell):
        _counts("Hint: You are currently not seeing messages from other users\n")


def unit(name: str, load: str, active: str, boot: str) -> str:
    return (
        f"Id={name}\nLoadState={load}\nActiveState={active}\nSubState={'running' if active == 'active' else 'dead'}\n"
        f"UnitFileState={boot}\nType=simple\nTriggeredBy=\nActiveEnterTimestampMonotonic=1000000\n"
    )


def services(**units: tuple[str, str, str]) -> tuple[State, Outcome]:
    """State and outcome of a host whose units are these; all others are as they should be."""
    names = ["postfix.service", "postfix@-.service", "rspamd.service", "redis-server.service", "nftables.service"]
    names.append("fail2ban.service")
    told = {name: ("loaded", "active", "enabled") for name in names}
    told |= {f"{name.replace('_', '-')}.service": one for name, one in units.items()}
    printed = "\n".join(unit(name, *one) for name, one in told.items())
    control = CONTROLS["MEL-H-01"]
    found = seen(control, Shown({mail_services.RESTARTS: "      1 \n"}, printed), TARGET, otherwise="")
    state = {**found, "monitoring": "recorded"}
    return state, judged(control, state, TARGET).outcome


class Shown(dict[str, Given]):
    """`systemctl show` with these units; nothing else restarts and nothing triggers."""

    def __init__(self, answers: Mapping[str, Given], printed: str) -> None:
        super().__init__(answers)
        self.printed = printed

    def get(self, command: str, default: Any = None) -> Any:
        """The units, whichever of their properties are asked for."""
        return self.printed if command.startswith("systemctl show") else super().get(command, default)


GONE = ("not-found", "inactive", "")


def test_units_that_a_role_can_do_without_may_be_missing() -> None:
    assert services()[1] is Outcome.PASS
    assert services(redis_server=GONE, fail2ban=GONE)[1] is Outcome.PASS
    assert services(rspamd=GONE)[1] is Outcome.FAIL


def test_postfix_is_looked_at_in_the_unit_that_runs_it_on_the_host() -> None:
    instance = services()[0]
    assert "activity of postfix@-.service" in instance
    assert "activity of postfix.service" not in instance
    control = CONTROLS["MEL-H-01"]
    # As on Debian 13, where the unit itself is the daemon.
    whole, outcome = services(**{"postfix@-": GONE})
    assert (outcome, whole["activity of postfix.service"]) == (Outcome.PASS, "active (running)")
    stopped, outcome = services(**{"postfix@-": GONE, "postfix": ("loaded", "inactive", "enabled")})
    remedy = control.remedy(stopped, TARGET)
    assert remedy is not None
    assert (outcome, remedy.actions[0].do) == (Outcome.FAIL, "systemctl start postfix.service")


def test_the_firewall_is_never_started_from_here() -> None:
    control = CONTROLS["MEL-H-01"]
    state, outcome = services(nftables=("loaded", "inactive", "disabled"))
    assert outcome is Outcome.FAIL
    assert control.remedy(state, TARGET) is None


def test_a_failed_unit_is_left_to_a_person_and_a_stopped_one_is_started() -> None:
    control = CONTROLS["MEL-H-01"]
    state, _ = services(redis_server=("loaded", "failed", "enabled"))
    assert control.remedy(state, TARGET) is None
    assert "why redis-server.service failed" in control.advice(state)
    state, _ = services(redis_server=("loaded", "inactive", "disabled"))
    remedy = control.remedy(state, TARGET)
    assert remedy is not None
    assert remedy.actions[0].do == "systemctl enable redis-server.service && systemctl start redis-server.service"


TRACKING = "7F000001,127.0.0.1,9,1795529006.5,{off},0.0,0.0,-0.05,0.0,0.1,0.000005,0.0000006,1.0,{leap}\n"


def clock(
    keeper: str = "chrony", virt: str = "none", flag: str = "no", tracking: str = "", uptime: int = 100_000
) -> State:
    units = f"{uptime}\n" + unit(f"{keeper}.service", "loaded", "active", "enabled")
    answers = {
        clock_sync.VIRT: Answer(int(virt == "none"), f"{virt}\n".encode()),
        clock_sync.UNITS: Answer(0, units.encode()),
        clock_sync.FLAG: Answer(0, f"{flag}\n".encode()),
        clock_sync.TRACKING: Answer(0, tracking.encode()),
        clock_sync.SOURCES: Answer(0, b"^,*,127.0.0.1,8\n^,?,127.0.0.2,0\n^,+,127.0.0.3,8\n^,-,127.0.0.4,8\n"),
    }
    return seen(CONTROLS["MEL-H-04"], answers, TARGET)


def outcome(state: State) -> Outcome:
    return judged(CONTROLS["MEL-H-04"], state, TARGET).outcome


def test_timesyncd_is_believed_by_the_kernels_flag() -> None:
    assert outcome(clock("systemd-timesyncd", flag="yes")) is Outcome.PASS
    assert outcome(clock("systemd-timesyncd", flag="no")) is Outcome.FAIL
    assert outcome(clock("systemd-timesyncd", flag="no", uptime=300)) is Outcome.WARN
    with pytest.raises(CannotTell):
        clock("systemd-timesyncd", flag="perhaps")


@pytest.mark.parametrize(
    ("tracking", "found"),
    [
        (TRACKING.format(off="-0.000001", leap="Normal"), Outcome.PASS),
        (TRACKING.format(off="-0.6", leap="Normal"), Outcome.FAIL),
        (TRACKING.format(off="0.0", leap="Not synchronised"), Outcome.FAIL),
        (TRACKING.format(off="0.0", leap="Normal").replace("7F000001", "7F7F0101"), Outcome.FAIL),
        (TRACKING.format(off="0.0", leap="Normal").replace("7F000001", "00000000"), Outcome.FAIL),
    ],
    ids=["kept", "far-off", "lost", "its-own-clock", "none"],
)
def test_chrony_is_believed_by_its_reference(tracking: str, found: Outcome) -> None:
    state = clock(tracking=tracking)
    assert outcome(state) is found
    assert state.get("answering sources of chrony", 3) == 3


@pytest.mark.parametrize("tracking", ["", "506 Cannot talk to daemon\n", TRACKING.format(off="much", leap="Normal")])
def test_tracking_that_cannot_be_read_is_unknown(tracking: str) -> None:
    with pytest.raises(CannotTell):
        clock(tracking=tracking)


def test_a_container_has_no_clock() -> None:
    with pytest.raises(NothingToJudge, match="lxc"):
        clock(virt="lxc")


def test_where_nothing_keeps_the_clock_chrony_is_installed() -> None:
    remedy = CONTROLS["MEL-H-04"].remedy({"kept by": None}, TARGET)
    assert remedy is not None
    assert remedy.packages == ("chrony",)
    assert CONTROLS["MEL-H-04"].remedy({"kept by": "chrony and ntpsec"}, TARGET) is None
