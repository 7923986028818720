"""Two lab hosts for tests of delivery: mx1 is the agency's, and mx2 plays a provider outside.

What makes a provider of a host: it signs what is submitted to it, its domain says by SPF and DMARC who sends for it,
and it tries again soon what was put off. Both check what comes in, as the receiving system's own results show.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from baseline.deadline import Deadline
from baseline.delivery import Own, deliveries, legs
from baseline.evidence.measured import records
from baseline.judge import Verdict
from baseline.load import load_baseline
from baseline.load.probed import MailServer, ProbedMailbox, ProbeLimits, Provider, Tls
from baseline.model import Subject, Target
from baseline.model.measurements import DeliveryMeasured, Measurement
from baseline.secret import Secret
from tests.kinds.hosts import judged, seen
from tests.kinds.views import World
from tests.lab.real import RealHost

AT_PROVIDER, AT_AGENCY = "alice", "bob"
LIMITS = ProbeLimits(
    step_seconds=10,
    tries=2,
    retry_seconds=1,
    latency_seconds=60,
    lost_seconds=60,
    poll_seconds=1,
    greylist_seconds=20,
)

_READY = r"""
set -eu
cd /var/lib/rspamd && install -d -o _rspamd -g _rspamd dkim
rspamadm dkim_keygen -s test -d "$1" -b 2048 -k "dkim/$1.key" >>"/etc/bind/db.$1"
chown _rspamd:_rspamd "dkim/$1.key"
printf '@ IN TXT "v=spf1 mx -all"\n_dmarc IN TXT "v=DMARC1; p=reject"\n' >>"/etc/bind/db.$1"
cd /etc/rspamd && mkdir -p local.d override.d
printf 'local_addrs = "127.0.0.0/8";\ndns { nameserver = ["127.0.0.1"]; }\n' >override.d/options.inc
printf 'selector = "test";\npath = "/var/lib/rspamd/dkim/$domain.key";\nallow_username_mismatch = true;\n' \
    >local.d/dkim_signing.conf
printf 'use = ["authentication-results"];\n' >local.d/milter_headers.conf
postconf -e smtpd_milters=inet:127.0.0.1:11332 milter_default_action=accept smtpd_tls_received_header=yes \
    minimal_backoff_time=2s maximal_backoff_time=3s queue_run_delay=2s
systemctl restart named rspamd postfix
until ss -ltn | grep -q ':11332 '; do sleep 0.2; done
"""


@dataclass(frozen=True)
class TwoSides:
    """The agency's host and the provider's."""

    agency: RealHost
    provider: RealHost

    def server(self, host: RealHost, account: str, port: int) -> MailServer:
        """How an account of a host reaches it; its certificate is checked by name."""
        password = Secret("the lab", lambda: f"lab-{account}")
        tls: Tls = "tls" if port == 993 else "starttls"
        ca = str(host.directory / "lab-ca.pem")
        return MailServer(host.lab.address, port, tls, host.lab.fqdn, host.address_of(account), password, ca)

    def outside(self, submission: MailServer | None = None, identity: str = "") -> Provider:
        """The account outside; with `submission`, what it submits with goes there instead."""
        there = self.provider
        return Provider(
            "the outside",
            identity or there.address_of(AT_PROVIDER),
            there.lab.fqdn,
            submission or self.server(there, AT_PROVIDER, 587),
            self.server(there, AT_PROVIDER, 993),
        )

    def mailbox(self, address: str = "") -> ProbedMailbox:
        """The agency's mailbox for tests; with `address`, mail goes to another one."""
        here = self.agency
        return ProbedMailbox(
            address or here.address_of(AT_AGENCY),
            "cyberjaya",
            here.lab.fqdn,
            submission=self.server(here, AT_AGENCY, 587),
            imap=self.server(here, AT_AGENCY, 143),
        )

    @property
    def own(self) -> Own:
        """What is the agency's: of the lab's private addresses all but the provider's and this machine's."""
        machine = f"{self.agency.lab.address.rsplit('.', 2)[0]}.0.1"
        others = tuple(ipaddress.ip_network(one) for one in (self.provider.lab.address, machine))
        return Own((self.agency.lab.domain,), (), (), others)

    def both(self, limits: ProbeLimits = LIMITS) -> list[DeliveryMeasured]:
        """Both ways, between the usual accounts."""
        return deliveries(legs((self.outside(),), (self.mailbox(),)), self.own, limits, Deadline(150))

    def out(
        self,
        limits: ProbeLimits = LIMITS,
        *,
        provider: Provider | None = None,
        mailbox: ProbedMailbox | None = None,
    ) -> DeliveryMeasured:
        """The way out alone, between the usual accounts unless others are given."""
        leg = legs((provider or self.outside(),), (mailbox or self.mailbox(),))[0]
        (found,) = deliveries([leg], self.own, limits, Deadline(150))
        return found


def verdict(found: DeliveryMeasured, max_latency_seconds: int = 900) -> Verdict:
    """What MEL-H-06 says where this was all that was measured. Raises `CannotTell`."""
    now = datetime.now(UTC)
    site = Target("cyberjaya", "", site="cyberjaya", speaks_for=(Subject("site", "cyberjaya"),))
    made = records([Measurement("cyberjaya", "baseline", "1", found)], "cyberjaya", "the installation", now)
    target = replace(site, register=made)
    controls = load_baseline("mampu-2007").controls_for(Target("mx1", "192.0.2.1"))
    (control,) = (one for one in controls if one.id == "MEL-H-06")
    # Less than the kind takes, so that no test has to wait for it.
    asked = control.model_copy(update={"max_latency_seconds": max_latency_seconds})
    return judged(asked, seen(asked, {}, target, view=World({}, now=now)), target)


def made_ready(hosts: tuple[RealHost, ...]) -> TwoSides:
    """The two sides, of hosts as Debian ships them."""
    for host in hosts:
        host.root(f"set -- {host.lab.domain}\n{_READY}", seconds=120)
    return TwoSides(*hosts)


@contextmanager
def settings(host: RealHost, *postconf: str) -> Iterator[None]:
    """Settings of Postfix for a while."""
    main = "/etc/postfix/main.cf"
    values = " ".join(f"'{one}'" for one in postconf)
    host.root(f"cp -p {main} {main}.before && postconf -e {values} && postfix reload")
    try:
        yield
    finally:
        host.root(f"mv {main}.before {main} && postfix reload")
