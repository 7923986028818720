"""`report mailbox-owners`: the table, the mails, and what is told where something is not known."""

from __future__ import annotations

import csv
import io
from email import message_from_bytes
from email.policy import default

import pytest
from typer.testing import Result

from baseline.history.pruned import PRUNED
from baseline.readings.dovecot import QUOTAS
from tests.cli.conftest import GOOD, Site, postfix
from tests.mailboxes.kept import listed

INVENTORY = """\
all:
  hosts:
    s1: {ansible_host: 192.0.2.1}
    s2: {ansible_host: 192.0.2.2}
  vars: {roles: [mailstore], site: here, domains: [agensi.example.my]}
"""


class Agency:
    """A site whose mailstores were checked, and the command over its history."""

    def __init__(self, site: Site) -> None:
        self.site, self.folder = site, site.folder
        (site.folder / "inventory.yml").write_text(INVENTORY)
        self.given = ("-i", str(site.folder / "inventory.yml"), "--history", str(site.folder / "history.db"))

    def checked(self, **stores: dict[str, int | None]) -> None:
        self.site.hosts = {name: {**postfix(GOOD), QUOTAS: listed(used)} for name, used in stores.items()}
        self.site.bare("check", *self.given, "--controls", "MEL-G-03")

    def told(self, *words: str) -> Result:
        return self.site.bare("report", "mailbox-owners", *self.given, *words)

    @staticmethod
    def rows(done: Result) -> list[dict[str, str]]:
        """The table that was printed."""
        return list(csv.DictReader(io.StringIO(done.stdout.lstrip("\ufeff"))))


@pytest.fixture
def agency(site: Site) -> Agency:
    return Agency(site)


def test_the_table_tells_of_every_mailbox(agency: Agency) -> None:
    agency.checked(s1={"ali@agensi.example.my": 20}, s2={"siti@agensi.example.my": 10})
    agency.checked(s1={"ali@agensi.example.my": 85}, s2={"siti@agensi.example.my": 10})
    done = agency.told()
    assert done.exit_code == 0, done.output
    rows = agency.rows(done)
    assert [(row["mailbox"], row["percent"], row["full"], row["or before"]) for row in rows] == [
        ("ali@agensi.example.my", "85.0", "True", "False"),
        ("siti@agensi.example.my", "10.0", "False", "False"),
    ]
    assert rows[0]["full since"] == rows[0]["as of"]
    assert rows[1]["full since"] == ""


def test_a_mail_for_each_full_mailbox_lies_beside_the_table(agency: Agency) -> None:
    agency.checked(s1={"ali@agensi.example.my": 85, "siti": 10}, s2={"kumar": 99})
    done = agency.told("-o", str(agency.folder / "out"), "--from", "postmaster@agensi.example.my")
    assert done.exit_code == 0, done.output
    mails = sorted((agency.folder / "out" / "letters").iterdir())
    read = [message_from_bytes(mail.read_bytes(), policy=default) for mail in mails]
    assert [mail["To"] for mail in read] == ["kumar@agensi.example.my", "ali@agensi.example.my"]
    assert (agency.folder / "out" / "notified.txt").read_text() == "kumar@agensi.example.my,ali@agensi.example.my\n"
    assert (agency.folder / "out" / "mailbox-owners.csv").read_bytes().count(b"\r\n") == 4
    assert "3 accounts, 2 of them full" in done.stderr
    assert "baseline evidence add MEL-G-03" in done.stderr
    again = agency.told("-o", str(agency.folder / "out"))
    assert again.exit_code == 2
    assert "out is there already: name a new folder" in again.stderr


def test_a_mailstore_of_which_nothing_is_known_is_told(agency: Agency) -> None:
    done = agency.told()
    assert done.exit_code == 5
    assert "tells of the mailboxes of these hosts: check them first" in done.stderr
    agency.checked(s1={"ali@agensi.example.my": 85})
    done = agency.told()
    assert done.exit_code == 3
    assert done.stderr == "s2: no kept run tells of its mailboxes\n"


def test_a_run_that_asked_other_things_tells_nothing_of_mailboxes(agency: Agency) -> None:
    agency.checked(s1={"ali@agensi.example.my": 85}, s2={"siti": 1})
    before = agency.told()
    agency.site.hosts = {name: postfix(GOOD) for name in ("s1", "s2")}
    agency.site.bare("check", *agency.given, "--controls", "MEL-H-04")
    assert agency.told().stdout == before.stdout
    agency.checked(s1={"ali@agensi.example.my": 85}, s2={"siti": 1})
    (first, *_), (last, *_) = (agency.rows(done) for done in (before, agency.told()))
    # Times are told in whole seconds, and the runs may be of one.
    assert first["full since"] == last["full since"] <= last["as of"]


def test_a_run_that_was_pruned_tells_nothing(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    agency.checked(s1={"ali@agensi.example.my": 85}, s2={"siti": 1})
    monkeypatch.setattr("baseline.history.replaying.read", lambda _, numbers: dict.fromkeys(numbers, PRUNED))
    assert agency.told().exit_code == 5


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--from", "a@b.my"), "--from is for mails: name the folder for them with -o"),
        (("-o", "out", "--from", "a@b.my\r\nBcc: eve@evil.example"), "this is no address"),
    ],
)
def test_options_that_say_nothing_together(agency: Agency, words: tuple[str, ...], told: str) -> None:
    done = agency.told(*words)
    assert done.exit_code == 2
    assert told in done.stderr


def test_options_before_the_name_of_the_command_are_not_lost(agency: Agency) -> None:
    done = agency.site.bare("report", *agency.given, "mailbox-owners")
    assert done.exit_code == 2
    assert "write the options behind `mailbox-owners`" in done.stderr
