"""DNS on real hosts: zones edited and served, keys made and used, and all of it taken back."""

from __future__ import annotations

import re

import pytest

from baseline import engine
from baseline.formats import zone
from baseline.load import Baseline, Inventory
from baseline.model import ApplyOutcome, Outcome
from baseline.session import Session
from baseline.visit import Connect
from tests.lab.real import RealHost, eventually

pytestmark = pytest.mark.lab

ZONE = "/etc/bind/db.d1.lab.test"
KEY = "/var/lib/rspamd/dkim/d1.lab.test.mx1.key"
SIGNED = (
    "printf 'From: <alice@d1.lab.test>\\r\\nSubject: x\\r\\n\\r\\nx\\r\\n' | "
    "rspamc -i 127.0.0.1 -F alice@d1.lab.test -u alice@d1.lab.test symbols"
)


@pytest.fixture(scope="module")
def host(real_hosts: tuple[RealHost, ...], inventory: Inventory, mandate: Baseline, connect: Connect) -> RealHost:
    """mx1 with the mandate applied."""
    (target,) = inventory.select("mx1")
    result = engine.apply(target, mandate.controls_for(target), connect).apply
    assert result is not None
    assert result.outcome in (ApplyOutcome.APPLIED, ApplyOutcome.NOTHING), result.reason
    return real_hosts[0]


def serial(host: RealHost) -> int:
    """The serial that named serves."""
    return int(host.root("dig +short d1.lab.test SOA @127.0.0.1").split()[2])


def records(host: RealHost, name: str, kind: str) -> set[str]:
    """What the second address of the name server answers."""
    said = host.root(f"dig +short {name} {kind} @{host.lab.second_address}")
    return {line.replace('" "', "").strip('"') for line in said.splitlines()}


def test_records_are_served_and_those_of_the_site_stay(host: RealHost) -> None:
    assert records(host, "d1.lab.test", "TXT") == {
        f"v=spf1 ip4:{host.lab.address} -all",
        "a record of the site that nobody else should touch",
    }
    (dmarc,) = records(host, "_dmarc.d1.lab.test", "TXT")
    assert dmarc.startswith("v=DMARC1; p=quarantine;")
    assert "named.conf" in host.root("ls /etc/bind")


def test_the_private_key_stays_on_the_host_and_signs(host: RealHost) -> None:
    assert host.root(f"stat -c '%U:%G %a' {KEY}").strip() == "root:_rspamd 440"
    (record,) = records(host, "mx1._domainkey.d1.lab.test", "TXT")
    public = host.root(f"openssl pkey -in {KEY} -pubout -outform DER | base64 -w0")
    assert record == f"v=DKIM1; k=rsa; p={public}"
    assert re.search(r"d=d1\.lab\.test; s=mx1;", host.root(SIGNED))


def test_a_broken_record_is_mended_and_the_serial_raised(
    host: RealHost, inventory: Inventory, mandate: Baseline, connect: Connect
) -> None:
    (target,) = inventory.select("mx1")
    controls = mandate.controls_for(target)
    before = serial(host)
    host.root(f"""sed -i '/^d1.*v=spf1/d' {ZONE} && echo '@ IN TXT "v=spf1 +all"' >>{ZONE} && rndc reload && sleep 1""")
    found = engine.check(target, controls, connect).findings
    wrong = {one.control for one in found if one.outcome is Outcome.FAIL}
    assert wrong == {"MEL-D-04", "MEL-D-05"}
    result = engine.apply(target, controls, connect)
    assert result.apply is not None
    assert result.apply.outcome is ApplyOutcome.APPLIED, result.apply.reason
    assert serial(host) > before
    assert f"v=spf1 ip4:{host.lab.address} -all" in records(host, "d1.lab.test", "TXT")
    again = engine.apply(target, controls, connect).apply
    assert again is not None
    assert again.outcome is ApplyOutcome.NOTHING


