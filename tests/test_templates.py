"""Templates: undefined names and control characters are errors, and values are written as each syntax wants."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline import sizes, templates
from baseline.errors import InputError
from baseline.templates import names, one_line, percent, render


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    templates._environment.cache_clear()
    monkeypatch.setattr(templates, "_folder", lambda: tmp_path)
    yield tmp_path
    templates._environment.cache_clear()


def written(folder: Path, text: str, name: str = "program/file.conf.j2") -> str:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return name


def refusal(name: str, **values: object) -> str:
    with pytest.raises(InputError) as caught:
        render(name, **values)
    return str(caught.value)


def test_renders_values_and_keeps_the_last_newline(folder: Path) -> None:
    name = written(folder, "a = {{ a }}\n{% for b in many %}\nb = {{ b }}\n{% endfor %}\nend\n")
    assert render(name, a=1, many=["x", 2.5]) == "a = 1\nb = x\nb = 2.5\nend\n"


def test_nothing_is_escaped(folder: Path) -> None:
    assert render(written(folder, "{{ a }}"), a="<&'\">") == "<&'\">"


@pytest.mark.parametrize("value", ["a\nb", "a\rb", "a\0b", "\x1b[0m", "\x7f", "\x85", "\u2028"])
def test_a_value_with_a_control_character_is_refused(folder: Path, value: str) -> None:
    said = refusal(written(folder, "one\ntwo {{ a }}\n"), a=value)
    assert said.startswith("templates/program/file.conf.j2:2:1: ")
    assert said.endswith("holds a control character, which could smuggle a line into the file")


@pytest.mark.parametrize("value", [None, True, ["a"], {"a": 1}, object()])
def test_a_value_that_is_neither_text_nor_a_number_is_refused(folder: Path, value: object) -> None:
    assert "is neither text nor a number" in refusal(written(folder, "{{ a }}"), a=value)


def test_joining_lines_is_no_way_around(folder: Path) -> None:
    assert "control character" in refusal(written(folder, "{{ a | join('\\n') }}"), a=["x", "y"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\n\n{{ a }}", "templates/t.j2:3:1: 'a' is undefined"),
        ("\n{% if a %}{% endif %}", "templates/t.j2:2:1: 'a' is undefined"),
        ("x\n{% if %}", "templates/t.j2:2:1: Expected an expression, got 'end of statement block'"),
        ("x\n\n{{ 'no' | dovecot_size }}", "templates/t.j2:3:1: not all arguments converted during string formatting"),
        ("{{ 1 / 0 }}", "templates/t.j2:1:1: division by zero"),
        ("{{ 'a\nb' | ucl_quoted }}", "templates/t.j2:2:1: 'a\\nb' cannot be written as one UCL string"),
        ("{% include 'none.j2' %}", "templates/none.j2: there is no such template"),
    ],
)
def test_errors_name_template_and_line(folder: Path, text: str, said: str) -> None:
    assert refusal(written(folder, text, "t.j2")) == said


def test_errors_in_an_included_template_name_that_one(folder: Path) -> None:
    written(folder, "x\n{{ a }}", "inner.j2")
    assert refusal(written(folder, "{% include 'inner.j2' %}", "t.j2")) == "templates/inner.j2:2:1: 'a' is undefined"


@pytest.mark.parametrize("name", ["none.j2", "../setup.cfg", "a//b", "/etc/passwd", "program/../../x", ""])
def test_templates_that_are_not_there(folder: Path, name: str) -> None:
    assert refusal(name) == f"templates/{name}: there is no such template"


@given(st.text())
def test_whatever_passes_is_one_line(value: str) -> None:
    try:
        assert one_line(value) is value
    except ValueError:
        assert len(value.splitlines()) > 1 or any(ord(character) < 160 for character in value)
    else:
        assert len(f"x{value}x".splitlines()) == 1
        assert "\0" not in value


@given(st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=20))
def test_words_of_sh_come_out_as_they_went_in(value: str) -> None:
    assert shlex.split(templates._environment().filters["sh_quoted"](value)) == [value]


def test_words_of_sh_are_one_word_to_sh(folder: Path) -> None:
    value = 'it\'s $(x) `y` \\ "z" *'
    script = render(written(folder, "printf %s {{ a | sh_quoted }}"), a=value)
    assert subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout == value


@given(st.text(st.sampled_from("%ab{} "), max_size=10))
def test_percent_doubles_every_sign(value: str) -> None:
    assert percent(value).count("%") == 2 * value.count("%")
    assert percent(value).replace("%%", "%") == value


@given(st.integers(0, 1 << 50))
def test_sizes_come_back_from_dovecots_form(size: int) -> None:
    text = templates._environment().filters["dovecot_size"](size)
    assert sizes.dovecot(text) == size


def test_filters_in_templates(folder: Path) -> None:
    text = "{{ size | dovecot_size }} {{ '95% full' | percent }} {{ text | ucl_quoted }} {{ 5 | sh_quoted }}"
    assert render(written(folder, text), size=1 << 30, text='a "b" \\') == '1G 95%% full "a \\"b\\" \\\\" 5'


def test_every_template_of_the_package_parses() -> None:
    environment = templates._environment()
    for name in names():
        environment.get_template(name)


@pytest.mark.checkout
def test_every_template_of_the_folder_is_found() -> None:
    folder = Path(__file__).parents[1] / "templates"
    assert set(names()) == {str(path.relative_to(folder)) for path in folder.rglob("*.j2")}


@pytest.mark.parametrize("name", [name for name in names() if name.endswith(".sh.j2")])
def test_shellcheck_finds_nothing_in_a_script(name: str) -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("shellcheck is not installed")
    source, _, _ = templates._Shipped().get_source(templates._environment(), name)
    script = re.sub(r"\{\{.*?\}\}", "word", re.sub(r"\{[%#].*?[%#]\}\n?", "", source, flags=re.S))
    # Logins are of ASCII alone, so that the case of other alphabets is of no concern.
    command = ["shellcheck", "--exclude=SC2018,SC2019", "-"]
    done = subprocess.run(command, input=script, capture_output=True, text=True, check=False)
    assert done.stdout == ""
    assert done.returncode == 0


def test_installed_templates_are_read_from_the_package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.resources.files", lambda package: tmp_path / package)
    assert templates._folder.__wrapped__() == tmp_path / "baseline._templates"
