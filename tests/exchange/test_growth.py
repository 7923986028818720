"""A look at a host takes work in proportion to its controls, and to the hosts that know each other."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from baseline import binding, bundle, engine, file_looks
from baseline.facts import look
from baseline.kinds import file
from baseline.kinds.base import Control
from baseline.kinds.file import FileControl
from baseline.model import Answer, Outcome, Peer, State, Target
from baseline.readings.answers import text
from tests.exchange.fakes import TARGET, Says, control
from tests.growth import calls
from tests.scripted import AnswersFrom

if TYPE_CHECKING:
    from testinfra.host import Host


class Empty(dict[str, Answer]):
    """What a host answers on which none of the files is there, and every command says `ok`."""

    def get(self, command: str, default: Any = None) -> Any:
        if command.startswith("say "):
            return Answer(0, b"ok\n")
        if path := re.search(r"^p=(/etc/t\d+)\n", command):
            return Answer(0, b"absent\n")
        if path := re.search(r"^stat -c \S+ -- /etc (/etc/t\d+);", command):
            wrong = f"stat: cannot stat '{path[1]}': No such file or directory\n"
            return Answer(1, b"directory|root|root|755|/etc\n", wrong.encode())
        return default


def says(number: int) -> Sequence[Control]:
    return [control(Says, one, command=f"say {one}") for one in range(number)]


def files(number: int) -> Sequence[Control]:
    words = control(Says).model_dump(include={"title", "clause", "obligation", "severity", "roles", "why"})
    return [
        FileControl(id=f"TST-F-{one}", kind="file", path=f"/etc/t{one}", content="x", **words) for one in range(number)
    ]


@pytest.mark.parametrize("made", [says, files])
@pytest.mark.parametrize("work", [engine.check, engine.plan])
def test_twice_the_controls_take_twice_the_work(
    work: Callable[..., engine.HostResult], made: Callable[[int], Sequence[Control]]
) -> None:
    def took(number: int) -> int:
        controls, results = made(number), list[engine.HostResult]()
        count = calls(lambda: results.append(work(TARGET, controls, lambda _: AnswersFrom(Empty()))))
        (result,) = results
        outcomes = {one.outcome for one in result.findings}
        assert outcomes == {Outcome.PASS if made is says else Outcome.FAIL}
        if made is files and result.plan:
            assert len([change for change in result.plan.files if change.controls]) == number
        return count

    took(5)
    assert took(200) < 2.2 * took(100)


PLAYED: list[str] = []


class Twice(Control):
    """Asks once, and where the answer says so once more."""

    command: str = "true"

    def actual(self, host: Host, target: Target) -> State:
        PLAYED.append(self.id)
        first = text(host.run(self.command)).strip()
        return {"said": text(host.run(f"{self.command} once more")).strip() if first == "again" else first}


def test_a_question_is_replayed_only_for_the_controls_that_it_concerns() -> None:
    controls = [control(Twice, number, command=f"say {number}") for number in range(50)]
    rounds: list[int] = []

    def ask(commands: Sequence[str]) -> Mapping[str, Answer]:
        rounds.append(len(commands))
        return {one: Answer(0, b"again" if one == "say 7" else b"ok") for one in commands}

    PLAYED.clear()
    looked = look(controls, TARGET, ask)
    assert rounds == [50, 1]
    assert looked.states == {one.key: {"said": "ok"} for one in controls}
    every = [one.id for one in controls]
    assert [*every, *every, controls[7].id] == PLAYED, "rehearsed, replayed, and one of them once more"


def test_what_many_hosts_are_asked_alike_is_written_once() -> None:
    """Each has a token of its own all the same."""
    commands = [file_looks.question(f"/etc/mail/once/{number}.conf") for number in range(30)]
    made: list[bundle.Bundle] = []
    first, second = (calls(lambda: made.append(bundle.ask(commands))) for _ in range(2))
    assert second < first / 3
    one, other = made
    assert one.token != other.token
    assert one.script.replace(one.token.encode(), other.token.encode()) == other.script
    assert len(bundle.ask(commands, apart=commands[:1]).commands) == 2, "one is asked by itself"


class Always:
    """A host that gives one answer to everything."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    def __call__(self, commands: Sequence[str]) -> Mapping[str, Answer]:
        return dict.fromkeys(commands, self._answer)


def test_what_a_host_answers_at_length_is_not_kept() -> None:
    """What an answer about a file tells is kept for hosts that answer alike: none may fill the memory with its own."""
    (asked,) = files(1)
    file._told.cache_clear()
    for number, length in enumerate((10, 100_000)):
        said = f"directory|root|root|755|/etc\nregular file|root|root|600|/etc/t0\n{'f' * 64}  -\n"
        answer = Answer(0, said.encode(), b"x" * length + str(number).encode())
        looked = look([asked], TARGET, Always(answer))
        assert looked.states[asked.key] == {
            "kind": "regular file",
            "parents": "plain directories",
            "sha256": "f" * 64,
            "owner": "root",
            "group": "root",
            "mode": "0600",
        }
    assert file._told.cache_info().currsize == 1, "the short one"


def test_what_a_plan_is_bound_to_is_worked_out_once_for_hosts_that_know_each_other() -> None:
    def took(hosts: int) -> int:
        peers = tuple(Peer(f"mx{number}", "192.0.2.1") for number in range(hosts))
        targets = [replace(TARGET, name=f"mx{number}", peers=peers) for number in range(hosts)]
        return calls(lambda: [binding.made_for(one, "") for one in targets])

    took(2)
    assert took(200) < 2.2 * took(100)


def test_peers_that_differ_are_bound_to_another_digest() -> None:
    one, other = (replace(TARGET, peers=(Peer(name, "192.0.2.1"),)) for name in ("mx1", "mx2"))
    alike = replace(TARGET, peers=(Peer("mx1", "192.0.2.1"),))
    assert binding.made_for(one, "") == binding.made_for(alike, "")
    assert binding.made_for(one, "") != binding.made_for(other, "")
