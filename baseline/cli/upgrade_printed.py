"""What `upgrade-check` prints: each host's settings under the next release, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from baseline.cli.printed import indented
from baseline.languages import Language, term
from baseline.reports.lines import printed
from baseline.reports.words import one_line, visible
from baseline.upgrading.items import HostForecast, Item, Prediction

if TYPE_CHECKING:
    from rich.console import Console

_ORDER: tuple[Prediction, ...] = ("breaks", "changes", "unknown", "same")
_WORDS: Mapping[Prediction, str] = {
    "breaks": term("breaks"),
    "changes": term("changes"),
    "same": term("stays the same"),
    "unknown": term("not known"),
}
_STYLES: Mapping[Prediction, str] = {"breaks": "bold red", "changes": "yellow", "same": "green", "unknown": "magenta"}


def as_text(
    hosts: Sequence[HostForecast], to: str, language: Language, console: Console, *, verbose: bool = False
) -> str:
    """For a terminal. What stays the same is counted, and told with `verbose`."""
    return printed(console, _parts(hosts, to, language, verbose=verbose))


def _parts(hosts: Sequence[HostForecast], to: str, language: Language, *, verbose: bool) -> Iterator[RenderableType]:
    for number, host in enumerate(hosts):
        if number:
            yield Text()
        yield Text(f"{one_line(host.host)}: {_summary(host, to, language)}", style="bold")
        for verdict in _ORDER:
            items = host.of(verdict)
            if items and (verbose or verdict != "same"):
                yield Text()
                yield Text(language.say(_WORDS[verdict]), style=_STYLES[verdict])
                for item in items:
                    yield from _item(item, language)


def _summary(host: HostForecast, to: str, language: Language) -> str:
    if host.error:
        return language.say("not known: {why}", why=visible(language.tell(host.error)))
    counts = [(language.say(_WORDS[verdict]), len(host.of(verdict))) for verdict in _ORDER]
    told = ", ".join(f"{number} {word}" for word, number in counts if number)
    return language.say("under {release}: {counts}", release=to, counts=told)


def _item(item: Item, language: Language) -> Iterator[RenderableType]:
    head = Text.assemble((item.program, "bold"), "  ", one_line(_named(item)))
    if item.where:
        head.append(f"  {one_line(item.where)}", style="dim")
    yield indented(head)
    yield Padding(Text(visible(language.tell(item.meaning))), (0, 0, 0, 4), expand=False)
    for line in item.instead.splitlines():
        yield Padding(Text(one_line(line), style=_line_style(line)), (0, 0, 0, 6), expand=False)


def _named(item: Item) -> str:
    if not item.setting:
        return ""
    return f"{item.setting} = {item.value}" if item.value else item.setting


def _line_style(line: str) -> str:
    if line.startswith(("---", "+++", "@@")):
        return "dim"
    return "green" if line.startswith("+") else "red"


def as_markdown(hosts: Sequence[HostForecast], to: str, language: Language) -> str:
    """For a ticket or a wiki: everything, what stays the same included."""
    parts: list[str] = []
    for host in hosts:
        parts.append(f"# {one_line(host.host)}\n\n{_summary(host, to, language)}\n")
        for verdict in _ORDER:
            items = host.of(verdict)
            if items:
                parts.append(f"## {language.say(_WORDS[verdict]).capitalize()}\n")
                parts += [_in_markdown(item, language) for item in items]
    return "\n".join(parts)


def _in_markdown(item: Item, language: Language) -> str:
    named = f" `{one_line(_named(item))}`" if item.setting else ""
    where = f" ({one_line(item.where)})" if item.where else ""
    told = f"**{item.program}**{named}{where}: {visible(language.tell(item.meaning))}\n"
    fence = "`" * max(3, 1 + max((len(run) for run in _runs(item.instead)), default=0))
    return f"{told}\n{fence}diff\n{visible(item.instead)}\n{fence}\n" if item.instead else told


def _runs(text: str) -> list[str]:
    """The runs of backticks in a text, since a fence has to be longer."""
    return [part for part in "".join(one if one == "`" else " " for one in text).split() if part]
