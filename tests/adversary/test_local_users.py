"""Somebody with a login and in the groups of daemons, on a real host while it is looked at and applied to."""

from __future__ import annotations

import shlex
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

_OPEN = ("/var/lib/bind", "/var/cache/bind", "/var/mail", "/var/spool/postfix/maildrop", "/tmp", "/var/tmp", "/dev/shm")
"""What the attacker may write into."""

_LINKS = """
my @places = qw(PLACES);
while (1) {
  for my $place (@places) {
    opendir(my $all, $place) or next;
    for my $name (grep { !/^\\.{1,2}$/ } readdir($all)) {
      next if -l "$place/$name" or -d "$place/$name";
      unlink "$place/$name" and symlink((rand() < 0.5 ? "/root/victim" : "/etc/shadow"), "$place/$name");
    }
  }
}
""".replace("PLACES", " ".join(_OPEN))

_NAMES = (
    "db.d1.lab.test",
    "d1.lab.test.zone",
    "d1.lab.test.hosts",
    "db.lab.test",
    "lab.test.zone",
    "db.10.in-addr.arpa",
)

_CLUTTER = (
    "\n".join(
        f"""cd {place} && {{
  mkfifo zzfifo; truncate -s 1T zzsparse; mkdir zzfolder; : >"$(printf 'zz\\nnew\\033[2J')"
  perl -MSocket -e 'socket(S, AF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un("zzsocket"))'
}}
true"""
        for place in _OPEN
    )
    + "\ncd /var/lib/bind && "
    + "; ".join(f"mkfifo {name}" for name in _NAMES[::2])
    + ("; " + "; ".join(f"truncate -s 1T {name}" for name in _NAMES[1::2]))
)
_SWEEP = f"cd /var/lib/bind && rm -f {' '.join(_NAMES)}"


@pytest.fixture(scope="module", params=RELEASES)
def shipped(request: pytest.FixtureRequest) -> Iterator[Standing]:
    """A host as Debian ships it."""
    with standing("mallory", request.param) as here:
        yield here


@pytest.fixture(scope="module")
def conforming(shipped: Standing) -> Standing:
    """The same host after an apply."""
    assert shipped.apply(mandate()).applies[0].outcome is ApplyOutcome.APPLIED
    return shipped


@pytest.fixture(scope="module")
def mallory(shipped: Standing) -> Mallory:
    """The attacker."""
    return Mallory(shipped.host)


def outcomes(report: Report) -> dict[tuple[str, str], str]:
    """The outcome of each finding, by control and what it is about."""
    return {(one.control, one.host): one.outcome.value for one in report.findings}


@adversary(
    KIND, "puts links to root's files, in the place of whatever turns up where a group may write, during an apply"
)
def test_links_in_all_that_a_group_may_write(shipped: Standing, mallory: Mallory) -> None:
    """The host is applied to and led back, and no file of root's that was linked to is read, changed or given away.

    Before: so it was with this baseline, which writes to no such directory; see the cases of single directories.
    """
    host = shipped.host
    host.root("echo secret >/root/victim; chmod 0600 /root/victim")
    looks = "stat -c '%U:%G %a %s %Y' /root/victim /etc/shadow; sha256sum /root/victim /etc/shadow"
    before = host.root(looks)
    with mallory.keeps(f"exec perl -e {shlex.quote(_LINKS)}"):
        (apply,) = shipped.apply(mandate()).applies
        assert apply.outcome is ApplyOutcome.APPLIED, apply.reason
        assert host.root(looks) == before
        (back,) = shipped.back_to(0).applies
    assert (back.outcome, back.restored) == (ApplyOutcome.ROLLED_BACK, True), back.reason
    assert host.root(looks) == before


@adversary(
    KIND, "fills directories that a group may write with FIFOs, endless files, sockets and names that are no lines"
)
def test_what_is_no_file(conforming: Standing, mallory: Mallory) -> None:
    """A check and a plan end, and every finding is what it was.

    Before: three files without an end, where a plan looks for zones, made all of the host unknown: the reply was longer
    than 16 MiB.
    """
    before = outcomes(conforming.check(mandate()))
    mallory.does(_CLUTTER)
    try:
        assert outcomes(conforming.check(mandate())) == before
        assert outcomes(conforming.plan(mandate())) == before
    finally:
        conforming.host.root(f"rm -rf {' '.join(f'{place}/zz*' for place in _OPEN)}; {_SWEEP}")


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
