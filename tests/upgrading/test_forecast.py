"""All programs of a host at once, and what of a host is not known."""

from __future__ import annotations

import pytest

from baseline.errors import CannotTell
from baseline.model import Answer
from baseline.upgrading.forecast import ALL, QUESTIONS, RELEASE, Foreseen, foreseen
from baseline.upgrading.items import HostForecast, Item, exit_code
from tests.upgrading.hosts import answers, host, items


def item(verdict: str) -> Item:
    return Item("Postfix", "a", "b", "", verdict, "c")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("release", "why"), [("trixie", "there is nothing to upgrade"), ("bullseye", "only the upgrade from bookworm")]
)
def test_a_host_of_another_release_is_not_known(release: str, why: str) -> None:
    of = answers() | {RELEASE: Answer(0, f"VERSION_CODENAME={release}\n".encode())}
    with pytest.raises(CannotTell, match=why):
        foreseen(host(of))


def test_what_is_not_there_is_not_told() -> None:
    assert foreseen(host(answers())) == ()


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.program)
def test_a_version_that_nobody_tried_is_not_known(one: object) -> None:
    program, version = one.program, one.version  # type: ignore[attr-defined]
    (found,) = items(**{program: {version: Answer(0, b"99.1 of something\n")}})
    assert (found.program, found.verdict) == (program, "unknown")
    assert "99.1 of something" in found.meaning


EVERY = [(one.program, question) for one in ALL for question in one.questions]


@pytest.mark.parametrize(("program", "question"), EVERY)
def test_a_question_that_fails_makes_a_program_unknown_and_never_the_same(program: str, question: str) -> None:
    found = items(**{program: {question: Answer(1, b"", b"permission denied\n")}})
    assert [it.verdict for it in found] == ["unknown"]
    assert "permission denied" in found[0].meaning


@pytest.mark.parametrize("one", ALL, ids=lambda one: one.program)
def test_a_program_that_is_there_and_does_not_run_is_not_known(one: Foreseen) -> None:
    """The loader ends with 127, too, as a shell does for a program that is not there."""
    lost = b"x: error while loading shared libraries: libfoo.so.1: cannot open shared object file\n"
    for said in (Answer(127, b"", lost), Answer(1, b"", b"x: libc.so.6: version `GLIBC_2.38' not found\n")):
        (found,) = items(**{one.program: {one.version: said}})
        assert found.verdict == "unknown"


def test_files_that_cannot_be_read_are_not_known() -> None:
    from tests.upgrading.hosts import printed

    for program in ("OpenSSH", "Rspamd", "nftables"):
        (one,) = [one for one in ALL if one.program == program]
        files = next(question for question in one.questions if "patterns=" in question)
        found = items(**{program: {files: printed({}, ("/etc/x.conf",))}})
        assert "/etc/x.conf" in [it.where for it in found if it.verdict == "unknown"]


def test_all_is_asked_at_once_and_no_question_twice() -> None:
    assert len(set(QUESTIONS)) == len(QUESTIONS)
    assert {question for one in ALL for question in (one.version, *one.questions)} <= set(QUESTIONS)


@pytest.mark.parametrize(
    ("verdicts", "error", "code"),
    [
        (["same"], "", 0),
        (["same", "unknown"], "", 3),
        (["unknown", "changes"], "", 1),
        (["breaks", "same"], "", 1),
        ([], "no connection", 3),
        ([], "", 0),
    ],
)
def test_the_exit_code(verdicts: list[str], error: str, code: int) -> None:
    assert exit_code([HostForecast("mx1", tuple(map(item, verdicts)), error)]) == code


def test_a_file_of_which_less_came_than_it_has_is_not_known() -> None:
    (one,) = [one for one in ALL if one.program == "nftables"]
    (found,) = items(nftables={one.questions[0]: Answer(0, b"/etc/nftables.conf\t29\ntable inet filter {\n")})
    assert (found.verdict, found.meaning) == ("unknown", "of /etc/nftables.conf less was read than stands in it")
