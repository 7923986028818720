"""A host of Debian 12 as it answers the questions of `upgrade-check`, with the files that a test writes."""

from __future__ import annotations

from collections.abc import Mapping

from testinfra.host import Host

from baseline.facts import snapshot_host
from baseline.formats.postfix import MAIN_CF, MASTER_CF
from baseline.model import Answer
from baseline.upgrading import bind, fail2ban, nftables, openssh, postfix, rspamd, temp
from baseline.upgrading.forecast import ALL, QUESTIONS, RELEASE, foreseen
from baseline.upgrading.items import Item

VERSIONS = {
    "Dovecot": "2.3.19.1 (9b53102964)\n",
    "Postfix": "3.7.11\n",
    "Rspamd": "Rspamd daemon version 3.4\n",
    "BIND": "BIND 9.18.49-1~deb12u3-Debian (Extended Support Version) <id:>\n",
    "OpenSSH": "unknown option -- V\nOpenSSH_9.2p1 Debian-2+deb12u7, OpenSSL 3.0.17\n",
    "fail2ban": "Fail2Ban v1.0.2\n",
    "nftables": "nftables v1.0.6 (Lester Gooch #5)\n",
    "systemd": "systemd 252 (252.39-1~deb12u2)\n",
}


def printed(files: Mapping[str, str], unread: tuple[str, ...] = ()) -> Answer:
    """Files as the question for them prints them."""
    parts = [f"{path}\t{len(text.encode())}\n{text}\n" for path, text in files.items()]
    return Answer(0, "".join([*parts, *(f"{path}\t-\n" for path in unread)]).encode())


def answers(**only: Mapping[str, Answer]) -> dict[str, Answer]:
    """Everything that the host is asked; of the programs that are named alone it has any, the others are not there."""
    found = dict.fromkeys(QUESTIONS, Answer(127, b"", b"sh: 1: not found\n"))
    found[RELEASE] = Answer(0, b'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n')
    for one in ALL:
        if one.program in only:
            found |= dict.fromkeys(one.questions, Answer(0)) | {one.version: Answer(0, VERSIONS[one.program].encode())}
            found |= only[one.program]
    return found


def host(of: Mapping[str, Answer]) -> Host:
    """The host that gives these answers."""
    return snapshot_host("mx1", of)


def items(**only: Mapping[str, Answer]) -> tuple[Item, ...]:
    """What is foreseen on a host that has these programs alone."""
    return foreseen(host(answers(**only)))


def of_postfix(
    main: str, overrides: str = "", master: str = "", units: str = "", instances: str = ""
) -> tuple[Item, ...]:
    """What is foreseen of a main.cf."""
    files = printed({MAIN_CF: main, MASTER_CF: master})
    texts = (main, main, overrides, None, units, instances)
    said = {
        question: files if text is None else Answer(0, text.encode())
        for question, text in zip(postfix.QUESTIONS, texts, strict=True)
    }
    return items(Postfix=said)


def of_bind(files: Mapping[str, str], px: str | None = None, sums: str = "") -> tuple[Item, ...]:
    """What is foreseen of named's files; by default `named-checkconf` prints them one after the other."""
    texts = "\n".join(text for text in files.values()) if px is None else px
    said = (Answer(0, texts.encode()), printed(files), Answer(0, sums.encode()))
    return items(BIND=dict(zip(bind.QUESTIONS, said, strict=True)))


def of_sshd(config: str, in_force: str = "", keys: str = "", environments: str = "") -> tuple[Item, ...]:
    """What is foreseen of a sshd_config; `in_force` is what `sshd -T` prints."""
    said = (
        Answer(0, in_force.encode()),
        printed({openssh.MAIN: config}),
        Answer(0, keys.encode()),
        Answer(0, environments.encode()),
    )
    return items(OpenSSH=dict(zip(openssh.QUESTIONS, said, strict=True)))


def of_fail2ban(files: Mapping[str, str], dump: str, changed: str = "", filters: str = "") -> tuple[Item, ...]:
    """What is foreseen of jails; `dump` is what `fail2ban-client -d` prints."""
    said = (Answer(0, dump.encode()), printed(files), Answer(0, changed.encode()), Answer(0, filters.encode()))
    return items(fail2ban=dict(zip(fail2ban.QUESTIONS, said, strict=True)))


def of_rspamd(files: Mapping[str, str]) -> tuple[Item, ...]:
    """What is foreseen of files below /etc/rspamd."""
    return items(Rspamd={rspamd.QUESTIONS[0]: printed(files)})


def of_nftables(files: Mapping[str, str]) -> tuple[Item, ...]:
    """What is foreseen of a ruleset."""
    return items(nftables={nftables.QUESTIONS[0]: printed(files)})


def of_temp(
    fstab: str = "", unit: str = "static", memory: int = 4 << 20, used: int = 8, rules: str = ""
) -> tuple[Item, ...]:
    """What is foreseen of /tmp; `memory` and `used` are in KiB."""
    texts = (fstab, unit, f"MemTotal:  {memory} kB\n", rules, f"{used}\t/tmp\n")
    said = (Answer(0, text.encode()) for text in texts)
    return items(systemd=dict(zip(temp.QUESTIONS, said, strict=True)))


def named(found: tuple[Item, ...], setting: str) -> Item:
    """The one item of a setting."""
    (one,) = [item for item in found if item.setting == setting]
    return one
