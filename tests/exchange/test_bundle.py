"""The script of an exchange run by real shells, and replies cut, noisy and forged."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baseline import bundle
from baseline.errors import BadReply
from baseline.model import TOO_MUCH, Answer

TOKEN = "0123456789abcdef0123456789abcdef"
SHELLS = [("sh", "-s"), ("dash", "-s"), ("bash", "-s"), ("busybox", "sh", "-s")]


@pytest.fixture(params=SHELLS, ids=lambda words: " ".join(words[:-1]))
def shell(request: pytest.FixtureRequest) -> tuple[str, ...]:
    words: tuple[str, ...] = request.param
    if shutil.which(words[0]) is None:
        pytest.skip(f"{words[0]} is not installed")
    return words


def run(script: bytes, shell: tuple[str, ...] = ("sh", "-s"), **env: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(shell, input=script, capture_output=True, timeout=60, check=False, env=env or None)


def told(commands: list[str], shell: tuple[str, ...] = ("sh", "-s"), **how: int) -> dict[str, Answer]:
    request = bundle.ask(commands, **how)  # type: ignore[arg-type]
    return bundle.answers(request, run(request.script, shell).stdout)


class TestAnswers:
    def test_exit_code_and_both_streams(self, shell: tuple[str, ...]) -> None:
        command = "echo out; echo err >&2; exit 7"
        assert told([command], shell) == {command: Answer(7, b"out\n", b"err\n")}

    def test_binary_output_survives(self, shell: tuple[str, ...], tmp_path: Path) -> None:
        every_byte = bytes(range(256)) * 40
        (tmp_path / "binary").write_bytes(every_byte)
        command = f"cat {tmp_path}/binary; cat {tmp_path}/binary >&2"
        assert told([command], shell)[command] == Answer(0, every_byte, every_byte)

    def test_no_output_and_output_without_newline(self, shell: tuple[str, ...]) -> None:
        assert told(["true", "printf x"], shell) == {"true": Answer(0), "printf x": Answer(0, b"x")}

    def test_commands_do_not_touch_each_other(self, shell: tuple[str, ...], tmp_path: Path) -> None:
        """Whoever reads standard input, leaves, moves away or breaks off harms only itself."""
        commands = [
            "cat",
            "read line; echo got:$line",
            f"cd {tmp_path}; pwd",
            "exit 3",
            "kill -9 $$",
            "if; then",
            "set -u; echo $nowhere",
            "PATH=/nowhere; export PATH; d=/nowhere; umask 777",
            "trap 'echo trapped' EXIT",
            "exec 1>&- 2>&-",
            "no-such-program-anywhere",
            "pwd",
        ]
        answers = told(commands, shell)
        assert [answers[command].rc for command in commands[:5]] == [0, 0, 0, 3, 137]
        assert answers["cat"].stdout == b""
        assert answers["read line; echo got:$line"].stdout == b"got:\n"
        assert answers["if; then"].rc != 0
        assert answers["set -u; echo $nowhere"].rc != 0
        assert answers["no-such-program-anywhere"].rc == 127
        assert answers["pwd"] == Answer(0, b"/\n")

    def test_surroundings_are_fixed(self, shell: tuple[str, ...]) -> None:
        command = "echo $LC_ALL; umask; echo $PATH; echo ${MAIL_CONFIG-none} ${BASH_ENV-none}"
        request = bundle.ask([command])
        done = run(request.script, shell, PATH="/usr/bin:/bin", LC_ALL="ms_MY", MAIL_CONFIG="/x", BASH_ENV="/nowhere")
        locale, mask, path, unset = bundle.answers(request, done.stdout)[command].stdout.split(b"\n")[:4]
        assert (locale, mask, unset) == (b"C.UTF-8", b"0077", b"none none")
        assert b"/usr/sbin" in path.split(b":")

    def test_questions_wait_a_second_for_a_resolver_and_changes_as_long_as_the_host_says(
        self, shell: tuple[str, ...]
    ) -> None:
        """What starts with look-ups, as rspamadm does, took minutes of a look at a host whose resolver is silent."""
        command = "echo ${RES_OPTIONS-none}"
        for bounded, options in ((True, b"timeout:1 attempts:1\n"), (False, b"none\n")):
            request = bundle.ask([command], bounded=bounded)
            done = run(request.script, shell, PATH="/usr/bin:/bin")
            assert bundle.answers(request, done.stdout)[command].stdout == options

    def test_quotes_newlines_and_percent_reach_the_command_as_they_are(self, shell: tuple[str, ...]) -> None:
        text = 'it\'s "q" \\n %s `x` $(x) $x\n*'
        command = f"printf '%s' {shlex.quote(text)}"
        assert told([command], shell)[command].stdout == text.encode()

    def test_the_same_command_twice_is_one_answer(self) -> None:
        assert told(["echo a", "echo b", "echo a"]) == {"echo a": Answer(0, b"a\n"), "echo b": Answer(0, b"b\n")}

    def test_one_shell_asks_several_and_no_more_than_it_takes(self, shell: tuple[str, ...]) -> None:
        few = bundle.MOST_TOGETHER
        large = [f"echo {number}; # {'x' * 40_000}" for number in range(3)]
        commands = [*(f"echo {number}" for number in range(2 * few + 1)), *large]
        asked = re.findall(r"^(?:ask|several) (\d+) ", bundle.ask(commands).script.decode(), re.M)
        # The last of the third turn would be too long with the first large one, and each large one with another.
        assert asked == [str(number) for number in (0, few, 2 * few, 2 * few + 2, 2 * few + 3)]
        assert [answer.stdout.split()[0] for answer in told(commands, shell).values()] == [
            *(str(number).encode() for number in range(2 * few + 1)),
            b"0",
            b"1",
            b"2",
        ]

    def test_a_question_is_answered_alike_alone_and_with_others(self) -> None:
        """Before: dash named the `eval` by which it is asked with others."""
        commands = ["no-such-program-anywhere", "true\nno-such-program-anywhere", "set -u; echo $nowhere", "echo $# $0"]
        assert told(commands) == {command: told([command])[command] for command in commands}

    @pytest.mark.slow
    def test_what_breaks_the_shell_of_several_is_asked_by_itself_and_so_is_what_follows(
        self, shell: tuple[str, ...], tmp_path: Path
    ) -> None:
        """Each notes that it runs: the first is not asked again, since its answer had come."""
        commands = [
            f"echo x >>{tmp_path}/{name}; {what}"
            for name, what in (("a", "echo a"), ("b", "kill -9 $$"), ("c", "echo c"))
        ]
        assert [(answer.rc, answer.stdout) for answer in told(commands, shell).values()] == [
            (0, b"a\n"),
            (137, b""),
            (0, b"c\n"),
        ]
        assert [(tmp_path / name).read_text() for name in "abc"] == ["x\n", "x\nx\n", "x\n"]

    def test_no_commands_at_all(self) -> None:
        assert told([]) == {}

    @pytest.mark.slow
    @pytest.mark.skipif(shutil.which("timeout") is None, reason="no timeout(1)")
    def test_a_command_that_hangs_is_stopped_and_the_next_one_runs(self, shell: tuple[str, ...]) -> None:
        answers = told(["echo begun; sleep 600", "echo after"], shell, seconds=1)
        assert answers["echo begun; sleep 600"] in (Answer(124, b"begun\n"), Answer(143, b"begun\n"))
        assert answers["echo after"] == Answer(0, b"after\n")

    def test_endless_output_is_capped(self) -> None:
        answers = told(["yes", "echo after"], seconds=30, texts=False)
        assert answers["yes"].rc != 0
        assert 0 < len(answers["yes"].stdout) <= bundle.ANSWER_BLOCKS * 512
        assert answers["echo after"] == Answer(0, b"after\n")

    def test_large_answers_cost_others_nothing(self, shell: tuple[str, ...]) -> None:
        """What one may print, all large ones may print together; the small ones come in any case."""
        large = [f"head -c 3000000 /dev/zero; # {number}" for number in range(4)]
        answers = told([*large[:3], "echo small", large[3]], shell)
        assert [len(answers[command].stdout) for command in large] == [3_000_000, 3_000_000, 0, 0]
        assert (answers[large[3]].rc, answers["echo small"]) == (TOO_MUCH, Answer(0, b"small\n"))
        assert b"it printed 3000000 bytes, more than is taken besides" in answers[large[3]].stderr

    def test_large_answers_cost_what_runs_beside_nothing(
        self, shell: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(bundle, "_WAITERS", re.compile(r"\bslow\b"))
        large = [f"head -c 3900000 /dev/zero; # {number}" for number in range(3)]
        # Together they may have 2 MiB.
        beside = [f"head -c {size} /dev/zero; # slow" for size in (1_000_000, 1_100_000)]
        answers = told([*beside, *large], shell)
        assert [len(answers[command].stdout) for command in large] == [3_900_000, 3_900_000, 0]
        assert [len(answers[command].stdout) for command in beside] == [1_000_000, 0]

    def test_endless_lines_are_not_read_at_all(self) -> None:
        answers = told(["yes", "echo after"], seconds=30)
        assert (answers["yes"].rc, answers["yes"].stdout) == (TOO_MUCH, b"")
        assert answers["echo after"] == Answer(0, b"after\n")

    def test_an_unbounded_bundle_is_not_capped(self) -> None:
        request = bundle.ask(["ulimit -f"], bounded=False)
        assert bundle.answers(request, run(request.script).stdout)["ulimit -f"].stdout == b"unlimited\n"

    @pytest.mark.skipif(os.geteuid() != 0, reason="needs root, or the program writes nothing of others anyway")
    @pytest.mark.parametrize("without", ["", "-sys_admin", "-sys_admin,-dac_read_search"])
    def test_programs_that_write_although_they_only_tell(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without: str
    ) -> None:
        """They read what root reads where that can be had, and leave nothing; not even where everybody may write."""
        monkeypatch.setattr(bundle, "_WRITERS", ("tee", "env", "no-such-program-anywhere"))
        for folder in (tmp_path, *tmp_path.parents[:2]):
            folder.chmod(0o755)
        words = ("setpriv", f"--bounding-set={without}", f"--inh-caps={without}") if without else ()
        with TemporaryDirectory(dir="/var/tmp") as name:
            Path(name).chmod(0o755)
            assert self._written(Path(name), words)[:2] == [1, 1]
        # /tmp they may write to where they have a view of their own, as doveconf of Dovecot 2.4 has to.
        assert self._written(tmp_path, words)[:2] == ([1, 1] if without else [0, 0])

    def _written(self, folder: Path, words: tuple[str, ...]) -> list[int]:
        """The exit codes of programs that try to write into a folder, in which nothing is otherwise afterwards."""
        (folder / "kept").write_text("as it was")
        (folder / "kept").chmod(0o600)
        commands = [
            f"echo x | tee {folder}/kept",
            f"echo x | tee {folder}/new /dev/null",
            """env sh -c 'echo x >$TMPDIR/scratch && cp $HOME/scratch $HOME/copy && echo $HOME'""",
            f"cat {folder}/kept",
            f"cd {folder} && env ls",
        ]
        answers = told(commands, (*words, "sh", "-s"))
        ended = [answers[command].rc for command in commands]
        assert ended[2:] == [0, 0, 0], answers
        assert (folder / "kept").read_text() == "as it was"
        assert [path.name for path in folder.iterdir()] == ["kept"]
        assert answers[commands[4]].stdout == b"kept\n"
        assert not Path(answers[commands[2]].stdout.decode().strip()).exists()
        return ended

    def test_what_is_left_running_does_not_write_into_the_next_answer(self, shell: tuple[str, ...]) -> None:
        lingering = "(for i in 1 2 3 4 5; do sleep 0.1; echo lingering; done) & true"
        answers = told([lingering, "sleep 0.6; echo mine"], shell)
        assert answers["sleep 0.6; echo mine"] == Answer(0, b"mine\n")

    def test_what_may_wait_for_a_resolver_waits_beside_the_others(
        self, shell: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Each waits here until the last question of all has run, which no order but side by side can bring about."""
        monkeypatch.setattr(bundle, "_WAITERS", re.compile(r"\bslow\b"))
        wait = "until [ -e $HOME/done ]; do sleep 0.05; done; echo slow"
        commands = [f"{wait} {number}; exit {number}" for number in range(bundle.AT_ONCE)]
        quick = "touch $HOME/done; echo quick"
        assert told([*commands, quick], shell, seconds=20) == {
            quick: Answer(0, b"quick\n"),
            **{one: Answer(number, f"slow {number}\n".encode()) for number, one in enumerate(commands)},
        }

    def test_no_more_than_some_wait_at_once(self, shell: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(bundle, "_WAITERS", re.compile(r"\bslow\b"))
        count = "f=$(mktemp $HOME/slow.XXXXXX); ls $HOME | grep -c '^slow[.]'; sleep 0.2; rm $f"
        answers = told([f"{count}; # {number}" for number in range(3 * bundle.AT_ONCE)], shell)
        together = [int(answer.stdout) for answer in answers.values()]
        assert max(together) <= bundle.AT_ONCE
        assert {answer.rc for answer in answers.values()} == {0}

    @pytest.mark.parametrize("beside", ["true", "sleep 1"])
    def test_what_is_still_waited_for_ends_with_the_exchange(self, beside: str, tmp_path: Path) -> None:
        waits = f"rspamadm() {{ sleep 50; }}; echo $$ >{tmp_path}/pid; rspamadm; true"
        request = bundle.ask([waits, beside])
        with subprocess.Popen(("sh", "-s"), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as running:
            assert running.stdin is not None
            running.stdin.write(request.script)
            running.stdin.close()
            while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
                time.sleep(0.05)
            running.terminate()
        pid = int((tmp_path / "pid").read_text())
        for _ in range(100):
            if not Path(f"/proc/{pid}").exists():
                return
            time.sleep(0.05)
        raise AssertionError("a question outlived its exchange")

    def test_a_command_with_a_nul_is_refused(self) -> None:
        with pytest.raises(ValueError, match="NUL"):
            bundle.ask(["echo a\0b"])

    def test_nothing_is_left_in_the_temporary_places(self, shell: tuple[str, ...]) -> None:
        (answer,) = told(["readlink /proc/$$/fd/1"], shell).values()
        place = Path(answer.stdout.decode().strip()).parent
        assert place.name.startswith("baseline.")
        assert not place.exists()


@pytest.mark.slow
class TestTruncatedScript:
    """A script cut anywhere runs nothing: every command of it leaves a mark, and there is none."""

    def test_at_every_offset(self, shell: tuple[str, ...], tmp_path: Path) -> None:
        mark = tmp_path / "ran"
        upload = bundle.Upload(f"{tmp_path}/up", {"a/b": b"content\n" * 20, "c": b""})
        request = bundle.ask([f"touch {mark}", "true"], upload=upload, token=TOKEN)
        script = request.script
        # The last byte is the newline after the call; without it nothing is missing.
        step = 1 if shell[0] == "dash" else 7
        offsets = sorted({*range(0, len(script) - 1, step), *range(len(script) - 200, len(script) - 1)})
        for offset in offsets:
            done = run(script[:offset], shell)
            assert not mark.exists(), offset
            assert not (tmp_path / "up").exists(), offset
            with pytest.raises(BadReply):
                bundle.answers(request, done.stdout)
        assert bundle.answers(request, run(script, shell).stdout)["true"] == Answer(0)
        assert mark.exists()


class TestReply:
    request = bundle.ask(["a", "b", "c"], token=TOKEN)
    given_answers = (Answer(0, b"one\n", b""), Answer(127, b"", b"not found\n"), Answer(0, b"\x00\xff\n\n", b"e"))

    @classmethod
    def reply(cls, answers: tuple[Answer, ...] = given_answers, token: str = TOKEN) -> bytes:
        parts = [
            f"\n{token} {number} {one.rc} {len(one.stdout)} {len(one.stderr)}\n".encode() + one.stdout + one.stderr
            for number, one in enumerate(answers)
        ]
        return b"".join(parts) + f"\n{token} end {len(answers)}\n".encode()

    def whole(self) -> dict[str, Answer]:
        return dict(zip("abc", self.given_answers, strict=True))

    def test_whole(self) -> None:
        assert bundle.answers(self.request, self.reply()) == self.whole()

    def test_cut_at_every_offset(self) -> None:
        whole = self.reply()
        for offset in range(len(whole)):
            with pytest.raises(BadReply):
                bundle.answers(self.request, whole[:offset])

    @given(st.binary(max_size=200), st.binary(max_size=200))
    def test_noise_before_and_after_is_skipped(self, before: bytes, after: bytes) -> None:
        assert bundle.answers(self.request, before + self.reply() + after) == self.whole()

    @given(st.lists(st.tuples(st.integers(0, 255), st.binary(), st.binary()), min_size=3, max_size=3))
    def test_any_bytes_survive(self, raw: list[tuple[int, bytes, bytes]]) -> None:
        answers = tuple(Answer(*one) for one in raw)
        assert bundle.answers(self.request, self.reply(answers)) == dict(zip("abc", answers, strict=True))

    def test_with_its_beginning_missing(self) -> None:
        whole = self.reply()
        for offset in range(1, len(whole)):
            with pytest.raises(BadReply):
                bundle.answers(self.request, whole[offset:])

    @given(st.integers(0), st.integers(0))
    def test_two_pieces_of_it_in_the_wrong_order(self, one: int, two: int) -> None:
        whole = self.reply()
        start, end = sorted((one % len(whole), two % len(whole)))
        try:
            found = bundle.answers(self.request, whole[start:end] + whole[end:] + whole[:start])
        except BadReply:
            return
        assert found == self.whole()

    @pytest.mark.parametrize(
        "forged",
        [
            b"\n%s 1 0 0 0\n" % TOKEN[:-1].encode(),
            b"\n%s end 3\n" % (b"f" * 32),
            b"\n\n\n0 0 0 0 0\nend\n",
        ],
    )
    def test_frames_of_another_token_inside_an_answer_are_its_content(self, forged: bytes) -> None:
        answers = (Answer(0, forged * 2, forged), *self.given_answers[1:])
        assert bundle.answers(self.request, self.reply(answers))["a"] == answers[0]

    def test_a_frame_of_our_own_token_inside_an_answer_is_its_content(self) -> None:
        """Lengths decide, not marks: even who knew the token could forge nothing inside an answer."""
        forged = f"\n{TOKEN} 1 0 5 0\nforge\n{TOKEN} end 3\n".encode()
        answers = (Answer(0, forged, forged), *self.given_answers[1:])
        assert bundle.answers(self.request, self.reply(answers))["b"] == self.given_answers[1]

    @pytest.mark.parametrize(
        "broken",
        [
            b"",
            b"\n \n",
            b"Welcome to mx1!\n",
            f"\n{TOKEN} end 3\n".encode(),
            f"\n{TOKEN} end 0\n".encode(),
            f"\n{TOKEN} 0 0 0 0\n\n{TOKEN} 0 0 0 0\n\n{TOKEN} 1 0 0 0\n\n{TOKEN} end 3\n".encode(),
            f"\n{TOKEN} 1 0 0 0\n".encode(),
            f"\n{TOKEN} 0 0 99999999999 0\n".encode(),
            f"\n{TOKEN} 0 -1 0 0\n".encode(),
            f"\n{TOKEN} x 0 0 0\n".encode(),
        ],
    )
    def test_broken_frames_are_refused(self, broken: bytes) -> None:
        with pytest.raises(BadReply):
            bundle.answers(self.request, broken)

    def test_another_bundles_reply_is_refused(self) -> None:
        with pytest.raises(BadReply, match=r"not one of ours; it begins: 0{32} 0 0"):
            bundle.answers(self.request, self.reply(token="0" * 32))

    def test_more_or_fewer_answers_than_asked_are_refused(self) -> None:
        for answers in (self.given_answers[:2], (*self.given_answers, Answer(0))):
            with pytest.raises(BadReply):
                bundle.answers(self.request, self.reply(answers))

    @given(st.binary(max_size=400))
    def test_garbage_never_gives_an_answer(self, garbage: bytes) -> None:
        with pytest.raises(BadReply):
            bundle.answers(self.request, garbage)

    def test_the_message_tells_what_came_instead(self) -> None:
        with pytest.raises(BadReply, match=r"^the host sent no reply$"):
            bundle.answers(self.request, b"")
        with pytest.raises(BadReply, match="This account is not available"):
            bundle.answers(self.request, b"This account is\n not available.\n")
        with pytest.raises(BadReply, match="cut short after 2 of 3 answers"):
            bundle.answers(self.request, self.reply()[:-60])


class TestNoise:
    @pytest.mark.parametrize("noise", [b"", b"motd\n", b"no newline", b"\n\n", b"\x00\xff\n" * 1000])
    def test_before_the_first_frame(self, noise: bytes, shell: tuple[str, ...], tmp_path: Path) -> None:
        (tmp_path / "noise").write_bytes(noise)
        request = bundle.ask(["echo mine"])
        script = f"cat {tmp_path}/noise; exec {' '.join(shell)}"
        done = run(request.script, ("sh", "-c", script))
        assert bundle.answers(request, done.stdout) == {"echo mine": Answer(0, b"mine\n")}


class TestUpload:
    def test_files_arrive_byte_for_byte_and_only_for_the_owner(self, shell: tuple[str, ...], tmp_path: Path) -> None:
        files = {"a": bytes(range(256)) * 50, "b/c d/e'f": b"no newline", "empty": b"", "=====": b"=====\n"}
        upload = bundle.Upload(f"{tmp_path}/new/up", files)
        request = bundle.ask(["true"], upload=upload)
        assert bundle.answers(request, run(request.script, shell).stdout) == {"true": Answer(0)}
        there = {
            str(path.relative_to(tmp_path / "new/up")): path.read_bytes()
            for path in (tmp_path / "new/up").rglob("*")
            if path.is_file()
        }
        assert there == files
        assert (tmp_path / "new/up").stat().st_mode & 0o777 == 0o700
        assert all(path.stat().st_mode & 0o077 == 0 for path in (tmp_path / "new").rglob("*"))

    def test_an_existing_directory_stops_everything(self, shell: tuple[str, ...], tmp_path: Path) -> None:
        (tmp_path / "up").mkdir()
        self._refused(shell, tmp_path, f"{tmp_path}/up")

    def test_a_file_in_the_way_stops_everything(self, shell: tuple[str, ...], tmp_path: Path) -> None:
        (tmp_path / "plain").write_text("")
        self._refused(shell, tmp_path, f"{tmp_path}/plain/up")

    def test_a_dangling_link_in_the_way_stops_everything(self, shell: tuple[str, ...], tmp_path: Path) -> None:
        (tmp_path / "up").symlink_to(tmp_path / "elsewhere")
        self._refused(shell, tmp_path, f"{tmp_path}/up")
        assert not (tmp_path / "elsewhere").exists()

    def test_a_full_disk_stops_everything(
        self, shell: tuple[str, ...], tmp_path: Path, private_mounts: tuple[str, ...]
    ) -> None:
        small = tmp_path / "small"
        small.mkdir()
        upload = bundle.Upload(f"{small}/up", {"big": b"x" * 2_000_000})
        request = bundle.ask([f"touch {tmp_path}/ran"], upload=upload)
        mount = f"mount -t tmpfs -o size=1m none {small} && exec {' '.join(shell)}"
        done = run(request.script, (*private_mounts, "sh", "-c", mount))
        assert not (tmp_path / "ran").exists()
        with pytest.raises(BadReply):
            bundle.answers(request, done.stdout)

    @staticmethod
    def _refused(shell: tuple[str, ...], tmp_path: Path, directory: str) -> None:
        request = bundle.ask([f"touch {tmp_path}/ran"], upload=bundle.Upload(directory, {"a": b"x"}))
        done = run(request.script, shell)
        assert not (tmp_path / "ran").exists()
        assert done.returncode != 0
        with pytest.raises(BadReply):
            bundle.answers(request, done.stdout)


class TestPlaces:
    """Where the answers wait on the host."""

    def test_without_a_writable_run(self, shell: tuple[str, ...], private_mounts: tuple[str, ...]) -> None:
        request = bundle.ask(["echo mine"])
        mount = f"mount -t tmpfs -o ro none /run && exec {' '.join(shell)}"
        done = run(request.script, (*private_mounts, "sh", "-c", mount))
        assert bundle.answers(request, done.stdout) == {"echo mine": Answer(0, b"mine\n")}

    def test_without_any_writable_place(self, shell: tuple[str, ...], private_mounts: tuple[str, ...]) -> None:
        request = bundle.ask(["echo mine"])
        places = "/run /dev/shm /var/tmp /tmp"
        mount = f"for p in {places}; do mount -t tmpfs -o ro none $p || exit 9; done; exec {' '.join(shell)}"
        done = run(request.script, (*private_mounts, "sh", "-c", mount))
        assert done.stderr.strip() == b"no place for temporary files"
        with pytest.raises(BadReply):
            bundle.answers(request, done.stdout)

    def test_a_full_place_cuts_the_reply_short_and_no_answer_with_it(
        self, shell: tuple[str, ...], private_mounts: tuple[str, ...]
    ) -> None:
        """A program that does not check its writes says 0 and has lost half of what it said."""
        careless = "i=0; while [ $i -lt 30 ]; do i=$((i+1)); printf %065536d 0; done 2>/dev/null; exit 0"
        request = bundle.ask(["echo before", careless, "echo after"])
        mount = f"mount -t tmpfs -o size=1m none /run && exec {' '.join(shell)}"
        done = run(request.script, (*private_mounts, "sh", "-c", mount))
        with pytest.raises(BadReply, match="after 1 of 3 answers"):
            bundle.answers(request, done.stdout)


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1, max_size=8))
def test_any_text_reaches_a_real_shell_and_comes_back(texts: list[str]) -> None:
    commands = [f"printf '%s' {shlex.quote(text)}" for text in texts]
    answers = told(commands)
    assert [answers[command].stdout.decode() for command in commands] == texts
