"""Zones in Debian's /var/lib/bind, which the group `bind` may write, with somebody hostile in that group."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest

from baseline import engine
from baseline.engine import HostResult
from baseline.load import Baseline, Inventory
from baseline.model import ApplyOutcome, Outcome
from baseline.visit import Connect
from tests.lab.real import RealHost

pytestmark = pytest.mark.lab

ZONE = "/var/lib/bind/db.d1.lab.test"
USUAL = "/etc/bind/db.d1.lab.test"
NAMED = "/etc/bind/named.conf.local"
ATTACK = """
setpriv --reuid=nobody --regid=bind --clear-groups setsid sh -c '
echo $$ >/tmp/attacker; cd /var/lib/bind
while :; do for f in .*baseline-*; do
  [ ! -e "$f" ] || [ -L "$f" ] || { rm -f "$f"; ln -s /root/victim "$f"; }
done; done' </dev/null >/dev/null 2>&1 &
until [ -s /tmp/attacker ]; do sleep 0.1; done
"""


class Applying:
    """mx1 as a plan and an apply of the mandate see it."""

    def __init__(self, host: RealHost, inventory: Inventory, mandate: Baseline, connect: Connect) -> None:
        self.host, self.connect = host, connect
        (self.target,) = inventory.select("mx1")
        self.controls = mandate.controls_for(self.target)

    def apply(self) -> HostResult:
        """The whole mandate, which is what a user applies."""
        result = engine.apply(self.target, self.controls, self.connect)
        assert result.apply is not None
        assert result.apply.outcome in (ApplyOutcome.APPLIED, ApplyOutcome.NOTHING), result.apply.reason
        return result

    def by_hand(self) -> Mapping[str, str]:
        """What a plan leaves to a person, and why."""
        planned = engine.plan(self.target, self.controls, self.connect).plan
        assert planned is not None
        return dict(planned.by_hand)


@pytest.fixture(scope="module")
def applying(
    real_hosts: tuple[RealHost, ...], inventory: Inventory, mandate: Baseline, connect: Connect
) -> Iterator[Applying]:
    """The zone is kept in /var/lib/bind from before the first apply on."""
    host = real_hosts[0]
    # Other tests have restarted daemons of this host, and MEL-H-01 counts those of the last hour.
    host.root("journalctl -q --rotate; journalctl -q --vacuum-time=1s")
    host.root(f"cp -p {USUAL} {ZONE} && sed -i s#{USUAL}#{ZONE}# {NAMED} && rndc reconfig && rndc reload && sleep 1")
    yield Applying(host, inventory, mandate, connect)
    host.root(f"cp -p {ZONE} {USUAL} && rm -f {ZONE}* && sed -i s#{ZONE}#{USUAL}# {NAMED} && rndc reconfig")


def test_the_mandate_is_applied_and_nobody_leads_it_elsewhere(applying: Applying) -> None:
    """New records and the DKIM key's, while a member of the group waits for staged files."""
    host = applying.host
    assert host.root("stat -c '%U:%G %a' /var/lib/bind").strip() == "root:bind 775"
    host.root("echo root:secret >/root/victim && chmod 0600 /root/victim")
    host.root(f"sed -i '/v=spf1/d; /v=DMARC1/d; /INCLUDE/d' {ZONE} && rndc reload && sleep 1")
    looks = host.root(f"stat -c '%U:%G %a' {ZONE}")
    host.root(ATTACK)
    try:
        result = applying.apply()
    finally:
        host.root("kill $(cat /tmp/attacker)")
    assert result.apply is not None
    assert result.apply.outcome is ApplyOutcome.APPLIED
    assert not [one.key for one in result.findings if one.outcome in (Outcome.FAIL, Outcome.UNKNOWN)]
    assert host.root("cat /root/victim; stat -c '%U:%G %a' /root/victim").split() == ["root:secret", "root:root", "600"]
    assert host.root(f"stat -c '%U:%G %a' {ZONE}") == looks
    assert host.root("ls -A /var/lib/bind").split() == [ZONE.rpartition("/")[2]]
    for name, word in (("d1.lab.test", "v=spf1"), ("_dmarc.d1.lab.test", "v=DMARC1")):
        assert word in host.root(f"dig +short {name} TXT @127.0.0.1")
    assert applying.by_hand().keys() == {one.key for one in result.findings if one.outcome is Outcome.WARN}


def test_where_it_cannot_be_written_the_rest_is_applied(applying: Applying) -> None:
    """The plan says so of the control, and goes ahead with the others."""
    host = applying.host
    host.root(f"sed -i '/v=spf1/d' {ZONE} && rndc reload && sleep 1 && postconf -e queue_minfree=1000")
    host.root(f"chmod o+w /var/lib/bind && sha256sum {ZONE} >/root/zone.sum")
    try:
        why = applying.by_hand()["MEL-D-04 d1.lab.test"]
        assert "writable by others: /var/lib/bind (root:bind 777); let root alone write there" in why
        result = applying.apply()
        assert result.apply is not None
        assert result.apply.outcome is ApplyOutcome.APPLIED
        failing = {one.control for one in result.findings if one.outcome is Outcome.FAIL}
        assert failing == {"MEL-D-04", "MEL-D-05"}, [one.reason for one in result.findings if one.control == "MEL-H-01"]
        host.root("sha256sum -c /root/zone.sum")
    finally:
        host.root("chmod o-w /var/lib/bind")


def test_a_zone_that_named_writes_is_left_to_it(applying: Applying) -> None:
    """named has made a journal of dynamic updates, which the configuration allows no more."""
    host = applying.host
    host.root(f"sed -i '/v=spf1/d' {ZONE} && rndc reload && sleep 1")
    host.root(
        f"cp -p {NAMED} /root/named.saved && sed -i 's#file \"{ZONE}\";#& allow-update {{ 127.0.0.1; }};#' {NAMED}"
    )
    host.root(
        "rndc reconfig && sleep 1 && "
        "printf 'server 127.0.0.1\\nzone d1.lab.test\\nupdate add x.d1.lab.test 60 A 192.0.2.9\\nsend\\n' | nsupdate"
    )
    assert "dynamic updates" in applying.by_hand()["MEL-D-04 d1.lab.test"], "as the configuration says"
    host.root(f"ls {ZONE}.jnl && cp -p /root/named.saved {NAMED} && rndc reconfig && sleep 1")
    assert f"changes of its own in {ZONE}.jnl" in applying.by_hand()["MEL-D-04 d1.lab.test"]
    host.root("rndc sync -clean d1.lab.test && sleep 1")
    assert "MEL-D-04 d1.lab.test" not in applying.by_hand()
    applying.apply()
