"""What commands print on hosts, what the host's side tells, and what is shown of it."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from rich.text import Text

from baseline import bundle, drift, generations, known_hosts, manifest, stale, undecided, unloadable
from baseline.facts import file_state, snapshot_host
from baseline.formats import (
    fail2ban,
    sockets,
)
from baseline.model import Answer, FileChange, FileState
from baseline.readings import answers as reading_answers
from baseline.readings import dkim as dkim_readings
from baseline.readings import dovecot as dovecot_readings
from baseline.readings import dovecot_tls, public_ports, rspamd, ssh_session, units
from baseline.readings.dialects.warnings_23 import Warnings23
from baseline.reports import plans, words
from baseline.reports.lines import printed
from tests.adversary.parser import Parser
from tests.adversary.shapes import JSON, Shape, everywhere

if TYPE_CHECKING:
    from testinfra.backend.base import CommandResult


def _answer(text: str) -> Answer:
    return Answer(0, text.encode("utf-8", "surrogateescape"), b"")


def _result(text: str) -> CommandResult:
    """What testinfra makes of a command that printed this."""
    return snapshot_host("mx1", {}, _answer(text)).run("true")


def _complained(text: str) -> CommandResult:
    """What testinfra makes of a command that printed nothing, and complained of this."""
    return snapshot_host("mx1", {}, Answer(0, b"[]", text.encode("utf-8", "surrogateescape"))).run("true")


_DRIFTED = f"/etc/x\t{'0' * 64}\t0644\troot:root\t{'1' * 64}\t0644\troot:root\tYQo=\tYgo=\n"
_UNDECIDED = "20261126T215255Z-4b1c5606\tswapped\tidle\t1000000000\t500.25\t400000000\t300\tops\n"
_TOKEN = "0123456789abcdef"


def _replied(text: str) -> object:
    asked = bundle.ask(["true"], token=_TOKEN)
    return bundle.answers(asked, text.encode("utf-8", "surrogateescape"))


def _shown(text: str) -> object:
    from baseline.cli.output import console

    return printed(console(io.StringIO()), [Text(words.visible(text), no_wrap=True, overflow="ignore")])


def _diffed(text: str) -> object:
    before = FileState(text.encode("utf-8", "surrogateescape"))
    return plans.diff(FileChange("/etc/aliases", before, FileState(b"root: a\n"), ("MEL-A-01",)))


_SOCKET = "tcp LISTEN 0 128 127.0.0.1:25 0.0.0.0:* "
_FRAME = f"\n{_TOKEN} 0 0 "


PARSERS: dict[str, Parser] = {
    "bundle.answers": Parser(
        _replied, (*everywhere(("", f"\n{_TOKEN} "), (f"\n{_TOKEN} ", "\n", _FRAME, "0 ")), Shape(_FRAME, "9", " 9\n"))
    ),
    "dkim.read_keys": Parser(dkim_readings.read_keys, everywhere(("", "/a|600|1|yes|"), ("|", "A", "a|1|1|no|A\n"))),
    "dkim.read_signature": Parser(lambda text: dkim_readings.read_signature(_result(text)), JSON),
    "dovecot.read_quotas": Parser(
        lambda text: dovecot_readings.read_quotas(_result(text)),
        (
            *JSON,
            Shape("[", '{"username":"a","type":"STORAGE","value":"1","limit":"2"},', '{"username":"a"}]'),
            Shape('[{"username":"a","type":"STORAGE","value":"', "9", '","limit":"-"}]'),
        ),
    ),
    "dovecot.read_quotas (complaints)": Parser(
        lambda text: dovecot_readings.read_quotas(_complained(text)),
        everywhere(("", "doveadm("), ("doveadm(a): Error: b\n", "doveadm", ":", ")", "Error: "), ("", "Error: x")),
    ),
    "dovecot_tls": Parser(
        lambda text: dovecot_tls.dovecot_tls(_result("2.3.19"), _result(text), _result(text)),
        everywhere(("",), ("protocol a {\n", "}\n", "\nprotocol ")),
    ),
    "dovecot.dialect_named": Parser(dovecot_readings.dialect_named, everywhere(("2.3", "2."), ("1", "."))),
    "fail2ban.replies": Parser(
        lambda text: fail2ban.replies(text, 4), everywhere(("",), ("fail2ban> ", "fail2ban> a\n", "fail2ban>"))
    ),
    "fail2ban.status": Parser(
        fail2ban.status,
        everywhere(
            ("Status for the jail",), ("Journal matches:", "File list:", "Journal matches: \t", "+ ", " "), ("", "\n")
        ),
    ),
    "fail2ban.members": Parser(fail2ban.members, everywhere(("a\n",), ("|- a\n", "`-", "|-", "|- ", "\n"))),
    "fail2ban.matching": Parser(
        lambda text: fail2ban.matching(text, {"a": frozenset("b")}), everywhere(("", "a"), (" + ", "+", "a=b ", " +"))
    ),
    "file_state": Parser(
        lambda text: file_state(_answer(text), "/etc/a"), everywhere(("regular file|a|b|",), ("7", "|"))
    ),
    "drift.edits": Parser(
        lambda text: drift.edits(_answer(text)),
        everywhere(("", _DRIFTED), (_DRIFTED, "\t", "-", "=", "absent", "0" * 64, "YQ=="), ("", _DRIFTED)),
    ),
    "generations.read": Parser(lambda text: generations.read(_answer(text))),
    "known_hosts": Parser(
        lambda text: list(known_hosts._File(text).keys("mx1.d1.lab.test")),
        everywhere(("", "|1|"), ("a ssh-ed25519 AAAA\n", "*", "*a", "?", "a,", "!a,", "@revoked ", "|", "[a]:1,")),
    ),
    "manifest.drifts": Parser(
        lambda text: manifest.drifts(_answer(text)), everywhere(("",), ("a\t" * 7 + "a\n", "\t", ",", "a\n"))
    ),
    "manifest.parse": Parser(
        lambda text: manifest.parse(FileState(text.encode("utf-8", "surrogateescape"))),
        everywhere(("",), ("a\tb\tc\td\t/e\n", "secret:", "#\n")),
    ),
    "public_ports.sshd_ports": Parser(
        public_ports.sshd_ports, everywhere(("", "listenaddress "), ("port 1\n", ":1", ":", "listenaddress :1\n", "1"))
    ),
    "quota_warnings.parse": Parser(
        Warnings23().parse, everywhere(("storage=", "-storage=1% "), ("1", "1%", "1M", "a", " ", "%%"), ("", "% a"))
    ),
    "answers.as_json": Parser(lambda text: reading_answers.as_json(_result(text)), JSON),
    "answers.shorten": Parser(reading_answers.shorten),
    "report (diff)": Parser(_diffed, everywhere(("root: b\n",), ("a\n", "b\nc\n", " ", "\x1b[0m", "root: a\n"))),
    "report (line)": Parser(_shown, everywhere(("", "a"), (" ", " \x1b[0m", "\x1b[1m ", "  \n", "\u2028 "), ("", "z"))),
    "rspamd.module": Parser(
        lambda text: rspamd.module(text, "dkim"),
        everywhere(("", "Modules disabled ("), ("Modules enabled: a,\n", "Modules disabled (", ")", "a, ", "a (")),
    ),
    "sockets.parse": Parser(
        sockets.parse, everywhere((_SOCKET, "tcp "), ('users:(("a",pid=1))', '("', '\\"', "\\", "(", " ", "a:1", "1"))
    ),
    "ssh_session": Parser(
        lambda text: ssh_session.session(_result(text)), everywhere(("", "192.0.2.1 ", "::"), ("1", "%"))
    ),
    "stale.stale": Parser(
        lambda text: stale.stale(_answer(text), {}),
        everywhere(
            ("", "unit\tpostfix\t1\n"),
            ("unit\tpostfix\t1\n", "file\tpostfix\t2\taa\t/b\n", "apply\tpostfix\t1\t2\n", "unit\tpostfix\t1\tb\n"),
            ("", "file\tpostfix\t2\taa\t/b\n"),
        ),
    ),
    "undecided.undecided": Parser(
        lambda text: undecided.undecided(_answer(text)),
        everywhere(("", _UNDECIDED), (_UNDECIDED, "\t", " ", "9" * 20, "swapped\t", "-"), ("", _UNDECIDED)),
    ),
    "unloadable.unloadable": Parser(
        lambda text: unloadable.unloadable(_answer(text)),
        everywhere(
            ("", "unit\tpostfix\truns\t1\n"),
            ("unit\tpostfix\truns\t1\n", "said\tpostfix\ta b\n", "said\tpostfix\t", " ", "\t"),
            ("", "said\tpostfix\ta\n"),
        ),
    ),
    "units.blocks_of": Parser(
        units.blocks_of,
        everywhere(("Id=a\nActiveState=b\nUnitFileState=c\n",), ("\n", "\n ", " \n", "a=b\n", "\n\nId=a\n")),
    ),
    "words.one_line": Parser(words.one_line, everywhere(("",), ("\x1b", "\x1b[31m", "\u202e", "\t"))),
}
