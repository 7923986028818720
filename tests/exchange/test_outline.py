"""Where settings are set: the question run by a real shell over files of its own, and what is made of its answer."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline import engine
from baseline.kinds import kinds
from baseline.kinds.base import Control
from baseline.model import Answer, Location, State, Target
from baseline.readings.outline import QUESTION, Outline, ProgramSetting, outlined, set_in
from tests.cli.conftest import BAD, postfix
from tests.scripted import AnswersFrom

MAIN, MASTER = "/etc/postfix/main.cf", "/etc/postfix/master.cf"
CONF, CONF_D = "/etc/dovecot/dovecot.conf", "/etc/dovecot/conf.d"
FILES = {
    MAIN: """\
# queue_minfree = 5
queue_minfree = 1

smtpd_milters = inet:a,
    queue_minfree = 9
queue_minfree=2
smtpd_sasl_password = hunter2
""",
    MASTER: """\
smtp      inet  n       -       y       -       -       smtpd
#  -o smtpd_milters=inet:x
submission inet n       -       y       -       -       smtpd
  -o smtpd_milters=inet:b -o { queue_minfree = 7 }
  # -o smtp_helo_name=no
  -o smtpd_milters=inet:c
relay     unix  -       -       y       -       -       smtp
  -osmtp_helo_name = misspelt
""",
    CONF: """\
