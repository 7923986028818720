"""Daemons that run a configuration older than their files, on a real host: told, not cried wolf over, and mended."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from baseline import engine, manifest
from baseline.load import Baseline, Inventory
from baseline.model import ApplyOutcome, HostReport, Report, Run, Target
from baseline.visit import Connect
from tests.lab.real import RealHost, eventually

pytestmark = pytest.mark.lab

EDITS = {
    "Postfix": "postconf -e 'smtpd_banner = changed by hand'",
    "Dovecot": "printf 'login_greeting = changed by hand\\n' >/etc/dovecot/conf.d/98-hand.conf",
    "Rspamd": "printf 'subject = \"changed by hand\";\\n' >/etc/rspamd/local.d/hand.conf",
    "BIND": "printf '// changed by hand\\n' >>/etc/bind/named.conf.options",
}
RELOADS = {
    "Postfix": ("systemctl reload postfix", "postfix reload"),
    "Dovecot": ("systemctl reload dovecot", "doveadm reload"),
    "Rspamd": ("systemctl reload rspamd", "pkill -HUP -of 'rspamd: main process'"),
    "BIND": ("systemctl reload named", "rndc reload"),
}
MEND = (
    "cp -a /root/was/main.cf /etc/postfix/main.cf; cp -a /root/was/named.conf.options /etc/bind/named.conf.options; "
    "rm -f /etc/dovecot/conf.d/98-hand.conf /etc/rspamd/local.d/hand.conf; "
    "systemctl reload postfix dovecot rspamd named"
)


class Stales:
    """One applied host, and what a check of it says of its daemons."""

    def __init__(self, host: RealHost, target: Target, mandate: Baseline, connect: Connect) -> None:
        self.host, self.target, self.connect = host, target, connect
        self.controls = mandate.controls_for(target)

    def check(self) -> HostReport:
        """The host's line of a check, which is one exchange."""
        line = engine.check(self.target, self.controls, self.connect).host
        assert line.exchanges == 1
        assert line.untold == ()
        return line

    def programs(self) -> set[str]:
        """The programs that are stale."""
        return {one.program for one in self.check().stale}

    def apply(self) -> engine.HostResult:
        """An apply, which ends well."""
        result = engine.apply(self.target, self.controls, self.connect)
        assert result.apply is not None
        assert result.apply.outcome in (ApplyOutcome.APPLIED, ApplyOutcome.NOTHING), result.apply.reason
        assert result.host.stale == ()
        return result


@pytest.fixture
def stales(
    applied: Report, real_hosts: tuple[RealHost, ...], inventory: Inventory, mandate: Baseline, connect: Connect
) -> Iterator[Stales]:
    """A host that was applied, whose daemons run what their files say. It is so again afterwards."""
    host = real_hosts[0]
    found = Stales(host, inventory.select("mx1")[0], mandate, connect)
    host.root("mkdir -p /root/was && cp -a /etc/postfix/main.cf /etc/bind/named.conf.options /root/was/")
    found.apply()
    assert found.programs() == set()
    yield found
    host.root(MEND)
    assert eventually(lambda: found.programs() == set()), found.check().stale


@pytest.mark.parametrize("program", EDITS)
def test_what_is_edited_and_not_reloaded_is_told_until_anybody_reloads_it(stales: Stales, program: str) -> None:
    for reload in RELOADS[program]:
        # In the moment of a reload it counts as read.
        stales.host.root(f"sleep 1.1; {EDITS[program]}")
        line = stales.check()
        assert [one.program for one in line.stale] == [program]
        assert Report(Run("", "", "", "", "", "", ""), (line,), ()).exit_code == 1
        stales.host.root(reload)
        assert eventually(lambda: stales.programs() == set()), reload


def test_an_apply_reloads_them_though_no_file_changes_and_the_next_one_is_empty(stales: Stales) -> None:
    stales.host.root(f"sleep 1.1; {EDITS['Dovecot']}; {EDITS['Rspamd']}; {EDITS['BIND']}")
    planned = engine.plan(stales.target, stales.controls, stales.connect).plan
    assert planned is not None
    # Where a file edited is one that an earlier apply has written, the record of what was applied accepts it.
    assert {change.path for change in planned.files} <= {manifest.PATH}
    assert sorted(planned.reloads) == ["dovecot", "named", "rspamd"]
    result = stales.apply()
    assert result.apply is not None
    assert result.apply.outcome is ApplyOutcome.APPLIED
    assert {step for step in result.apply.steps if step.startswith("reloaded")} == {
        "reloaded dovecot",
        "reloaded named",
        "reloaded rspamd",
    }
    assert stales.programs() == set()
    again = stales.apply()
    assert again.apply is not None
    assert again.apply.outcome is ApplyOutcome.NOTHING
    assert stales.host.delivers("after daemons were reloaded")


def test_what_is_edited_and_broken_is_not_reloaded(stales: Stales) -> None:
    stales.host.root("sleep 1.1; printf 'no such = {\\n' >/etc/dovecot/conf.d/98-hand.conf")
    result = engine.apply(stales.target, [], stales.connect)
    assert result.apply is not None
    assert result.apply.outcome is ApplyOutcome.REFUSED
    assert "validate: /etc/dovecot" in result.apply.reason
    assert stales.host.delivers("while a broken file waits")


def test_a_file_that_was_applied_and_then_touched_is_not_stale(stales: Stales) -> None:
    # An apply of ours is the last one that had them reloaded.
    stales.host.root(f"sleep 1.1; {EDITS['Dovecot']}; postconf -e 'smtpd_banner = changed by hand'")
    stales.apply()
    listed = "sed -n 's/.*\\t//p' /var/lib/baseline/manifest | grep -e ^/etc/postfix/ -e ^/etc/dovecot/"
    stales.host.root(f"sleep 1.1; touch $({listed})")
    assert stales.host.root(f"{listed} | wc -l").strip() != "0"
    assert stales.programs() == set()


def test_a_copy_with_an_old_date_that_is_moved_back_is_told(stales: Stales) -> None:
    stales.host.root(
        "cd /etc/postfix && cp -p main.cf main.cf.kept && postconf -e 'smtpd_banner = for a while' && "
        "postfix reload && sleep 1.1 && mv main.cf.kept main.cf"
    )
    (old,) = stales.check().stale
    assert (old.program, old.files) == ("Postfix", ("/etc/postfix/main.cf",))


def test_a_map_of_rspamd_and_a_zone_are_read_by_themselves(stales: Stales) -> None:
    stales.host.root("sleep 1.1; touch /etc/rspamd/maps.d/mid.inc /etc/bind/db.local /etc/dovecot/users")
    assert stales.programs() == set()


def test_a_dovecot_that_answers_and_takes_nothing_up_is_asked_until_it_does(stales: Stales) -> None:
    # After one that died of a broken file no config process is made for some seconds. A reload succeeds, and is none.
    broken, ask = "/etc/dovecot/conf.d/98-hand.conf", "printf 'a logout\\r\\n' | nc -q 1 -w 5 127.0.0.1 143 >/dev/null"
    stales.host.root(
        f"doveadm reload; sleep 1; printf 'no such = {{\\n' >{broken}; pkill -f '^dovecot/config'; "
        f"{ask}; sleep 0.5; rm -f {broken}; {EDITS['Dovecot']}"
    )
    result = stales.apply()
    assert result.apply is not None
    assert "reloaded dovecot" in result.apply.steps
    assert stales.host.delivers("after a reload that took its time")
