"""Values of a command line that are taken without a validator are what Typer makes of them, and it refuses the rest."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from baseline.cli.commands import COMMANDS
from baseline.cli.plain_values import with_plain_values

EXISTING, ABSENT = str(Path(__file__).parent), "/nonexistent/file"


def below(command: Any) -> Iterator[Any]:
    yield command
    for inner in getattr(command, "commands", {}).values():
        yield from below(inner)


@cache
def parameters() -> list[tuple[Any, Any]]:
    """Every parameter of every command, with a context of it."""
    all_commands = [one for name, entry in COMMANDS.items() for one in below(entry.command(name))]
    contexts = [one.context_class(one, info_name=one.name) for one in all_commands]
    return [(ctx, one) for ctx in contexts for one in ctx.command.get_params(ctx)]


WORDS = st.one_of(
    st.sampled_from(["", "-", ".", EXISTING, ABSENT, __file__, "0", "3", "-1", "1e9", "text", "json", "ms", "é"]),
    st.text(max_size=8),
    st.text(st.characters(codec=None), max_size=4),
)
VALUES = st.one_of(
    st.none(), WORDS, st.integers(-2, 10**6), st.lists(WORDS, max_size=3), st.tuples(WORDS), st.booleans()
)


def outcome(ctx: Any, parameter: Any, value: Any) -> tuple[type | None, Any]:
    try:
        made = parameter.process_value(ctx, value)
    except Exception as error:  # noqa: BLE001 -- whatever is raised has to be the same
        return type(error), str(error)
    return None, (type(made), made)


def by_typer(ctx: Any, parameter: Any, value: Any) -> tuple[type | None, Any]:
    """The outcome by Typer's own method, which that of the parameter hides."""
    ours = vars(parameter).pop("get_runtime_param")
    try:
        return outcome(ctx, parameter, value)
    finally:
        parameter.get_runtime_param = ours


@given(st.deferred(lambda: st.sampled_from(parameters())), VALUES)
def test_every_value_of_every_option_is_what_typer_makes_of_it(which: tuple[Any, Any], value: Any) -> None:
    ctx, parameter = which
    assert outcome(ctx, parameter, value) == by_typer(ctx, parameter, value)


@pytest.mark.parametrize("value", [EXISTING, ABSENT, "", "-", "0", "3", "text", None])
def test_common_values_of_every_option_are_what_typer_makes_of_them(value: str | None) -> None:
    for ctx, parameter in parameters():
        given = (value,) if parameter.multiple and value is not None else value
        assert outcome(ctx, parameter, given) == by_typer(ctx, parameter, given)


def made(command: Any) -> Any:
    app = typer.Typer(add_completion=False)
    app.command()(command)
    return typer.main.get_command(app)


def test_paths_and_numbers_with_conditions_are_looked_at_as_typer_does(tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("")

    def command(
        old: Annotated[Path, typer.Option(exists=True, dir_okay=False)],
        few: Annotated[int, typer.Option(min=1, max=3)] = 2,
        word: Annotated[str, typer.Option(parser=str.upper)] = "a",
        whole: Annotated[Path, typer.Option(resolve_path=True)] = Path("x"),
    ) -> None:
        """Nothing."""

    ctx = typer.Context(with_plain_values(made(command)))
    for parameter in ctx.command.get_params(ctx):
        for value in (str(tmp_path / "kept"), str(tmp_path), str(tmp_path / "none"), 0, 2, 4, "2", "9", "b", None):
            assert outcome(ctx, parameter, value) == by_typer(ctx, parameter, value)


class Older:
    """A parameter of a release of Typer that has no such method."""

    type_descriptor = None


def test_a_release_without_the_method_is_left_alone() -> None:
    class Command:
        def get_params(self, ctx: Any) -> list[Any]:
            del ctx
            return [Older()]

    (parameter,) = with_plain_values(Command()).get_params(None)
    assert vars(parameter) == {}


def test_what_else_a_release_wants_of_it_is_typer_s_own() -> None:
    for _, parameter in parameters()[:3]:
        own = type(parameter).get_runtime_param(parameter)
        assert parameter.get_runtime_param().annotation is own.annotation
