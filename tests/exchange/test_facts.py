"""Everything asked at once: rehearsed on typical answers, replayed on real ones, and never guessed."""

from __future__ import annotations

import grp
import os
import pwd
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from testinfra.backend.base import BaseBackend, CommandResult
from testinfra.host import Host as RealHost

from baseline import bundle, facts, file_contents
from baseline.errors import CannotTell, Unreachable
from baseline.facts import (
    MOST_QUESTIONS,
    ROUNDS,
    TYPICAL,
    Snapshot,
    Unanswered,
    file_state,
    look,
    snapshot_host,
)
from baseline.kinds.base import Control
from baseline.model import Answer, FileState, State, Target
from baseline.session import LocalSession
from tests.exchange.fakes import TARGET, Asked, Says, control

if TYPE_CHECKING:
    from testinfra.host import Host


class Chain(Control):
    """Asks a next question for as long as the last answer names one."""

    first: str

    def actual(self, host: Host, target: Target) -> State:
        answer = self.first
        while answer.startswith("ask "):
            answer = host.run(answer).stdout.strip()
        return {"said": answer}


class Curious(Control):
    """Asks something new after every answer."""

    def actual(self, host: Host, target: Target) -> State:
        number = 0
        while host.run(f"question {number}").rc == 0:
            number += 1
        return {"questions": number}


class Insists(Control):
    """Asks the same for as long as the answer is yes."""

    def actual(self, host: Host, target: Target) -> State:
        while host.run("more?").rc == 0:
            pass
        return {}


class Knows(Control):
    """Knows its state without a question."""

    def actual(self, host: Host, target: Target) -> State:
        return {"site": target.site or "none"}


class Raises(Control):
    """Meets an answer that it did not foresee."""

    what: str

    def actual(self, host: Host, target: Target) -> State:
        answer = host.run("what").stdout
        if self.what == "assertion":
            return {"x": host.check_output("what")}
        if self.what == "key":
            return {"x": {"a": 1}[answer]}
        if self.what == "runtime":
            return {"x": host.file("/secret").content_string}
        if self.what == "recursion":
            return self.actual(host, target)
        raise CannotTell("`what`: the program is not installed")


class Swallows(Control):
    """Careless: takes any exception for an answer."""

    def actual(self, host: Host, target: Target) -> State:
        if host.run("first").stdout != "go on":
            return {"x": "rehearsed"}
        try:
            return {"x": host.run("second").stdout}
        except Exception:  # noqa: BLE001 -- the carelessness that is tested
            return {"x": "swallowed"}


class Vocabulary(Control):
    """testinfra's own vocabulary, which asks by itself what system it is on."""

    path: str = "/etc/hostname"

    def actual(self, host: Host, target: Target) -> State:
        file, service, package = host.file(self.path), host.service("ssh"), host.package("postfix")
        return {
            "mode": f"{file.mode:04o}",
            "user": file.user,
            "running": service.is_running,
            "installed": package.is_installed,
        }


def states(controls: Sequence[Control], asked: Asked) -> Mapping[str, object]:
    return look(controls, TARGET, asked).states


