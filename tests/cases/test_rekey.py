"""Recorded answers carried over to changed questions: here the recorded question is the changed one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from baseline import file_contents
from tests import record
from tests.cases.case import Case
from tests.cases.changed import recorded
from tests.cases.files import CaseFiles
from tests.cases.rekey import rekey

MAIN, MASTER = file_contents.question("/etc/postfix/main.cf"), file_contents.question("/etc/postfix/master.cf")
LTN, LX = "ss -Hltn", "ss -Hlx"
FILTER = "content_filter/pass-applied"


def as_before(name: str, questions: Mapping[str, str]) -> Case:
    """A case recorded when questions of today were put otherwise."""
    case = recorded(name)
    assert questions.keys() <= case.answers.keys()
    return replace(case, answers={questions.get(one, one): answer for one, answer in case.answers.items()})


def test_one_question_against_one_answer() -> None:
    done = rekey([as_before(FILTER, {LTN: "ss --old"})], {}, {})
    assert done.cases == [recorded(FILTER)]
    assert done.carried == {"ss --old": LTN}
    assert (done.changed, done.unanswered, done.otherwise) == (1, {}, {})


def test_two_of_each_are_not_guessed_but_taken_from_a_map() -> None:
    old = as_before(FILTER, {LTN: "old one", LX: "old two"})
    done = rekey([old], {}, {})
    assert done.cases == [old]
    assert (done.carried, done.changed) == ({}, 0)
    assert sorted(done.unanswered[FILTER]) == [LTN, LX]
    done = rekey([old], {"old one": LTN}, {})
    assert done.cases == [recorded(FILTER)]
    assert done.carried == {"old one": LTN, "old two": LX}


def test_questions_about_files_are_known_by_their_files() -> None:
    old = as_before(FILTER, {MAIN: "cat main", MASTER: "cat master"})
    names = {"cat main": "file /etc/postfix/main.cf", "cat master": "file /etc/postfix/master.cf"}
    done = rekey([old], {}, names)
    assert done.cases == [recorded(FILTER)]
    assert done.carried == {"cat main": MAIN, "cat master": MASTER}


def test_long_questions_are_known_by_how_they_begin() -> None:
    case = recorded("quota_capacity/pass-applied")
    first, second = [one for one in sorted(case.answers) if len(one) > 80][:2]
    done = rekey([as_before("quota_capacity/pass-applied", {first: f"{first} #", second: f"{second} #"})], {}, {})
    assert done.cases == [case]


def test_what_one_case_shows_helps_the_others() -> None:
    both = as_before(FILTER, {LTN: "old one", LX: "old two"})
    one = as_before("content_filter/fail-no-milters", {LX: "old two"})
    done = rekey([both, one], {}, {})
    assert done.cases == [recorded(FILTER), recorded("content_filter/fail-no-milters")]
    assert done.unanswered == {}


def test_an_answer_that_nobody_asks_for_goes_only_when_all_is_answered() -> None:
    more = recorded(FILTER)
    more = replace(more, answers={**more.answers, "nobody asks": more.answers[LTN]})
    done = rekey([more], {}, {})
    assert done.cases == [recorded(FILTER)]
    assert done.changed == 1
    less = replace(more, answers={one: answer for one, answer in more.answers.items() if one not in (LTN, LX)})
    done = rekey([less], {}, {})
    assert done.cases == [less]


def test_another_finding_is_told_and_not_expected() -> None:
    crossed = as_before(FILTER, {"postconf -M": "postconf -P", "postconf -P": "postconf -M"})
    done = rekey([crossed], {}, {})
    assert done.cases == [crossed]
    assert list(done.otherwise) == [FILTER]
    assert done.cases[0].reason == recorded(FILTER).reason


def test_the_command_writes_the_cases(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files = CaseFiles(tmp_path / "cases")
    files.save_all([as_before(FILTER, {LTN: "old one", LX: "old two"})])
    monkeypatch.setattr(record, "CaseFiles", lambda: files)
    assert record.main(["--rekey"]) == 1
    assert f"{FILTER} has no answer to what it asks" in capsys.readouterr().out
    (tmp_path / "old").write_text("old one\n")
    (tmp_path / "new").write_text(f"{LTN}\n")
    assert record.main(["--rekey", str(tmp_path / "old"), str(tmp_path / "new")]) == 0
    assert "2 questions carried over, 1 cases changed" in capsys.readouterr().out
    assert CaseFiles(tmp_path / "cases").load_all() == [recorded(FILTER)]
    with pytest.raises(SystemExit):
        record.main(["--rekey", "one"])
