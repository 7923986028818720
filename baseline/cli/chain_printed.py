"""What `explain --host` prints: the chain from the clause to the proof, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from baseline.cli.kept import moment
from baseline.cli.printed import clause_in_words, heading, in_order, indented, pairs
from baseline.languages import Language, term
from baseline.model import Obligation, Outcome, Severity
from baseline.reports.changes import cause
from baseline.reports.findings import STYLES
from baseline.reports.lines import printed
from baseline.reports.words import OBLIGATIONS, OUTCOMES, SEVERITIES, found, one_line, value, visible, wanted

if TYPE_CHECKING:
    from rich.console import Console

    from baseline.cli.chain import ControlChain, Intent
    from baseline.history.proof import Proof
    from baseline.history.reading import KeptRun
    from baseline.model.probes import Probe, Seen

_MOST_LOOKS = 8
"""How many looks from outside are listed; the JSON has all."""
_LONGEST = 160
"""Characters of one value of a look."""


def chained(chain: ControlChain, language: Language, console: Console) -> str:
    """The chain in words of a language."""
    return printed(console, _parts(chain, language))


def _parts(chain: ControlChain, language: Language) -> Iterator[RenderableType]:
    control = chain.control
    first, second = in_order(control.title, language)
    yield Text.assemble((control.id, "bold"), "  ", (first, "bold"), "  ", one_line(chain.host))
    if second:
        yield Padding(Text(second, style="italic"), (0, 0, 0, len(control.id) + 2), expand=False)
    yield Text()
    facts = {
        language.say("baseline"): chain.baseline,
        language.say("obligation"): language.say(OBLIGATIONS[Obligation(control.obligation)]),
        language.say("severity"): language.say(SEVERITIES[Severity(control.severity)]),
    }
    yield pairs(facts, "dim")
    for name, words in chain.clauses.items():
        yield from clause_in_words(name, words, language)
    for one in chain.intended:
        yield from _intended(one, language)
    for proof in chain.proofs:
        yield from _proof(proof, language)
    if chain.missing:
        yield from heading(language.say("Not known"))
        for sentence in chain.missing:
            yield indented(Text(language.say(sentence, host=one_line(chain.host), control=control.id)))


def _intended(one: Intent, language: Language) -> Iterator[RenderableType]:
    if one.subject:
        yield from heading(language.say("Wanted of {subject}", subject=one_line(one.subject)))
    else:
        yield from heading(language.say("Wanted"))
    if one.not_for:
        yield indented(Text(language.say("nothing: {why}", why=one_line(language.tell(one.not_for)))))
    yield indented(pairs({one_line(key): one_line(want.words(value, language)) for key, want in one.wanted.items()}))
    if one.writes:
        yield from heading(language.say("Written where nothing is set yet"))
        yield from (indented(part) for part in _written(one.writes, language))


_DONE = {
    "installs": term("install: {what}"),
    "upgrades": term("upgrade: {what}"),
    "runs": term("run: {what}"),
    "reloads": term("reload: {what}"),
    "by_hand": term("by hand: {what}"),
}


def _written(writes: Mapping[str, Any], language: Language) -> Iterator[RenderableType]:
    """Files with their text, and what is done besides; or why that is not known."""
    files = writes.get("writes", {})
    if isinstance(files, str):
        yield Text(language.tell(files))
        files = {}
    for path, text in files.items():
        yield Text(one_line(path), style="dim")
        yield from (indented(Text(visible(line))) for line in str(text).splitlines())
    for name, told in writes.items():
        if name in _DONE:
            yield Text(language.say(_DONE[name], what=one_line(language.tell(_listed(told)))))


def _listed(told: Any) -> str:
    return ", ".join(map(str, told)) if isinstance(told, list) else str(told)


def _proof(proof: Proof, language: Language) -> Iterator[RenderableType]:
    finding = proof.finding
    if finding.subject:
        yield from heading(language.say("Last proof of {subject}", subject=one_line(finding.subject)))
    else:
        yield from heading(language.say("Last proof"))
    yield indented(Text(language.say(OUTCOMES[finding.outcome]), style=STYLES[finding.outcome]))
    yield indented(Text(_of_run(proof.run, language), style="dim"))
    if finding.waived is not None:
        yield indented(Text(language.say("waived: {why}", why=visible(language.tell(finding.waived))), style="cyan"))
    if finding.drift:
        yield indented(Text(language.say("drifted since it was applied"), style="cyan"))
    if finding.outcome in (Outcome.UNKNOWN, Outcome.NOTAPPLICABLE):
        yield indented(Text(visible(language.tell(finding.reason))))
    yield from _states(proof, language)
    yield from _seen(proof.outside, language)
    if finding.advice:
        yield from heading(language.say("What to do"))
        yield indented(Text(visible(language.tell(finding.advice))))
    yield from heading(language.say("Last change"))
    yield from (indented(Text(visible(line))) for line in _history(proof, language))


def _of_run(run: KeptRun, language: Language) -> str:
    return language.say(
        "run {number} of {when} UTC, {command} by {who}, digest {digest}",
        number=run.number,
        when=moment(run.finished),
        command=run.command,
        who=one_line(run.who),
        digest=run.digest,
    )


def _states(proof: Proof, language: Language) -> Iterator[RenderableType]:
    told = [one for one in proof.finding.keys if one.looked_at]
    if not told:
        return
    table = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    for _ in range(4):
        table.add_column(overflow="fold")
    heads = ("", language.say("wanted"), language.say("found"), language.say("set in"))
    table.add_row(*(Text(head, style="dim") for head in heads))
    for one in told:
        style = STYLES[proof.finding.outcome] if one.wrong else ""
        place = one_line(str(one.set_at or ""))
        key, want = one_line(language.tell(one.key)), wanted(one, language)
        table.add_row(Text(key), Text(want), Text(found(one, language), style=style), Text(place, style="dim"))
    yield indented(table)


def _seen(outside: Sequence[tuple[Probe, Seen]], language: Language) -> Iterator[RenderableType]:
    if not outside:
        return
    yield from heading(language.say("Seen from outside"))
    for probe, seen in outside[:_MOST_LOOKS]:
        yield indented(Text(f"{type(probe).__name__.lower()}  {_values(probe)}"))
        yield Padding(Text(_values(seen), style="dim"), (0, 0, 0, 4), expand=False)
    if len(outside) > _MOST_LOOKS:
        yield indented(
            Text(language.say("and {n} more looks; JSON has all", n=len(outside) - _MOST_LOOKS), style="dim")
        )


def _values(of: Probe | Seen) -> str:
    """Each value that says anything, by its name."""
    told = ((field.name, getattr(of, field.name)) for field in fields(of))
    return "  ".join(f"{name} {_short(what)}" for name, what in told if what not in ("", (), None, False, 0))


def _short(what: object) -> str:
    text = one_line(", ".join(map(str, what)) if isinstance(what, tuple) else str(what))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _history(proof: Proof, language: Language) -> Iterator[str]:
    when = moment(proof.began.finished)
    if proof.change is None:
        yield language.say("as it is since run {number} of {when} UTC", number=proof.began.number, when=when)
        return
    before, now = (_outcome(name, language) for name in (proof.change.before, proof.change.now))
    yield language.say(
        "{before} until run {number} of {when} UTC, since then {now}",
        before=before or language.say("not looked at"),
        number=proof.began.number,
        when=when,
        now=now,
    )
    yield cause(proof.change, language)


def _outcome(name: str, language: Language) -> str:
    return language.say(OUTCOMES[Outcome(name)]) if name else ""