protocols = imap
!include_try /usr/share/dovecot/protocols.d/*.protocol
ssl = yes
!include conf.d/*.conf
!include_try local.conf
""",
    f"{CONF_D}/10-ssl.conf": "ssl = required # hunter2\nprotocol imap {\n  ssl = no\n}\n",
    f"{CONF_D}/90-quota.conf": """\
plugin {
  quota_rule = *:storage=1G
}
service auth {
  unix_listener x {
    mode = 0600
  }
}
""",
    f"{CONF_D}/99-ours.conf": "plugin {\n  quota_rule = *:storage=2G\n}\nmode = 1\n",
    "/usr/share/dovecot/protocols.d/imapd.protocol": "protocols = $protocols imap\n",
    "/etc/rspamd/local.d/actions.conf": 'reject = 15;\n"add_header" = 6;\ngreylist 4;\nsub {\n  reject = 1;\n}\n',
    "/etc/rspamd/override.d/actions.conf": "# mine\nreject = 99;\n",
    "/etc/rspamd/local.d/worker-controller.inc": 'password = "hunter2";\n',
    "/etc/fstab": "# /tmp\n//nas/share /mnt cifs password=hunter2 0 0\ntmpfs /tmp tmpfs size=512m 0 0\n",
}


def ask(files: dict[str, str], root: Path) -> Answer:
    """What a host with these files answers."""
    for path, text in files.items():
        file = root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    question = QUESTION.replace("/etc/", f"{root}/etc/").replace("/usr/share/", f"{root}/usr/share/")
    done = subprocess.run(["sh", "-c", question], capture_output=True, check=False)
    return Answer(done.returncode, done.stdout.replace(str(root).encode(), b""), done.stderr)


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> Answer:
    """The answer of a host with `FILES`."""
    return ask(FILES, tmp_path_factory.mktemp("host"))


@pytest.mark.parametrize(
    ("setting", "part", "place"),
    [
        (ProgramSetting("postfix", "queue_minfree"), "", f"{MAIN}:6"),
        (ProgramSetting("postfix", "smtpd_milters"), "", f"{MAIN}:4"),
        (ProgramSetting("postfix", "smtpd_milters"), "smtp/inet", f"{MAIN}:4"),
        (ProgramSetting("postfix", "smtpd_milters"), "submission/inet", f"{MASTER}:6"),
        (ProgramSetting("postfix", "queue_minfree"), "submission/inet", f"{MASTER}:4"),
        (ProgramSetting("postfix", "smtp_helo_name"), "relay/unix", f"{MASTER}:8"),
        (ProgramSetting("postfix", "smtp_helo_name"), "", None),
        (ProgramSetting("dovecot", "ssl"), "", f"{CONF_D}/10-ssl.conf:1"),
        (ProgramSetting("dovecot", "ssl"), "imap", f"{CONF_D}/10-ssl.conf:3"),
        (ProgramSetting("dovecot", "ssl"), "pop3", f"{CONF_D}/10-ssl.conf:1"),
        (ProgramSetting("dovecot", "plugin/quota_rule"), "", f"{CONF_D}/99-ours.conf:2"),
        (ProgramSetting("dovecot", "protocols"), "", "/usr/share/dovecot/protocols.d/imapd.protocol:1"),
        (ProgramSetting("dovecot", "mode"), "", f"{CONF_D}/99-ours.conf:4"),
        (ProgramSetting("dovecot", "quota_rule"), "", None),
        (ProgramSetting("rspamd", "actions.conf/reject"), "", "/etc/rspamd/override.d/actions.conf:2"),
        (ProgramSetting("rspamd", "actions.conf/add_header"), "", "/etc/rspamd/local.d/actions.conf:2"),
        (ProgramSetting("rspamd", "actions.conf/greylist"), "", "/etc/rspamd/local.d/actions.conf:3"),
        (ProgramSetting("rspamd", "greylist.conf/timeout"), "", None),
        (ProgramSetting("fstab", "/tmp"), "", "/etc/fstab:3"),
        (ProgramSetting("fstab", "/srv"), "", None),
    ],
)
def test_where_a_setting_is_set(answer: Answer, setting: ProgramSetting, part: str, place: str | None) -> None:
    found = outlined(answer).place(setting, part)
    assert (None if found is None else str(found)) == place


def test_no_value_leaves_the_host(answer: Answer) -> None:
    assert answer.rc == 0
    assert answer.stderr == b""
    assert b"hunter2" not in answer.stdout
    for value in (b"inet:", b"storage", b"misspelt", b"cifs", b"0600"):
        assert value not in answer.stdout


def test_a_host_without_these_programs_has_no_outline(tmp_path: Path) -> None:
    found = ask({}, tmp_path)
    assert (found.rc, found.stdout) == (0, b"")
    assert outlined(found) == outlined(Answer(127, b"x\t1\ty\n")) == outlined(None) == Outline()


@pytest.mark.parametrize(
    "line",
    ["!include /srv/more.conf", "!include_try /srv/*.conf", "!include missing.conf", "!include_try conf.d/*.ext"],
)
def test_nothing_is_said_of_dovecot_where_a_file_of_it_is_not_known(line: str) -> None:
    lines = ((1, "ssl="), (2, line))
    assert Outline({CONF: lines[:1]}).place(ProgramSetting("dovecot", "ssl")) == Location(CONF, 1)
    assert Outline({CONF: lines}).place(ProgramSetting("dovecot", "ssl")) is None


def test_files_that_include_each_other_come_to_an_end() -> None:
    assert Outline({CONF: ((1, "ssl="), (2, "!include dovecot.conf"))}).place(ProgramSetting("dovecot", "ssl")) is None


def test_keys_of_a_state_are_read_as_settings_and_who_has_them(answer: Answer) -> None:
    set_by = set_in("postfix", "queue_minfree", "smtpd_milters", also={"on failure": "smtpd_milters"})
    state: State = {
        "queue_minfree": 1,
        "smtpd_milters in submission/inet": "x",
        "on failure": "x",
        "on failure of inet:a in submission/inet": "x",
        "free": 1,
        "earlier definitions of queue_minfree": 1,
    }
    assert {key: str(place) for key, place in outlined(answer).places(state, set_by).items()} == {
        "queue_minfree": f"{MAIN}:6",
        "smtpd_milters in submission/inet": f"{MASTER}:6",
        "on failure": f"{MAIN}:4",
    }


LINE, BLOCK = ("mail_plugins=",), ("mail_plugins {", "quota=", "}")


def inside(*words: str) -> tuple[str, ...]:
    return ("protocol imap {", *words, "}")


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (BLOCK, 2),
        ((*BLOCK, *LINE), 4),
        ((*LINE, *BLOCK), 3),
        ((*BLOCK, *inside(*LINE)), 5),
        ((*LINE, *inside(*BLOCK)), 4),
        ((*inside(*BLOCK), *LINE), 3),
        ((*inside(*LINE), *BLOCK), 2),
        ((*inside(*BLOCK), *inside(*LINE)), 7),
        ((*inside(*LINE), *inside(*BLOCK)), 6),
    ],
)
def test_a_word_of_a_list_stands_where_the_list_was_written_last(words: tuple[str, ...], line: int) -> None:
    written = Outline({CONF: tuple(enumerate(words, 1))})
    places = written.places({"quota in imap": "missing"}, set_in("dovecot", also={"quota": "mail_plugins"}))
    found = written.listed(places, {"quota in imap": ("mail_plugins", "quota", "imap")})
    assert found == {"quota in imap": Location(CONF, line)}


@given(st.binary(max_size=60), st.sampled_from([b"", MAIN.encode() + b"\t1\t", CONF.encode() + b"\t2\t!include "]))
def test_any_answer_is_an_outline(said: bytes, before: bytes) -> None:
    found = outlined(Answer(0, before + said))
    for setting in (
        ProgramSetting("postfix", "a"),
        ProgramSetting("dovecot", "a"),
        ProgramSetting("rspamd", "a.conf/a"),
    ):
        found.place(setting, "imap")


def test_a_finding_says_where_the_value_is_set_and_the_host_is_asked_once(answer: Answer) -> None:
    control = kinds()["postfix_setting"].model_validate(
        {
            "kind": "postfix_setting",
            "id": "OUR-Q-01",
            "title": {"en": "Room", "ms": "Ruang"},
            "clause": "f",
            "obligation": "mandatory",
            "severity": "low",
            "roles": ["mta"],
            "why": "Mail needs room.",
            "name": "queue_minfree",
            "value": "3",
        }
    )
    session = AnswersFrom({**postfix({**BAD, "queue_minfree": "2"}), QUESTION: answer})
    target = Target("mx1", "192.0.2.1", roles=frozenset({"mta"}))
    result = engine.check(target, [control], lambda _: session)
    (finding,) = result.findings
    assert [(one.key, one.wrong, one.set_at) for one in finding.keys if one.wanted and one.looked_at] == [
        ("queue_minfree", True, Location(MAIN, 6)),
        ("earlier definitions of queue_minfree", False, None),
    ]
    assert session.exchanges == 1


def test_what_a_kind_did_not_foresee_costs_a_place_and_no_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    kind = kinds()["file"]
    monkeypatch.setattr(kind, "set_at", lambda *_: 1 / 0)
    control = kind.model_validate(
        {
            "kind": "file",
            "id": "OUR-F-01",
            "title": {"en": "A file", "ms": "Fail"},
            "clause": "f",
            "obligation": "mandatory",
            "severity": "low",
            "roles": [],
            "why": "To have one.",
            "path": "/etc/motd",
            "mode": "0644",
        }
    )
    (command,) = _asked(control)
    there = Answer(0, b"directory|root|root|755|/etc\nregular file|root|root|600|/etc/motd\n" + b"0" * 64 + b"  -\n")
    session = AnswersFrom({command: there})
    (finding,) = engine.check(Target("mx1", "192.0.2.1"), [control], lambda _: session).findings
    assert (finding.outcome, [one.set_at for one in finding.keys if one.wrong]) == ("fail", [None])


def _asked(control: Control) -> list[str]:
    """The questions of a control."""
    session = AnswersFrom({})
    engine.check(Target("mx1", "192.0.2.1"), [control], lambda _: session)
    return [command for command in session.unknown if command.startswith("stat ")]


@pytest.mark.parametrize(
    ("lines", "path", "unread"),
    [
        (["!include conf.d/*.conf"], f"{CONF_D}/99-baseline.conf", False),
        (["protocols="], f"{CONF_D}/99-baseline.conf", True),
        (["!include conf.d/1*.conf"], f"{CONF_D}/99-baseline.conf", True),
        (["!include_try local.conf"], "/etc/dovecot/local.conf", False),
        (["!include conf.d/*.conf"], "/etc/dovecot/local.conf", True),
        (["protocols="], CONF, False),
        (["protocols="], "/etc/postfix/main.cf", False),
        (["protocols="], "/etc/dovecot/users", False),
        (["!include /srv/*.conf"], f"{CONF_D}/99-baseline.conf", False),
        ([], f"{CONF_D}/99-baseline.conf", False),
    ],
)
def test_files_that_dovecot_does_not_read(lines: list[str], path: str, *, unread: bool) -> None:
    files = {CONF: tuple(enumerate(lines, 1))} if lines else {}
    assert Outline(files).unread(path) is unread


def test_files_that_are_included_by_included_files_are_read() -> None:
    one, two = f"{CONF_D}/10-a.conf", f"{CONF_D}/20-b.conf"
    files = {CONF: ((1, "!include conf.d/10-*.conf"),), one: ((1, "!include 20-b.conf"), (2, "!include auth.conf.ext"))}
    assert Outline(files).unread(two) is False
    assert Outline(files).unread(f"{CONF_D}/30-c.conf") is True
