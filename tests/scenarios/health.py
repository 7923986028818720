"""Services, queue, disk and clock: MEL-H-01 to 04."""

from __future__ import annotations

from tests.scenarios.scenario import Scenario, away
from tests.scenarios.told import DAY, facts, without


def postqueue(name: str, script: str) -> Scenario:
    """A scenario in which postqueue answers what no host comes to within a test."""
    path = "/usr/sbin/postqueue"
    fake = f"mv {path} /root/away && cat >{path} <<'END'\n#!/bin/sh\n{script}\nEND\nchmod 0755 {path}"
    return Scenario("MEL-H-02", name, fake, mend=f"mv /root/away {path}", recorded_only=True)


def messages(number: int, days: int = 0) -> str:
    """Shell that prints so many deferred messages as postqueue does, each `days` old."""
    head = '{"queue_name": "deferred", "queue_id": "&", "arrival_time": '
    rest = '"message_size": 500, "forced_expire": false, "sender": "MAILER-DAEMON", "recipients": [{"address": "a@b"}]}'
    return f"seq {number} | sed 's/.*/{head}'$(($(date +%s) - {days * 86_400}))', {rest}/'"


DEFERRED = (
    "postconf -e defer_transports=smtp && postfix reload && sleep 1 && "
    "echo x | sendmail nobody@nowhere.invalid && sleep 3 && postqueue -j | grep -q deferred"
)
NOT_DEFERRED = "postconf -X defer_transports; postfix reload; postsuper -d ALL"


def mounted(name: str, options: str, filling: str, *, recorded_only: bool = True) -> Scenario:
    """A scenario in which the logs lie on a small filesystem of their own."""
    damage = f"mount -t tmpfs -o {options} tmpfs /var/log && {filling}"
    return Scenario("MEL-H-03", name, damage, mend="umount -l /var/log", recorded_only=recorded_only)


VIRT = "/usr/bin/systemd-detect-virt"
MACHINE = f"mv {VIRT} /root/virt && printf '%s\\n' '#!/bin/sh' 'echo none' 'exit 1' >{VIRT} && chmod 0755 {VIRT}"
CONTAINER = f"mv /root/virt {VIRT}"
"""A lab host has no clock of its own; these scenarios have it say that it is a machine."""

CHRONY = rf"""
{MACHINE}
export DEBIAN_FRONTEND=noninteractive
apt-get -q -y install chrony >/dev/null 2>&1
mkdir -p /srv/ntp /etc/systemd/system/chrony.service.d
printf 'local stratum 8\nport 11123\nallow 127/8\ncmdport 0\nbindcmdaddress /\npidfile /srv/ntp/pid\n' >/srv/ntp/conf
chronyd -x -f /srv/ntp/conf
sed -i '/^pool/d' /etc/chrony/chrony.conf
{{sources}} >/etc/chrony/sources.d/lab.sources
printf '[Unit]\nConditionCapability=\n[Service]\nType=simple\nPIDFile=\nUser=root\nExecStart=\n' \
  >/etc/systemd/system/chrony.service.d/lab.conf
printf 'ExecStart=/usr/sbin/chronyd -n -x -u root\n' >>/etc/systemd/system/chrony.service.d/lab.conf
systemctl daemon-reload
systemctl restart chrony
sleep 12
""".strip()
NO_CHRONY = (
    "export DEBIAN_FRONTEND=noninteractive; kill $(cat /srv/ntp/pid); systemctl stop chrony; "
    "apt-get -q -y purge chrony >/dev/null 2>&1; "
    f"rm -rf /srv/ntp /etc/systemd/system/chrony.service.d /etc/chrony; systemctl daemon-reload; {CONTAINER}"
)


def chrony(name: str, sources: str, also: str = "true", mend: str = "true") -> Scenario:
    """A scenario with a chrony that follows another one on the same host, without touching the clock."""
    damage = f"{CHRONY.format(sources=sources)}\n{also}"
    return Scenario("MEL-H-04", name, damage, mend=f"{mend}; {NO_CHRONY}", recorded_only=True)


def servers(number: int, options: str = "") -> str:
    return f"for i in $(seq 1 {number}); do echo server 127.0.0.$i port 11123 iburst minpoll 0 {options}; done"