def test_what_bind_would_only_warn_of_refuses_the_apply(
    host: RealHost, inventory: Inventory, mandate: Baseline, connect: Connect
) -> None:
    """The zone was broken by hand, in a way that named serves: our own change must not build on it."""
    (target,) = inventory.select("mx1")
    controls = mandate.controls_for(target)
    broken = "sub IN MX 10 other\\nother IN CNAME mx"
    host.root(
        f"cp {ZONE} /root/zone.saved && sed -i '/v=DMARC1/d' {ZONE} && printf '{broken}\\n' >>{ZONE} && rndc reload"
    )
    host.root("sleep 1")
    before = host.root(f"cat {ZONE}")
    result = engine.apply(target, controls, connect).apply
    assert result is not None
    assert result.outcome is ApplyOutcome.REFUSED, result.reason
    assert "is a CNAME (illegal)" in result.reason
    assert host.root(f"cat {ZONE}") == before
    host.root(f"cp /root/zone.saved {ZONE} && rndc reload && sleep 1")


class Meddled:
    """A session whose host greets with another name by the time of the second look, so that the apply is taken back."""

    def __init__(self, session: Session, host: RealHost) -> None:
        self.session, self.host, self.exchanges = session, host, 0

    def exchange(self, script: bytes, *, seconds: int = 900) -> bytes:
        self.exchanges += 1
        if self.exchanges == 3:
            self.host.root("postconf -e smtp_helo_name=localhost")
        return self.session.exchange(script, seconds=seconds)

    def close(self) -> None:
        self.session.close()


def _but_for_the_serial(text: str) -> str:
    return re.sub(r"\( \d+ 3600 ", "( SERIAL 3600 ", text)


def test_a_zone_that_is_taken_back_is_served_as_it_was_under_a_later_serial(
    host: RealHost, inventory: Inventory, mandate: Baseline, connect: Connect
) -> None:
    (target,) = inventory.select("mx1")
    controls = mandate.controls_for(target)
    host.root(f"sed -i '/v=DMARC1/d' {ZONE} && rm {KEY} && rndc reload && systemctl reload rspamd && sleep 2")
    before = host.root(f"cat {ZONE} /etc/bind/baseline-dkim/*.zone")
    result = engine.apply(target, controls, lambda goal: Meddled(connect(goal), host)).apply
    assert result is not None
    assert (result.outcome, result.restored) == (ApplyOutcome.ROLLED_BACK, True), result.reason
    assert "MEL-D-03" in result.reason
    now = host.root(f"cat {ZONE} /etc/bind/baseline-dkim/*.zone")
    assert _but_for_the_serial(now) == _but_for_the_serial(before)
    assert host.root(f"ls {KEY} 2>/dev/null || echo gone").strip() == "gone"
    assert records(host, "_dmarc.d1.lab.test", "TXT") == set()
    # A secondary that took the zone of the apply follows.
    assert result.plan is not None
    (tried,) = (change.after.content for change in result.plan.files if change.path == ZONE)
    assert zone.newer(serial(host), zone.serial((tried or b"").decode(), "."))
    host.root("postconf -X smtp_helo_name")
    mended = engine.apply(target, controls, connect).apply
    assert mended is not None
    assert mended.outcome is ApplyOutcome.APPLIED, mended.reason


def test_a_rollback_takes_zone_and_key_back(
    host: RealHost, inventory: Inventory, mandate: Baseline, connect: Connect
) -> None:
    (target,) = inventory.select("mx1")
    result = engine.rollback(target, connect, to=0).apply
    assert result is not None
    assert result.outcome is ApplyOutcome.ROLLED_BACK, result.reason
    assert host.root(f"ls {KEY} 2>/dev/null || echo gone").strip() == "gone"
    assert "baseline" not in host.root(f"cat {ZONE}")
    gone = {"a record of the site that nobody else should touch"}
    assert eventually(lambda: records(host, "d1.lab.test", "TXT") == gone)
    applied = engine.apply(target, mandate.controls_for(target), connect).apply
    assert applied is not None
    assert applied.outcome is ApplyOutcome.APPLIED, applied.reason
