"""/etc/fstab, and the options of its lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.formats import fstab

MOUNTS = ("/", "/tmp", "/var/spool/mel-tmp")
OPTIONS = ("defaults", "rw", "ro", "nosuid", "suid", "nodev", "noexec", "exec", "size=1g", "size=2g", "mode=1777")
gaps = st.sampled_from([" ", "\t", "   ", " \t"])
options = st.lists(st.sampled_from(OPTIONS), min_size=1, max_size=4).map(",".join)
wanted = st.lists(st.sampled_from(["nosuid", "nodev", "size=2g", "rw"]), min_size=1, max_size=3, unique=True).map(tuple)


@st.composite
def lines(draw: st.DrawFn) -> str:
    if draw(st.booleans()):
        return draw(
            st.sampled_from(["# tmpfs /tmp tmpfs defaults 0 0", "", "   ", "\t# x", "UUID=1\x85 /boot ext4 ro"])
        )
    fields = ["tmpfs", draw(st.sampled_from(MOUNTS)), "tmpfs", draw(options), "0", "0"][: draw(st.integers(3, 6))]
    text = draw(st.sampled_from(["", " "])) + fields[0]
    for field in fields[1:]:
        text += draw(gaps) + field
    return text + draw(st.sampled_from(["", " "]))


tables = st.builds(lambda rows, end: "\n".join(rows) + end, st.lists(lines(), max_size=6), st.sampled_from(["", "\n"]))


def read(text: str) -> list[list[str]]:
    """The fields of every line that mounts something."""
    return [line.split() for line in text.split("\n") if line.strip() and not line.strip().startswith("#")]


@given(tables, wanted)
def test_the_options_are_in_force_on_that_line_alone(text: str, options: tuple[str, ...]) -> None:
    if not fstab.has_mount(text, "/tmp"):
        with pytest.raises(ValueError, match="no line"):
            fstab.set_options(text, "/tmp", options)
        return
    after = fstab.set_options(text, "/tmp", options)
    assert len(after.split("\n")) == len(text.split("\n"))
    for before, now in zip(read(text), read(after), strict=True):
        if before[1] != "/tmp":
            assert now == before
            continue
        assert now[:3] + now[4:] == before[:3] + before[4:]
        present = now[3].split(",")
        assert set(options) <= set(present)
        assert not {option.removeprefix("no") for option in options if option.startswith("no")} & set(present)
        assert [option for option in present if option.startswith("size=")] in ([], ["size=1g"], ["size=2g"]) or (
            "size=2g" not in options
        )
    assert fstab.set_options(after, "/tmp", options) == after


def test_a_line_that_says_so_already_keeps_its_bytes() -> None:
    text = "tmpfs\t/tmp  tmpfs nosuid,mode=1777,nodev\t0 0 "
    assert fstab.set_options(text, "/tmp", ("nodev", "nosuid")) == text


@pytest.mark.parametrize(
    ("present", "options", "after"),
    [
        ("defaults", ("nosuid",), "nosuid"),
        ("ro,relatime", ("rw",), "relatime,rw"),
        ("size=50%,suid", ("size=2g", "nosuid"), "size=2g,nosuid"),
        (
            'context="system_u:object_r:tmp_t:s0:c1,c2",exec',
            ("noexec",),
            'context="system_u:object_r:tmp_t:s0:c1,c2",noexec',
        ),
        ("size=1g,size=2g", ("size=2g",), "size=2g"),
    ],
)
def test_merging(present: str, options: tuple[str, ...], after: str) -> None:
    assert fstab.merge_options(present, options) == after
    assert fstab.merge_options(after, options) == after


@pytest.mark.parametrize("option", ["", "a b", "a,b", "a\nb", 'a"'])
def test_what_is_no_option_is_refused(option: str) -> None:
    with pytest.raises(ValueError, match="no mount option"):
        fstab.set_options("tmpfs /tmp tmpfs defaults 0 0\n", "/tmp", (option,))
