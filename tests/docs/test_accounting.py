"""Every block of code of the pages is answered for, and every option of every command is shown and explained."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from baseline import reference
from baseline.cli.examples import EXAMPLES
from baseline.fabric_tasks.wishes import HELP
from tests.docs.accounting import ELSEWHERE, PLAYED, all_fences, how, parses, untried, why_not
from tests.docs.pages import ROOT, Fence, pages, written


def test_every_block_is_played_run_loaded_parsed_or_left_out_with_a_reason() -> None:
    nobodys = [f"{one.page}:{one.line} {one.info}: {untried(one)}" for one in all_fences() if not how(one)]
    assert nobodys == []


def test_most_blocks_are_played_and_few_are_left_out() -> None:
    counts = Counter(how(one) for one in all_fences())
    assert counts["played"] + counts["run"] + counts["loaded"] > 3 * (counts["parsed"] + counts["left out"])


def test_a_reason_is_one() -> None:
    assert [f"{one.page}:{one.line}" for one in all_fences() if 0 < len(why_not(one).split()) < 3] == []


@pytest.mark.parametrize(("page", "test"), sorted({(page, test) for (page, _), test in PLAYED.items()}))
def test_a_test_that_plays_a_page_names_it(page: str, test: str) -> None:
    assert page.removeprefix("docs/ms/") in (ROOT / test).read_text("utf-8")


@pytest.mark.parametrize("place", sorted(set(ELSEWHERE.values())))
def test_what_runs_a_command_elsewhere_is_there(place: str) -> None:
    assert (ROOT / place).exists()


def made(text: str, info: str = "sh") -> Fence:
    """A block of a page that is not there."""
    return Fence("docs/none.md", 1, info, text)


def test_a_block_that_nobody_answers_for_would_be_found() -> None:
    assert how(made("curl https://example.org\n")) == ""
    assert how(made("make no-such-target\n")) == ""
    assert how(made("python -m baseline.no_such_module\n")) == ""
    assert how(made("$ baseline check\n", "text")) == ""
    assert how(made("x\n", "text file=unknown.bin")) == ""
    assert how(made("curl https://example.org\n", "sh unplayed=it-needs-a-network")) == "left out"
    assert how(made("make demo\n")) == "parsed"
    assert how(made("baseline check -i inventory.yml\n")) == "run"
    with pytest.raises(SyntaxError):
        parses(made("def\n", "python"))
    with pytest.raises(yaml.YAMLError):
        parses(made("a: [\n", "yaml"))


def test_the_configuration_of_fabric_that_its_page_shows_is_one() -> None:
    (shown,) = (one for one in all_fences() if (one.page, one.language) == ("docs/fabric.md", "yaml"))
    assert set(yaml.safe_load(shown.text)["baseline"]) <= {*HELP, "variables"}


# --- commands and options -------------------------------------------------------------------------

PAGE = "docs/reference/commands.md"
REFERENCE = pages()[PAGE]
OPTIONS = [(path, one) for path, command in reference.commands() for one in command.params if one.name != "help"]


def section(path: tuple[str, ...]) -> str:
    """What the reference says of a command."""
    return REFERENCE.partition(f"\n## `baseline {' '.join(path)}`\n")[2].partition("\n## ")[0]


def spellings(parameter: Any) -> list[str]:
    """How an option is typed, or how an argument is named."""
    if parameter.param_type_name == "argument":
        return [str(parameter.metavar or parameter.name.upper())]
    return [*parameter.opts, *parameter.secondary_opts]


def row(path: tuple[str, ...], parameter: Any) -> list[str]:
    """The cells of the reference that explain an argument or option; empty where none do."""
    for line in section(path).splitlines():
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        typed = re.split(r"[ ,`]+", cells[0].replace("\\|", "|")) if cells else []
        if len(cells) == 4 and set(spellings(parameter)) <= set(typed):
            return cells
    return []


def test_the_reference_gives_type_default_and_meaning_of_every_option() -> None:
    lacking = []
    for path, parameter in OPTIONS:
        cells = row(path, parameter)
        given = parameter.default not in (None, False, (), "") or parameter.required
        if not cells or not cells[1] or not cells[3] or (given and not cells[2]):
            lacking.append(f"{' '.join(path)} {'/'.join(spellings(parameter))}: {cells}")
    assert lacking == []
    assert len(OPTIONS) > 200


def test_every_command_is_shown_in_use() -> None:
    assert {" ".join(path) for path, _ in reference.commands()} - EXAMPLES.keys() == set()
    lacking = [" ".join(path) for path, _ in reference.commands() if "```sh\n" not in section(path)]
    assert lacking == []


def shown() -> Iterator[str]:
    """All that is shown of options: on pages that a person wrote, and in examples."""
    yield from (text for page, text in written().items() if page != "CHANGELOG.md")
    yield from (one.typed for given in EXAMPLES.values() for one in given)


def test_every_option_is_shown_in_use_or_told_of_on_a_page() -> None:
    text = "\n".join(shown())
    lacking = [
        f"{' '.join(path)} {'/'.join(names)}"
        for path, parameter in OPTIONS
        if parameter.param_type_name != "argument"
        and (names := spellings(parameter))
        and not any(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text) for name in names)
    ]
    assert lacking == []
