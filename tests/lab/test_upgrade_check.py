"""What `upgrade-check` foresees, and what the programs of both releases themselves say of the same."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pytest

from baseline import lab
from baseline.foreseeing import foresee
from baseline.load import load_inventory
from baseline.session import Connector
from baseline.upgrading import rspamd
from baseline.upgrading.bind_facts import IGNORED, REMOVED
from baseline.upgrading.items import HostForecast
from baseline.upgrading.postfix_facts import DEPRECATED, EMPTY_GRADES, NEW_DEFAULTS, REMOVED_RESTRICTIONS
from tests.lab.real import RealHost
from tests.labs import lab_name
from tests.upgrading.hosts import of_bind, of_postfix
from tests.upgrading.mending import mended
from tests.upgrading.named_confs import CONFS
from tests.upgrading.rules import RULES

pytestmark = pytest.mark.lab
NAME = lab_name("fullrel")
MAIN = "/etc/bind/named.conf"


@dataclass(frozen=True)
class Pair:
    """A host of each release."""

    old: RealHost
    new: RealHost

    def both(self, script: str, *, seconds: float = 60) -> tuple[str, str]:
        """What a script prints on each, whatever it ends with."""
        return self.old.root(script, seconds=seconds, fine=False), self.new.root(script, seconds=seconds, fine=False)


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    """A host of each release, as Debian ships it. Skips where a lab cannot be had."""
    try:
        lab.preflight()
    except lab.LabError as error:
        pytest.skip(str(error))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BASELINE_LAB_NAME", NAME)
        lab.down()
        running = lab.up(2, release=("bookworm", "trixie"))
        old, new = (RealHost(host, tuple(lab.enter(host.name)), lab.directory()) for host in running)
        yield Pair(old, new)
        lab.down()


def told_of(host: RealHost) -> HostForecast:
    """What `upgrade-check` tells of a host."""
    (target,) = load_inventory(host.directory / "inventory.yml").select(host.name)
    return foresee(target, Connector().connect)


def loaded_by_named(host: RealHost, texts: Sequence[str]) -> list[tuple[bool, str]]:
    """Whether named-checkconf takes each of some files, and what it says."""
    parts = [
        f"printf %s {shlex.quote(text)} >named.conf; out=$(named-checkconf named.conf 2>&1); echo \"@$? $out\""
        for text in texts
    ]  # fmt: skip
    script = "mkdir -p /run/upgrade && cd /run/upgrade\n" + "\n".join(parts)
    done = subprocess.run([*host.inside, "sh"], input=script, capture_output=True, text=True, timeout=60, check=True)
    return [(said.startswith("0 "), said[2:].strip()) for said in done.stdout.split("@")[1:]]


def test_named_of_each_release_takes_what_is_foreseen(pair: Pair) -> None:
    assert {*REMOVED, *IGNORED} - {name.split()[0] for name in CONFS} == {"delegation-only"}, "all have a file"
    texts = [*CONFS.values()]
    assert [takes for takes, _ in loaded_by_named(pair.old, texts)] == [True] * len(texts)
    told = []
    for (name, text), (takes, said) in zip(CONFS.items(), loaded_by_named(pair.new, texts), strict=True):
        (item,) = [one for one in of_bind({MAIN: text}) if one.setting == name.split()[0]]
        told.append(item)
        really = "breaks" if not takes else "changes" if "is obsolete" in said else "same"
        assert (name, item.verdict) == (name, really), said
    fixed = {text: mended(text, item.instead) for text, item in zip(texts, told, strict=True) if item.instead}
    assert len(fixed) >= len(texts) - 4
    taken = loaded_by_named(pair.new, [*fixed.values()])
    assert [text for text, (takes, said) in zip(fixed.values(), taken, strict=True) if not takes or said] == []


def defaults(printed: str) -> dict[str, str]:
    """Name -> value of what a program prints as `name = value` or `name value`."""
    found = {}
    for line in printed.splitlines():
        name, _, value = line.replace(" = ", " ", 1).partition(" ")
        found[name.removesuffix(" =")] = value
    return found


OF_THE_HOST = {"mail_release_date", "mail_version", "myhostname", "process_id"}
SAID_OTHERWISE = {"tlsproxy_client_policy_maps", "tlsproxy_client_security_level"}
NOBODY_SETS_A_GRADE_BY = {"tls_null_cipherlist", "tls_eecdh_auto_curves"}
"""Of ciphers without encryption, and the order in which the same curves are offered."""


def test_every_default_of_postfix_that_changed_is_told(pair: Pair) -> None:
    old, new = (defaults(printed) for printed in pair.both("postconf -d 2>/dev/null"))
    changed = {name for name in old.keys() & new.keys() if old[name] != new[name]}
    known = {name for name, one in NEW_DEFAULTS.items() if one.kept} | set(EMPTY_GRADES)
    assert changed - OF_THE_HOST - SAID_OTHERWISE - NOBODY_SETS_A_GRADE_BY == known
    assert {name: (old[name], new[name]) for name in changed & NEW_DEFAULTS.keys()} == {
        name: (one.before, one.after) for name, one in NEW_DEFAULTS.items() if one.kept
    }
    assert {name: new[name] for name, one in NEW_DEFAULTS.items() if not one.kept} == {
        name: one.after for name, one in NEW_DEFAULTS.items() if not one.kept
    }
    # What 3.7 knows 3.10 knows too, but for what hangs on transports that are in the older master.cf.
    transports = re.compile("(bsmtp|ifmail|maildrop|mailman|scalemail-backend|uucp)_")
    assert [name for name in old.keys() - new.keys() if not transports.match(name)] == []


def test_parameters_that_are_deprecated_are_warned_of_and_work(pair: Pair) -> None:
    lines = "".join(f"{name} = yes\n" for name in DEPRECATED)
    script = "rm -rf /run/pf && mkdir /run/pf && cd /run/pf && cp /etc/postfix/master.cf ."
    old, new = pair.both(f"{script} && printf %s {shlex.quote(lines)} >main.cf; postconf -c /run/pf -n 2>&1")
    assert "will be removed" not in old
    warned = dict(re.findall(r'support for parameter "(\w+)" will be removed; instead, (?:specify )?(.*)', new))
    assert warned.keys() == DEPRECATED.keys()
    assert all(
        better.strip('"') == (DEPRECATED[name] or "do not specify (leave at default)")
        for name, better in warned.items()
    )


PORT = 2525
_ELSE = "-o maps_rbl_domains=a.invalid -o mynetworks="
ASK = """
import socket, sys
spoken = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10)
heard = spoken.makefile("rb")
def answer():
    line = b"   -"
    while line[3:4] == b"-":
        line = heard.readline()
    return line[:3].decode()
