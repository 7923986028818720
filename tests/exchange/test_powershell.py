"""Questions in PowerShell: the bundle, and the way to a host over a real sshd.

No PowerShell runs here. What stands in for it is a program of that name which takes a bundle apart as PowerShell
would, and answers in its frames: it shows what arrives, and nothing about PowerShell itself.
"""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline import bundle, engine
from baseline.errors import BadReply
from baseline.model import Answer, Outcome, Target
from baseline.session import Connector
from tests.exchange import sshd as sshds
from tests.exchange.sshd import Sshd, running
from tests.kinds.exchange_reports import control, text_of
from tests.scripted import AnswersFrom

needs_sshd = [
    pytest.mark.sshd,
    pytest.mark.skipif(sshds.SSHD is None, reason="sshd is not installed"),
    pytest.mark.skipif(not sshds.may_log_in(), reason="this user has no shell to log in to"),
    pytest.mark.skipif(os.geteuid() == 0 and shutil.which("unshare") is None, reason="as root it needs unshare"),
]

STAND_IN = """\
#!{python}
import base64, json, pathlib, sys
sys.path.insert(0, {tests!r})
from baseline.model import Answer
from tests.scripted import AnswersFrom
came = sys.stdin.buffer.read()
pathlib.Path({here!r}, "came.json").write_text(json.dumps([sys.argv[1:], came.decode()]))
report = Answer(0, pathlib.Path({here!r}, "report.json").read_bytes())
class Always(dict):
    def get(self, key, default=None):
        return report
sys.stdout.buffer.write(b"Windows PowerShell\\r\\n" + AnswersFrom(Always()).exchange(came))
"""


class TestBundle:
    def test_answers_come_back(self) -> None:
        answers = {"Get-One": Answer(0, b"{}\n"), "Get-Two 'x'": Answer(1, b"", "nein: \u00e4".encode())}
        request = bundle.ask_powershell(list(answers))
        assert bundle.answers(request, AnswersFrom(answers).exchange(request.script)) == answers

    @given(st.lists(st.text(st.characters(codec="utf-8")), max_size=4, unique=True))
    def test_every_script_arrives_as_it_is(self, commands: list[str]) -> None:
        request = bundle.ask_powershell(commands)
        host = AnswersFrom({})
        bundle.answers(request, host.exchange(request.script))
        assert host.asked == commands

    def test_nothing_of_a_question_stands_in_the_script_itself(self) -> None:
        script = base64.b64decode(bundle.ask_powershell(["'; Remove-Item C:\\ #", "\u2019"]).script).decode()
        assert script.isascii()
        assert "Remove-Item" not in script

    def test_it_is_lines_of_base64_and_one_function_called_on_its_last_line(self) -> None:
        request = bundle.ask_powershell(["Get-One"])
        assert all(re.fullmatch(rb"[A-Za-z0-9+/=]{1,76}", line) for line in request.script.splitlines())
        script = base64.b64decode(request.script).decode()
        assert script.startswith("function Main {\n")
        assert script.endswith("\n}\nMain\n")
        # The brace that it opens with is closed right before the call: cut short, it is no script or calls nothing.
        steps = [{"{": 1, "}": -1}.get(character, 0) for character in script]
        depths = list(accumulate(steps))
        closed = depths.index(0, script.index("{"))
        assert script[closed:] == "}\nMain\n"

    def test_a_reply_that_was_cut_short(self) -> None:
        request = bundle.ask_powershell(["Get-One"])
        reply = AnswersFrom({"Get-One": Answer(0, b"{}")}).exchange(request.script)
        for length in range(len(reply) - 1):
            with pytest.raises(BadReply):
                bundle.answers(request, reply[:length])

    def test_the_command_needs_no_quoting_in_cmd_or_powershell(self) -> None:
        assert re.fullmatch(r"[A-Za-z0-9+/= -]+", bundle.POWERSHELL)
        assert len(bundle.POWERSHELL) < 1000, "cmd.exe takes 8191 characters"
        encoded = bundle.POWERSHELL.rpartition(" ")[2]
        assert "$input" in base64.b64decode(encoded).decode("utf-16-le")


class TestOverSsh:
    pytestmark = needs_sshd

    @pytest.fixture
    def server(self, tmp_path: Path) -> Iterator[Sshd]:
        """An sshd whose sessions find a `powershell`."""
        programs = tmp_path / "bin"
        programs.mkdir()
        root = Path(__file__).parents[2]
        program = programs / "powershell"
        program.write_text(STAND_IN.format(python=sys.executable, tests=str(root), here=str(tmp_path)))
        program.chmod(0o755)
        (tmp_path / "report.json").write_text(text_of("fail-one-mailbox-lowered"))
        with running(tmp_path / "sshd", f"SetEnv PATH={programs}:/usr/bin:/bin") as one:
            yield one

    def _target(self, server: Sshd, **more: object) -> Target:
        return server.target(name="ex1", roles=frozenset({"mailstore"}), shell="powershell", **more)

    def test_an_exchange_host_is_asked_in_one_exchange(self, server: Sshd, tmp_path: Path) -> None:
        # `become` is for sudo, which there is none of.
        result = engine.check(self._target(server, become=True), [control()], Connector().connect)
        (finding,) = result.findings
        assert (finding.outcome, result.host.exchanges) == (Outcome.FAIL, 1)
        assert "badrul@example.gov.my" in finding.reason
        arguments, came = json.loads((tmp_path / "came.json").read_text())
        assert arguments[:4] == ["-NoProfile", "-NonInteractive", "-ExecutionPolicy", "Bypass"]
        assert base64.b64decode(came).decode().startswith("function Main {")

    def test_a_host_without_powershell(self, server: Sshd, tmp_path: Path) -> None:
        (tmp_path / "bin" / "powershell").unlink()
        result = engine.check(self._target(server), [control()], Connector().connect)
        (finding,) = result.findings
        assert finding.outcome is Outcome.UNKNOWN
        assert "powershell" in finding.reason
        assert "not found" in finding.reason
