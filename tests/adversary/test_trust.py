"""What is trusted is what a person wrote to be trusted."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import paramiko
import pytest

from baseline.known_hosts import known_keys
from baseline.load.rendering import Rendering, rendered
from baseline.load.tree import Leaf, Position
from baseline.secret import Secret, holds_secret, scrubbed
from tests.adversary.case import adversary


@adversary("what is trusted", "a comment of known_hosts with a key behind a character that some call an end of line")
@pytest.mark.parametrize("end", ["\r", "\v", "\f", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"])
def test_a_key_inside_a_comment_is_not_trusted(tmp_path: Path, end: str) -> None:
    """Only LF ends a line of known_hosts, as for ssh: the key is part of the comment.

    Before: the key was trusted; known_hosts was split at CR, VT, FF, NEL, U+2028 and their like.
    """
    key = paramiko.ECDSAKey.generate()
    file = tmp_path / "known_hosts"
    written = f"mx1 {key.get_name()} {key.get_base64()}"
    file.write_text(f"# seen on the list{end}{written}\n")
    assert known_keys("mx1", [str(file)]) == []
    file.write_text(f"# seen on the list\n{written}\r\n")
    assert known_keys("mx1", [str(file)]) == [key]


@adversary("what is trusted", "a baseline that asks a secret for its value in an expression")
@pytest.mark.parametrize(
    "written",
    [
        "{{ pw.reveal() }}",
        "x {{ pw.reveal() }}",
        "{{ pw['reveal']() }}",
        "{{ pw|attr('reveal') }}",
        "{{ (pw|attr('reveal'))() }}",
        "{{ '{0.reveal}'.format(pw) }}",
        "{{ pw._fetch() }}",
        "{{ pw.mapped(pw.source.upper).reveal() }}",
        "{{ [pw]|map(attribute='reveal')|first }}",
        "{{ ([pw]|map('attr', 'reveal')|first)() }}",
    ],
)
def test_an_expression_cannot_have_the_value_of_a_secret(written: str) -> None:
    """An error of the file, as for every other expression with a secret in it; the secret is not even fetched.

    Before: `{{ pw.reveal() }}` gave the value as text like any other, which reports and plans then showed.
    """
    fetched: list[str] = []

    def fetch() -> str:
        fetched.append("once")
        return "correct-horse"

    into = Rendering()
    found = rendered(Leaf(written, Position("b.yml"), written), {"pw": Secret("the environment", fetch)}, into)
    assert into.faults or into.open
    assert not fetched
    assert "correct-horse" not in repr(found) + repr(into)


@adversary("what is trusted", "a host that quotes a secret while other hosts' secrets are being revealed")
def test_secrets_are_looked_for_while_others_come_up() -> None:
    """Looked for in what stood there when the search began.

    Before: "Set changed size during iteration" ended the visit of that host as a fault of the program.
    """
    ended = threading.Event()

    def reveal() -> None:
        for number in range(4000):
            Secret(f"file {number}", f"password-{number}".lower).reveal()
        ended.set()

    Secret("the first", lambda: "correct-horse").reveal()
    thread = threading.Thread(target=reveal)
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        thread.start()
        while not ended.is_set():
            assert scrubbed("it said correct-horse") == "it said (secret)"
            assert holds_secret(b"correct-horse")
            assert not holds_secret(b"nothing")
    finally:
        sys.setswitchinterval(before)
        thread.join()