class TestExchanges:
    def test_many_controls_one_exchange_each_question_once(self) -> None:
        controls = [control(Says, n, command=f"say {n % 3}") for n in range(12)]
        asked = Asked({"say 0": Answer(0, b"zero\n"), "say 1": Answer(0, b"ok\n"), "say 2": Answer(3)})
        found = look(controls, TARGET, asked)
        assert asked.exchanges == [["say 0", "say 1", "say 2"]]
        assert found.exchanges == 1
        assert found.states["TST-00"] == {"said": "zero"}
        assert found.states["TST-01"] == {"said": "ok"}
        assert isinstance(found.states["TST-02"], CannotTell)

    def test_testinfras_own_questions_about_the_system_travel_in_the_first_exchange(self) -> None:
        answers = {
            **TYPICAL,
            "stat -Lc %a /etc/hostname": Answer(0, b"644\n"),
            "stat -Lc %U /etc/hostname": Answer(0, b"root\n"),
            "dpkg-query -f '${Status}' -W postfix": Answer(0, b"install ok installed"),
        }
        asked = Asked(answers)
        found = states([control(Vocabulary)], asked)
        assert set(TYPICAL) <= set(asked.exchanges[0])
        assert found == {"TST-01": {"mode": "0644", "user": "root", "running": True, "installed": True}}

    def test_what_only_an_answer_brings_up_is_asked_next(self) -> None:
        asked = Asked({"ask a": Answer(0, b"ask b"), "ask b": Answer(0, b"ask c"), "ask c": Answer(0, b"the end")})
        assert states([control(Chain, first="ask a")], asked) == {"TST-01": {"said": "the end"}}
        assert asked.exchanges == [["ask a"], ["ask b"], ["ask c"]]

    def test_one_that_never_settles_is_not_judged_and_holds_up_no_other(self) -> None:
        asked = Asked({"fine": Answer(0, b"ok")})
        found = look([control(Curious, 1), control(Says, 2, command="fine")], TARGET, asked)
        assert len(asked.exchanges) == found.exchanges == ROUNDS
        assert str(found.states["TST-01"]) == f"its questions did not settle in {ROUNDS} rounds"
        assert isinstance(found.states["TST-01"], CannotTell)
        assert found.states["TST-02"] == {"said": "ok"}

    def test_one_that_asks_without_end_is_given_up(self) -> None:
        asked = Asked({"fine": Answer(0, b"ok")})
        found = states([control(Insists, 1), control(Says, 2, command="fine")], asked)
        assert str(found["TST-01"]) == f"it asks more than {MOST_QUESTIONS} questions, the last of them `more?`"
        assert found["TST-02"] == {"said": "ok"}

    def test_one_that_settles_in_the_last_round_is_judged(self) -> None:
        chain = {f"ask {n}": Answer(0, f"ask {n + 1}".encode()) for n in range(ROUNDS)}
        chain[f"ask {ROUNDS - 1}"] = Answer(0, b"the end")
        asked = Asked(chain)
        assert states([control(Chain, first="ask 0")], asked) == {"TST-01": {"said": "the end"}}
        assert len(asked.exchanges) == ROUNDS

    def test_a_control_without_questions_is_looked_at_all_the_same(self) -> None:
        """It is no less a control of this host for asking nothing."""
        asked = Asked({})
        assert states([control(Knows)], asked) == {"TST-01": {"site": "none"}}
        assert asked.exchanges == []

    def test_the_same_look_twice_gives_the_same(self) -> None:
        controls = [control(Chain, 1, first="ask a"), control(Says, 2)]
        answers = {"ask a": Answer(0, b"x"), "true": Answer(0, b"ok")}
        assert look(controls, TARGET, Asked(answers)) == look(controls, TARGET, Asked(answers))

    def test_a_host_that_cannot_be_asked_is_for_the_caller(self) -> None:
        def gone(commands: Sequence[str]) -> Mapping[str, Answer]:
            raise Unreachable("the line is dead")

        with pytest.raises(Unreachable, match="dead"):
            look([control(Says)], TARGET, gone)

    def test_typical_answers_never_reach_a_judgement(self) -> None:
        """What was rehearsed may not be what is reported: the real system is another one."""
        asked = Asked({command: Answer(1, b"", b"no") for command in TYPICAL}, default=Answer(1, b"", b"no"))
        found = states([control(Vocabulary)], asked)
        assert isinstance(found["TST-01"], CannotTell)


def test_a_reason_that_is_kept_keeps_nothing_of_the_look() -> None:
    """Before: it kept the frames that it came through, and all accounts of a host with them: 81 MiB in place of 34."""
    reason = states([control(Raises, what="nothing")], Asked({"what": Answer(0)}))["TST-01"]
    assert isinstance(reason, CannotTell)
    assert (reason.__traceback__, reason.__context__, reason.__cause__) == (None, None, None)


class TestUnforeseen:
    """An answer that a kind did not foresee is "could not look", with the reason; never a verdict, never a crash."""

    @pytest.mark.parametrize(
        ("what", "answer", "words"),
        [
            ("assertion", Answer(1, b"", b"broken"), "AssertionError"),
            ("key", Answer(0, b"zzz"), "KeyError: 'zzz'"),
            ("runtime", Answer(1, b"", b"Permission denied"), "RuntimeError"),
            ("recursion", Answer(0, b""), "RecursionError"),
            ("told", Answer(127), "`what`: the program is not installed"),
        ],
    )
    def test_is_unknown_with_its_reason(self, what: str, answer: Answer, words: str) -> None:
        asked = Asked({**TYPICAL, "true": Answer(0, b"ok"), "test -e /secret": Answer(0)}, answer)
        found = states([control(Raises, 1, what=what), control(Says, 2)], asked)
        assert isinstance(found["TST-01"], CannotTell)
        assert words in str(found["TST-01"])
        assert " at 0x" not in str(found["TST-01"]), "the same answers have to give the same words"
        assert found["TST-02"] == {"said": "ok"}

    def test_a_missing_answer_cannot_be_swallowed(self) -> None:
        asked = Asked({"first": Answer(0, b"go on"), "second": Answer(0, b"real")})
        assert states([control(Swallows)], asked) == {"TST-01": {"x": "real"}}
        assert asked.exchanges == [["first"], ["second"]]


