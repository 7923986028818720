"""The roll-up of many agencies: as JSON, as tables, and as the sentence that says what it comes to."""

from __future__ import annotations

import json
from collections.abc import Iterator

from baseline.languages import ENGLISH, Language, term
from baseline.model.agencies import Agency, RollUp
from baseline.model.words import Scalar
from baseline.reports.cells import as_csv
from baseline.reports.words import OUTCOMES, one_line

STANDINGS = {
    "current": term("current"),
    "unsigned": term("unsigned"),
    "incomplete": term("incomplete"),
    "stale": term("stale"),
    "refused": term("refused"),
    "missing": term("missing"),
}
"""The word of each standing."""

CELLS = {
    **{outcome.value: word for outcome, word in OUTCOMES.items()},
    "waived": term("waived"),
    "untold": term("not told"),
}
"""The word of each verdict of a clause."""

TURNS = {"better": term("better"), "worse": term("worse"), "same": term("as before"), "first": term("first seen")}


def render_json(view: RollUp) -> str:
    """The document, `baseline.rollup/1`. Pure ASCII."""
    return json.dumps(view.to_dict(), indent=2, allow_nan=False) + "\n"


def agencies_csv(view: RollUp) -> str:
    """A row for each agency, the worst first, with a column for each clause."""
    return as_csv(_agencies(view))


def clauses_csv(view: RollUp) -> str:
    """A row for each clause of each agency."""
    return as_csv(_clauses(view))


def verdict(view: RollUp, language: Language = ENGLISH) -> str:
    """What the roll-up comes to, in one sentence."""
    total = len(view.agencies)
    wrong = sum(one.counted not in (0, 3) for one in view.agencies)
    open_ = sum(one.counted == 3 for one in view.agencies)
    parts = []
    if wrong:
        parts.append(language.say("{n} of {total} agencies do not conform", n=wrong, total=total))
    if open_:
        parts.append(language.say("of {n} of {total} agencies it could not be told", n=open_, total=total))
    if view.refused:
        parts.append(language.count("{n} document was refused", "{n} documents were refused", len(view.refused)))
    if not total:
        parts.append(language.say("no agency may sign"))
    if parts:
        return "; ".join(parts)[0].upper() + "; ".join(parts)[1:] + "."
    return language.count("{n} agency conforms.", "All {n} agencies conform.", total)


def summary(view: RollUp, folder: str, language: Language = ENGLISH) -> str:
    """The roll-up as a few lines of text: each agency that is not well, each document that is refused, the verdict."""
    words = {name: language.say(word) for name, word in STANDINGS.items()}
    lines = [
        f"{one_line(one.name)}: {words[one.standing]}; {_hosts(one, language)}" for one in view.agencies if one.counted
    ]
    refused = language.say("refused")
    lines += [f"{refused}: {one_line(one.file)}: {one_line(language.tell(one.why))}" for one in view.refused]
    lines += [verdict(view, language), language.say("The whole view is in {folder}.", folder=one_line(folder))]
    return "".join(f"{line}\n" for line in lines)


def _hosts(agency: Agency, language: Language) -> str:
    if not agency.finished:
        return language.say("nothing is known of its hosts")
    return language.say(
        "{conforming} of {hosts} hosts conform, {failing} do not, {unknown} unknown",
        conforming=agency.conforming,
        hosts=agency.hosts,
        failing=agency.failing,
        unknown=agency.unknown,
    )


def _agencies(view: RollUp) -> Iterator[list[Scalar]]:
    own = ("agency", "standing", "exit_code", "counted", "looked", "baseline", "hosts", "conforming", "failing")
    more = ("unknown", "turn", "gone", "documents", "notes")
    yield [*own, *more, *(f"clause {clause}" for clause in view.clause_names)]
    for one in view.agencies:
        yield [
            one.name,
            one.standing,
            one.exit_code,
            one.counted,
            one.finished,
            one.baseline,
            one.hosts,
            one.conforming,
            one.failing,
            one.unknown,
            one.turn,
            len(one.gone),
            "; ".join(one.documents),
            "; ".join(one.notes),
            *(one.at(clause).verdict for clause in view.clause_names),
        ]


def _clauses(view: RollUp) -> Iterator[list[Scalar]]:
    yield ["agency", "standing", "clause", "verdict", "without waivers", "because of", "places", "turn"]
    for agency in view.agencies:
        for clause in _names(view, agency):
            at = agency.at(clause)
            because = ", ".join(at.because)
            yield [agency.name, agency.standing, clause, at.verdict, at.without_waivers, because, at.places, at.turn]


def _names(view: RollUp, agency: Agency) -> list[str]:
    """The clauses of the baseline, and those that the agency has besides."""
    return list(dict.fromkeys((*view.clause_names, *(one.clause for one in agency.clauses))))
