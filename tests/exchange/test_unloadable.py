"""Programs that refuse the files that they would start with: what is read of it, and who rests on them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from baseline.errors import CannotTell
from baseline.model import Answer, Unloadable
from baseline.model.probes import Fetch, Fetched, Lookup, Port, Probe, Reached, Records, Said, Seen, Talk
from baseline.programs import PROGRAMS
from baseline.shell import script
from baseline.unloadable import CHECKED, MOST_WORDS, unloadable
from baseline.unloadable.resting import rests

OWN = {"192.0.2.1"}


def told(*rows: str) -> tuple[tuple[Unloadable, ...], tuple[str, ...]]:
    return unloadable(Answer(0, "".join(f"{row}\n" for row in rows).replace("|", "\t").encode()))


def test_nothing_is_told_of_programs_that_load_their_files() -> None:
    assert told() == ((), ())
    assert told("unit|postfix|runs|0", "unit|named|stopped|0") == ((), ())


def test_a_refusal_is_told_by_the_checkers_words_on_one_line() -> None:
    refused, untold = told(
        "unit|postfix|runs|0", "unit|rspamd|runs|1", "said|rspamd|line:  1", "said|rspamd|", "said|rspamd|syntax BAD"
    )
    assert refused == (Unloadable("rspamd", "Rspamd", True, "line: 1; syntax BAD"),)
    assert str(refused[0]) == "Rspamd refuses the files that it would start with: line: 1; syntax BAD"
    assert untold == ()
    assert Unloadable.from_dict(refused[0].to_dict()) == refused[0]


def test_one_that_does_not_run_says_so_and_one_without_words_its_code() -> None:
    ((one,), _) = told("unit|dovecot|stopped|89")
    assert str(one) == "Dovecot does not run, and refuses the files that it would start with: its checker ends with 89"


def test_words_are_bounded() -> None:
    ((one,), _) = told("unit|ssh|runs|255", f"said|ssh|{'x' * 3000}")
    assert len(one.words) == MOST_WORDS + 1


@pytest.mark.parametrize("code", [124, 126, 127, 137])
def test_a_checker_that_did_not_come_to_its_end_refuses_nothing(code: int) -> None:
    refused, (untold,) = told(f"unit|named|runs|{code}", "said|named|loading")
    assert refused == ()
    assert untold.startswith("it is unknown whether BIND would load its files: its checker")


@pytest.mark.parametrize(
    "row",
    [
        "unit|exim|runs|1",
        "unit|ssh|sleeps|1",
        "unit|ssh|runs|-1",
        "unit|ssh|runs|1000",
        "unit|ssh|runs",
        "said|ssh|before its unit",
        "unit|ssh|runs|1\nunit|ssh|runs|0",
        "x",
    ],
)
def test_another_answer_is_none(row: str) -> None:
    with pytest.raises(CannotTell, match="not one of our lines"):
        told(row)
    with pytest.raises(CannotTell, match="exit code 124"):
        unloadable(Answer(124, b""))


def refusing(unit: str, *, runs: bool = True) -> Unloadable:
    return Unloadable(unit, CHECKED[unit][0].name, runs, "no")


def test_who_asks_the_programs_tools_rests_on_it() -> None:
    assert rests(refusing("rspamd"), ["rspamadm configdump -j"], {}, OWN)
    assert rests(refusing("dovecot"), ["d=$(doveconf -h mail_temp_dir) || exit"], {}, OWN)
    assert not rests(refusing("rspamd"), ["doveconf -h ssl", "cat /etc/rspamadm-notes"], {}, OWN)
    assert not rests(refusing("nftables"), ["nftables-something"], {}, OWN)


TALK = Talk("192.0.2.1", 25)


@pytest.mark.parametrize(
    ("unit", "runs", "probe", "seen", "expected"),
    [
        ("postfix", True, TALK, Said(trouble="no answer in time"), True),
        ("postfix", True, TALK, Said(greeting="220", ended="the connection was closed"), True),
        ("postfix", True, TALK, Said(greeting="220"), False),
        ("postfix", True, Talk("198.51.100.9", 25), Said(trouble="no answer in time"), False),
        ("postfix", True, Talk("192.0.2.1", 143, "imap"), Said(trouble="no answer in time"), False),
        # What runs has the configuration that it began with, so its silence has another reason.
        ("dovecot", True, Talk("192.0.2.1", 143, "imap"), Said(trouble="no answer in time"), False),
        ("dovecot", False, Talk("192.0.2.1", 143, "imap"), Said(trouble="no answer in time"), True),
        ("named", False, Lookup("a.test", "A", "192.0.2.1"), Records(trouble="no answer in time"), True),
        ("named", False, Lookup("a.test", "A"), Records(trouble="no answer in time"), False),
        ("postfix", True, Port("192.0.2.1", 25), Reached(trouble="no route"), True),
        ("postfix", True, Fetch("https://mta-sts.a.test/"), Fetched(trouble="no answer in time"), False),
    ],
)
def test_who_looks_at_the_ports_of_a_program_that_cannot_run_rests_on_it(
    unit: str, runs: bool, probe: Probe, seen: Seen, expected: bool
) -> None:
    assert rests(refusing(unit, runs=runs), [], {probe: seen}, OWN) is expected


def test_every_daemon_that_reads_files_of_its_own_is_checked() -> None:
    lacking = {one.name for one in PROGRAMS if one.trees and one.services} - {one.name for one, _ in CHECKED.values()}
    assert lacking == set()


MASTER = """\
smtp       inet  n       -       y       -       -       smtpd
pickup     unix  n       -       y       60      1       pickup
submission inet  n       -       y       -       -       smtpd -o {smtpd_banner=a b  c} -o x=y -o z = 1
"""
SMTPD = r"""#!/bin/sh
printf '<%s>' "$@" >>"$OUT"
echo >>"$OUT"
case "$*" in *"-o z ="*) exit 1 ;; esac
"""


@pytest.fixture
def postfix(tmp_path: Path) -> Path:
    """A Postfix of shell: its smtpd writes down how it is called, and refuses one sort of argument."""
    tools = {
        "postconf": f"case \"$*\" in -M) cat <<'END'\n{MASTER}END\n;; -hx*) echo {tmp_path} ;; esac\n",
        "smtpd": SMTPD.removeprefix("#!/bin/sh\n"),
        "journalctl": 'echo "fatal: no such thing"\n',
        "timeout": 'shift; exec "$@"\n',
    }
    for name, text in tools.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}")
        (tmp_path / name).chmod(0o755)
    return tmp_path


@pytest.mark.parametrize("shell", [one for one in ("dash", "bash", "busybox") if shutil.which(one)])
def test_each_smtpd_is_started_as_master_would_and_speaks_for_itself(postfix: Path, shell: str) -> None:
    words = ["busybox", "sh"] if shell == "busybox" else [shell]
    out = postfix / "calls"
    done = subprocess.run(
        [*words, "-c", script("baseline.programs", "postfix_loads")],
        env={"PATH": f"{postfix}:/usr/bin:/bin", "OUT": str(out)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "smtpd of submission/inet: fatal: no such thing\n"), done.stderr
    # All at once, in whichever order; and the one that failed once more, to be heard.
    *tried, last = out.read_text().splitlines()
    submission = "<-S><-n><submission><-t><inet><-o><smtpd_banner=a b  c><-o><x=y><-o><z><=><1>"
    assert sorted(tried) == ["<-S><-n><smtp><-t><inet>", submission]
    assert last == submission


@pytest.mark.parametrize("there", [True, False])
def test_a_checker_whose_program_is_not_there_refuses_nothing(tmp_path: Path, *, there: bool) -> None:
    for name, text in {"systemctl": "echo running", "timeout": 'shift; exec "$@"', "tool": "exit 1"}.items():
        if there or name != "tool":
            (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
            (tmp_path / name).chmod(0o755)
    asks = "asks unit running unit.service '' tool 'tool || { echo no; exit 1; }'"
    done = subprocess.run(
        ["sh", "-c", f"{script('baseline.unloadable', 'checks', apart='yes')}\n{asks}"],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == (
        "unit\tunit\truns\t1\nsaid\tunit\tno\n" if there else "unit\tunit\truns\t127\nsaid\tunit\t\n"
    )
