"""One mailbox over each threshold of its quota, with real mail: warned, then unable to send, then unable to receive.

On a host of each release of Debian, since Dovecot 2.4 has all of this in other words than 2.3.
"""

from __future__ import annotations

import contextlib
import smtplib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from baseline import fleet
from baseline.load import load_baseline, load_inventory
from baseline.model import ApplyOutcome, Outcome
from baseline.session import Connector
from tests.lab.alone import side_by_side
from tests.lab.filling import OVERLAY, may_send, message, receives, sends
from tests.lab.real import RealHost, eventually

pytestmark = pytest.mark.lab

WARNED = "Peti mel hampir penuh / Your mailbox is almost full"
STOPPED = "Penghantaran mel dihentikan / Sending is stopped"


RELEASES = ("bookworm", "trixie")


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, RealHost]]:
    """A host of each release with the mandate applied, and the smallest quota that it allows."""
    with side_by_side("thresholds", *RELEASES) as found:
        _apply(found, tmp_path_factory.mktemp("thresholds") / "overlay.yml")
        yield {host.lab.release: host for host in found}


@pytest.fixture(scope="module", params=RELEASES)
def host(request: pytest.FixtureRequest, hosts: Mapping[str, RealHost]) -> RealHost:
    """One of the hosts."""
    return hosts[request.param]


def _apply(hosts: Sequence[RealHost], overlay: Path) -> None:
    overlay.write_text(OVERLAY)
    targets = load_inventory(hosts[0].directory / "inventory.yml").targets
    report = fleet.apply_all(targets, load_baseline(overlay), connect=Connector().connect)
    assert [one.outcome for one in report.applies] == [ApplyOutcome.APPLIED] * len(hosts), report.applies
    wrong = [one for one in report.findings if one.outcome in (Outcome.FAIL, Outcome.UNKNOWN)]
    assert not wrong, [(one.host, one.control, one.reason) for one in wrong]


def queue(host: RealHost) -> str:
    """What waits in Postfix's queue."""
    return host.root("postqueue -p").strip()


def test_three_thresholds(host: RealHost) -> None:
    assert WARNED not in host.subjects("alice")
    for _ in range(4):
        receives(host, "alice", 19)
    assert WARNED not in host.subjects("alice")
    assert may_send(host, "alice")

    receives(host, "alice", 8)  # 84 of 100 MiB
    assert eventually(lambda: WARNED in host.subjects("alice"))
    assert may_send(host, "alice")

    receives(host, "alice", 13)  # 97 of 100 MiB
    assert eventually(lambda: STOPPED in host.subjects("alice"))
    assert eventually(lambda: not may_send(host, "alice"))
    assert may_send(host, "bob")
    assert host.subjects("alice").count(WARNED) == 1

    assert eventually(lambda: queue(host) == "Mail queue is empty")
    with host.smtp() as client, pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        client.send_message(message(host, "alice", 19))
    ((code, text),) = refused.value.recipients.values()
    assert (code, text[:5]) == (452, b"4.2.2"), text
    assert queue(host) == "Mail queue is empty"
    assert "status=bounced" not in host.root("journalctl -u 'postfix*' --no-pager")
    # Mail to the others, and to addresses elsewhere, is not held up by the question about mailboxes.
    with host.smtp() as client:
        assert client.sendmail("someone@machine.lab.test", [host.address_of("bob")], "Subject: x\r\n\r\nx\r\n") == {}


def fill(host: RealHost) -> None:
    """Alice's mailbox beyond the level at which sending stops, however full it is now."""
    for size in (19, 19, 19, 19, 8, 13):
        with contextlib.suppress(smtplib.SMTPRecipientsRefused):
            receives(host, "alice", size)
    # A warning comes at the crossing alone; whoever is beyond it already is found by the hourly look.
    host.root("/usr/local/lib/baseline/quota-reconcile")


def test_space_opens_sending_again(host: RealHost) -> None:
    fill(host)
    assert eventually(lambda: not may_send(host, "alice"))
    with host.imap("alice") as client:
        client.store("1:3", "+FLAGS", "(\\Deleted)")
        client.expunge()
    assert eventually(lambda: may_send(host, "alice"))
    sends(host, message(host, "alice", 1))


def test_an_unlimited_mailbox_meets_no_threshold(host: RealHost) -> None:
    for _ in range(6):
        receives(host, "director", 19)  # 114 MiB in the end
    assert may_send(host, "director")
    assert not {WARNED, STOPPED}.intersection(host.subjects("director"))
    sends(host, message(host, "director", 1))


def test_accounts_that_crossed_unseen_are_found_by_the_hour(host: RealHost) -> None:
    login = host.address_of("carol")
    # What Dovecot's own rule would have done is undone, as if the account had been above before there was a rule.
    for size in (19, 19, 19, 19, 19, 2):
        receives(host, "carol", size)
    assert eventually(lambda: STOPPED in host.subjects("carol"))
    host.root("runuser -u vmail -- /usr/local/lib/baseline/quota-send replace </dev/null")
    assert eventually(lambda: may_send(host, "carol"))
    host.root("systemctl start baseline-quota-reconcile.service")
    assert eventually(lambda: not may_send(host, "carol"))
    assert login in host.root("postmap -s hash:/var/lib/baseline-quota/send_blocked")


@pytest.mark.parametrize(
    "login",
    ["", "-rf", "a b", "a;reboot", "$(reboot)", "a\nb OK", "../../etc/passwd", "a'b", "*"],
)
def test_scripts_leave_odd_logins_alone(host: RealHost, login: str) -> None:
    before = host.root("cat /var/lib/baseline-quota/send_blocked")
    odd = login.replace("'", "'\\''")
    for level in ("warn", "block", "unblock"):
        command = f"runuser -u vmail -- /usr/local/lib/baseline/quota-warning {level} '{odd}'; echo $?"
        assert host.root(command).strip() == "64"
    assert host.root("cat /var/lib/baseline-quota/send_blocked") == before


def test_the_table_takes_no_odd_logins(host: RealHost) -> None:
    send = "runuser -u vmail -- /usr/local/lib/baseline/quota-send"
    before = host.root("cut -d ' ' -f 1 /var/lib/baseline-quota/send_blocked")
    host.root(f"{{ printf '%s\\n' 'a b' '*' '-x' '' 'a;b' 'plain@d1.lab.test'; printf 'x y\\tz'; }} | {send} replace")
    assert host.root("cut -d ' ' -f 1 /var/lib/baseline-quota/send_blocked") == "plain@d1.lab.test\n"
    host.root(f"printf '%s' '{before}' | {send} replace")