HEALTH = (
    Scenario("MEL-H-01", "pass-applied", "true"),
    Scenario("MEL-H-01", "fail-stopped", "systemctl -q stop redis-server", also=(("*", "any"),)),
    Scenario("MEL-H-01", "fail-disabled", "systemctl -q disable rspamd"),
    Scenario(
        "MEL-H-01",
        "fail-masked",
        "systemctl -q mask --now redis-server",
        mend="systemctl -q unmask redis-server; systemctl -q start redis-server",
        recorded_only=True,
    ),
    Scenario(
        "MEL-H-01",
        "fail-keeps-restarting",
        "for i in 1 2 3; do systemctl kill -s KILL redis-server; sleep 2; done; systemctl is-active redis-server",
        mend="journalctl -q --rotate; journalctl -q --vacuum-time=1s; systemctl -q restart redis-server",
        recorded_only=True,
    ),
    Scenario("MEL-H-01", "warn-not-monitored", "true", recorded_only=True, told=without("MEL-H-01")),
    Scenario(
        "MEL-H-01",
        "warn-monitored-last-year",
        "true",
        recorded_only=True,
        told=facts("MEL-H-01", **dict.fromkeys(("since", "until"), lambda one: one.until - 300 * DAY)),
    ),
    Scenario(
        "MEL-H-01",
        "fail-monitor-had-a-gap",
        "true",
        recorded_only=True,
        told=facts("MEL-H-01", longest_gap_seconds=lambda _: 7200),
    ),
    Scenario("MEL-H-01", "nothing-restarted", "systemctl -q restart redis-server", recorded_only=True),
    away("MEL-H-01", "unknown-no-journalctl", "/usr/bin/journalctl"),
    Scenario("MEL-H-02", "pass-applied", "true"),
    Scenario(
        "MEL-H-02",
        "warn-held",
        f"{DEFERRED} && postsuper -h ALL",
        mend=NOT_DEFERRED,
    ),
    Scenario(
        "MEL-H-02", "fail-corrupt", "touch /var/spool/postfix/corrupt/4F2A", mend="rm /var/spool/postfix/corrupt/*"
    ),
    Scenario(
        "MEL-H-02",
        "nothing-one-deferred",
        DEFERRED,
        mend=NOT_DEFERRED,
        recorded_only=True,
    ),
    postqueue("warn-many", messages(501)),
    postqueue("fail-too-many", messages(2001)),
    postqueue("warn-two-days-old", messages(1, 2)),
    postqueue("fail-five-days-old", messages(3, 5)),
    postqueue("unknown-not-in-time", "sleep 60"),
    postqueue("unknown-another-format", "echo Mail queue is empty"),
    away("MEL-H-02", "unknown-no-postqueue", "/usr/sbin/postqueue"),
    Scenario("MEL-H-03", "pass-applied", "true"),
    mounted("fail-log-full", "size=8m", "head -c 7700000 /dev/zero >/var/log/x", recorded_only=False),
    mounted("warn-log-filling", "size=8m", "head -c 7000000 /dev/zero >/var/log/x"),
    mounted("fail-read-only", "ro", "true", recorded_only=False),
    mounted("fail-no-inodes", "nr_inodes=20", "touch $(seq -f /var/log/%g 18)"),
    mounted("nothing-a-filesystem-of-the-site", "size=8m", "true"),
    away("MEL-H-03", "unknown-no-findmnt", "/usr/bin/findmnt"),
    Scenario("MEL-H-04", "fail-no-daemon", MACHINE, mend=CONTAINER, recorded_only=True),
    chrony("pass-applied", servers(3)),
    chrony("nothing-more-sources", servers(5)),
    chrony("fail-two-seconds-off", servers(3, "offset 2")),
    chrony("warn-one-source", servers(1)),
    chrony("warn-not-yet", "true"),
    chrony(
        "fail-two-daemons",
        servers(3),
        "systemd-run -q --unit=ntpsec.service sleep 600",
        "systemctl stop ntpsec.service",
    ),
    away("MEL-H-04", "unknown-no-detect-virt", VIRT),
)
