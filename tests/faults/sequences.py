"""Any sequence of applies, edits by hand and rollbacks: how one is made, played and told. For the host, see `host`."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from baseline import engine
from baseline.kinds.base import Control
from baseline.model import ApplyOutcome, Target
from baseline.session import Connector
from tests.lab.real import RealHost

CONTROLS = ("MEL-Q-01", "MEL-Q-03", "MEL-Q-04", "MEL-Q-05", "MEL-T-01", "MEL-T-04", "MEL-A-02", "MEL-A-08", "MEL-F-02")
"""What is applied: files that several share, directories, a timer, a mount, the firewall; none of it wants packages."""

DEEDS: Mapping[str, str] = {
    "a line in main.cf": "echo '# by hand' >>/etc/postfix/main.cf",
    "a line in a file of ours": "f=/etc/dovecot/conf.d/99-baseline.conf; [ ! -e $f ] || echo '# by hand' >>$f",
    "a table made anew": "touch /etc/aliases; echo 'hand: root' >>/etc/aliases; newaliases",
    "the timer stopped": "systemctl stop baseline-quota-reconcile.timer; :",
    "a file of ours deleted": "rm -f /etc/rspamd/local.d/options.inc",
    "a mode changed": "chmod 0640 /etc/postfix/main.cf; chmod 0644 /etc/postfix/main.cf; chmod 0600 /etc/fstab",
}
"""What a person does by hand in between."""

Step = tuple[str, str]
"""`apply` and controls, `edit` and the name of a deed, or `back` and the generation."""


def made(seed: int, transactions: int) -> tuple[Step, ...]:
    """A sequence with that many applies and rollbacks; the same one for the same seed."""
    chance = random.Random(seed)
    steps: list[Step] = []
    for generation in range(transactions):
        if chance.random() < 0.4:
            steps.append(("edit", chance.choice(sorted(DEEDS))))
        if generation and chance.random() < 0.45:
            steps.append(("back", str(chance.randrange(generation))))
        else:
            chosen = chance.sample(CONTROLS, chance.randint(1, 3))
            # A control may need another one: there are no levels without a quota.
            steps.append(("apply", ",".join(sorted({*chosen, "MEL-Q-01"}))))
    return tuple(steps)


def told(steps: Iterable[Step]) -> str:
    """A sequence as the variable that has it played again."""
    return json.dumps([list(step) for step in steps])


def shrunk(steps: tuple[Step, ...], fails: Callable[[tuple[Step, ...]], bool]) -> tuple[Step, ...]:
    """The sequence without the steps that a failure does not need, tried one by one."""
    for n in reversed(range(len(steps))):
        shorter = steps[:n] + steps[n + 1 :]
        if shorter and fails(shorter):
            steps = shorter
    return steps


Look = Mapping[str, str]
"""What of a host counts: paths, units, users, mounts, each with how it is."""

_LOOK = r"""
cd / && places='etc usr/local var/lib/baseline-quota var/lib/baseline/manifest var/spool/mailtmp'
files() {
  find $places -xdev ! -name '*.db' ! -name '*.baseline-*' ! -name 'baseline-revert-*' ! -path etc/mtab \
    ! -name '*.wants' "$@" 2>/dev/null
}
files -printf 'path /%p\t%y %U:%G %m %l\n'
files -type f -exec sha256sum {} + | sed -E 's/^([0-9a-f]{64})  (.*)/content \/\2\t\1/'
systemctl list-units --all --plain --no-legend --full '*.timer' '*.mount' postfix.service postfix@-.service \
  dovecot.service rspamd.service named.service nftables.service fail2ban.service |
  awk '!/baseline-revert|run-user/ { print "unit " $1 "\t" $3 }' | grep -v 'inactive$'
