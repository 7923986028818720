"""Somebody with a login and in the groups of daemons, on a real host while it is looked at and applied to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from baseline import bundle
from baseline.model import ApplyOutcome, Report
from baseline.session import Connector
from baseline.shell import script
from tests.adversary.case import adversary
from tests.adversary.lab_host import RELEASES, Standing, mandate, standing
from tests.adversary.mallory import Mallory

pytestmark = pytest.mark.lab

KIND = "the host's own users"
ZONE = "/var/lib/bind/db.d1.lab.test"
"""A place where a zone's file is looked for, in a directory that the group bind may write."""


@pytest.fixture(scope="module", params=RELEASES)
def conforming(request: pytest.FixtureRequest) -> Iterator[Standing]:
    """A host that conforms."""
    with standing("mallory", request.param) as here:
        assert here.apply(mandate()).applies[0].outcome is ApplyOutcome.APPLIED
        yield here


@pytest.fixture(scope="module")
def mallory(conforming: Standing) -> Mallory:
    """The attacker."""
    return Mallory(conforming.host)


def outcomes(report: Report) -> dict[tuple[str, str], str]:
    """The outcome of each finding, by control and what it is about."""
    return {(one.control, one.host): one.outcome.value for one in report.findings}


@adversary(KIND, "runs processes that are called as Postfix's are, `qmgr` below `master`")
def test_processes_named_like_daemons(conforming: Standing, mallory: Mallory) -> None:
    """Postfix is still stale: a process counts where systemd has put it among those of the unit.

    Before: the newest `qmgr` was taken for Postfix's, and a Postfix that had not read its files was not told of.
    """
    conforming.host.root("echo '# by hand' >>/etc/postfix/main.cf; sleep 1")
    try:
        named = "cd ~; ln -sf /bin/sh master; ln -sf /bin/sleep qmgr; exec ./master -c './qmgr 600; :'"
        with mallory.keeps(named):
            assert "mallory" in conforming.host.root("sleep 1; ps -C qmgr -o user=")
            (line,) = conforming.check(mandate()).hosts
        assert [one.unit for one in line.stale] == ["postfix"]
    finally:
        conforming.host.root("sed -i '/^# by hand/d' /etc/postfix/main.cf; systemctl reload postfix")


@adversary(KIND, "writes entries into the journal that say that systemd keeps starting Dovecot anew")
def test_entries_of_the_journal_that_systemd_did_not_write(conforming: Standing, mallory: Mallory) -> None:
    """Not counted: the journal itself notes which process an entry came from.

    Before: MEL-H-01 failed with eight restarts of a daemon that had not been restarted once.
    """
    before = outcomes(conforming.check(mandate()))
    entry = r"MESSAGE_ID=5eb03494b6584870a536b337290809b3\nUNIT=dovecot.service\nMESSAGE=x\n"
    mallory.does(f"for n in 1 2 3 4 5 6 7 8; do printf '{entry}' | logger --journald; done")
    assert "x" in conforming.host.root("journalctl -q -o cat --since=-1h UNIT=dovecot.service")
    assert outcomes(conforming.check(mandate())) == before


@adversary(KIND, "swaps a file that is looked at for a link to /etc/shadow, again and again")
def test_a_file_that_becomes_a_link(conforming: Standing, mallory: Mallory) -> None:
    """No answer holds a word of it: what is opened is opened once, and no link is followed.

    Before: in 33 of 300 answers the zone's file had the content of /etc/shadow.
    """
    swap = (
        'cd /var/lib/bind; exec perl -e \'while (1) { open(F, ">.a"); print F "zone"; close F; '
        f'rename ".a", "{ZONE}"; symlink "/etc/shadow", ".b"; rename ".b", "{ZONE}" }}\''
    )
    session = Connector().connect(conforming.inventory.targets[0])
    try:
        request = bundle.ask([f"{script('baseline', 'facts', p=ZONE)}\n# {number}" for number in range(300)])
        with mallory.keeps(swap):
            answers = bundle.answers(request, session.exchange(request.script, seconds=300)).values()
    finally:
        session.close()
        mallory.does("rm -f /var/lib/bind/.[ab] " + ZONE)
    assert {answer.stdout.partition(b"\n")[0] for answer in answers} >= {
        b"symbolic link|mallory|mallory|777",
        b"regular file|mallory|mallory|644",
    }
    assert not [answer for answer in answers if b"root:" in answer.stdout]
