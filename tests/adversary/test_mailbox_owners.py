"""A mailstore that lies about its accounts, and what becomes of that in a table and in mails."""

from __future__ import annotations

import csv
import io

import pytest

from tests.adversary.case import adversary
from tests.cli.conftest import Site, site
from tests.cli.test_mailbox_owners import Agency

__all__ = ["site"]

LOGINS = (
    '=HYPERLINK("http://evil.example")',
    "ali@agensi.example.my\r\nBcc: eve@evil.example",
    "../../../etc/cron.d/x@agensi.example.my",
    "-oQ/tmp@agensi.example.my",
    "ali,eve@evil.example",
    "\x1b[2Jali@evil.example",
)


@adversary("mailstores", "name accounts so that a table runs a formula, or a mail goes to others and elsewhere")
@pytest.mark.parametrize("login", LOGINS)
def test_accounts_with_names_of_an_attacker(site: Site, login: str) -> None:
    """In the table the name is text. No mail is made for what is no address, and none lies outside of its folder.

    Before: there was neither table nor mail.
    """
    agency = Agency(site)
    agency.checked(s1={login: 95, "siti": 95}, s2={"kumar": 1})
    folder = agency.folder / "out"
    done = agency.told("-o", str(folder), "--from", "postmaster@agensi.example.my")
    assert done.exit_code == 0, done.output
    assert sorted(str(one.relative_to(folder)) for one in folder.rglob("*.*")) == [
        "letters/00001.eml",
        "mailbox-owners.csv",
        "notified.txt",
    ]
    mail = (folder / "letters" / "00001.eml").read_bytes()
    assert b"\r\nTo: siti@agensi.example.my\r\n" in mail
    assert b"evil.example" not in mail
    assert "no address is known of" in done.stderr
    assert "\x1b" not in done.stderr
    rows = list(csv.reader(io.StringIO((folder / "mailbox-owners.csv").read_bytes().decode("utf-8-sig"))))
    assert len(rows) == 4
    assert not any(cell.startswith(("=", "-", "+", "@")) for row in rows for cell in row)
