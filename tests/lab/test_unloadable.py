"""Programs that refuse the files they would start with, on a real host: told at once, and who rests on them fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from baseline import engine
from baseline.kinds.base import Control
from baseline.load import Baseline, Inventory
from baseline.model import Finding, Outcome, Report, Run, Target
from baseline.visit import Connect
from tests.lab.real import RealHost, eventually

pytestmark = pytest.mark.lab

KEPT = ("postfix", "dovecot", "rspamd", "bind", "fail2ban", "ssh", "nftables.conf")
NO_REFUSAL = "postconf -e smtpd_relay_restrictions=permit_mynetworks smtpd_recipient_restrictions=permit_mynetworks"
SPACES = "sed -i 's/^submission .*/&\\n  -o smtpd_banner = hello/' /etc/postfix/master.cf"
NO_SYNTAX = "printf 'reject = { {\\n' >/etc/rspamd/local.d/actions.conf"
BROKEN = {
    "a list without a refusal": ("Postfix", NO_REFUSAL, "smtpd of smtp/inet: fatal: in parameter smtpd_relay_restrict"),
    "an override with spaces": ("Postfix", SPACES, 'smtpd of submission/inet: fatal: invalid "-o smtpd_banner"'),
    "main.cf": ("Postfix", "echo 'no such' >>/etc/postfix/main.cf", "missing '=' after attribute name"),
    "master.cf": ("Postfix", "echo 'no such' >>/etc/postfix/master.cf", "bad field count"),
    "dovecot.conf": ("Dovecot", "printf 'no such = {\\n' >/etc/dovecot/conf.d/98-hand.conf", "98-hand.conf"),
    "rspamd": ("Rspamd", NO_SYNTAX, "actions.conf: line: 1"),
    "named.conf": ("BIND", "echo 'no such;' >>/etc/bind/named.conf.options", "unknown option 'no'"),
    "a zone": ("BIND", "echo '@@ no such' >>/etc/bind/db.$(hostname -d)", "not loaded due to errors"),
    "nftables.conf": ("nftables", "echo 'table inet {' >>/etc/nftables.conf", "syntax error"),
    "a jail": ("fail2ban", "printf '[sshd]\\nfilter = none\\n' >/etc/fail2ban/jail.d/zz.local", "filter 'none'"),
    "sshd_config": (
        "OpenSSH",
        "echo 'NoSuch yes' >/etc/ssh/sshd_config.d/hand.conf",
        "Bad configuration option: NoSuch",
    ),
}
"""What is broken -> the program, how it is done, and what its checker says of it."""
UNTOUCHED = (
    "find /etc /var/lib/rspamd/*.hs* /var/spool/postfix/etc -xdev -printf '%p %m %u:%g %s %T@\\n' | sort | sha256sum"
)


@dataclass(frozen=True)
class Applied:
    """One applied host, whose programs load what they have."""

    host: RealHost
    target: Target
    controls: tuple[Control, ...]
    connect: Connect

    def check(self, *names: str) -> engine.HostResult:
        """A check of some controls, or of all, which is one exchange."""
        chosen = [one for one in self.controls if not names or one.id in names]
        result = engine.check(self.target, chosen, self.connect)
        assert result.host.exchanges == 1
        assert result.host.untold == ()
        return result

    def refusing(self) -> list[tuple[str, bool]]:
        """The programs that refuse their files, and whether they run."""
        return [(one.program, one.runs) for one in self.check("MEL-T-04").host.unloadable]

    def found(self, *names: str) -> dict[str, Finding]:
        """The findings of some controls."""
        return {one.control: one for one in self.check(*names).findings}


@pytest.fixture
def one(
    applied: Report, real_hosts: tuple[RealHost, ...], inventory: Inventory, mandate: Baseline, connect: Connect
) -> Iterator[Applied]:
    """The host; it has its files again afterwards, and its daemons run."""
    host = real_hosts[0]
    found = Applied(host, inventory.select("mx1")[0], tuple(mandate.controls_for(inventory.select("mx1")[0])), connect)
    host.root(f"rm -rf /root/kept && mkdir /root/kept && cd /etc && cp -a {' '.join(KEPT)} /root/kept/")
    assert found.refusing() == []
    yield found
    host.root(
        f"for one in {' '.join(KEPT)}; do rm -rf /etc/$one && cp -a /root/kept/$one /etc/; done; "
        "systemctl reset-failed; systemctl restart postfix dovecot rspamd named"
    )
    assert eventually(lambda: found.refusing() == [] and host.delivers("after all is as it was"))


@pytest.mark.parametrize("what", BROKEN)
def test_a_program_that_still_runs_is_told_at_once(one: Applied, what: str) -> None:
    program, damage, words = BROKEN[what]
    one.host.root(damage)
    before = one.host.root(UNTOUCHED)
    line = one.check("MEL-T-04").host
    assert one.host.root(UNTOUCHED) == before
    (refused,) = line.unloadable
    assert (refused.program, refused.runs) == (program, True)
    assert words in refused.words
    assert Report(Run("", "", "", "", "", "", ""), (line,), ()).exit_code == 1


def test_an_smtpd_without_a_rule_that_refuses(one: Applied) -> None:
    one.host.root(f"{NO_REFUSAL} && postfix reload")
    found = one.found("MEL-A-04", "MEL-A-09", "MEL-A-11", "MEL-T-03")
    assert {name: finding.outcome for name, finding in found.items()} == {
        "MEL-A-04": Outcome.FAIL,
        "MEL-A-09": Outcome.FAIL,
        "MEL-A-11": Outcome.FAIL,
        "MEL-T-03": Outcome.PASS,
    }
    assert found["MEL-A-09"].reason.startswith("strangers at smtp/inet is not refused")
    for name in ("MEL-A-04", "MEL-A-11"):
        assert "smtpd of smtp/inet: fatal: in parameter" in found[name].reason
    assert all("port 25" in " ".join(found[name].unseen) for name in ("MEL-A-04", "MEL-A-09", "MEL-A-11"))


def test_a_service_whose_override_is_spelt_with_spaces(one: Applied) -> None:
    one.host.root(f"{SPACES} && postfix reload")
    found = one.found("MEL-S-01", "MEL-S-02", "MEL-D-03")
    assert {finding.outcome for finding in found.values()} == {Outcome.FAIL}
    assert 'fatal: invalid "-o smtpd_banner"' in found["MEL-S-01"].reason
    assert "port 587" in " ".join(found["MEL-S-01"].unseen)


@pytest.mark.parametrize("state", ["runs", "is gone"])
def test_an_rspamd_whose_files_do_not_parse(one: Applied, state: str) -> None:
    one.host.root(NO_SYNTAX)
    if state == "is gone":
        # systemd would begin it ten times a second, and whoever looks sees it run or not.
        one.host.root("systemctl restart rspamd; systemctl stop rspamd", fine=False)
        assert eventually(lambda: one.refusing() == [("Rspamd", False)])
    found = one.found("MEL-A-01", "MEL-A-03", "MEL-A-07", "MEL-T-01")
    assert {finding.outcome for finding in found.values()} == {Outcome.FAIL}
    for name in ("MEL-A-03", "MEL-A-07", "MEL-T-01"):
        assert "actions.conf: line: 1" in found[name].reason
        assert ("does not run" in found[name].reason) == (state == "is gone")
        assert "`rspamadm " in found[name].unseen[0]
