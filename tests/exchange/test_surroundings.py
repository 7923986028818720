"""On which side of the files actions are done and undone, and what of a host is compared besides its files."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from baseline import transaction
from baseline.model import Action, HostPlan, WayBack
from baseline.net_change import inverse
from baseline.transaction import differences
from tests.exchange.place import Place, furnish, session, wide_plan

pytestmark = pytest.mark.slow

SURROUNDINGS = Path(transaction.__file__).parent / "surroundings.sh"


@pytest.fixture
def apart(tmp_path: Path, private_mounts: tuple[str, ...]) -> Place:
    """A place whose shell has a /srv of its own in each exchange, with `kept` in it whenever that is a directory."""
    furnish(tmp_path / "etc")
    (tmp_path / "srv").mkdir()
    mount = f'mount -t tmpfs none /run/systemd; mount --bind {tmp_path}/srv /srv && exec "$@"'
    return Place(tmp_path, session((*private_mounts, "sh", "-c", mount, "sh")))


def telling(place: Place, name: str, **moments: bool) -> Action:
    """An action that notes what stands in `changed` when it is done and undone."""
    note = f"head -n 1 {place.etc}/changed | sed 's/^/NAME {name} /' >>{place.base}/log"
    return Action(name, note.replace("NAME", "do"), note.replace("NAME", "undo"), (), False, **moments)


def test_actions_are_done_and_undone_on_their_side_of_the_files(place: Place) -> None:
    usual = telling(place, "usual")
    late = telling(place, "late", undo_after_files=True)
    acts = (inverse(usual), inverse(late), usual, late)
    begun, reply = place.begin(wide_plan(place, actions=acts))
    assert reply.code == 0, reply
    assert place.end(begun, "restore").code == 0
    assert (place.base / "log").read_text().splitlines() == [
        "undo usual old",
        "undo late new",
        "do usual new",
        "do late new",
        # Back again, in reverse order: what is undone before the files are back, and after that.
        "undo usual new",
        "undo late old",
        "do late old",
        "do usual old",
    ]


def test_a_directory_that_the_undoing_leaves_is_told(apart: Place) -> None:
    untidy = Action("make", do="mkdir -p -m 0700 /srv/left", undo="true")
    begun, reply = apart.begin(wide_plan(apart, actions=(untidy,)))
    assert reply.code == 0, reply
    reply = apart.end(begun, "restore")
    assert reply.code == 0
    assert differences(reply.steps).startswith("directory /srv/left is ")
    assert differences(reply.steps).endswith(" 700, and was none")
    assert differences(apart.end(begun, "restore").steps), "whoever asks again is told again"


def test_an_apply_keeps_what_it_changed_and_a_rollback_is_held_to_it(apart: Place) -> None:
    made = Action("make", do="mkdir -p /srv/made", undo="rmdir /srv/made")
    begun, _ = apart.begin(wide_plan(apart, actions=(made,)))
    assert apart.end(begun, "confirm").code == 0
    item, before, after = apart.journal(begun, "effects").split("\t")
    assert (item, before) == ("directory /srv/made", "none")
    assert after.endswith(" 755")
    change = apart.change("changed", b"old\n")
    for act, found in ((Action("forgets", "true", "true"), f"{item} is {after}, and was none"), (inverse(made), "")):
        back = HostPlan("here", files=(change,), actions=(act,), way_back=WayBack(0, (), ((item, before),)))
        begun, reply = apart.begin(back)
        assert reply.code == 0, reply
        assert differences(apart.end(begun, "confirm").steps) == found
        change = apart.change("changed", b"older\n")


def test_directories_go_at_the_decision_unless_something_is_in_them(place: Place) -> None:
    begun, _ = place.begin(wide_plan(place))
    place.end(begun, "confirm")
    (place.etc / "sub/theirs").write_text("theirs\n")
    gone = place.change("sub/dir/created", None)
    directories = (f"{place.etc}/sub/dir", f"{place.etc}/sub")
    begun, reply = place.begin(HostPlan("here", files=(gone,), way_back=WayBack(0, directories)))
    assert reply.code == 0, reply
    assert (place.etc / "sub/dir").is_dir(), "it may have to go back"
    assert place.end(begun, "confirm").code == 0
    assert not (place.etc / "sub/dir").exists()
    assert (place.etc / "sub/theirs").exists()
    assert "back\t0" in place.journal(begun, "meta")


SHOWN = """\
Id={name}
Type={type}
RemainAfterExit={remains}
Transient=no
TriggeredBy={by}

