"""No line of a diff shows a password or a private key, whatever file it stands in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.model import FileChange, FileState
from baseline.reports import hiding, plans

KENARI = "kenari-3Pz7+rahsia/9=="
SECRET_LINES = (
    "password = {}",
    "  password: {}",
    '"secret": "{}",',
    "auth_pass={}",
    '\tsecret "{}";',
    'key "x" {{ algorithm hmac-sha256; secret "{}"; }};',
    "connect = host=localhost dbname=mail user=dovecot password={}",
    "api_key => {}",
    "api-key = {}",
    "dnpass = {}",
    'enable_password = "{}";',
    "url = redis://mail:{}@localhost/0",
    "alice@agensi.example:{{SHA512-CRYPT}}{}:1000:1000::/srv/mail/alice",
    "hash = $6$salt${}",
    "alice $2y$05${}",
    "requirepass {}",
    "Password {}",
)
OPEN_LINES = (
    "smtp_sasl_password_maps = hash:/etc/postfix/sasl_passwd",
    "smtpd_tls_security_level = may",
    "password_query = SELECT hash FROM users WHERE name = '%u'",
    "ssl_key_file = /etc/ssl/private/mx1.pem",
    "bypass = yes",
    "quota_rule = *:storage=1G",
    "passdb {",
    "relayhost = [smtp.agensi.example]:587",
)


def diff_of(before: str, after: str, *, private: bool = True) -> str:
    change = FileChange("/etc/x.conf", FileState(before.encode()), FileState(after.encode()), ())
    return "\n".join(plans.diff(change, private=private))


@pytest.mark.parametrize("line", SECRET_LINES)
def test_a_password_is_hidden_wherever_its_line_stands_in_a_diff(line: str) -> None:
    secret = line.format(KENARI)
    for before, after in (("", secret), (secret, ""), (secret, f"{secret}x"), (f"{secret}\na", f"{secret}\nb")):
        said = diff_of(f"{before}\n", f"{after}\n")
        assert KENARI not in said
        assert hiding.HIDDEN in said


@pytest.mark.parametrize("line", OPEN_LINES)
def test_what_is_none_is_shown(line: str) -> None:
    assert hiding.hidden(line) == line


def test_that_a_password_changed_is_told_all_the_same() -> None:
    said = diff_of("password = one\n", "password = two\n")
    assert said.endswith("-password = (secret)\n+password = (secret)")


def test_the_lines_of_a_private_key_are_hidden_and_its_ends_are_not() -> None:
    begin, end = "-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----"
    said = diff_of("", f"{begin}\n{KENARI}\nmore\n{end}\nshown = yes\n")
    assert KENARI not in said
    assert f"+{begin}\n+(secret)\n+(secret)\n+{end}\n+shown = yes" in said


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\n"), max_size=200))
def test_any_line_can_be_looked_through(line: str) -> None:
    assert hiding.hidden(hiding.hidden(line)) == hiding.hidden(line) or hiding.HIDDEN in hiding.hidden(line)


def test_of_a_line_that_is_too_long_for_that_nothing_is_shown() -> None:
    assert hiding.hidden("x" * 9_000) == "x" * 9_000
    assert hiding.hidden(f"{'x' * 9_000} password = {KENARI}") == hiding.HIDDEN


def test_control_characters_of_a_host_are_escapes() -> None:
    said = diff_of("a\n", "\x1b[2J\u202eb\r\n")
    assert "+\\x1b[2J\\u202eb\\r" in said
