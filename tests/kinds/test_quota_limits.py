"""Kinds `postfix_file_limits` and `size_coherence`: what Postfix's limits on files mean, by who writes what."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from baseline.edits import DropOverride, Edit, SetBlock, SetParameter, SetUcl
from baseline.errors import CannotTell
from baseline.formats.dovecot import DROP_IN, settings_in
from baseline.kinds.base import Control
from baseline.kinds.postfix_file_limits import PostfixFileLimits
from baseline.kinds.size_coherence import CLAMAV, DOVECOT, RSPAMD, SizeCoherence
from baseline.model import Answer, Outcome, State
from baseline.readings.delivery import DOVECOT_STORE, VIRTUAL_STORES
from baseline.readings.dovecot import by_dialect
from baseline.readings.postfix import POSTCONF
from baseline.readings.rspamd import DUMP
from tests.kinds.hosts import TARGET, control, edited, for_a_person, judged, seen

MAIN = {
    "message_size_limit": "26214400",
    "mailbox_size_limit": "0",
    "virtual_mailbox_limit": "51200000",
    "mydestination": "mx.d1.test, localhost",
    "mailbox_transport": "",
    "mailbox_command": "",
    "home_mailbox": "",
    "mail_spool_directory": "/var/mail",
    "virtual_mailbox_domains": "d1.test",
    "virtual_transport": "lmtp:unix:private/dovecot-lmtp",
}


def host(
    *,
    virtual: str = "",
    store: str = "maildir:~/Maildir",
    overrides: Mapping[str, str] | None = None,
    dovecot: str = "",
    rspamd: str = "{}",
    clamav: str = "absent",
    **main: str,
) -> dict[str, Answer]:
    """The answers of a host with these settings."""
    parameters = "".join(f"{name} = {value}\n" for name, value in (MAIN | main).items())
    written = "".join(f"{name} = {value}\n" for name, value in (overrides or {}).items())
    said = dict(zip(POSTCONF, (parameters, written, "smtp inet n - y - - smtpd\n"), strict=True))
    said |= {VIRTUAL_STORES: virtual, DOVECOT_STORE: f"{store}\n"}
    said |= {DOVECOT: f"{dovecot}\n", CLAMAV: f"{clamav}\n"}
    missing = rspamd == "absent"
    said |= {RSPAMD: "absent\n" if missing else "", DUMP: "" if missing else f'{{"options": {rspamd}}}'}
    return {command: Answer(0, text.encode()) for command, text in said.items()}


def state(wanted: Control, answers: Mapping[str, Answer]) -> State:
    return seen(wanted, answers)


def outcome(wanted: Control, answers: Mapping[str, Answer]) -> Outcome:
    return judged(wanted, state(wanted, answers)).outcome


# --- postfix_file_limits --------------------------------------------------------------------------

LIMITS = control("postfix_file_limits")
assert isinstance(LIMITS, PostfixFileLimits)
MAILDIR: Any = {"home_mailbox": "Maildir/"}
LDA: Any = {"mailbox_command": "/usr/lib/dovecot/dovecot-lda"}
VIRTUAL: Any = {"virtual_transport": "virtual"}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (host(), "pass"),
        (host(mailbox_size_limit="104857600"), "pass"),
        (host(mailbox_size_limit="104857599"), "warn"),
        (host(mailbox_size_limit="100000000"), "warn"),
        (host(mailbox_size_limit="99999999"), "fail"),
        (host(mailbox_size_limit="51200000"), "fail"),
        (host(mailbox_size_limit="100M"), "fail"),
        (host(mailbox_size_limit="20971520 # 20 MB"), "fail"),
        (host(mailbox_size_limit="51200000", **MAILDIR), "warn"),
        (host(mailbox_size_limit="20000000", **MAILDIR), "fail"),
        (host(mailbox_size_limit="51200000", mail_spool_directory="/var/mail/"), "warn"),
        (host(mailbox_size_limit="51200000", **LDA), "warn"),
        (host(mailbox_size_limit="51200000", store="mbox:~/mail", **LDA), "fail"),
        (host(mailbox_size_limit="51200000", mailbox_command="procmail"), "fail"),
        (host(mailbox_size_limit="51200000", mailbox_transport="lmtp:unix:x"), "pass"),
        (host(mailbox_size_limit="51200000", mydestination=""), "pass"),
        (host(virtual="mbox\n", **VIRTUAL), "fail"),
        (host(virtual="maildir\nmbox\n", **VIRTUAL), "fail"),
        (host(virtual="maildir\n", **VIRTUAL), "warn"),
        (host(virtual="mbox\n", virtual_mailbox_limit="0", **VIRTUAL), "pass"),
        (host(virtual="not listed: mysql:/x\n", virtual_mailbox_limit="0", **VIRTUAL), "pass"),
        (host(overrides={"local/unix/mailbox_size_limit": "51200000"}), "fail"),
        (host(overrides={"local/unix/mailbox_size_limit": "0"}, mailbox_size_limit="51200000"), "pass"),
        (host(message_size_limit="209715200", mailbox_size_limit="150000000", **MAILDIR), "fail"),
        (host(message_size_limit="0", mailbox_size_limit="150000000", **MAILDIR), "fail"),
    ],
)
def test_what_a_limit_means_depends_on_who_writes_what(answers: Mapping[str, Answer], expected: str) -> None:
    assert outcome(LIMITS, answers) == expected


def test_maps_that_cannot_be_listed_are_unknown() -> None:
    with pytest.raises(CannotTell, match="mysql"):
        state(LIMITS, host(virtual="not listed: mysql:/x\n", **VIRTUAL))


@given(
    limit=st.sampled_from(["0", "51200000", "100000000", "100M", "104857600"]),
    override=st.sampled_from([None, "0", "51200000", "x"]),
    kind=st.sampled_from(["mbox", "maildir"]),
)
def test_the_limits_remedy_leads_to_a_pass(limit: str, override: str | None, kind: str) -> None:
    overrides = {} if override is None else {"local/unix/mailbox_size_limit": override}
    home = MAILDIR if kind == "maildir" else {}
    before = host(mailbox_size_limit=limit, overrides=overrides, **home)
    if outcome(LIMITS, before) is Outcome.PASS:
        return
    remedy = LIMITS.remedy(state(LIMITS, before), TARGET)
    assert remedy is not None
    for edit in remedy.edits:
        if isinstance(edit, SetParameter):
            limit = edit.value
        elif isinstance(edit, DropOverride):
            overrides = {}
    assert outcome(LIMITS, host(mailbox_size_limit=limit, overrides=overrides, **home)) is Outcome.PASS


# --- size_coherence -------------------------------------------------------------------------------

SIZES = control("size_coherence")
assert isinstance(SIZES, SizeCoherence)
OVERRIDE = "submission/inet/message_size_limit"


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (host(), "pass"),
        (host(message_size_limit="14414471"), "pass"),
        (host(message_size_limit="14414470"), "warn"),
        (host(message_size_limit="10240000"), "warn"),
        (host(message_size_limit="25M"), "fail"),
        (host(message_size_limit="52428801", rspamd="{}"), "fail"),
        (host(message_size_limit="52428801", rspamd='{"max_message": 104857600}'), "warn"),
        (host(message_size_limit="0", rspamd='{"max_message": 0}'), "warn"),
        (host(overrides={OVERRIDE: "1000000"}), "warn"),
        (host(overrides={OVERRIDE: "x"}), "fail"),
        (host(mailbox_size_limit="26214399"), "fail"),
        (host(mailbox_size_limit="26214400"), "pass"),
        (host(mailbox_size_limit="1000", mailbox_transport="lmtp:x"), "pass"),
        (host(overrides={"local/unix/mailbox_size_limit": "1000"}), "fail"),
        (host(virtual="maildir\n", virtual_mailbox_limit="1000", **VIRTUAL), "fail"),
        (host(virtual="maildir\n", **VIRTUAL), "pass"),
        (host(message_size_limit="0", mailbox_size_limit="1000"), "fail"),
        (host(dovecot="25M"), "pass"),
        (host(dovecot="10M"), "fail"),
        (host(dovecot="0"), "pass"),
        (host(dovecot="absent"), "pass"),
        (host(rspamd='{"max_message": 1048576}'), "fail"),
        (host(rspamd='{"max_message": "1mb"}'), "fail"),
        (host(rspamd="absent"), "pass"),
        (host(clamav='StreamMaxLength = "26214400"\nMaxFileSize = "104857600"\nMaxScanSize = "104857600"'), "pass"),
        (host(clamav='StreamMaxLength = "10000000"\nMaxFileSize = "104857600"'), "warn"),
        (host(clamav='StreamMaxLength = "0"\nMaxFileSize = "0"\nMaxScanSize = "0"'), "pass"),
    ],
)
def test_the_largest_message_fits_everywhere(answers: Mapping[str, Answer], expected: str) -> None:
    assert outcome(SIZES, answers) == expected


@pytest.mark.parametrize(
    "answers",
    [
        host(rspamd=""),
        host(rspamd="[]"),
        host(rspamd='{"max_message": "much"}'),
        host(dovecot="ten"),
        host(clamav="ERROR: no configuration"),
        host() | {DOVECOT: Answer(89, b"", b"doveconf: Fatal: Error in configuration file")},
        host() | {POSTCONF[0]: Answer(127)},
    ],
)
def test_what_cannot_be_read_is_unknown(answers: Mapping[str, Answer]) -> None:
    with pytest.raises(CannotTell):
        state(SIZES, answers)


@pytest.mark.parametrize(
    "fields",
    [
        {"message_size_limit": "10MB"},
        {"message_size_limit": "60MB"},
        {"max_attachment_bytes": "40MB", "max_bytes": "50MB"},
    ],
)
def test_parameters_fit_one_another(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        control("size_coherence", **fields)


def test_an_attachment_of_ten_megabytes_is_reckoned_with_its_encoding() -> None:
    assert isinstance(SIZES, SizeCoherence)
    encoded = 10_485_760 / 57 * 78
    assert encoded < SIZES.least - 65_536 + 100


def edits_of(answers: Mapping[str, Answer]) -> tuple[Edit, ...]:
    remedy = SIZES.remedy(state(SIZES, answers), TARGET)
    assert remedy is not None
    assert {edit.path for edit in remedy.edits} <= set(SIZES.reads(TARGET))
    return remedy.edits


def test_each_limit_is_raised_where_it_stands() -> None:
    assert edits_of(host(message_size_limit="10240000")) == (SetParameter("message_size_limit", "26214400"),)
    assert DropOverride("submission/inet", "message_size_limit") in edits_of(host(overrides={OVERRIDE: "1"}))
    assert SetParameter("mailbox_size_limit", "0") in edits_of(host(mailbox_size_limit="1000"))
    assert SetUcl("/etc/rspamd/local.d/options.inc", "max_message", "26214400") in edits_of(
        host(rspamd=json.dumps({"max_message": 1000}))
    )
    after = edited(edits_of(host(dovecot="1M")), {})
    assert settings_in(after[DROP_IN], "plugin") == {"quota_max_mail_size": "25M"}


def test_a_limit_is_never_lowered() -> None:
    large = host(message_size_limit="104857600", rspamd='{"max_message": 104857600}')
    assert SIZES.remedy(state(SIZES, large), TARGET) is None
    assert "lower" in for_a_person(SIZES, state(SIZES, large)).lower()
    scanned = edits_of(host(message_size_limit="104857600"))
    assert scanned == (SetUcl("/etc/rspamd/local.d/options.inc", "max_message", "104857600"),)


# --- both dialects of Dovecot ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("printed", "told"),
    [
        ("quota_mail_size = unlimited", "yes"),
        ("quota_mail_size = 0", "yes"),
        ("quota_mail_size = 1 M", "no: quota_mail_size is 1048576"),
        ("1M", "no: quota_max_mail_size is 1048576"),
    ],
)
def test_the_largest_mail_is_told_in_the_words_of_the_release(printed: str, told: str) -> None:
    assert state(SIZES, host(dovecot=printed))["Dovecot accepts it"] == told


@pytest.mark.parametrize(
    ("printed", "written"),
    [("quota_mail_size = 1 M", "quota_mail_size = "), ("1M", "plugin {\n  quota_max_mail_size = ")],
)
def test_the_largest_mail_is_written_in_the_words_of_the_release(printed: str, written: str) -> None:
    remedy = SIZES.remedy(state(SIZES, host(dovecot=printed)), TARGET)
    assert remedy is not None
    (block,) = (edit for edit in remedy.edits if isinstance(edit, SetBlock))
    assert block.text.startswith(written)


@pytest.mark.parametrize(
    ("version", "said", "ended"),
    [
        ("2.3.19.1 (9b53102964)", "old\n", 0),
        ("2.4.1-4 (7d8c0e5759)", "new\n", 0),
        ("2.5.0", "", 64),
        ("3.0.0", "", 64),
        ("", "", 64),
    ],
)
def test_a_release_is_asked_in_its_own_dialect_and_another_in_none(
    version: str, said: str, ended: int, tmp_path: Path
) -> None:
    program = tmp_path / "dovecot"
    program.write_text(f"#!/bin/sh\necho '{version}'\n")
    program.chmod(0o755)
    question = by_dialect("echo old", "echo new")
    words, only = ["/bin/sh", "-c", question], {"PATH": str(tmp_path)}
    done = subprocess.run(words, env=only, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == (said, ended)
    program.unlink()
    assert subprocess.run(words, env=only, capture_output=True, check=False).returncode == 127


@pytest.mark.parametrize(("printed", "ended"), [("quota_mail_size = unlimited\n", 0), ("", 1)])
def test_a_setting_that_dovecot_2_4_does_not_know_is_not_taken_for_no_limit(
    printed: str, ended: int, tmp_path: Path
) -> None:
    for name, said in (("dovecot", "2.4.1-4\n"), ("doveconf", printed)):
        (tmp_path / name).write_text(f"#!/bin/sh\nprintf '%s' '{said}'\n")
        (tmp_path / name).chmod(0o755)
    only = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    done = subprocess.run(["/bin/sh", "-c", DOVECOT], env=only, capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == (printed, ended)