answer()
for said in (b"EHLO client.lab.test", b"MAIL FROM:<a@lab.test>", b"RCPT TO:<root@localhost>"):
    spoken.sendall(said + bytes((13, 10)))
    code = answer()
print(code)
"""


def test_mail_that_comes_to_a_restriction_that_is_gone_is_put_off(pair: Pair) -> None:
    rules = [*REMOVED_RESTRICTIONS, "reject_non_fqdn_sender"]
    mended_rules = []
    for rule in REMOVED_RESTRICTIONS:
        main = f"maps_rbl_domains = a.invalid\nsmtpd_recipient_restrictions = {rule}, reject_unauth_destination\n"
        (item,) = [one for one in of_postfix(main) if one.setting == "smtpd_recipient_restrictions"]
        assert item.verdict == "breaks"
        mended_rules.append(mended(main, item.instead).partition("smtpd_recipient_restrictions = ")[2].split("\n")[0])
    ways = [*(f"{rule},reject_unauth_destination" for rule in rules), *mended_rules]
    add, ask = [], []
    for number, way in enumerate(ways):
        port = f"{PORT + number}/inet"
        value = (
            "reject_rbl_client,a.invalid,reject_unauth_destination"
            if "reject_rbl_client" in way
            else re.sub(r",?\s+", ",", way)
        )
        given = f"{_ELSE} -o smtpd_recipient_restrictions={value}"
        add.append(f"postconf -Me '{port}={PORT + number} inet n - n - - smtpd {given}'")
        ask.append(f"python3 -c {shlex.quote(ASK)} {PORT + number}")
    keep, back = "cp -p /etc/postfix/master.cf /run/master.kept", "cp -p /run/master.kept /etc/postfix/master.cf"
    script = "\n".join([keep, *add, "postfix reload 2>/dev/null; sleep 2", *ask, back, "postfix reload 2>/dev/null"])
    old, new = (printed.split() for printed in pair.both(script, seconds=120))
    assert old == ["250"] * len(ways)
    assert new == ["451"] * len(REMOVED_RESTRICTIONS) + ["250"] * (len(ways) - len(REMOVED_RESTRICTIONS))


def test_every_default_of_sshd_that_changed_is_told_and_dsa_is_refused(pair: Pair) -> None:
    old, new = (defaults(printed) for printed in pair.both("sshd -T -f /dev/null"))
    changed = {name for name in old.keys() & new.keys() if old[name] != new[name]}
    # Ciphers are the same ones in another order.
    assert changed == {"kexalgorithms", "ipqos", "ciphers"}
    assert sorted(old["ciphers"].split(",")) == sorted(new["ciphers"].split(","))
    lost = set(old["kexalgorithms"].split(",")) - set(new["kexalgorithms"].split(","))
    assert all(name.startswith("diffie-hellman-group") for name in lost)
    assert old.keys() <= new.keys()
    assert "persourcepenalties" in new.keys() - old.keys()
    lists = ("HostKeyAlgorithms", "PubkeyAcceptedAlgorithms", "PubkeyAcceptedKeyTypes", "CASignatureAlgorithms")
    said = pair.both("".join(f"sshd -t -f /dev/null -o {name}=+ssh-dss 2>/dev/null; echo $?; " for name in lists))
    assert [[code == "0" for code in one.split()] for one in said] == [[True] * 4, [False] * 4]


def scores(printed: str) -> dict[str, float | None]:
    """Symbol -> score of a whole configuration of Rspamd."""
    document = json.loads(printed[printed.index("{") :])
    groups = document["group"]
    found: dict[str, float | None] = {}
    for one in groups if isinstance(groups, list) else [groups]:
        for group in one.values():
            for symbol, value in (group.get("symbols") or {}).items():
                found[symbol] = value.get("weight", value.get("score")) if isinstance(value, dict) else value
    for section in ("composites", "regexp"):
        for symbol, value in document[section].items():
            if isinstance(value, dict):
                found.setdefault(symbol, value.get("score"))
    return found


def test_every_score_of_rspamd_that_changed_is_told(pair: Pair) -> None:
    old, new = map(scores, pair.both("rspamadm --var=LOCAL_CONFDIR=/nonexistent configdump -j 2>/dev/null"))
    assert {name: (old[name], new[name]) for name in old.keys() & new.keys() if old[name] != new[name]} == rspamd.SCORES
    assert old.keys() - new.keys() == set(rspamd.REMOVED)


def test_both_releases_load_every_word_that_is_called_tried(pair: Pair) -> None:
    script = f"printf %s {shlex.quote(RULES)} >/run/tried.nft; nft -c -f /run/tried.nft 2>&1 && echo fine"
    assert pair.both(script) == ("fine\n", "fine\n")


def test_fail2ban_of_debian_13_reads_the_journal_and_bans_by_nftables(pair: Pair) -> None:
    fetch = "cd /run && rm -rf f2b && mkdir f2b && cd f2b && apt-get -qq download fail2ban 2>/dev/null"
    script = (
        f"{fetch} && dpkg -x fail2ban_*.deb . && cd etc/fail2ban && cat jail.d/defaults-debian.conf paths-debian.conf"
    )
    old, new = pair.both(script)
    assert "nftables" not in old
    assert "banaction = nftables" in new
    for name in ("sshd", "postfix", "dovecot", "proftpd", "pureftpd", "wuftpd", "dropbear"):
        assert f"{name}_backend = systemd" in new
        assert f"{name}_backend = systemd" not in old


SEEDS: Mapping[str, str] = {
    "/etc/postfix/main.cf": "smtpd_use_tls = yes\nsmtpd_recipient_restrictions = reject_maps_rbl, permit_mynetworks\n",
    "/etc/bind/named.conf.options": "options {\n\tglue-cache no;\n\tupdate-check-ksk no;\n};\n",
    "/etc/ssh/sshd_config.d/old.conf": "HostKeyAlgorithms +ssh-dss\n",
    "/etc/rspamd/local.d/elastic.conf": 'index_pattern = "mail";\n',
    "/etc/nftables.conf": RULES,
}  # fmt: skip


@pytest.fixture
def seeded(pair: Pair) -> Iterator[RealHost]:
    """The host of Debian 12 with a configuration that the new release takes otherwise; nothing is reloaded."""
    host = pair.old
    kept = "/etc/postfix/main.cf /etc/bind /etc/ssh/sshd_config.d /etc/rspamd/local.d /etc/nftables.conf"
    host.root(f"rm -rf /run/kept && mkdir /run/kept && cp -a --parents {kept} /run/kept")
    for path, text in SEEDS.items():
        sign = ">>" if path.endswith("main.cf") else ">"
        host.root(f"printf %s {shlex.quote(text)} {sign}{path}")
    yield host
    host.root("rm -f /etc/ssh/sshd_config.d/old.conf /etc/rspamd/local.d/elastic.conf && cp -a /run/kept/etc /")


def test_a_host_is_told_everything_in_one_exchange_and_is_not_changed(seeded: RealHost) -> None:
    before = seeded.root("find /etc -type f -newer /run/kept | sort | xargs sha256sum; sha256sum /etc/postfix/*.cf")
    told = told_of(seeded)
    after = seeded.root("find /etc -type f -newer /run/kept | sort | xargs sha256sum; sha256sum /etc/postfix/*.cf")
    assert (told.error, told.exchanges, after) == ("", 1, before)
    verdicts = {(one.program, one.setting): one.verdict for one in told.items}
    # What becomes of Dovecot is asked of many configurations in `test_conversions`.
    breaks = [one for one in told.of("breaks") if one.program != "Dovecot"]
    assert [(one.program, one.setting) for one in breaks] == [
        ("Postfix", "smtpd_recipient_restrictions"),
        ("BIND", "glue-cache"),
        ("OpenSSH", "HostKeyAlgorithms"),
    ]
    for program, setting, verdict in (
        ("Postfix", "smtpd_use_tls", "same"),
        ("Postfix", "smtpd_forbid_unauth_pipelining", "changes"),
        ("BIND", "update-check-ksk", "changes"),
        ("BIND", "allow-transfer", "changes"),
        ("OpenSSH", "KexAlgorithms", "changes"),
        ("Rspamd", "elastic.index_pattern", "changes"),
        ("nftables", "", "same"),
    ):
        assert verdicts[program, setting] == verdict
    assert all(one.where.partition(":")[0] in SEEDS for one in breaks)


def test_a_host_that_runs_the_new_release_has_nothing_to_upgrade(pair: Pair) -> None:
    told = told_of(pair.new)
    assert (told.items, told.error) == ((), "it runs trixie already: there is nothing to upgrade")
