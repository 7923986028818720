"""What every recorded bad state is told to do: by the state that it is in, and by what an apply would really do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import pytest

from baseline.advising import NOBODY
from baseline.formats.postfix import MASTER_CF
from baseline.model import Compared, Finding, HostPlan, Outcome
from baseline.readings import outline
from baseline.readings.outline import Outline
from tests.cases.files import CaseFiles

CASES = CaseFiles()

APPLY = "`baseline apply -c "


@dataclass(frozen=True)
class Told:
    """What one recorded case comes to."""

    name: str
    finding: Finding
    plan: HostPlan
    written: Outline

    @property
    def wrong(self) -> list[Compared]:
        """The keys that are not as wanted."""
        return [one for one in self.finding.keys if one.wrong]


@cache
def told(name: str) -> Told:
    case = CASES.load(name)
    judged = case.judge()
    return Told(name, judged.finding, judged.plan, outline.outlined(case.answers.get(outline.QUESTION)))


BAD = [name for name in CASES.names() if name.partition("/")[2].startswith(("fail-", "warn-"))]
UNKNOWN = [name for name in CASES.names() if name.partition("/")[2].startswith("unknown-")]


@pytest.mark.parametrize("name", BAD)
def test_there_is_something_to_do_and_it_is_not_what_was_wanted_over_again(name: str) -> None:
    one = told(name)
    assert one.finding.advice not in ("", NOBODY)
    assert one.finding.advice not in {str(key.wanted) for key in one.wrong}
    assert one.finding.advice != one.finding.title


@pytest.mark.parametrize("name", BAD)
def test_an_apply_is_named_where_it_mends_and_nowhere_else(name: str) -> None:
    one = told(name)
    planned = one.finding.key in one.plan.controls
    assert one.finding.advice.startswith(f"{APPLY}{one.finding.control}` mends this: ") == planned
    assert (APPLY in one.finding.advice) == planned
    if not planned:
        assert one.finding.key not in {key for change in one.plan.files for key in change.controls}


@pytest.mark.parametrize("name", BAD)
def test_what_is_left_to_a_person_is_told_in_the_same_words_by_check_and_plan(name: str) -> None:
    one = told(name)
    left = dict(one.plan.by_hand)
    assert left.get(one.finding.key, one.finding.advice) == one.finding.advice
    assert (one.finding.key in left) != (one.finding.key in one.plan.controls)


@pytest.mark.parametrize("name", BAD)
def test_wanted_and_found_differ_in_words(name: str) -> None:
    one = told(name)
    assert [key.key for key in one.wrong if str(key.wanted) == key.found_in_words()] == []
    assert one.wrong, "what fails has a key that is wrong"


def _set_to(advice: str) -> Iterator[tuple[str, str]]:
    """The settings of an advice as keys of a state, with the values that it names."""
    yield from re.findall(r"\bset ([\w/.]+) = (\S[^;]*?)(?= in |, (?:set|put|take) )", advice)
    for name, value, service in re.findall(r"\bset -o ([\w/.]+)=(\S+) for (\S+?)(?= in |, )", advice):
        yield f"{name} in {service}", value


@pytest.mark.parametrize("name", BAD)
def test_no_setting_is_named_that_has_the_wanted_value(name: str) -> None:
    one = told(name)
    right = {key.key: key.found_in_words() for key in one.finding.keys if key.holds}
    assert [(said, value) for said, value in _set_to(one.finding.advice) if right.get(said) == value] == []


SHELL = re.compile(r"\$\(|\$\{\w+[%#]|\bthen\b.*\bfi\b|\|\| exit|2>|>/dev/null|\bprintf '|<<|; do ")


@pytest.mark.parametrize("name", BAD + UNKNOWN)
def test_no_script_is_quoted_at_people(name: str) -> None:
    one = told(name)
    said = f"{one.finding.advice} {one.finding.reason}"
    assert SHELL.search(said) is None, said


PROGRAM_FILES = ("/etc/postfix/", "/etc/dovecot/", "/etc/rspamd/")

NO_SETTING = {"temp_mounts/fail-not-sticky": "`mode` is that of /tmp; sockets of Dovecot have a setting of that name"}
"""Case -> why a setting that has the name of a wrong key is not where that value comes from."""


@pytest.mark.parametrize("name", [name for name in BAD if name not in NO_SETTING])
def test_where_a_setting_decides_its_file_and_line_are_told(name: str) -> None:
    """A wrong key that begins with the name of a setting, which a file of the host sets."""
    one = told(name)
    lacking = []
    for key in one.wrong:
        setting, _, service = key.key.partition(" in ")
        setting = setting.partition(" for ")[0].rpartition("/")[2]
        for file, lines in one.written.files.items():
            words = {word for _, word in lines}
            named = f"{setting}=" in words or (f"-o {setting}" in words and service in words)
            if file.startswith(PROGRAM_FILES) and re.fullmatch(r"[a-z0-9_]+", setting) and named and key.set_at is None:
                lacking.append(f"{key.key} is set in {file}")
    assert lacking == []
    assert [str(key.set_at) for key in one.wrong if key.set_at and not key.set_at.file.startswith("/")] == []


@pytest.mark.parametrize("name", [name for name in BAD if name.endswith("-overridden")])
def test_an_override_is_named_and_not_what_it_overrides(name: str) -> None:
    places = {key.set_at.file for key in told(name).wrong if key.set_at}
    assert {file for file in places if file != MASTER_CF and "/override.d/" not in file} == set()


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_could_not_be_looked_at_says_why(name: str) -> None:
    one = told(name)
    assert one.finding.outcome is Outcome.UNKNOWN
    assert len(one.finding.reason.split()) > 3
    assert "Traceback" not in one.finding.reason
    assert one.finding.key not in one.plan.controls


@pytest.mark.parametrize(
    ("name", "does"),
    [
        ("fail-timer-stopped", "start baseline-quota-reconcile.timer"),
        ("fail-timer-disabled", "start baseline-quota-reconcile.timer"),
        ("fail-no-script", "write /usr/local/lib/baseline/quota-warning"),
        ("fail-table-gone", "make the table of senders that are stopped"),
    ],
)
def test_what_stands_is_not_told_to_be_done(name: str, does: str) -> None:
    """A check has no files to see that by: of a timer that was stopped it told to write six."""
    assert told(f"quota_thresholds/{name}").finding.advice == f"`baseline apply -c MEL-Q-04` mends this: {does}."