class TestFiles:
    """`file_contents.question` asked of real files by a real shell, and read back by `file_state`."""

    @staticmethod
    def _seen(path: str, prefix: tuple[str, ...] = ()) -> FileState:
        question = file_contents.question(path)
        request = bundle.ask([question])
        reply = LocalSession(*prefix, "sh", "-s").exchange(request.script)
        return file_state(bundle.answers(request, reply)[question], path)

    @staticmethod
    def _mine(content: bytes, mode: int) -> FileState:
        owner = pwd.getpwuid(os.geteuid()).pw_name
        return FileState(content, owner, grp.getgrgid(os.getegid()).gr_name, mode)

    @pytest.mark.parametrize("content", [b"", b"x", b"\n", b"absent\n", bytes(range(256)) * 99, b"a|b|c|d\n\n"])
    @pytest.mark.parametrize("mode", [0o644, 0o600, 0o4755, 0o1777])
    def test_a_regular_file_byte_for_byte(self, tmp_path: Path, content: bytes, mode: int) -> None:
        (tmp_path / "file").write_bytes(content)
        (tmp_path / "file").chmod(mode)
        assert self._seen(f"{tmp_path}/file") == self._mine(content, mode)

    @pytest.mark.parametrize("name", ["a b", "it's", '"', "-rf", "$x", "`x`", "é", "a\nb", "*", "!", "(", "\\", "a|b"])
    def test_odd_names(self, tmp_path: Path, name: str) -> None:
        (tmp_path / name).write_bytes(b"content")
        (tmp_path / name).chmod(0o600)
        assert self._seen(f"{tmp_path}/{name}") == self._mine(b"content", 0o600)
        assert self._seen(f"{tmp_path}/no-{name}") == FileState(None)

    @pytest.mark.parametrize("path", ["nothing", "nothing/below/nothing", "plain/below"])
    def test_what_is_not_there_is_absent(self, tmp_path: Path, path: str) -> None:
        (tmp_path / "plain").write_text("")
        assert self._seen(f"{tmp_path}/{path}") == FileState(None)

    @pytest.mark.parametrize("target", ["file", "nowhere"])
    def test_a_symbolic_link_is_not_followed(self, tmp_path: Path, target: str) -> None:
        (tmp_path / "file").write_text("content")
        (tmp_path / "link").symlink_to(target)
        with pytest.raises(
            CannotTell, match=f"^{tmp_path}/link is a symbolic link, and only regular files are edited$"
        ):
            self._seen(f"{tmp_path}/link")

    def test_a_directory_and_a_fifo(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "fifo")
        for name, what in (("", "directory"), ("/fifo", "fifo")):
            with pytest.raises(CannotTell, match=f"is a {what}, and only regular files are edited"):
                self._seen(f"{tmp_path}{name}")

    def test_what_may_not_be_read_is_neither_absent_nor_empty(self, tmp_path: Path) -> None:
        prefix = self._as_nobody(tmp_path)
        (tmp_path / "closed").mkdir(mode=0o700)
        (tmp_path / "closed/file").write_text("content")
        (tmp_path / "secret").write_text("content")
        (tmp_path / "secret").chmod(0o600 if prefix else 0)
        if not prefix:
            (tmp_path / "closed").chmod(0)
        try:
            for path in ("closed/file", "secret"):
                with pytest.raises(CannotTell, match=r"cannot be read: .*Permission denied"):
                    self._seen(f"{tmp_path}/{path}", prefix)
        finally:
            (tmp_path / "closed").chmod(0o700)

    @staticmethod
    def _as_nobody(tmp_path: Path) -> tuple[str, ...]:
        if os.geteuid() != 0:
            return ()
        prefix = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
        for parent in (tmp_path, *tmp_path.parents):
            if str(parent).startswith("/tmp/pytest"):
                parent.chmod(0o755)
        if subprocess.run([*prefix, "ls", str(tmp_path)], capture_output=True, check=False).returncode != 0:
            pytest.skip("nobody cannot be had here")
        return prefix

    @pytest.mark.parametrize(
        "answer",
        [
            Answer(0, b""),
            Answer(0, b"regular file|root|root\n"),
            Answer(0, b"regular file|root|root|rw-r--r--\nx"),
            Answer(0, b"regular file|root|root|99\nx"),
            Answer(0, b"regular file|root|root|\nx"),
            Answer(0, b"a|b|c|d|e\n"),
            Answer(1, b"regular file|root|root|644\nhalf", b"cat: I/O error"),
            Answer(124, b"", b""),
            Answer(127, b"", b"stat: not found"),
            Answer(153, b"regular file|root|root|644\n" + b"x" * 1000),
        ],
    )
    def test_an_answer_that_is_none_is_not_taken_for_one(self, answer: Answer) -> None:
        with pytest.raises(CannotTell, match=r"^/etc/x "):
            file_state(answer, "/etc/x")

    @given(st.builds(Answer, st.integers(0, 255), st.binary(max_size=99), st.binary(max_size=20)))
    def test_any_answer_is_a_state_or_cannot_be_told(self, answer: Answer) -> None:
        try:
            found = file_state(answer, "/x")
        except CannotTell:
            return
        assert answer.rc == 0
        assert found.content is None or answer.stdout.endswith(found.content)

    @settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.binary(max_size=300))
    def test_any_content_comes_back(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "file").write_bytes(content)
        assert self._seen(f"{tmp_path}/file").content == content

    def test_files_travel_with_the_questions(self) -> None:
        question = file_contents.question("/etc/x")
        asked = Asked({question: Answer(0, b"regular file|root|root|644\nhere"), "true": Answer(0, b"ok")})
        found = look([control(Says)], TARGET, asked, paths=("/etc/x", "/etc/y"), questions=("extra",))
        assert asked.exchanges == [["true", question, file_contents.question("/etc/y"), "extra"]]
        assert found.files["/etc/x"] == FileState(b"here")
        assert isinstance(found.files["/etc/y"], CannotTell), "an empty answer is no absent file"
        assert found.answers["extra"] == Answer(0)


