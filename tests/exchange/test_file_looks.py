"""Files looked at all at once: what a real shell tells of each is what its own question would have been told."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baseline import bundle, file_looks
from baseline.model import TOO_MUCH, Answer
from baseline.visit import Visit
from tests.exchange.fakes import TARGET
from tests.exchange.test_bundle import SHELLS, run
from tests.scripted import AnswersFrom

SORTS = ("file", "empty", "folder", "link", "dangling", "fifo", "missing", "below a file", "closed")


def make(path: Path, sort: str) -> Path:
    """Something of that sort at a path, and the path to ask about."""
    if sort in ("file", "closed", "below a file"):
        path.write_bytes(os.fsencode(path.name) * 3)
    elif sort == "empty":
        path.write_bytes(b"")
    elif sort == "folder":
        path.mkdir()
    elif sort == "fifo":
        os.mkfifo(path)
    elif sort != "missing":
        path.symlink_to(path.parent if sort == "link" else path.parent / "nowhere at all")
    if sort == "closed":
        path.chmod(0)
    return path / "deeper" if sort == "below a file" else path


def apart(questions: Sequence[str], shell: Sequence[str] = ("sh", "-s")) -> dict[str, Answer]:
    """Each question asked by itself."""
    request = bundle.ask(questions, apart=questions)
    return bundle.answers(request, run(request.script, tuple(shell)).stdout)


def at_once(questions: Sequence[str], shell: Sequence[str] = ("sh", "-s")) -> dict[str, Answer]:
    request = bundle.ask(questions)
    return bundle.answers(request, run(request.script, tuple(shell)).stdout)


NAMES = st.lists(
    st.text(st.characters(exclude_characters="\0/", exclude_categories=["Cs"]), min_size=1, max_size=20).filter(
        lambda name: name not in (".", "..") and len(name.encode()) < 200
    ),
    min_size=2,
    max_size=9,
    unique=True,
)
ODD = [
    "plain.conf",
    "two\nlines",
    "it's",
    'a "quote"',
    "-rf",
    "--",
    "a|b|c",
    " ",
    "`id`",
    "$HOME",
    "\\0",
    "*",
    "é",
    "\x01",
]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(NAMES, st.lists(st.sampled_from(SORTS), min_size=9, max_size=9))
def test_what_is_told_together_is_what_is_told_apart(names: list[str], sorts: list[str]) -> None:
    with TemporaryDirectory() as place:
        paths = [make(Path(place) / name, sort) for name, sort in zip(names, sorts, strict=False)]
        questions = [file_looks.question(str(path)) for path in paths]
        told = at_once(questions)
        assert {question: answer for question, answer in apart(questions).items() if question in told} == told


@pytest.mark.parametrize("shell", [one for one in SHELLS if one[0] != "busybox"], ids=lambda words: words[0])
def test_all_that_is_there_is_told_together_whatever_its_name(shell: tuple[str, ...], tmp_path: Path) -> None:
    if shutil.which(shell[0]) is None:
        pytest.skip(f"{shell[0]} is not installed")
    paths = [make(tmp_path / name, SORTS[number % 6]) for number, name in enumerate(ODD)]
    paths += [make(tmp_path / sort.replace(" ", "_"), sort) for sort in SORTS[:8]]
    paths += [tmp_path, tmp_path / "no" / "such" / "place", Path("/"), Path("/etc")]
    questions = [file_looks.question(str(path)) for path in paths]
    assert at_once(questions, shell) == apart(questions, shell)


def test_many_files_take_more_than_one_question_and_none_of_them_twice(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number:04}{'x' * 150}" for number in range(600)]
    for path in paths[::2]:
        path.write_text(path.name)
    questions = [file_looks.question(str(path)) for path in paths]
    together = list(file_looks.together(questions))
    assert len(together) > 1
    assert [one for many in together for one in many.paths] == questions
    assert all(len(many.command) < 120_000 for many in together)
    told = at_once(questions)
    assert list(told) == questions
    sample = questions[::75]
    assert {one: told[one] for one in sample} == apart(sample)


def test_other_questions_are_left_as_they_are() -> None:
    near = file_looks.question("/etc/motd")
    others = [
        "uptime",
        near + " ",
        near.replace("%F", "%f"),
        near.replace("<", "< "),
        near.replace("/etc/motd; fi", "/etc/issue; fi"),
        file_looks.question("etc/motd"),
        "stat -c '%F'; then sha256sum <'; fi",
    ]
    assert [file_looks.path_of(one) for one in others] == [None] * len(others)
    assert not list(file_looks.together([*others, near]))
    assert bundle.ask([*others, near]).merged == ()


class TestUncertain:
    """What was cut short, stopped or says two things at once is no answer; the question is asked again by itself."""

    def two(self, tmp_path: Path) -> tuple[file_looks.Together, Answer]:
        questions = [file_looks.question(str(make(tmp_path / name, "file"))) for name in ("one", "two")]
        (many,) = file_looks.together([*questions, file_looks.question(f"{tmp_path}/none")])
        done = subprocess.run(["sh", "-c", many.command], capture_output=True, check=False, env={"LC_ALL": "C.UTF-8"})
        return many, Answer(done.returncode, done.stdout, done.stderr)

    def test_cut_at_every_offset(self, tmp_path: Path) -> None:
        many, told = self.two(tmp_path)
        whole = many.answers(told)
        assert len(whole) == 3
        for offset in range(len(told.stdout)):
            assert many.answers(Answer(0, told.stdout[:offset], told.stderr)) == {}
        for offset in range(len(told.stderr) - 1):
            found = many.answers(Answer(0, told.stdout, told.stderr[:offset]))
            assert list(found) == list(many.paths)[:2]
            assert found.items() <= whole.items()

    def test_any_line_left_out(self, tmp_path: Path) -> None:
        many, told = self.two(tmp_path)
        whole = many.answers(told)
        lines = told.stdout.split(b"\0")
        for number in range(len(lines)):
            found = many.answers(Answer(0, b"\0".join(lines[:number] + lines[number + 1 :]), told.stderr))
            assert len(found) < 3
            assert found.items() <= whole.items()

    @given(st.binary(max_size=300), st.binary(max_size=300))
    def test_garbage_tells_nothing(self, out: bytes, err: bytes) -> None:
        (many,) = file_looks.together([file_looks.question(f"/a/{name}") for name in "bc"])
        assert many.answers(Answer(0, out, err)) == {}
        assert many.answers(Answer(TOO_MUCH, b"", err)) == {}

    def test_both_there_and_gone(self, tmp_path: Path) -> None:
        many, told = self.two(tmp_path)
        gone = f"stat: cannot statx '{tmp_path}/one': No such file or directory\n".encode()
        assert len(many.answers(Answer(0, told.stdout, told.stderr + gone))) == 2

    def test_one_that_cannot_be_told_costs_the_others_nothing(self, tmp_path: Path) -> None:
        """A file that may not be read, or a file system that does not answer in time."""
        many, told = self.two(tmp_path)
        lines = [one for one in told.stdout.split(b"\0") if not (one.endswith(b"/two") and b"|" not in one)]
        found = many.answers(Answer(124, b"\0".join(lines), told.stderr))
        assert set(many.paths) - set(found) == {file_looks.question(f"{tmp_path}/two")}


def processes(questions: Sequence[str], tmp_path: Path) -> int:
    """How many processes a host begins to answer questions, as strace tells."""
    trace = tmp_path / "trace"
    script = bundle.ask(questions).script
    words = ("strace", "-f", "-qq", "-e", "trace=clone,clone3,fork,vfork", "-o", str(trace), "sh", "-s")
    done = subprocess.run(words, input=script, capture_output=True, timeout=120, check=True)
    assert bundle.answers(bundle.ask(questions, token=_token(script)), done.stdout)
    return sum(" = " in line and " = -" not in line for line in trace.read_text().splitlines() if "resumed" not in line)


def _token(script: bytes) -> str:
    """The token that a script was made with."""
    return script.partition(b"token=")[2][:32].decode()


@pytest.mark.skipif(shutil.which("strace") is None, reason="no strace")
def test_another_file_costs_no_other_process(tmp_path: Path) -> None:
    counted: dict[int, int] = {}
    for many in (2, 30, 100):
        paths = [tmp_path / f"{many} {number}" for number in range(many)]
        for path in paths:
            path.write_text("")
        counted[many] = processes([file_looks.question(str(path)) for path in paths], tmp_path)
    assert counted[2] == counted[30] == counted[100] > 0


@dataclass
class LosesOne:
    """A host that tells nothing of one file when it is asked of many."""

    answers: AnswersFrom
    lost: str
    asked: list[int] = field(default_factory=list)

    def exchange(self, script: bytes, *, seconds: int = 0) -> bytes:
        del seconds
        before = len(self.answers.asked)
        reply = self.answers.exchange(script)
        self.asked.append(len(self.answers.asked) - before)
        if self.asked == [3]:
            # As long as it was, so that the frame stays whole.
            return reply.replace(f"|{self.lost}\0".encode(), f"|{'x' * len(self.lost)}\0".encode())
        return reply

    def close(self) -> None:
        """Nothing to close."""


def test_what_was_not_told_for_certain_is_asked_by_itself_and_only_that() -> None:
    paths = ["/etc/motd", "/etc/issue", "/etc/hosts"]
    questions = [file_looks.question(path) for path in paths]
    table = {
        question: Answer(
            0, f"directory|root|root|755|/etc\nregular file|root|root|644|{path}\n{'0' * 64}  -\n".encode()
        )
        for question, path in zip(questions, paths, strict=True)
    }
    host = LosesOne(AnswersFrom(table), paths[1])
    visit = Visit(TARGET, lambda _: host, lambda *_: None)
    first = visit.ask(questions)
    assert first == {one: table[one] for one in (questions[0], questions[2])}
    assert visit.ask([one for one in questions if one not in first]) == {questions[1]: table[questions[1]]}
    assert host.asked == [3, 1]
