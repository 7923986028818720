"""The way back over several generations is one change, whatever came and went in between."""

from __future__ import annotations

from collections.abc import Mapping

from baseline.generations import Effect, Generation
from baseline.model import Action, FileState
from baseline.net_change import inverse, net_change

NOW = FileState(b"now")


def act(name: str) -> Action:
    """An action whose name tells what it does: `a` is done, `-a` undoes it."""
    return Action(name, name, f"-{name}")


def applied(number: int, *acts: Action, files: Mapping[str, FileState] | None = None, **more: object) -> Generation:
    """An apply with these actions."""
    return Generation(number, str(number), "", {}, files or {}, acts, ("postfix",), **more)  # type: ignore[arg-type]


def went_back(number: int, to: int) -> Generation:
    """A rollback; its own actions tell nothing that is needed."""
    return applied(number, act("noise"), files={"/f": NOW}, back_to=to)


def deeds(*kept: Generation, to: int) -> list[str]:
    """What is done on the way back, in order; with an `*` what is done before the files."""
    present = dict.fromkeys(("/f", "/g"), NOW)
    plan = net_change("here", kept, to, present).plan
    return [f"*{one.do}" if one.before_files else one.do for one in plan.actions]


A, B, C = act("a"), act("b"), act("c")


def test_to_and_fro() -> None:
    """Applied, led back, applied otherwise: only what stands now is undone, only what shall stand is done."""
    history = (applied(1, A, B), went_back(2, 0), applied(3, B, C))
    assert deeds(*history, to=2) == ["*-c", "*-b"]
    assert deeds(*history, to=1) == ["*-c", "a"], "b stands, and shall stand"
    assert deeds(*history, to=0) == ["*-c", "*-b"]
    assert deeds(*history, went_back(4, 1), to=3) == ["*-a", "c"]
    assert deeds(*history, went_back(4, 1), to=0) == ["*-b", "*-a"]
    assert deeds(*history, went_back(4, 0), to=0) == []
    assert deeds(*history, went_back(4, 0), went_back(5, 3), to=0) == ["*-c", "*-b"]


def test_one_done_in_two_applies_is_undone_once() -> None:
    assert deeds(applied(1, A), applied(2, B, A), to=0) == ["*-b", "*-a"]
    assert deeds(applied(1, A), applied(2, A), went_back(3, 0), applied(4, A), to=0) == ["*-a"]
    assert deeds(applied(1, A), applied(2, A), went_back(3, 0), to=2) == ["a"]


def test_what_stays_is_done_once_more_where_files_change() -> None:
    """A firewall that is loaded at both ends has to be loaded again when its file is another one."""
    back = applied(2, files={"/f": FileState(b"then")}, back_to=0)
    (again,) = net_change("here", (applied(1, A), back, applied(3, A)), 1, {"/f": NOW}).plan.actions
    assert (again.do, again.undo, again.before_files, again.undo_after_files) == ("a", "a", False, True)


def test_an_action_is_undone_at_the_other_side_of_the_files() -> None:
    for early, late in ((False, False), (False, True), (True, True)):
        one = Action("a", "a", "-a", before_files=early, undo_after_files=late)
        assert (inverse(one).before_files, inverse(one).undo_after_files) == (not late, not early)
        assert inverse(inverse(one)).do == "a"


def test_a_file_goes_to_what_the_oldest_apply_after_the_goal_found() -> None:
    history = (
        applied(1, files={"/f": FileState(None)}),
        applied(2, files={"/f": FileState(b"one"), "/g": FileState(b"g")}),
    )
    change = net_change("here", history, 1, {"/f": NOW, "/g": FileState(b"g")})
    ((path, before, after),) = [(one.path, one.before, one.after) for one in change.plan.files]
    assert (path, before, after) == ("/f", NOW, FileState(b"one")), "/g is as it was"
    assert change.plan.reloads == ("postfix",)
    assert change.goal == 1


def test_directories_go_the_deepest_first_unless_they_stood_at_the_goal() -> None:
    history = (applied(1, made=("/a",)), went_back(2, 0), applied(3, made=("/b", "/b/c", "/a")), went_back(4, 2))
    for goal, directories in ((0, ("/b/c", "/a", "/b")), (1, ("/b/c", "/b"))):
        way = net_change("here", history, goal, {"/f": NOW}).plan.way_back
        assert way
        assert way.directories == directories


def test_the_host_shall_be_as_the_oldest_apply_found_it() -> None:
    history = (
        applied(1, effects=(Effect("timer a", "inactive", "active"),)),
        applied(2, effects=(Effect("timer a", "active", "failed"), Effect("user x", "none", "x:1"))),
        went_back(3, 1),
        applied(4, effects=(Effect("user y", "none", "y:1"),)),
    )
    way = net_change("here", history, 0, {"/f": NOW}).plan.way_back
    assert way
    assert dict(way.surroundings) == {"timer a": "inactive", "user y": "none"}
    way = net_change("here", history, 2, {"/f": NOW}).plan.way_back
    assert way
    assert dict(way.surroundings) == {"timer a": "failed", "user x": "x:1", "user y": "none"}


def test_a_rollback_to_what_is_no_longer_kept_counts_as_an_apply() -> None:
    """Its journal tells what it did, and the journals of what it undid are gone."""
    rolled = applied(8, inverse(A), back_to=2)
    assert deeds(applied(7, B), rolled, applied(9, C), to=7) == ["*-c", "a"]
