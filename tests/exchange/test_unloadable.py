"""Programs that refuse the files that they would start with: what is read of it, and who rests on them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from baseline.errors import CannotTell
from baseline.model import Answer, Unloadable
from baseline.model.probes import Fetch, Fetched, Lookup, Port, Probe, Reached, Records, Said, Seen, Talk
from baseline.programs import PROGRAMS
from baseline.shell import script
from baseline.unloadable import CHECKED, CHECKS, MOST_WORDS, unloadable
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
called=$(printf '<%s>' "$@")
echo "$called" >>"$OUT"
case "$*" in *"-o z ="*) exit 1 ;; esac
"""


@pytest.fixture
def postfix(tmp_path: Path) -> Path:
    """A Postfix of shell: its smtpd writes down how it is called, and refuses one sort of argument."""
    tools = {
        "postconf": f"case \"$*\" in -M) cat <<'END'\n{MASTER}END\n;; -hx*) shift\n"
        f"for name; do echo {tmp_path}; done ;; esac\n",
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


SHELLS = [[one] for one in ("dash", "bash") if shutil.which(one)] + [["busybox", "sh"]] * bool(shutil.which("busybox"))

SYSTEMCTL = """\
echo "$*" >>"$OUT"
case $1 in
show) ;;
list-units) printf '%%s' "$LISTED"; exit "${UNLISTED:-0}" ;;
*) exit "${SYSV:-1}" ;;
esac
while [ "$1" != -- ]; do shift; done
shift
for unit; do
  sub=dead file=
  case $unit in %s esac
  printf '%%sSubState=%%s\\nUnitFileState=%%s\\n' "$between" "$sub" "$file"
  between='
'
done
"""


def asking(
    folder: Path, units: str, ask: str, shell: Sequence[str] = ("sh",), places: Sequence[Path] = (), **given: str
) -> CompletedProcess[str]:
    """What the checks say on a host with these units, in the patterns of a `case`, that has a program `tool`.

    `places` are where the host keeps links to units.
    """
    checks = script("baseline.unloadable", "checks", apart="yes")
    for place, other in zip(
        ("/etc/systemd/system", "/run/systemd/system"), places or [folder / "none"] * 2, strict=True
    ):
        assert checks.count(place) == 1
        checks = checks.replace(place, str(other))
    programs = {"systemctl": SYSTEMCTL % units, "timeout": 'shift; exec "$@"', "tool": "exit 1"}
    for name, text in programs.items():
        (folder / name).write_text(f"#!/bin/sh\n{text}\n")
        (folder / name).chmod(0o755)
    return subprocess.run(
        [*shell, "-c", f"{checks}\n{ask}"],
        env={"PATH": f"{folder}:/usr/bin:/bin", "OUT": str(folder / "calls"), "HOME": str(folder), **given},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("there", [True, False])
def test_a_checker_whose_program_is_not_there_refuses_nothing(tmp_path: Path, *, there: bool) -> None:
    tool = "tool" if there else "gone"
    ask = f"stands unit unit.service; asks unit running unit.service '' {tool} 'tool || {{ echo no; exit 1; }}'"
    done = asking(tmp_path, "unit*) sub=running ;;", ask)
    assert done.stdout == (
        "unit\tunit\truns\t1\nsaid\tunit\tno\n" if there else "unit\tunit\truns\t127\nsaid\tunit\t\n"
    )


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
def test_systemd_is_asked_once_of_all_units(tmp_path: Path, shell: list[str]) -> None:
    units = """
    a.service) sub=running file=enabled ;;
    b | b@-.service) sub=exited file=enabled ;;
    c) file=static ;;
    d) file=disabled ;;
    e) file=masked ;;
    f.service) sub=start-pre ;;"""
    programs = {"a": "a.service", "b": "b@-.service b.service", "c": "c.service", "d": "d.service", "e": "e.service"}
    programs |= {"f": "f.service", "g": "g.service"}
    named = " ".join(f"{unit} {others}" for unit, others in programs.items())
    asks = "\n".join(f"asks {unit} 'running exited' '{others}' '' true true" for unit, others in programs.items())
    done = asking(tmp_path, units, f"stands {named}\n{asks}", shell)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["unit\ta\truns\t0", "unit\tb\truns\t0", "unit\tc\tstopped\t0"]
    assert (tmp_path / "calls").read_text() == f"show -p SubState -p UnitFileState -- {named}\n"


@pytest.mark.parametrize(("sysv", "told"), [("0", "unit\ta\tstopped\t0\n"), ("1", "")])
def test_of_a_unit_that_was_made_of_a_script_its_own_tool_is_asked(tmp_path: Path, sysv: str, told: str) -> None:
    done = asking(tmp_path, "a) file=generated ;;", "stands a; asks a running a '' true true", SYSV=sysv)
    assert (done.returncode, done.stdout) == (0, told)
    assert (tmp_path / "calls").read_text().splitlines()[1:] == ["--quiet is-enabled a"]


@pytest.mark.parametrize("units", ["b) exit 1 ;;", "b) continue ;;", "b) echo; echo; ;;"])
def test_a_systemd_that_does_not_tell_of_all_units_leaves_it_unknown(tmp_path: Path, units: str) -> None:
    done = asking(tmp_path, units, "stands a b c; asks a running a '' true true; asks c running c '' true true")
    assert (done.returncode != 0, done.stdout) == (True, "")


LISTED = """\
a.service  loaded active   running A daemon
b.service  loaded active   exited  What stands for its daemon
b@-.service loaded inactive dead
c.service  loaded active   running One that is not asked of
"""


@pytest.mark.parametrize("shell", SHELLS, ids=" ".join)
def test_systemd_is_asked_of_what_it_has_at_hand_and_what_is_linked_and_of_no_other(
    tmp_path: Path, shell: list[str]
) -> None:
    places = [tmp_path / "etc", tmp_path / "run"]
    for at, link in enumerate(("named.service", "many.wants/wanted.service", "many.requires/needed.service")):
        path = places[at % 2] / link
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to("/nowhere")
    (places[0] / "plain.service").write_text("a file of its own is no reason for a boot to begin it")
    programs = {"a": "a.service", "b": "b@-.service", "named": "other.service", "wanted": "", "needed": "", "plain": ""}
    seeks = "\n".join(f"seeks {unit} 'running' '{others}'" for unit, others in {**programs, "gone": ""}.items())
    shown = 'echo "$running|$sought"'
    done = asking(tmp_path, "", f"lists a.service 'b*'\n{seeks}\n{shown}", shell, places=places, LISTED=LISTED)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == " a | b b@-.service named other.service wanted  needed \n"
    called = "list-units --all --plain --no-legend --no-pager --full -- a.service b*\n"
    assert (tmp_path / "calls").read_text() == called


def test_where_systemd_lists_nothing_and_nothing_is_linked_it_is_asked_once(tmp_path: Path) -> None:
    ask = "lists a.service; seeks a running a.service; stands $sought; asks a running a.service '' true true"
    done = asking(tmp_path, "", ask)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len((tmp_path / "calls").read_text().splitlines()) == 1
    done = asking(tmp_path, "", ask, UNLISTED="1")
    assert (done.returncode != 0, done.stdout) == (True, "")


def test_the_question_names_every_unit_that_it_asks_of() -> None:
    lists = next(line for line in CHECKS.splitlines() if line.startswith("lists "))
    asked = [unit for program, _ in CHECKED.values() for unit in program.services[0].names]
    assert {*(f"{unit}.service" for unit in CHECKED), *asked} <= {*lists.split()}
    assert [f"seeks {unit} " in CHECKS for unit in CHECKED] == [True] * len(CHECKED)
    assert CHECKS.count("systemctl show") == CHECKS.count("systemctl list-units") == 1
