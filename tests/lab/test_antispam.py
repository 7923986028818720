"""What an applied host does with spam, strangers and forged senders, by real SMTP over the network."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage

import pytest

from baseline import engine
from baseline.kinds.filter_test import GTUBE
from baseline.load import Baseline, Inventory
from baseline.model import ApplyOutcome, Report
from baseline.visit import Connect
from tests.lab.real import RealHost, eventually
from tests.scenarios.antispam import CLAMAV, NO_CLAMAV

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def host(applied: Report, real_hosts: tuple[RealHost, ...]) -> RealHost:
    """mx1 with the mandate applied."""
    assert applied.applies, "nothing was applied"
    return real_hosts[0]


def rcpt(client: smtplib.SMTP, sender: str, recipient: str) -> tuple[int, str]:
    """The answer to RCPT after a MAIL that was taken."""
    assert client.mail(sender)[0] == 250
    code, text = client.rcpt(recipient)
    return code, text.decode()


def mail(subject: str, text: str = "It arrives.") -> str:
    return f"From: someone@machine.lab.test\r\nSubject: {subject}\r\n\r\n{text}\r\n"


def test_the_test_message_of_all_filters_is_refused(host: RealHost) -> None:
    with host.smtp() as client, pytest.raises(smtplib.SMTPDataError) as refused:
        client.sendmail("someone@machine.lab.test", host.address_of("alice"), mail("spam", GTUBE))
    assert refused.value.smtp_code == 554
    assert "spam" not in host.subjects("alice")


@pytest.mark.parametrize("sender", ["", "someone@machine.lab.test", "alice@d1.lab.test"])
def test_a_stranger_cannot_relay(host: RealHost, sender: str) -> None:
    with host.smtp() as client:
        client.ehlo()
        code, text = rcpt(client, sender, "someone@example.org")
    assert (code, "Relay access denied" in text) in ((454, True), (554, True))


def test_mail_for_nobody_is_refused_at_once(host: RealHost) -> None:
    with host.smtp() as client:
        client.ehlo()
        code, text = rcpt(client, "someone@machine.lab.test", host.address_of("nobody-of-that-name"))
    assert (code, text[:5]) == (550, "5.1.1")


def test_everybody_can_write_to_the_postmaster(host: RealHost) -> None:
    with host.smtp() as client:
        client.ehlo()
        assert rcpt(client, "", host.address_of("postmaster"))[0] == 250


@pytest.mark.parametrize("name", ["x", "no_such_name!", "localhost"])
def test_a_client_without_a_proper_name_is_refused(host: RealHost, name: str) -> None:
    with host.smtp() as client:
        client.docmd("HELO", name)
        assert client.mail("someone@machine.lab.test")[0] == 250
        code, _ = client.rcpt(host.address_of("alice"))
    assert 500 <= code < 600


def test_a_client_has_to_say_its_name(host: RealHost) -> None:
    with host.smtp() as client:
        assert client.docmd("MAIL", "FROM:<>")[0] == 503


@pytest.mark.parametrize(
    ("sender", "expected"),
    [("someone", 504), ("someone@no-such-domain.lab.test", 450), ("someone@machine.lab.test", 250)],
)
def test_senders_have_to_be_addresses_that_exist(host: RealHost, sender: str, expected: int) -> None:
    with host.smtp() as client:
        client.ehlo()
        assert rcpt(client, sender, host.address_of("alice"))[0] == expected


@pytest.mark.parametrize(
    ("sender", "expected"),
    [
        ("bob@d1.lab.test", 553),
        ("postmaster@d1.lab.test", 553),
        ("alice@example.org", 553),
        ("alice@d1.lab.test", 250),
        ("Alice@D1.lab.test", 250),
        ("alice+list@d1.lab.test", 250),
        ("", 250),
    ],
)
def test_users_send_as_themselves_only(host: RealHost, sender: str, expected: int) -> None:
    with host.submission("alice") as client:
        assert rcpt(client, sender, host.address_of("carol"))[0] == expected


def test_users_say_any_name_and_still_send(host: RealHost) -> None:
    with smtplib.SMTP(host.lab.address, 587, "laptop", timeout=30) as client:
        client.starttls(context=host.trusting())
        client.login(host.address_of("alice"), "lab-alice")
        client.sendmail(host.address_of("alice"), host.address_of("bob"), mail("from a laptop"))
    assert eventually(lambda: "from a laptop" in host.subjects("bob"))


def test_good_mail_arrives(host: RealHost) -> None:
    assert host.delivers("good mail")


@pytest.fixture
def without_filter(host: RealHost) -> Iterator[None]:
    """The host while its filter is down."""
    host.root("systemctl stop rspamd")
    yield
    host.root("systemctl start rspamd")
    assert eventually(lambda: "127.0.0.1:11332" in host.root("ss -Hltn"))


def test_while_the_filter_is_down_mail_waits_with_its_sender(host: RealHost, without_filter: None) -> None:
    with host.smtp() as client, pytest.raises(smtplib.SMTPException) as waiting:
        client.sendmail("someone@machine.lab.test", host.address_of("alice"), mail("while it was down"))
    codes = str(waiting.value)
    assert "451" in codes or "421" in codes, codes
    assert "while it was down" not in host.subjects("alice")


def test_mail_arrives_again_once_the_filter_is_back(host: RealHost) -> None:
    assert host.delivers("after it was down")


HARMLESS = "X5O!P%@AP[4" + r"\PZX54(P^)7CC)7}$EICAR" + "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
"""The test file of all scanners, in pieces: this file would else be taken for it."""


@pytest.fixture
def with_scanner(
    host: RealHost, inventory: Inventory, mandate: Baseline, connect: Connect
) -> Iterator[engine.HostResult]:
    """The host with ClamAV, which knows the test file and nothing else, and the mandate applied again."""
    host.root(CLAMAV, seconds=180)
    (target,) = inventory.select(host.name)
    yield engine.apply(target, mandate.controls_for(target), connect)
    host.root(f"{NO_CLAMAV}; systemctl reload rspamd", seconds=180)
    # What was taken away again is remembered as gone, and is no drift for the tests that come after.
    engine.apply(target, mandate.controls_for(target), connect)


def test_malware_is_refused_where_there_is_a_scanner(host: RealHost, with_scanner: engine.HostResult) -> None:
    assert with_scanner.apply is not None
    assert with_scanner.apply.outcome is ApplyOutcome.APPLIED, with_scanner.apply.reason
    message = EmailMessage()
    message["From"], message["To"] = "someone@machine.lab.test", host.address_of("alice")
    message["Subject"] = "an attachment"
    message.set_content("See the attachment.")
    message.add_attachment(HARMLESS.encode(), maintype="application", subtype="octet-stream", filename="test.com")

    def refused() -> bool:
        try:
            with host.smtp() as client:
                client.send_message(message)
        except smtplib.SMTPDataError as error:
            return error.smtp_code == 554
        return False

    # Rspamd takes up its new configuration while the old workers still serve.
    assert eventually(refused)
