"""What an account really gets: each way of setting its limit has the verdict that a mail of the floor's size proves."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator

import pytest

from baseline import engine
from baseline.load import load_baseline, load_inventory
from baseline.session import Connector
from tests.lab.alone import alone
from tests.lab.quota_ways import WAYS, Way
from tests.lab.real import RealHost

pytestmark = pytest.mark.lab

SETTINGS = "/etc/dovecot/conf.d/98-way.conf"
USERS, AS_SHIPPED = "/etc/dovecot/users", "/root/users"
NEARLY_THE_FLOOR = b"Subject: large\r\n\r\n" + (b"x" * 76 + b"\r\n") * 1_280_000
"""99.84 MB: what every account with the floor's 100 MB takes while it is empty."""


def a_host(release: str) -> Iterator[RealHost]:
    """A host of a release as it is shipped."""
    with alone("bytesof", release) as found:
        found.root(f"cp -p {USERS} {AS_SHIPPED}")
        yield found


@pytest.fixture(scope="class")
def trixie() -> Iterator[RealHost]:
    """A host with Dovecot 2.4."""
    yield from a_host("trixie")


@pytest.fixture(scope="class")
def bookworm() -> Iterator[RealHost]:
    """A host with Dovecot 2.3."""
    yield from a_host("bookworm")


def take_up(host: RealHost, way: Way) -> None:
    """Have Dovecot read the settings and the userdb of a way; it has an empty mailbox then."""
    alice = host.address_of("alice")
    field = f"userdb_{way.field}" if way.field else ""
    host.root(
        f"cat >{SETTINGS} <<'end'\n{way.settings}end\n"
        f"cp -p {AS_SHIPPED} {USERS} && sed -i 's|^{alice}:.*|&{field}|' {USERS}\n"
        "doveconf -n >/dev/null && systemctl restart dovecot && rm -rf /var/vmail/*/alice/Maildir"
    )


def takes(host: RealHost) -> bool:
    """Whether the account takes the mail as LMTP delivers it."""
    with host.lmtp() as client:
        try:
            client.sendmail("someone@machine.lab.test", [host.address_of("alice")], NEARLY_THE_FLOOR)
        except (smtplib.SMTPDataError, smtplib.SMTPRecipientsRefused):
            return False
    return True


def outcomes(host: RealHost) -> tuple[str, ...]:
    """The outcomes of MEL-Q-01 and MEL-Q-02."""
    (target,) = load_inventory(host.directory / "inventory.yml").targets
    controls = [one for one in load_baseline("mampu-2007").controls_for(target) if one.id in ("MEL-Q-01", "MEL-Q-02")]
    result = engine.check(target, controls, Connector().connect)
    return tuple(str(finding.outcome) for finding in sorted(result.findings, key=lambda one: one.control))


def proves(host: RealHost, way: Way) -> None:
    """Have a mail show whether the verdict is right."""
    take_up(host, way)
    assert outcomes(host) == (way.default, way.accounts)
    assert takes(host) == way.takes


class TestOfDovecot24:
    """On trixie."""

    @pytest.mark.parametrize("way", WAYS["trixie"], ids=lambda way: way.name)
    def test_every_way_has_the_verdict_that_a_mail_proves(self, trixie: RealHost, way: Way) -> None:
        proves(trixie, way)


class TestOfDovecot23:
    """On bookworm."""

    @pytest.mark.parametrize("way", WAYS["bookworm"], ids=lambda way: way.name)
    def test_every_way_has_the_verdict_that_a_mail_proves(self, bookworm: RealHost, way: Way) -> None:
        proves(bookworm, way)
