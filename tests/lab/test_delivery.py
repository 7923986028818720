"""Tests of delivery between real hosts: what becomes of a mail from outside, and what is told of it.

mx1 is the agency's host and mx2 plays a provider outside, with its own domain, submission and IMAP.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Timer

import pytest
from typer.testing import CliRunner

from baseline.cli import app
from baseline.errors import CannotTell
from baseline.lab import faults
from baseline.model import Outcome
from baseline.model.measurements import DeliveryMeasured
from tests.lab.alone import side_by_side
from tests.lab.outside import AT_AGENCY, AT_PROVIDER, LIMITS, TwoSides, made_ready, settings, verdict

pytestmark = pytest.mark.lab

GREYLIST = r"""#!/bin/sh
# A policy service of Postfix (SMTPD_POLICY_README): a client is told "later" until 4 s after it came first.
while read -r line; do
    case $line in
    client_address=*) client=/tmp/greylist-${line#*=} ;;
    '')
        [ -e "$client" ] || : >"$client"
        age=$(($(date +%s) - $(stat -c %Y "$client")))
        [ "$age" -lt 4 ] && echo 'action=450 4.7.1 Greylisted' || echo 'action=dunno'
        echo
        ;;
    esac
done
"""
JUNK = 'require ["fileinto", "mailbox"];\nif header :contains "subject" "Delivery test" { fileinto :create "Junk"; }\n'


@pytest.fixture(scope="module")
def sides() -> Iterator[TwoSides]:
    """The two hosts."""
    with side_by_side("sent", "bookworm", "bookworm") as hosts:
        yield made_ready(hosts)


def failing(found: DeliveryMeasured, max_latency_seconds: int = 900) -> str:
    """Why MEL-H-06 fails by what was measured."""
    told = verdict(found, max_latency_seconds)
    assert told.outcome is Outcome.FAIL
    return told.reason


def hops(found: DeliveryMeasured) -> list[tuple[str, str]]:
    """Who took the mail, and with what protection."""
    return [(hop.by.split()[0], hop.tls.split()[0] if hop.tls else "") for hop in found.path]


def test_in_time_and_the_way_back(sides: TwoSides) -> None:
    """Out and back: in the inbox, with the path, TLS of each hop, and what each receiver saw; nothing stays behind."""
    out, back = sides.both()
    agency, provider = sides.agency.lab, sides.provider.lab
    for found, receiver, sender in ((out, agency, provider), (back, provider, agency)):
        assert (found.outcome, found.reason, found.folder) == ("delivered", "", "INBOX")
        assert found.submission_reply.startswith("250 2.0.0 Ok: queued as ")
        assert hops(found) == [(receiver.fqdn, ""), (receiver.fqdn, "TLSv1.3"), (sender.fqdn, "TLSv1.3")]
        assert sender.address in found.path[1].from_
        said = {one.method: (one.result, one.detail) for one in found.authentication}
        assert {name: result for name, (result, _) in said.items()} == {"spf": "pass", "dkim": "pass", "dmarc": "pass"}
        assert sender.domain in said["dkim"][1]
    assert (out.vantage, out.identity) == ("outside", sides.provider.address_of(AT_PROVIDER))
    assert verdict(out).outcome is Outcome.PASS
    assert sides.agency.subjects(AT_AGENCY) == sides.provider.subjects(AT_PROVIDER) == []


def test_delayed(sides: TwoSides) -> None:
    """The agency's host is not reached for a while: the provider tries again, and the mail is late."""
    name = sides.agency.name
    mending = Timer(6, faults.undrop, (name, 25))
    with settings(sides.provider, "smtp_connect_timeout=2s"):
        faults.drop(name, 25)
        mending.start()
        try:
            found = sides.out(replace(LIMITS, latency_seconds=3))
        finally:
            mending.join()
    assert (found.outcome, found.folder) == ("delayed", "INBOX")
    assert found.seconds is not None
    assert found.seconds > 3
    assert "days without a test in time" in failing(found, max_latency_seconds=2)


def test_refused(sides: TwoSides) -> None:
    """The agency has no such mailbox: the provider's report says so, and it is no loss."""
    out = sides.out(mailbox=sides.mailbox(sides.agency.address_of("nobody-of-that-name")))
    assert (out.outcome, out.arrived_at) == ("refused", None)
    assert "550 5.1.1" in out.reason
    assert "days without a test in time" in failing(out)
    assert sides.provider.subjects(AT_PROVIDER) == []


def test_lost(sides: TwoSides) -> None:
    """The agency takes the mail and throws it away."""
    discarding = f"smtpd_client_restrictions=check_client_access inline:{{{sides.provider.lab.address}=DISCARD}}"
    with settings(sides.agency, discarding):
        found = sides.out(replace(LIMITS, lost_seconds=6, latency_seconds=6))
    assert (found.outcome, found.reason) == ("lost", "it was not found within 6 s")
    assert "days without a test in time" in failing(found)


