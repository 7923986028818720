"""`baseline render --for`: a host is asked once, its configuration is written, and what is left is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from baseline import converting
from baseline.cli import conversions
from baseline.converting import HostConversion
from baseline.errors import UserError
from baseline.model import Answer, Target
from baseline.readings.dovecot import VERSION
from baseline.upgrading.dovecot.asking import QUESTION
from tests.scripted import AnswersFrom
from tests.upgrading.dovecot import recording

MX1 = Target("mx1", address="192.0.2.1")


def asked(said: str, version: str = "2.3.19.1 (9b53102964)\n", rc: int = 0) -> tuple[HostConversion, AnswersFrom]:
    session = AnswersFrom({VERSION: Answer(0, version.encode()), QUESTION: Answer(rc, said.encode(), b"no doveconf")})
    return converting.convert(MX1, lambda _: session, lambda *_: None), session


def test_a_host_is_asked_in_one_exchange() -> None:
    found, session = asked(recording.answer("11-sql"))
    assert (session.exchanges, found.forecast.exchanges) == (1, 1)
    assert set(session.asked) == {VERSION, QUESTION}
    assert found.conversion == recording.conversion("11-sql")
    assert conversions.exit_code([found]) == 0


def test_what_is_left_to_a_person_is_not_a_success() -> None:
    found, _ = asked(recording.answer("36-what-is-gone"))
    assert conversions.exit_code([found]) == 1
    assert "/dovecot.conf:30" in {one.where.partition("gone")[2] for one in found.forecast.of("breaks")}


@pytest.mark.parametrize(
    ("said", "version", "rc", "why"),
    [
        ("", "2.4.1-4 (7d8c0e5759)\n", 0, "only Dovecot 2.3 is converted, and this one is 2.4.1-4"),
        ("", "2.3.19.1\n", 89, "exit code 89 (no doveconf)"),
        ("", "2.3.19.1\n", 0, "has nothing that is in force"),
        ("noise\n", "2.3.19.1\n", 0, "a line that belongs to no file"),
        ("=doveconf\n|plugin {\n", "2.3.19.1\n", 0, "has no end"),
    ],
)
def test_a_host_of_which_nothing_is_known_is_not_a_success(said: str, version: str, rc: int, why: str) -> None:
    found, _ = asked(said, version, rc)
    assert found.conversion is None
    assert why in found.forecast.error
    assert conversions.exit_code([found]) == 3


def test_what_is_written_is_for_its_owner_alone_and_takes_no_file_s_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found, _ = asked(recording.answer("36-what-is-gone"))
    monkeypatch.setattr(converting, "convert_all", lambda *_, **__: (found,))
    folder = tmp_path / "out"
    assert conversions.written([MX1], "trixie", folder, verbose=False) == 1
    file = folder / "mx1" / "dovecot.conf"
    assert file.read_text() == recording.conversion("36-what-is-gone").files["dovecot.conf"]
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    said = capsys.readouterr().out
    assert "shadow" in said
    assert f"written: {file}" in said
    with pytest.raises(UserError, match="is there already"):
        conversions.written([MX1], "trixie", folder, verbose=False)
