"""The manual pages: one for each command, with all that help says, which mandoc and groff read without a complaint."""

from __future__ import annotations

import os
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baseline import manual, reference

DAY = datetime(2026, 3, 2, tzinfo=UTC)
PARTS = ("NAME", "SYNOPSIS", "DESCRIPTION", "EXIT STATUS", "EXAMPLES", "FILES", "SEE ALSO")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All pages, as files."""
    made = tmp_path_factory.mktemp("man1")
    for name, text in manual.pages(DAY).items():
        (made / name).write_text(text, encoding="ascii")
    return made


def mandoc(*words: str | Path, text: str = "") -> str:
    if shutil.which("mandoc") is None:
        pytest.skip("mandoc is not installed")
    ran = subprocess.run(
        ["mandoc", *words], input=text, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return ran.stdout


def test_each_command_has_its_page_with_all_parts(folder: Path) -> None:
    names = {"baseline.1"} | {f"baseline-{'-'.join(path)}.1" for path, _ in reference.commands()}
    assert {path.name for path in folder.iterdir()} == names
    for path in folder.iterdir():
        text = path.read_text()
        assert [part for part in PARTS if f'.SH "{part}"' not in text] == [], path.name
    assert '.SH "ENVIRONMENT"' in (folder / "baseline-check.1").read_text()


def test_each_option_is_on_the_page_of_its_command(folder: Path) -> None:
    for path, command in reference.commands():
        text = (folder / f"baseline-{'-'.join(path)}.1").read_text()
        names = [manual.roff(name) for one in command.params if one.param_type_name == "option" for name in one.opts]
        assert [name for name in names if f"\\fB{name}\\fR" not in text] == [], path


def test_every_page_that_is_named_is_there(folder: Path) -> None:
    for path in folder.iterdir():
        _, _, also = path.read_text().partition('.SH "SEE ALSO"')
        for line in also.split(",\n"):
            name = line.strip().removeprefix("\\fB").partition("\\fR")[0].replace("\\-", "-")
            assert (folder / f"{name}.1").is_file(), f"{path.name} names {name}"


def test_mandoc_finds_nothing_wrong(folder: Path) -> None:
    assert mandoc("-T", "lint", "-W", "warning", *sorted(folder.iterdir())) == ""


def test_groff_warns_of_nothing(folder: Path) -> None:
    if shutil.which("man") is None or shutil.which("groff") is None:
        pytest.skip("man and groff are not installed")
    for name in ("baseline.1", "baseline-check.1", "baseline-explain.1"):
        ran = subprocess.run(
            ["man", "--warnings", "-E", "UTF-8", "-Tutf8", "-l", folder / name],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "MANROFFSEQ": ""},
        )
        assert (ran.stderr, len(ran.stdout) > 2000) == ("", True)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.text("abc.'\\-`^~\"{}$|<>#% ", min_size=1, max_size=30), min_size=1, max_size=20))
def test_a_text_comes_out_of_roff_as_it_went_in(texts: list[str]) -> None:
    texts = [f"[{' '.join(text.split())}]" for text in texts]
    page = ['.TH X 1 "2026-03-02" "x" "x"', ".SH X", ".nf", *(line for one in texts for line in (manual.roff(one),))]
    shown = mandoc("-T", "utf8", "-O", "width=200", text="\n".join([*page, ""]))
    lines = [line.strip() for line in shown.splitlines() if line.strip().startswith("[")]
    assert lines == texts


def test_a_line_that_begins_like_a_request_is_text() -> None:
    assert manual.roff(".TH and 'so on").startswith("\\&.TH")
    assert manual.roff("so on …") == "so on ..."
    assert manual.roff("é") == "\\[u00E9]"


def test_the_date_is_that_of_the_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1772409600")
    assert manual.main([str(tmp_path / "man1")]) == 0
    assert '"2026-03-02"' in (tmp_path / "man1" / "baseline.1").read_text().splitlines()[1]
