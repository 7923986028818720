"""A new site: its files load as they are, with the values that were answered, and never go over others."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baseline.errors import UserError
from baseline.load import load_baseline, load_inventory, load_roster
from baseline.load.scalars import scalar
from baseline.model import ROLES
from baseline.starting import folder as start
from baseline.starting.new_files import NewFile, write_new
from tests.schemas.documents import faults

NAMES = st.text(min_size=1, max_size=80)
WORDS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
DOMAINS = st.lists(WORDS, min_size=2, max_size=3).map(".".join).filter(lambda text: not text.replace(".", "").isdigit())


def readable(agency: str) -> bool:
    try:
        start.agency_name(agency)
    except UserError:
        return False
    return True


@given(NAMES.filter(readable), DOMAINS, DOMAINS, st.sets(st.sampled_from(ROLES), min_size=1), WORDS)
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_loads_with_the_values_that_were_answered(
    tmp_path_factory: pytest.TempPathFactory, agency: str, domain: str, host: str, roles: set[str], user: str
) -> None:
    folder = tmp_path_factory.mktemp("site")
    answers = start.FirstAnswers(
        start.agency_name(agency),
        start.mail_domain(domain),
        start.host_name(host),
        start.role_names(" ".join(roles)),
        start.login_name(f"u{user}"),
    )
    write_new(folder, start.starting_files(answers, "mampu-2007"))
    (target,) = load_inventory(folder / "inventory.yml").targets
    assert (target.name, target.roles, target.domains) == (answers.host, frozenset(roles), (answers.domain,))
    assert target.vars["ansible_user"] == answers.user
    rules = load_baseline(folder / "agency.yml")
    assert rules.title.en == f"Rules for mail hosts: {answers.agency}"
    assert rules.control_ids == load_baseline("mampu-2007").control_ids
    rules.validate_all([target])
    assert [one.address for one in load_roster(folder / "roster.yml")] == [f"postmaster@{answers.domain}"]


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_a_scalar_is_one_line_that_reads_as_the_same_text(text: str) -> None:
    written = scalar(text)
    assert written.isprintable()
    read = yaml.safe_load(f"- {written}\n")
    assert read == ["".join("\ufffd" if "\ud800" <= letter <= "\udfff" else letter for letter in text)]


@given(st.text(max_size=400))
def test_a_text_in_a_comment_stays_in_it(text: str) -> None:
    assert start.in_comment(text).isprintable()
    assert len(start.in_comment(text)) <= 160


@pytest.mark.parametrize("word", ["no", "Null", "1e3", "012", "~", "a: b", "- x", "{{ x }}", "#", "", "y", "a\nb"])
def test_words_that_yaml_takes_for_something_else_are_quoted(word: str) -> None:
    assert yaml.safe_load(f"x: {scalar(word)}") == {"x": word}


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (start.agency_name, "two\nlines"),
        (start.agency_name, " "),
        (start.mail_domain, "local"),
        (start.mail_domain, "a b.example"),
        (start.host_name, "mx1/"),
        (start.host_name, "300.1.1.1"),
        (start.role_names, "mta, mx"),
        (start.role_names, ""),
        (start.login_name, "-oProxyCommand=x"),
    ],
)
def test_an_answer_that_is_none_is_refused_with_what_would_be_one(read: object, text: str) -> None:
    assert callable(read)
    with pytest.raises(UserError):
        read(text)


def test_nothing_is_written_where_one_file_is_there_and_all_that_are_there_are_named(tmp_path: Path) -> None:
    (tmp_path / "b").write_text("mine")
    (tmp_path / "c").symlink_to("nowhere")
    with pytest.raises(UserError, match=r"(?s)/b\n.*/c\n"):
        write_new(tmp_path, {name: NewFile("new") for name in "abc"})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["b", "c"]
    assert (tmp_path / "b").read_text() == "mine"


def test_files_that_could_not_all_be_written_are_taken_away_again(tmp_path: Path) -> None:
    (tmp_path / "sub").write_text("no directory")
    with pytest.raises(UserError, match="cannot be written"):
        write_new(tmp_path, {"a": NewFile("new"), "sub/b": NewFile("new")})
    assert [path.name for path in tmp_path.iterdir()] == ["sub"]


def test_modes_are_those_of_files_that_others_may_read_and_of_programs(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        write_new(tmp_path / "made", start.starting_files(start.FirstAnswers(), "mampu-2007"))
    finally:
        os.umask(before)
    files = [path for path in (tmp_path / "made").rglob("*") if path.is_file()]
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in files}
    assert modes.pop("lint.sh") == 0o755
    assert set(modes.values()) == {0o644}
    subprocess.run(["sh", "-n", str(tmp_path / "made" / "lint.sh")], check=True)


def test_editors_find_a_schema_for_every_yaml_file_and_none_is_left_over(tmp_path: Path) -> None:
    write_new(tmp_path, start.starting_files(start.FirstAnswers(), "mampu-2007"))
    heads = [path.read_text().partition("\n")[0] for path in tmp_path.glob("*.yml")]
    named = {tmp_path / head.removeprefix("# yaml-language-server: $schema=") for head in heads}
    assert named == set((tmp_path / start.SCHEMAS).iterdir())
    assert len(heads) == len(named) == 5
    for path in tmp_path.glob("*.yml"):
        what = Path(path.read_text().partition("\n")[0]).stem
        if yaml.safe_load(path.read_text()) is not None:
            assert faults(what, path) == []
