"""What is told of a command that could not be asked: never a script, always the program."""

from __future__ import annotations

import pytest
from testinfra.backend.base import CommandResult

from baseline.errors import CannotTell
from baseline.readings.answers import command_of, text


def result(command: str, rc: int = 127, said: str = "") -> CommandResult:
    return CommandResult(backend=None, exit_status=rc, command=command.encode(), _stdout=b"", _stderr=said.encode())


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("postconf -x", "postconf -x"),
        ("dpkg-query -W -f '${Package}|${Version}' -- tree", "dpkg-query -W -f '${Package}|${Version}' -- tree"),
        ("d=$(rspamadm configdump -C options.tempdir) || exit\nprintf '%s' $d", "rspamadm …"),
        ("for p in $(doveconf -h protocols); do echo $p; done", "doveconf …"),
        ("all='/ /var'\nfindmnt $all | sort", "findmnt …"),
        ("printf 'status\n' | fail2ban-client -i", "fail2ban-client …"),
        ("if [ -z $x ]; then exit; fi", "sh …"),
    ],
)
def test_a_script_is_told_by_its_first_program(command: str, told: str) -> None:
    assert command_of(result(command)) == told


@pytest.mark.parametrize(
    ("command", "said", "told"),
    [
        ("postconf -x", "postconf: not found", "`postconf -x`: the program is not installed (postconf: not found)"),
        ("a && b", "sh: 1: b: not found", "`b`: the program is not installed"),
        ("a && b", "bash: line 1: b: command not found", "`b`: the program is not installed"),
        ("command -v dig >/dev/null || exit 127; dig x", "", "`dig`: the program is not installed"),
        ("d=$(rspamadm x 2>/dev/null) || exit", "", "`rspamadm …`: the program is not installed"),
    ],
)  # fmt: skip
def test_the_program_that_is_missing_is_named(command: str, said: str, told: str) -> None:
    with pytest.raises(CannotTell) as caught:
        text(result(command, said=said))
    assert str(caught.value) == told
