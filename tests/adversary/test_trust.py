"""What is trusted is what a person wrote to be trusted."""

from __future__ import annotations

from pathlib import Path

import paramiko
import pytest

from baseline.known_hosts import known_keys
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
