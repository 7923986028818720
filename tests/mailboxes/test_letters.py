"""The mail to an owner: what a mail program reads of it, in both languages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes
from email.policy import default

import pytest

from baseline.mailboxes.letters import letter
from baseline.mailboxes.owners import MailboxOwner

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
MALAYSIA = timezone(timedelta(hours=8))
FULL = MailboxOwner(
    "here", "s1", "ali", "ali@agensi.example.my", True, NOW, 90 << 20, 100 << 20, 90.0, NOW - timedelta(days=3)
)


def test_the_mail_says_in_both_languages_how_full_and_since_when() -> None:
    made = letter(FULL, "postmaster@agensi.example.my", NOW, MALAYSIA)
    read = message_from_bytes(made, policy=default)
    assert (read["From"], read["To"]) == ("postmaster@agensi.example.my", "ali@agensi.example.my")
    assert read["Subject"] == "Peti mel anda 90% penuh / Your mailbox is 90% full"
    assert read["Date"].datetime == NOW
    assert read["Message-ID"].endswith("@agensi.example.my>")
    assert read["Auto-Submitted"] == "auto-generated"
    text = read.get_content()
    assert "menggunakan 90.0 MiB daripada 100.0 MiB (90.0%)" in text
    assert "uses 90.0 MiB of 100.0 MiB (90.0%)" in text
    assert text.count("2026-02-27 17:00 (UTC+0800)") == 2
    assert text.count("2026-03-02 17:00 (UTC+0800)") == 2
    assert b"\n" not in made.replace(b"\r\n", b"")
    assert max(map(len, made.split(b"\r\n"))) <= 78


def test_a_time_that_may_be_longer_is_said_to_be() -> None:
    from dataclasses import replace

    text = message_from_bytes(
        letter(replace(FULL, or_before=True), "a@b.my", NOW, MALAYSIA), policy=default
    ).get_content()
    assert "sejak 2026-02-27 17:00 (UTC+0800) atau lebih awal" in text
    assert "since 2026-02-27 17:00 (UTC+0800) or longer" in text


def test_who_has_room_gets_no_mail() -> None:
    with pytest.raises(ValueError, match="ali is not full"):
        letter(MailboxOwner("here", "s1", "ali", "a@b.my", True, NOW, 1, 100), "a@b.my", NOW)