"""


def played(place: Path, script: str) -> str:
    """What functions of surroundings.sh print, played without a host: with DIR and ROOT at a place."""
    given = f"TAB=$(printf '\\t') DIR={place} ROOT={place}; . {SURROUNDINGS}\n{script}"
    return subprocess.run(["sh", "-c", given], capture_output=True, text=True, check=True).stdout


LISTED = """\
a.service loaded active running A
b.service loaded activating auto-restart B
c.service loaded failed failed C
baseline-revert-1.service loaded failed failed Dead-man
d.service loaded deactivating stop D
e.timer loaded active waiting E
e.service loaded active running E
passing.service loaded active running by systemd-run
systemd-x.service loaded active running X
"""


def test_units_are_told_by_one_list_of_systemd(tmp_path: Path) -> None:
    (tmp_path / "listed").write_text(LISTED)
    told = played(
        tmp_path, f"ls() {{ echo passing.service; }}; systemctl() {{ cat {tmp_path}/listed; }}; units_active | sort"
    )
    assert told == ("unit a.service\tactive\nunit b.service\tactive\nunit c.service\tfailed\nunit e.timer\tactive\n")


CAME = "unit {name}\tinactive\tactive\n"


@pytest.mark.parametrize(
    ("shown", "tells"),
    [
        ({"type": "simple"}, True),
        ({"type": "oneshot"}, False),
        ({"type": "oneshot", "remains": "yes"}, True),
        ({"type": "dbus"}, False),
        ({"type": "simple", "by": "x.socket"}, False),
    ],
)
def test_what_comes_and_goes_by_itself_is_no_difference(tmp_path: Path, shown: dict[str, str], tells: bool) -> None:
    one = {"name": "x.service", "remains": "no", "by": "", **shown}
    (tmp_path / "shown").write_text(SHOWN.format(**one))
    lines = CAME.format(name="x.service") + "unit y.service\tactive\tfailed\nuser u\t1\t2\n"
    (tmp_path / "lines").write_text(lines)
    script = f"UNIT_FILES={tmp_path}; systemctl() {{ cat {tmp_path}/shown; }}; lasting <{tmp_path}/lines"
    assert played(tmp_path, script) == (lines if tells else lines.partition("\n")[2])


@pytest.mark.parametrize("lines", ["", "user u\t1\t2\n", "unit y.service\tactive\tfailed\n"])
def test_systemd_is_not_asked_where_no_unit_has_come_or_gone(tmp_path: Path, lines: str) -> None:
    (tmp_path / "lines").write_text(lines)
    assert played(tmp_path, f"systemctl() {{ echo asked; }}; lasting <{tmp_path}/lines") == lines


def test_a_unit_that_runs_once_for_an_update_is_not_missed_after_the_next_start(tmp_path: Path) -> None:
    """ldconfig.service of Debian 13 runs at the first start after packages came, and was once told to be missing."""
    (tmp_path / "units").mkdir()
    (tmp_path / "units/ldconfig.service").write_text("[Unit]\nConditionNeedsUpdate=|/etc\n[Service]\nType=oneshot\n")
    (tmp_path / "units/rules.service").write_text("[Unit]\nConditionPathExists=/etc/rules\n[Service]\nType=oneshot\n")
    names = ("ldconfig.service", "rules.service")
    shown = (SHOWN.format(name=name, type="oneshot", remains="yes", by="") for name in names)
    (tmp_path / "shown").write_text("".join(shown))
    (tmp_path / "lines").write_text("".join(CAME.format(name=name) for name in names))
    script = f"UNIT_FILES='{tmp_path}/units'; systemctl() {{ cat {tmp_path}/shown; }}; lasting <{tmp_path}/lines"
    assert played(tmp_path, script) == CAME.format(name="rules.service")


CHANGES = {
    "nothing": ("true", 1),
    "a dead-man's unit": ("touch baseline-revert-1.timer", 1),
    "enabled": ("mkdir wants; ln -s ../a.service wants/a.service", 2),
    "edited": ("echo '[Install]' >>a.service", 2),
    "gone": ("rm a.service", 2),
    "masked": ("ln -sf /dev/null a.service", 2),
    "what was kept is cut off": (": >../boot", 2),
}


def at_boot(place: Path, does: str, files: str = "0\t/etc/systemd/system/x.service\tcreate\n") -> str:
    """What starts at boot, told twice for a plan that changes some files, with something done in between."""
    (place / "units").mkdir()
    (place / "units/a.service").write_text("[Unit]\n")
    (place / "listed").write_text("a.service enabled enabled\nb.mount generated -\n")
    (place / "files").write_text(files)
    return played(
        place,
        f"UNIT_PATHS={place}/units; cd {place}/units\n"
        f"systemctl() {{ echo asked >>{place}/asked; cat {place}/listed; }}\n"
        f"units_at_boot >../first; cat ../first; cp ../first ../stood; {does}; units_at_boot",
    )


def asked(place: Path) -> int:
    return len((place / "asked").read_text().splitlines()) if (place / "asked").exists() else 0


@pytest.mark.parametrize("change", CHANGES)
def test_what_starts_at_boot_is_asked_again_when_a_unit_file_has_changed(tmp_path: Path, change: str) -> None:
    """systemd takes longer to tell it than an apply takes for all else."""
    does, times = CHANGES[change]
    assert at_boot(tmp_path, does) == "boot a.service\tenabled\n" * 2
    assert asked(tmp_path) == times


@pytest.mark.parametrize(
    "change", [change for change, (_, times) in CHANGES.items() if times == 2 and "kept" not in change]
)
def test_a_plan_that_has_nothing_to_do_with_it_takes_the_unit_files_for_it(tmp_path: Path, change: str) -> None:
    """Somebody else changes one meanwhile: that is seen, although systemd was never asked."""
    told = at_boot(tmp_path, CHANGES[change][0], "0\t/etc/postfix/main.cf\treplace\n")
    first, second = (line.split("\t") for line in told.splitlines())
    assert first[0] == second[0] == "boot some unit"
    assert first[1] != second[1]
    assert asked(tmp_path) == 0
    words = played(tmp_path, "printf 'boot some unit\\t1\\t2\\n' | unlike stood")
    assert words == "start at boot of some unit is not as it was\n"


def test_it_is_told_unit_by_unit_all_the_same_where_it_is_known(tmp_path: Path) -> None:
    at_boot(tmp_path, "true")
    (tmp_path / "stood").unlink()
    (tmp_path / "files").write_text("0\t/etc/postfix/main.cf\treplace\n")
    assert played(tmp_path, f"UNIT_PATHS={tmp_path}/units; units_at_boot") == "boot a.service\tenabled\n"


@pytest.mark.parametrize("table", ["packages", "actions/table", "goals"])
def test_it_is_asked_for_what_may_change_it(tmp_path: Path, table: str) -> None:
    (tmp_path / "actions").mkdir()
    (tmp_path / table).write_text("boot x.service\tenabled\n")
    at_boot(tmp_path, "true", "0\t/etc/postfix/main.cf\treplace\n")
    assert asked(tmp_path) == 1


def test_what_starts_at_boot_is_told_where_nothing_can_be_kept(tmp_path: Path) -> None:
    (tmp_path / "packages").write_text("x\n")
    script = f"UNIT_PATHS={tmp_path}; ROOT=/proc; systemctl() {{ echo a.service enabled; }}; units_at_boot"
    assert played(tmp_path, script) == "boot a.service\tenabled\n"


STOOD = "unit a\tactive\nunit f\tfailed\nuser u\tu:1\n"
NOW = "boot b\tenabled\nunit g\tfailed\nuser u\tu:2\n"


@pytest.mark.parametrize(
    ("given", "about", "told"),
    [
        ({}, "stood", ["start at boot of b", "unit a", "unit g", "user u"]),
        ({"stood.first": "user u\tu:2\n"}, "stood", ["start at boot of b", "unit g"]),
        ({"goals": "unit f\tfailed\nboot b\tnone\nunit a\tinactive\n"}, "goals", ["start at boot of b", "unit g"]),
        ({"stood": STOOD + "unit g\tfailed\n", "goals": "user u\tu:2\n"}, "goals", []),
    ],
    ids=["as it stood", "before packages, too", "the goals, and what fails", "what failed before"],
)
def test_what_counts_as_a_difference(tmp_path: Path, given: dict[str, str], about: str, told: list[str]) -> None:
    """Played without a host: the same functions over tables that are given."""
    for name, text in {"stood": STOOD, "now": NOW, **given}.items():
        (tmp_path / name).write_text(text)
    script = (
        f"DIR={tmp_path}; TAB=$(printf '\\t'); . {SURROUNDINGS}; systemd() {{ false; }}; sleep() {{ :; }}\n"
        f"surroundings() {{ cat $DIR/now; }}; as_before {about}"
    )
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert [line.removeprefix("differs: ").partition(" is ")[0] for line in done.stdout.splitlines()] == told
