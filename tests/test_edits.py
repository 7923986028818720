"""Edits of files as values."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.edits import (
    DropOverride,
    Edit,
    Permissions,
    PlaceRule,
    PutFile,
    RemoveFile,
    SetBlock,
    SetMountOptions,
    SetOverride,
    SetParameter,
    SetUcl,
    compose,
    present_in,
)
from baseline.model import FileState

DROP_IN = "/etc/dovecot/conf.d/99-baseline.conf"
lines = st.text(st.characters(min_codepoint=32, exclude_categories=("Cs", "Cc"), exclude_characters="#"), max_size=12)
texts = st.lists(lines, min_size=1, max_size=4).map("\n".join)
contents = st.one_of(st.none(), st.binary(max_size=40))
states = st.builds(
    FileState,
    contents,
    st.sampled_from(["root", "vmail"]),
    st.sampled_from(["root", "mail"]),
    st.sampled_from([0o644, 0o640, 0o600]),
)
keys = st.sampled_from(["MEL-Q-01", "MEL-Q-010", "MEL-Q-0", "MEL-T-01 imap"])

EDITS: tuple[Edit, ...] = (
    PutFile("/etc/x", "text\n", "root", "mail", 0o640),
    RemoveFile("/etc/x"),
    SetParameter("relayhost", "[a.example]:25"),
    PlaceRule("smtpd_sender_restrictions", "reject_non_fqdn_sender", "before_end"),
    SetBlock(DROP_IN, "MEL-Q-01", "ssl = yes"),
    SetUcl("/etc/rspamd/local.d/actions.conf", "reject", "15"),
)


@given(st.sampled_from(EDITS), states)
def test_an_edit_that_finds_its_wish_fulfilled_gives_back_what_it_got(edit: Edit, before: FileState) -> None:
    try:
        once = edit.change(before)
    except ValueError:
        return
    assert edit.change(once) == once


@given(st.sampled_from(EDITS[2:]), states)
def test_edits_of_lines_keep_owner_and_mode_of_what_is_there(edit: Edit, before: FileState) -> None:
    try:
        after = edit.change(before)
    except ValueError:
        return
    if before.content is not None:
        assert (after.owner, after.group, after.mode) == (before.owner, before.group, before.mode)


@given(st.binary(max_size=30).filter(lambda raw: b"relayhost" not in raw))
def test_bytes_that_are_no_utf8_survive(raw: bytes) -> None:
    after = SetParameter("relayhost", "x").change(FileState(raw)).content
    assert after is not None
    assert after.startswith(raw)


# --- blocks ---------------------------------------------------------------------------------------


def blocks(text: str) -> dict[str, str]:
    return {match[1]: match[2] for match in re.finditer(r"^# begin (.*)\n((?:.*\n)*?)# end \1\n", text, re.M)}


@given(st.lists(st.tuples(keys, texts), min_size=1, max_size=6), st.sampled_from([None, b"", b"own = 1", b"own = 1\n"]))
def test_every_control_keeps_one_block_and_touches_no_other(wishes: list[tuple[str, str]], start: bytes | None) -> None:
    state = FileState(start)
    for key, text in wishes:
        before = blocks((state.content or b"").decode())
        state = SetBlock(DROP_IN, key, text).change(state)
        assert state.content is not None
        now = blocks(state.content.decode())
        assert now == before | {key: f"{text.rstrip()}\n"}
    assert state.content is not None
    assert state.content.decode().startswith("own = 1\n" if start else "# Kept by baseline")
    assert state.content.decode().count("# begin ") == len({key for key, _ in wishes})


def test_a_block_given_twice_is_one_afterwards() -> None:
    text = b"# begin A\nx\n# end A\nown\n# begin A\ny\n# end A\n"
    assert SetBlock(DROP_IN, "A", "z").change(FileState(text)).content == b"# begin A\nz\n# end A\nown\n"


@pytest.mark.parametrize("text", [b"# begin A\nown = 1\n", b"# begin A\n# begin B\nx\n# end B\n# end A\n"])
def test_a_block_without_its_end_is_not_guessed_at(text: bytes) -> None:
    with pytest.raises(ValueError, match="no end"):
        SetBlock(DROP_IN, "A", "z").change(FileState(text))


def test_the_end_mark_may_be_the_last_bytes() -> None:
    state = FileState(b"# begin A\nz\n# end A")
    assert SetBlock(DROP_IN, "A", "z").change(state) == state
    assert SetBlock(DROP_IN, "A", "y").change(state).content == b"# begin A\ny\n# end A\n"


@pytest.mark.parametrize("text", ["# end A", "x\n# begin B\ny"])
def test_marks_inside_a_block_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="mark"):
        SetBlock(DROP_IN, "A", text).change(FileState(None))


# --- single edits ---------------------------------------------------------------------------------


def test_new_files_get_the_owner_and_mode_of_the_edit() -> None:
    after = SetUcl("/x", "a", "1", "root", "_rspamd", 0o640).change(FileState(None))
    assert after == FileState(b"a = 1;\n", "root", "_rspamd", 0o640)


def test_permissions_leave_the_content() -> None:
    assert Permissions("/x", "root", "mail", 0o600).change(FileState(b"a")) == FileState(b"a", "root", "mail", 0o600)
    with pytest.raises(ValueError, match="not there"):
        Permissions("/x").change(FileState(None))


def test_overrides_and_mount_options() -> None:
    master = FileState(b"smtp inet n - y - - smtpd\n  -o a=1\n")
    assert DropOverride("smtp/inet", "a").change(master).content == b"smtp inet n - y - - smtpd\n"
    assert SetOverride("smtp/inet", "b", "x y").change(master).content == (
        b"smtp inet n - y - - smtpd\n  -o { b = x y }\n  -o a=1\n"
    )
    fstab = FileState(b"tmpfs /tmp tmpfs defaults 0 0\n")
    assert SetMountOptions("/tmp", ("nosuid",)).change(fstab).content == b"tmpfs /tmp tmpfs nosuid 0 0\n"
    with pytest.raises(ValueError, match="no line"):
        SetMountOptions("/var/tmp", ("nosuid",)).change(fstab)


def test_rules_in_their_place() -> None:
    main = FileState(b"a = permit_mynetworks\n  reject\n")
    assert PlaceRule("a", "x y", "before_permits").change(main).content == b"a = x y, permit_mynetworks reject\n"
    assert PlaceRule("b", "x y", "last").change(main).content == (
        b"a = permit_mynetworks\n  reject\nb = permit_mynetworks, permit_sasl_authenticated, x y\n"
    )
    with pytest.raises(ValueError, match="no place"):
        PlaceRule("a", "x", "after_refusal").change(main)
    master = FileState(b"smtp inet n - y - - smtpd -o a=permit,reject\n")
    assert PlaceRule("a", "x", "before_end", "smtp/inet").path == "/etc/postfix/master.cf"
    changed = PlaceRule("a", "x", "before_end", "smtp/inet").change(master).content
    assert changed == b"smtp inet n - y - - smtpd\n  -o { a = x, permit,reject }\n"


# --- composing ------------------------------------------------------------------------------------


def test_edits_of_one_file_become_one_change() -> None:
    present = {"/etc/postfix/main.cf": FileState(b"a = 1\n", "root", "root", 0o640)}
    changes = compose(
        [("C-1", SetParameter("a", "2")), ("C-2", SetParameter("b", "3")), ("C-3", SetParameter("a", "2"))],
        present_in(present),
    )
    (change,) = changes
    assert (change.action, change.controls) == ("change", ("C-1", "C-2"))
    assert change.after == FileState(b"a = 2\nb = 3\n", "root", "root", 0o640)


def test_files_that_stay_equal_are_left_out() -> None:
    present = present_in({"/etc/postfix/main.cf": FileState(b"a = 1\n")})
    assert compose([("C-1", SetParameter("a", "1"))], present) == ()
    assert compose([("C-1", SetParameter("a", "2")), ("C-2", SetParameter("a", "1"))], present) == ()
    assert compose([("C-1", RemoveFile("/not/there"))], present) == ()


def test_creating_and_deleting_are_called_so() -> None:
    changes = compose([("C-1", PutFile("/b", "x")), ("C-2", RemoveFile("/a"))], present_in({"/a": FileState(b"old")}))
    assert [(change.path, change.action) for change in changes] == [("/a", "delete"), ("/b", "create")]


@given(st.lists(st.tuples(st.sampled_from(["C-1", "C-2"]), st.sampled_from(EDITS)), max_size=6), contents)
def test_applying_a_plan_leaves_nothing_for_the_next(wishes: list[tuple[str, Edit]], start: bytes | None) -> None:
    wishes = [pair for pair in wishes if not isinstance(pair[1], RemoveFile)]
    first = {edit.path: FileState(start) for _, edit in wishes}
    try:
        changes = compose(wishes, present_in(first))
    except ValueError:
        return
    after = first | {change.path: change.after for change in changes}
    assert compose(wishes, present_in(after)) == ()