@contextmanager
def greylisting(sides: TwoSides) -> Iterator[None]:
    """The agency's host says "later" to a client that it does not know."""
    service = "greylist/unix=greylist unix - n n - 0 spawn user=nobody argv=/usr/local/bin/greylist"
    script = f"cat >/usr/local/bin/greylist <<'END'\n{GREYLIST}END\nchmod 755 /usr/local/bin/greylist"
    sides.agency.root(f"{script}\npostconf -Me '{service}'")
    with settings(sides.agency, "smtpd_recipient_restrictions=check_policy_service unix:private/greylist"):
        yield


def test_greylisted(sides: TwoSides) -> None:
    """It is waited for as long as a provider takes to try again, and counts as in time."""
    with greylisting(sides):
        found = sides.out()
    assert (found.outcome, found.folder) == ("delivered", "INBOX")
    assert found.seconds is not None
    assert found.seconds >= 3
    assert verdict(found).outcome is Outcome.PASS
    assert "Greylisted" in sides.agency.root("journalctl -u postfix@- -n 200 --no-pager")


@contextmanager
def junked(sides: TwoSides) -> Iterator[None]:
    """A rule of the mailbox puts the mail into the folder for junk."""
    box = f"/var/vmail/{sides.agency.lab.domain}/{AT_AGENCY}"
    plugin = "protocol lmtp {\n  mail_plugins = $mail_plugins sieve\n}\n"
    script = f"install -d -o vmail -g vmail {box}\ncat >{box}/.dovecot.sieve <<'END'\n{JUNK}END"
    extra = "/etc/dovecot/conf.d/99-sieve-test.conf"
    sides.agency.root(f"{script}\ncat >{extra} <<'END'\n{plugin}END\ndoveadm reload")
    try:
        yield
    finally:
        sides.agency.root(f"rm {extra} {box}/.dovecot.sieve && doveadm reload")


def test_into_junk(sides: TwoSides) -> None:
    """It arrived, but its owner would not see it."""
    with junked(sides):
        found = sides.out()
    assert (found.outcome, found.folder, found.reason) == ("junk", "Junk", "its folder is for junk")
    assert "days whose test was no inbox" in failing(found)


def test_the_wrong_way_round(sides: TwoSides) -> None:
    """What calls itself a provider submits at the agency's own host: that is no test from outside."""
    inside = sides.server(sides.agency, "alice", 587)
    provider = sides.outside(inside, sides.agency.address_of("alice"))
    out = sides.out(provider=provider)
    assert (out.outcome, out.vantage, out.folder) == ("inside", "inside", "INBOX")
    assert out.reason == f"it was submitted to {sides.agency.lab.fqdn}, with a login"
    with pytest.raises(CannotTell, match="no test of delivery came from outside"):
        verdict(out)


def test_over_a_relay_without_tls(sides: TwoSides) -> None:
    """The hop that had no TLS is told, beside the one that had."""
    with settings(sides.provider, "smtp_tls_security_level=none"):
        found = sides.out()
    assert found.outcome == "delivered"
    agency, provider = sides.agency.lab.fqdn, sides.provider.lab.fqdn
    assert hops(found) == [(agency, ""), (agency, "none"), (provider, "TLSv1.3")]
    told = verdict(found)
    assert told.outcome is Outcome.WARN
    assert f"servers that took it without TLS is {agency}" in told.reason


def test_by_the_command_and_the_next_check(sides: TwoSides, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lab's own document: what `baseline probe` measures, signs and keeps is what `baseline check` judges by."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    here = sides.agency.directory
    # Without the register that the lab makes up, so that nothing but the measurement speaks.
    inventory = here / "unrecorded.yml"
    inventory.write_text((here / "inventory.yml").read_text().replace("      register: register.yml\n", ""))
    before = _judged(inventory)
    done = CliRunner().invoke(app, ["probe", "-p", str(here / "probes.yml"), "--format", "json"])
    assert done.exit_code == 0, done.output
    access, out, back = (one["facts"] for one in json.loads(done.stdout))
    assert {(step["step"], step["outcome"]) for run in access["runs"] for step in run["steps"]} == {
        ("smtp", "ok"),
        ("submission", "ok"),
        ("imap", "ok"),
    }
    assert [(one["direction"], one["outcome"]) for one in (out, back)] == [("out", "delivered"), ("back", "delivered")]
    after = _judged(inventory)
    assert (before["outcome"], after["outcome"]) == ("unknown", "pass")


def _judged(inventory: Path) -> dict[str, str]:
    """What a check finds of MEL-H-06."""
    asked = ["check", "-i", str(inventory), "-c", "MEL-H-06", "-l", "mx1", "--format", "json", "--no-history"]
    (found,) = json.loads(CliRunner().invoke(app, asked).stdout)["findings"]
    return dict(found)
