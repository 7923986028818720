"""What is already seen to be wrong is a fail, whatever else is broken or silent; and nobody else fails for it."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest

from baseline import unloadable
from baseline.cli.output import console
from baseline.model import Answer, Finding, Outcome, Report
from baseline.readings.rspamd import DUMP
from baseline.reports import FORMATS, Display
from tests.adversary.case import adversary
from tests.cases.case import Case
from tests.cases.changed import answering, judged, recorded, saying, seeing
from tests.reports.cases import MX1, RUN

_BROKEN = "what is broken keeps the rest from being seen"
_SILENT = {"trouble": "no answer in time"}
NO_REJECT = "fatal: in parameter smtpd_relay_restrictions or smtpd_recipient_restrictions, specify at least one working"
SPACES = "fatal: invalid \"-o smtpd_banner\" option value: missing '=' after attribute name"
SYNTAX = "failed to load config: error while parsing /etc/rspamd/local.d/actions.conf: line: 1, column: 11"


def refusing(case: Case, unit: str, words: str, state: str = "runs") -> Case:
    """The case of a host one program of which refuses its files."""
    said = f"unit\t{unit}\t{state}\t1\nsaid\t{unit}\t{words}\n"
    return answering(case, {unloadable.QUESTION: said})


def said_of(case: Case) -> bytes:
    """What `postconf -x` printed."""
    return case.answers["postconf -x"].stdout


@adversary(_BROKEN, "an smtpd that ends for want of a rule that refuses, so that nobody can be seen to relay")
def test_a_list_without_a_refusal_is_a_fail_while_smtpd_answers_nobody() -> None:
    """A fail by the configuration, which says besides that port 25 could not be looked at.

    Before: unknown, since port 25 did not answer.
    """
    case = recorded("open_relay/pass-applied")
    lists = re.sub(rb"(?m)^(smtpd_(relay|recipient)_restrictions) =.*", rb"\1 = permit_mynetworks", said_of(case))
    case = answering(case, {"postconf -x": Answer(0, lists)})
    finding = judged(seeing(case, 25, **_SILENT)).finding
    assert finding.outcome is Outcome.FAIL
    assert finding.reason == "strangers at smtp/inet is not refused, wanted refused"
    assert finding.unseen == ("no relaying could be tried: no answer in time",)


@adversary(_BROKEN, "an smtpd that ends whoever comes, with a configuration that reads well")
def test_who_looks_at_a_dead_port_fails_by_the_words_of_its_program() -> None:
    """A fail, by smtpd's own words.

    Before: unknown, since port 25 did not answer.
    """
    silent = seeing(recorded("filter_test/pass-applied"), 25, **_SILENT)
    assert judged(silent).finding.outcome is Outcome.UNKNOWN
    finding = judged(refusing(silent, "postfix", f"smtpd of smtp/inet: {NO_REJECT}")).finding
    assert finding.outcome is Outcome.FAIL
    assert NO_REJECT in finding.reason
    assert finding.unseen == ("the test message could not be sent: no answer in time",)


@adversary(_BROKEN, "a service of master.cf whose `-o name = value` is spelt with spaces")
@pytest.mark.parametrize("name", ["smtpd_banner", "no_such_name"])
def test_a_misspelt_override_is_a_fail_by_the_words_of_smtpd(name: str) -> None:
    """A fail, by smtpd's own words.

    Before: unknown, since the service did not answer, or since `postconf -M` misreads it.
    """
    case = seeing(recorded("smtp_tls/pass-applied"), 587, **_SILENT)
    case = saying(case, "postconf -M", "smtpd -o syslog_name", f"smtpd -o {name} = x -o syslog_name")
    assert judged(case).finding.outcome is Outcome.UNKNOWN
    finding = judged(refusing(case, "postfix", f"smtpd of submission/inet: {SPACES}")).finding
    assert finding.outcome is Outcome.FAIL
    assert SPACES in finding.reason
    assert len(finding.unseen) == 1


@adversary(_BROKEN, "an Rspamd whose files do not parse, so that none of its settings is told")
@pytest.mark.parametrize("state", ["runs", "stopped"])
def test_files_that_rspamd_refuses_are_a_fail_by_its_words(state: str) -> None:
    """A fail, by the words of Rspamd's checker.

    Before: unknown, since `rspamadm configdump` prints nothing then.
    """
    case = answering(recorded("rspamd_setting/pass-applied"), {DUMP: Answer(1, b"", SYNTAX.encode())})
    assert judged(case).finding.outcome is Outcome.UNKNOWN
    finding = judged(refusing(case, "rspamd", SYNTAX, state)).finding
    assert finding.outcome is Outcome.FAIL
    assert finding.reason.endswith(f"refuses the files that it would start with: {SYNTAX}")
    assert ("does not run" in finding.reason) == (state == "stopped")


@adversary(_BROKEN, "one port takes passwords in the clear, and another does not answer")
def test_a_port_that_is_seen_to_be_wrong_is_a_fail_while_another_is_silent() -> None:
    """A fail, which says besides which port could not be looked at.

    Before: unknown, since all ports were needed for any verdict.
    """
    open_ = seeing(recorded("mailbox_tls/pass-applied"), 143, features=("IMAP4rev1", "STARTTLS"))
    finding = judged(seeing(open_, 993, **_SILENT)).finding
    assert finding.outcome is Outcome.FAIL
    assert finding.reason == "before TLS on 143 is passwords by LOGIN, wanted no passwords"
    assert finding.unseen == ("from outside: no answer in time",)
    assert judged(seeing(recorded("mailbox_tls/pass-applied"), 993, **_SILENT)).finding.outcome is Outcome.UNKNOWN


@adversary(_BROKEN, "a host has a program refuse its files while another's settings cannot be read")
def test_a_control_fails_by_no_words_but_those_of_the_program_that_it_rests_on() -> None:
    """Unknown: only what was asked of the program that refuses, and failed there, fails for it.

    Before: there were no such words, and each of these was unknown.
    """
    dead = answering(recorded("rspamd_setting/pass-applied"), {DUMP: Answer(1, b"", SYNTAX.encode())})
    assert judged(refusing(dead, "postfix", NO_REJECT)).finding.outcome is Outcome.UNKNOWN
    missing = answering(dead, {DUMP: Answer(127, b"", b"sh: 1: rspamadm: not found")})
    assert judged(refusing(missing, "rspamd", SYNTAX)).finding.outcome is Outcome.UNKNOWN
    # What is as wanted stays so: the program could be asked.
    assert judged(refusing(recorded("rspamd_setting/pass-applied"), "rspamd", SYNTAX)).finding.outcome is Outcome.PASS


@adversary(_BROKEN, "a checker's words with terminal escapes in them, and more than anybody reads")
def test_the_words_of_a_checker_are_shown_in_bounds_and_as_escapes() -> None:
    """Shown as escapes, on one line, and no longer than what a person reads.

    Before: no checker's words were told.
    """
    case = answering(recorded("rspamd_setting/pass-applied"), {DUMP: Answer(1, b"", b"no")})
    finding = judged(refusing(case, "rspamd", "\x1b[2Jgone\r" + "x" * 4000)).finding
    assert finding.outcome is Outcome.FAIL
    assert len(finding.reason) < unloadable.MOST_WORDS + 100
    refused, _ = unloadable.unloadable(Answer(0, b"unit\trspamd\truns\t1\nsaid\trspamd\t\x1b[2J\xff\n"))
    shown = _printed(finding, Report(RUN, (replace(MX1, unloadable=refused),), (finding,)))
    assert not [text for text in shown if "\x1b" in text]


def _printed(finding: Finding, report: Report) -> list[str]:
    assert finding in report.findings
    return [render(report, Display("check"), console(io.StringIO())) for render in FORMATS.values()]