class TestSeam:
    """What this package uses of testinfra: a release that changes any of it fails here, and not on a host."""

    def test_a_backend_is_constructed_by_host_name(self) -> None:
        class Backend(BaseBackend):
            NAME = "contract"

        assert Backend("mx1").hostname == "mx1"

    def test_run_is_the_one_method_to_implement(self) -> None:
        with pytest.raises(NotImplementedError):
            BaseBackend("mx1").run("true")

    def test_a_host_takes_any_backend(self) -> None:
        backend = Snapshot("mx1", {"true": Answer(3, b"out", b"err")})
        host = RealHost(backend)
        backend.set_host(host)
        result = host.run("true")
        assert isinstance(result, CommandResult)
        assert (result.rc, result.stdout, result.stderr) == (3, "out", "err")
        assert (result.stdout_bytes, result.stderr_bytes, result.command) == (b"out", b"err", b"true")
        assert host.backend is backend

    def test_commands_are_quoted_by_template_and_arguments(self) -> None:
        backend = Snapshot("mx1", {}, Answer(0))
        host = RealHost(backend)
        backend.set_host(host)
        odd = "a 'b'"
        host.run("cat -- %s", odd)
        host.run("stat -c %a /x")
        assert list(backend.asked) == [
            f"cat -- {shlex.quote(odd)}",
            "stat -c %a /x",
        ]
        assert backend.quote("%s", "a b") == "'a b'"
        assert backend.get_command("x %s", "a b") == "x 'a b'"

    def test_result_takes_bytes_by_position(self) -> None:
        result = Snapshot("mx1", {}).result(7, b"command", b"\xff", b"")
        assert (result.rc, result.stdout_bytes) == (7, b"\xff")

    def test_nothing_is_asked_for_the_encoding(self) -> None:
        host = snapshot_host("mx1", {"true": Answer(0, "é".encode())})
        assert host.run("true").stdout == "é"
        assert list(host.backend.asked) == ["true"]

    def test_an_unexpected_exit_code_is_an_assertion_error(self) -> None:
        host = snapshot_host("mx1", {}, Answer(1))
        with pytest.raises(AssertionError):
            host.check_output("false")

    def test_an_unreadable_file_is_a_runtime_error(self) -> None:
        with pytest.raises(RuntimeError):
            _ = snapshot_host("mx1", TYPICAL, Answer(1)).file("/x").content

    def test_what_is_not_answered_passes_every_except(self) -> None:
        assert not issubclass(Unanswered, Exception)
        with pytest.raises(Unanswered, match=r"^stat -Lc %a /x$"):
            _ = snapshot_host("mx1", {**TYPICAL, "test -e /x": Answer(0)}).file("/x").mode

    def test_only_public_names_are_used(self) -> None:
        source = Path(facts.__file__).read_text()
        assert "backend._" not in source
        assert "host._" not in source
        assert "get_host" not in source
