"""Contents of files asked at once: what a shell tells of each is what its own question would have been told."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baseline import bundle, file_contents
from baseline.model import TOO_MUCH, Answer
from tests.exchange.test_bundle import SHELLS
from tests.exchange.test_file_looks import NAMES, ODD, SORTS, apart, at_once, make, processes


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(NAMES, st.lists(st.sampled_from(SORTS), min_size=9, max_size=9))
def test_what_is_told_together_is_what_is_told_apart(names: list[str], sorts: list[str]) -> None:
    with TemporaryDirectory() as place:
        paths = [make(Path(place) / name, sort) for name, sort in zip(names, sorts, strict=False)]
        questions = [file_contents.question(str(path)) for path in paths]
        told = at_once(questions)
        assert {question: answer for question, answer in apart(questions).items() if question in told} == told


@pytest.mark.parametrize("shell", [one for one in SHELLS if one[0] != "busybox"], ids=lambda words: words[0])
def test_all_that_is_there_is_told_together_whatever_its_name(shell: tuple[str, ...], tmp_path: Path) -> None:
    if shutil.which(shell[0]) is None:
        pytest.skip(f"{shell[0]} is not installed")
    paths = [make(tmp_path / name, SORTS[number % 6]) for number, name in enumerate(ODD)]
    paths += [make(tmp_path / sort.replace(" ", "_"), sort) for sort in SORTS[:8]]
    (tmp_path / "bytes").write_bytes(bytes(range(256)) * 5)
    os.link(tmp_path / "bytes", tmp_path / "the same again")
    (tmp_path / "holes").touch()
    os.truncate(tmp_path / "holes", 70_000)
    os.utime(tmp_path / "holes", (-5, -5))
    paths += [tmp_path / name for name in ("bytes", "the same again", "holes")]
    paths += [tmp_path, tmp_path / "no" / "such" / "place", Path("/"), Path("/etc")]
    questions = [file_contents.question(str(path)) for path in paths]
    assert at_once(questions, shell) == apart(questions, shell)


def test_many_paths_take_more_than_one_command(tmp_path: Path) -> None:
    questions = [file_contents.question(f"{tmp_path}/{number:04}{'x' * 150}") for number in range(600)]
    parts = list(file_contents.contents(questions))
    assert len(parts) > 1
    assert [one for part in parts for one in part.paths] == questions
    assert all(len(part.command) < 120_000 for part in parts)


def test_other_questions_are_left_as_they_are() -> None:
    near = file_contents.question("/etc/motd")
    others = ["uptime", near + " ", near.replace("%F", "%f"), "p=/etc/motd", "p='", file_contents.question("etc/motd")]
    assert [file_contents.path_of(one) for one in others] == [None] * len(others)
    assert not list(file_contents.contents([*others, near]))
    assert bundle.ask([*others, near]).merged == ()


def test_what_an_apply_uploads_beside_is_asked_one_by_one() -> None:
    """Commands of a transaction are no questions."""
    questions = [file_contents.question(path) for path in ("/etc/motd", "/etc/issue")]
    assert bundle.ask(questions, bounded=False).merged == ()


class TestUncertain:
    """What was cut short, is no archive of plain files, or says two things at once is no answer."""

    def two(self, tmp_path: Path) -> tuple[file_contents.Contents, Answer]:
        questions = [file_contents.question(str(make(tmp_path / name, "file"))) for name in ("one", "two")]
        (many,) = file_contents.contents([*questions, file_contents.question(f"{tmp_path}/none")])
        done = subprocess.run(["sh", "-c", many.command], capture_output=True, check=False, env={"LC_ALL": "C.UTF-8"})
        told = Answer(done.returncode, done.stdout, done.stderr)
        assert len(many.answers(told)) == 3
        return many, told

    def test_cut_at_every_offset(self, tmp_path: Path) -> None:
        many, told = self.two(tmp_path)
        for offset in range(len(told.stdout)):
            assert many.answers(Answer(0, told.stdout[:offset], told.stderr)) == {}
        for offset in range(len(told.stderr) - 1):
            assert list(many.answers(Answer(0, told.stdout, told.stderr[:offset]))) == list(many.paths)[:2]

    def test_any_bytes_left_out_of_the_archive(self, tmp_path: Path) -> None:
        many, told = self.two(tmp_path)
        whole = many.answers(told)
        out = told.stdout
        for start in range(out.index(b"\0\0") + 2, len(out) - 512, 37):
            for length in (1, 512):
                found = many.answers(Answer(0, out[:start] + out[start + length :], told.stderr))
                assert found.items() <= whole.items()
                assert len(found) < 3

    def test_a_command_that_failed(self, tmp_path: Path) -> None:
        many, told = self.two(tmp_path)
        for code in (1, 9, 124, TOO_MUCH):
            assert many.answers(Answer(code, told.stdout, told.stderr)) == {}

    @given(st.binary(max_size=3000), st.binary(max_size=300))
    def test_garbage_tells_nothing(self, out: bytes, err: bytes) -> None:
        (many,) = file_contents.contents([file_contents.question(f"/a/{name}") for name in "bc"])
        assert many.answers(Answer(0, out + b"whole\n", err)) == {}

    def test_both_there_and_gone(self, tmp_path: Path) -> None:
        many, told = self.two(tmp_path)
        gone = f"stat: cannot statx '{tmp_path}/one': No such file or directory\n".encode()
        assert len(many.answers(Answer(0, told.stdout, told.stderr + gone))) == 2

    @pytest.mark.parametrize("sort", [tarfile.SYMTYPE, tarfile.FIFOTYPE, tarfile.LNKTYPE, tarfile.GNUTYPE_SPARSE, b"x"])
    def test_what_stands_there_by_then_is_no_file(self, sort: bytes, tmp_path: Path) -> None:
        """A link put there between two programs is stored as one, and a pax header may say anything."""
        entry = tarfile.TarInfo(f"{tmp_path}/one")
        entry.type, entry.linkname = sort, "/etc/shadow"
        stat = f"regular file|root|root|644|{tmp_path}/one\0".encode()
        (many,) = file_contents.contents([file_contents.question(f"{tmp_path}/{name}") for name in ("one", "two")])
        archive = entry.tobuf(tarfile.USTAR_FORMAT) + bytes(1024)
        assert many.answers(Answer(0, stat + b"\0" + archive + b"whole\n")) == {}

    @pytest.mark.parametrize("size", [b"\x80" + b"\xff" * 11, b"\xff" * 12, b"77777777777\0", b"00000001000\0"])
    def test_a_size_that_is_not_so(self, size: bytes) -> None:
        entry = tarfile.TarInfo("/a/b")
        head = bytearray(entry.tobuf(tarfile.USTAR_FORMAT))
        head[124:136] = size
        head[148:156] = b" " * 8
        head[148:156] = b"%06o\0 " % sum(head)
        stat = b"regular file|root|root|644|/a/b\0"
        (many,) = file_contents.contents([file_contents.question(f"/a/{name}") for name in "bc"])
        assert many.answers(Answer(0, stat + b"\0" + bytes(head) + bytes(1024) + b"whole\n")) == {}

    def test_a_file_that_grows_under_the_look(self, tmp_path: Path) -> None:
        """tar says so and ends with 1."""
        many, told = self.two(tmp_path)
        assert many.answers(Answer(9, told.stdout, b"tar: /a/b: file changed as we read it\n")) == {}


@pytest.mark.skipif(shutil.which("strace") is None, reason="no strace")
def test_another_file_costs_no_other_process(tmp_path: Path) -> None:
    counted: dict[int, int] = {}
    for many in (2, 30, 100):
        paths = [tmp_path / f"{many} {number}" for number in range(many)]
        for path in paths:
            path.write_text("content")
        counted[many] = processes([file_contents.question(str(path)) for path in paths], tmp_path)
    assert counted[2] == counted[30] == counted[100] > 0
