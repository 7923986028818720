"""What a site does by means of its own goes on working after an apply, unless its loss was asked for by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from baseline import engine
from baseline.kinds.base import Control
from baseline.load import load_baseline, load_inventory
from baseline.model import ApplyOutcome, Outcome, Target
from baseline.model.taking import ALL_TAKEN, Taking
from baseline.session import Connector
from tests.lab import own_quota
from tests.lab.alone import alone
from tests.lab.filling import OVERLAY, may_send
from tests.lab.real import RealHost, eventually

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def host() -> Iterator[RealHost]:
    """A host as Debian ships it, with the smallest quota that the mandate allows."""
    with alone("ownmeans") as found:
        yield found


@pytest.fixture(scope="module")
def asked(host: RealHost, tmp_path_factory: pytest.TempPathFactory) -> tuple[Target, list[Control]]:
    """The host, and the controls that have quotas enforced and full mailboxes stopped."""
    overlay: Path = tmp_path_factory.mktemp("ownmeans") / "overlay.yml"
    overlay.write_text(OVERLAY)
    (target,) = load_inventory(host.directory / "inventory.yml").targets
    named = ("MEL-Q-01", "MEL-Q-03", "MEL-Q-04")
    return target, [one for one in load_baseline(overlay).controls_for(target) if one.id in named]


def fill(host: RealHost, account: str, megabytes: int) -> None:
    """Put a message of that many MiB into a mailbox whose quota is 100 MiB."""
    message = f"printf 'Subject: big\\n\\n'; head -c {megabytes}m /dev/zero | tr '\\0' x | fold -w 75"
    host.root(f"{{ {message}; }} | doveadm save -u {host.address_of(account)}")


def test_the_warning_rule_of_a_site_runs_as_before(host: RealHost, asked: tuple[Target, list[Control]]) -> None:
    own_quota.set_up(host, stops=False)
    target, controls = asked
    connect = Connector().connect

    unasked = engine.plan(target, controls, connect, taking=Taking()).plan
    assert unasked is not None
    ((left, why),) = unasked.left_out
    assert left == "MEL-Q-04"
    assert "baseline-quota-reconcile.timer" in why
    assert "--all" in why

    result = engine.apply(target, controls, connect, taking=ALL_TAKEN)
    assert result.apply is not None
    assert result.apply.outcome is ApplyOutcome.APPLIED, result.apply.reason
    assert result.plan is not None
    assert result.plan.controls == ("MEL-Q-01", "MEL-Q-03")
    ((control, reason),) = result.plan.by_hand
    assert control == "MEL-Q-04"
    assert f"`storage=95%% quota-warning stop %u` ({own_quota.RULES}:2) would run no more" in reason
    assert f"`-storage=95%% quota-warning free %u` ({own_quota.RULES}:4) would run no more" in reason
    assert "--replace MEL-Q-04" in reason
    assert "baseline" not in host.root("systemctl list-unit-files 'baseline-*' --no-legend --plain", fine=False)

    fill(host, "alice", 84)
    fill(host, "alice", 12)
    address = host.address_of("alice")
    assert eventually(lambda: own_quota.seen(host) == [f"warn {address}", f"stop {address}"])


def test_that_it_gives_way_can_be_asked_for(host: RealHost, asked: tuple[Target, list[Control]]) -> None:
    own_quota.set_up(host, stops=False)
    target, controls = asked
    plan = engine.plan(target, controls, Connector().connect, taking=replace(ALL_TAKEN, replace=("MEL-Q-*",))).plan
    assert plan is not None
    assert "MEL-Q-04" in plan.controls
    assert plan.by_hand == ()
    assert [(lost.control, lost.where) for lost in plan.displaced] == [
        ("MEL-Q-04", f"{own_quota.RULES}:2"),
        ("MEL-Q-04", f"{own_quota.RULES}:4"),
    ]


def test_what_stops_senders_by_means_of_the_site_is_judged_by_what_it_does(
    host: RealHost, asked: tuple[Target, list[Control]]
) -> None:
    own_quota.set_up(host, stops=True)
    target, controls = asked
    result = engine.apply(target, controls, Connector().connect, taking=ALL_TAKEN)
    (found,) = [finding for finding in result.findings if finding.control == "MEL-Q-04"]
    # With so small a quota sending stops before an account had its 100 MB: that alone is told.
    assert [one.key for one in found.keys if one.holds is False] == ["bytes at which sending stops"]
    assert found.outcome is Outcome.WARN
    assert {one.key: one.found for one in found.keys}["senders stopped by"] == f"hash:{own_quota.TABLE}"
    assert result.plan is not None
    assert "MEL-Q-04" not in (*result.plan.controls, *dict(result.plan.left_out))

    assert may_send(host, "bob")
    fill(host, "bob", 96)
    assert eventually(lambda: not may_send(host, "bob"))
    with host.imap("bob") as client:
        client.store("1:*", "+FLAGS", "(\\Deleted)")
        client.expunge()
    assert eventually(lambda: may_send(host, "bob"))
