"""A baseline of one's own: templates beside it, short titles, and mistakes told in the file that can be mended."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from baseline.errors import InputError
from baseline.kinds.file import FileControl
from baseline.load import Baseline, load_baseline, load_inventory, yaml
from baseline.load.tree import Position, Problems, TableEntry
from baseline.model import Target
from baseline.own_template import OwnTemplate
from baseline.templates import render

HEAD = "baseline: ours\nversion: 1.0.0\nextends: mampu-2007\n"
MOTD = """\
controls:
  - id: OUR-1
    kind: file
    title: Who owns the host
    clause: ""
    obligation: mandatory
    severity: low
    why: So that people know whom to ask.
    path: /etc/motd
    template: ./motd.j2
"""
INVENTORY = "all: {hosts: {mx1: {roles: [mta], owner_of: us}, store1: {roles: [mailstore]}}}\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of one's own, which is the current one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inventory.yml").write_text(INVENTORY)
    (tmp_path / "motd.j2").write_text("{{ target.name }}\nis ours\n")
    return tmp_path


def written(text: str) -> Baseline:
    Path("ours.yml").write_text(HEAD + text)
    return load_baseline("ours.yml")


def targets() -> tuple[Target, ...]:
    return load_inventory("inventory.yml").targets


def mistakes(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        written(text).validate_all(targets())
    return [str(problem) for problem in caught.value.problems]


# --- templates ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("folder")
def test_a_template_beside_the_baseline_is_rendered_for_each_host() -> None:
    rules = written(MOTD)
    for target in targets():
        control = rules.controls_for(target)[-1]
        assert isinstance(control, FileControl)
        assert control.text(target) == f"{target.name}\nis ours\n"
    assert rules.to_dict()["controls"][-1]["template"] == "./motd.j2"


def test_it_is_found_beside_the_baseline_from_any_directory(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(MOTD)
    monkeypatch.chdir("/")
    control = load_baseline(folder / "ours.yml").controls_for(Target("mx1", "mx1"))[-1]
    assert isinstance(control, FileControl)
    assert control.text(Target("mx1", "mx1")) == "mx1\nis ours\n"


def test_its_text_is_part_of_the_digest_of_the_baseline(folder: Path) -> None:
    before = written(MOTD).sha256
    assert written(MOTD).sha256 == before
    (folder / "motd.j2").write_text("another\n")
    assert written(MOTD).sha256 != before


@pytest.mark.usefixtures("folder")
def test_it_travels_between_processes() -> None:
    own = OwnTemplate("./motd.j2", "{{ x }}", "/a/motd.j2")
    again = pickle.loads(pickle.dumps(own))
    assert (again, again.text, again.file, render(again, x=1)) == (own, own.text, own.file, "1")
    rules = pickle.loads(pickle.dumps(written(MOTD)))
    control = rules.controls_for(Target("mx1", "mx1"))[-1]
    assert control.text(Target("mx1", "mx1")) == "mx1\nis ours\n"


def test_it_may_include_a_template_of_the_package_and_no_file(folder: Path) -> None:
    (folder / "motd.j2").write_text('{% include "postfix/sender-logins.j2" %}')
    written(MOTD).validate_all(targets())
    (folder / "motd.j2").write_text('{% include "/etc/passwd" %}')
    assert "there is no such template" in mistakes(MOTD)[0]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("one\n{{ owner_of }}\n", "motd.j2:2:1: for host store1: 'owner_of' is undefined"),
        ("one\n{{ target.roles }}\n", "motd.j2:2:1: for host mx1: frozenset("),
        ("one\n{{ x", "motd.j2:2:1: template: unexpected end of template"),
        ("\x07", "motd.j2:1:1: control character U+0007"),
        ("", "motd.j2: the file is empty"),
    ],
)
def test_a_mistake_in_it_is_told_at_its_line(folder: Path, text: str, told: str) -> None:
    (folder / "motd.j2").write_text(text)
    (mistake, *_) = mistakes(MOTD)
    assert mistake.startswith(told)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("motd.j2", "the package has no template motd.j2: write ./motd.j2 for a file of your own beside this one"),
        ("dovecot/roster.dic.j2", "the package has no template dovecot/roster.dic.j2 (did you mean `dovecot/roster.d"),
        ("./none.j2", "there is no file none.j2"),
        ("'{{ name }}.j2'", "the package has no template {{ name }}.j2"),
    ],
)  # fmt: skip
def test_a_template_that_is_nowhere_is_told(name: str, told: str) -> None:
    (mistake,) = mistakes(MOTD.replace("./motd.j2", name))
    assert mistake.startswith(f"ours.yml:13:15: {told}")


# --- short forms --------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    "title", ["Who owns the host", "{en: Who owns the host}", "{en: Who owns the host, ms: Pemilik}"]
)
def test_malay_titles_and_roles_are_optional(title: str) -> None:
    rules = written(MOTD.replace("title: Who owns the host", f"title: {title}"))
    control = rules.controls_for(targets()[0])[-1]
    assert (control.title.en, control.roles) == ("Who owns the host", ())
    assert all(control.applies(target) for target in targets())
    assert rules.drafts[-1].title == "Who owns the host"


# --- where mistakes are told --------------------------------------------------------------------------------


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "overrides:\n  MEL-Q-01: {min_bytes: 2GB}\n",
            "ours.yml:5:25: quota (1GB) is below min_bytes (2GB); `quota` is that of the extended baseline: override",
        ),
        ("overrides:\n  MEL-Q-01: {min_bytes: 2GB, quota: 1500MB}\n", "ours.yml:5:25: quota (1500MB) is below"),
        ("overrides:\n  MEL-Q-01: {min_bytes: 2 gigs}\n", "ours.yml:5:25: `min_bytes`: '2 gigs' is not a size"),
        ("overrides:\n  MEL-Q-07: {max_attachment_bytes: 40MB}\n", "ours.yml:5:36: message_size_limit (25MB) has "),
        ("overrides:\n  MEL-A-03: {mark: 13}\n", "ours.yml:5:20: "),
        ("overrides:\n  MEL-Q-04: {warn_pct: 95, send_pct: 90}\n", "ours.yml:5:24: warn_pct (95) has to be"),
        ("overrides:\n  MEL-Q-10: {send: 4GB}\n", "ours.yml:5:20: "),
        ("overrides:\n  MEL-H-03: {warn_pct: 99}\n", "ours.yml:5:24: "),
        (MOTD.replace("OUR-1", "MEL-Q-01"), "ours.yml:5:9: control MEL-Q-01 is given twice: first at /"),
    ],
)  # fmt: skip
def test_what_fields_are_together_is_told_at_the_users_line(text: str, told: str) -> None:
    (mistake, *_) = mistakes(text)
    assert mistake.startswith(told)


@pytest.mark.usefixtures("folder")
def test_what_an_inventory_brings_out_is_told_in_the_inventory() -> None:
    Path("inventory.yml").write_text(
        "all:\n  hosts:\n    mx1: {roles: [dns], private_addresses: perhaps, domains: [d.my]}\n"
    )
    assert mistakes("vars: {x: 1}\n") == [
        "inventory.yml:3:44: for host mx1: MEL-D-01: `private`: true or false is wanted, not 'perhaps' "
        "(through `private_addresses`)"
    ]


VALUES = ("2GB", "-1", "[]", "{a: b}", "99", "''", "true", "'{{ nothing }}'", "'{{ target.name }}'", "null", "1e400")


@pytest.mark.parametrize("value", VALUES)
def test_no_mistake_of_any_field_is_told_inside_the_package(value: str) -> None:
    """Each field of each control of the circular is overridden with a value that may not fit."""
    told = []
    for draft in load_baseline("mampu-2007").drafts:
        for name in draft.kind.model_fields:
            tree = yaml.parse(f"{name}: {value}", "ours.yml", Problems())
            assert tree is not None
            _, faults = draft.overridden(TableEntry(Position("ours.yml", 1, 1), tree), {}, {}).prepared()
            told += [(place.file, place.line) for place, _ in faults]
    assert set(told) == {("ours.yml", 1)}


@pytest.mark.usefixtures("folder")
def test_a_size_that_postfix_does_not_read_is_told_as_it_reads_it() -> None:
    setting = MOTD.partition("    path:")[0].replace("kind: file", "kind: postfix_setting")
    (mistake,) = mistakes(f"{setting}    name: x\n    value: 25MB\n    at_least: 20MB\n")
    assert mistake == "ours.yml:13:12: value '25MB' is no number to Postfix: write 26214400"