systemctl list-unit-files --plain --no-legend --full | awk '!/baseline-revert|transient/ { print "boot " $1 "\t" $2 }'
findmnt -rno TARGET,FSTYPE,OPTIONS /tmp | sed 's/^/mount /; s/ /\t/2'
nft list ruleset 2>/dev/null | sha256sum | sed 's/^/rules\t/'
cut -d: -f1 /etc/passwd /etc/group | sed 's/$/\tthere/; s/^/account /' | sort -u
"""


def look(host: RealHost) -> Look:
    """The host as it is now."""
    lines = [line.partition("\t") for line in host.root(_LOOK, fine=False).splitlines()]
    return {item: how for item, _, how in lines}


def differing(one: Look, other: Look) -> dict[str, tuple[str, str]]:
    """What is not alike in two looks."""
    items = {*one, *other}
    return {i: (one.get(i, ""), other.get(i, "")) for i in sorted(items) if one.get(i) != other.get(i)}


@dataclass
class Played:
    """A host in the middle of a sequence: what each generation found and what it left, seen from outside."""

    host: RealHost
    target: Target
    controls: tuple[Control, ...]
    running: str
    generations: list[tuple[Look, Look]] = field(default_factory=list)

    def step(self, step: Step) -> None:
        """One step, and what has to be true after it. Raises AssertionError."""
        what, which = step
        if what == "edit":
            self.host.root(DEEDS[which])
            return
        before = look(self.host)
        goal = min(int(which), len(self.generations)) if what == "back" else 0
        ended = self._apply(which) if what == "apply" else self._back(goal)
        after = look(self.host)
        if ended is not ApplyOutcome.NOTHING:
            self.generations.append((before, after))
        if what == "back":
            # Back to the last generation is no way back at all.
            expected = self._as_at(goal, before)
            other = differing(after, expected)
            assert not other, f"generation {which} was otherwise (is, and was): {other}"
        assert self.host.root("systemctl is-system-running", fine=False).strip() == self.running
        mail_flows(self.host)

    def _apply(self, ids: str) -> ApplyOutcome:
        chosen = [one for one in self.controls if one.id in ids.split(",")]
        ended = engine.apply(self.target, chosen, Connector().connect).apply
        assert ended is not None
        assert ended.outcome in (ApplyOutcome.APPLIED, ApplyOutcome.NOTHING), ended.reason
        return ended.outcome

    def _back(self, goal: int) -> ApplyOutcome:
        if goal == len(self.generations):
            return ApplyOutcome.NOTHING
        ended = engine.rollback(self.target, Connector().connect, to=goal).apply
        assert ended is not None
        assert ended.outcome in (ApplyOutcome.ROLLED_BACK, ApplyOutcome.NOTHING), ended.reason
        assert ended.restored is not False, ended.reason
        return ended.outcome

    def _as_at(self, goal: int, now: Look) -> Look:
        """What stands now, and of all that was changed since the goal what the oldest change found."""
        expected = dict(now)
        for before, after in reversed(self.generations[goal:]):
            for item in {one for changed in differing(before, after) for one in _with_its_file(changed)}:
                expected.pop(item, None)
                if item in before:
                    expected[item] = before[item]
        return expected


def _with_its_file(item: str) -> tuple[str, ...]:
    """An item and, of a file, its content and its mode: a file goes back as a whole."""
    what, _, path = item.partition(" ")
    return (f"content {path}", f"path {path}") if what in ("content", "path") else (item,)


def mail_flows(host: RealHost) -> None:
    """Submission with a login, mail from outside, and a stranger's mail to nobody, which is refused."""
    alice = host.address_of("alice")
    with host.submission("alice") as client:
        assert client.sendmail(alice, [host.address_of("bob")], "Subject: out\r\n\r\nout\r\n") == {}
    with host.smtp() as client:
        client.ehlo()
        assert client.mail("someone@machine.lab.test")[0] == 250
        code, words = client.rcpt(host.address_of("nobody-there"))
        assert code == 550, words
        code, words = client.rcpt(alice)
        assert code == 250, words
