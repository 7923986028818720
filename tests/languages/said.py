"""Sentences that are said in English first and told in another language later: advice, reasons, notices.

They stand in kinds, remedies and values as plain text, with values in them as f-strings have them; a report keeps the
text alone. Here each is read from the code as a message with named placeholders, `{path} is not there`, so that
`Language.tell` finds it again. An f-string that chooses between words gives one message for each choice.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from baseline.load import load_baseline, shipped

ROOT = Path(__file__).parents[2]

_LETTERS = re.compile("[A-Za-z]{3}")


@dataclass(frozen=True)
class Place:
    """Where sentences stand in a file: in arguments of calls, in what functions return, in attributes of classes.

    `calls` names a callable with the keyword, or the number, of the argument that is a sentence.
    """

    files: str
    calls: tuple[tuple[str, str | int], ...] = ()
    functions: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()


_UNTOLD = (("CannotTell", 0), ("NothingToJudge", 0), ("Unreachable", 0), ("Matches", 1))
"""Why nothing could be told, and what patterns mean."""

PLACES = (
    Place(
        "kinds/*.py",
        calls=(
            ("Remedy", "advice"),
            ("Effects", "notice"),
            ("Action", 0),
            ("Action", "name"),
            ("Displaced", "effect"),
            ("Displaced", 2),
        ),
        functions=("advice", "not_for"),
        attributes=("by_hand", "nothing_to_judge", "_OTHER_SHELL"),
    ),
    *(Place(f"{files}.py", calls=_UNTOLD) for files in ("kinds/*", "readings/*", "stale/*", "unloadable/*")),
    *(
        Place(f"{files}.py", calls=_UNTOLD)
        for files in ("facts", "opening", "outside", "undecided", "visit", "session")
    ),
    Place("engine.py", calls=(("HostApply", 2), ("replace", "reason")), attributes=("words",)),
    Place("applying.py", calls=(("replace", "reason"),), attributes=("words", "kept")),
    Place("attempts.py", attributes=("reason",)),
    Place("remedies/*.py", calls=(("Remedy", "advice"), ("Action", 0), ("Action", "name"), ("Displaced", 2))),
    Place("remedies/told.py", functions=("of_edit", "_of_zone", "_of_setting", "_of_block"), attributes=("parts",)),
    Place(
        "advising.py",
        calls=(("Remedy", "advice"),),
        functions=("advised", "by_hand", "overruled", "unread", "_mends"),
        attributes=("_LATER", "NOBODY", "parts"),
    ),
    Place("condition.py", functions=("untried_releases",)),
    Place(
        "upgrading/*.py",
        calls=(("_item", 4), ("Item", 5), ("NewDefault", 2), ("_unknown", 0), ("CannotTell", 0)),
        functions=("_removed", "_values"),
        attributes=("said", "IGNORED", "REMOVED", "_NO_START", "do"),
    ),
    Place("evidence/chain.py", calls=(("append", 0),)),
    Place("evidence/daily.py", calls=(("FilledItem", "why"), ("replace", "why")), functions=("_why_not",)),
    Place("evidence/months.py", calls=(("FilledItem", "why"),), attributes=("twice",)),
    Place("history/upgraded.py", functions=("words",)),
    Place("model/waivers.py", functions=("words",), attributes=("instead",)),
    Place("model/run.py", functions=("__str__",), attributes=("of", "when")),
    Place("judge.py", calls=(("Verdict", 1),), functions=("_reason", "_told"), attributes=("lacking",)),
)


def sentences() -> Iterator[tuple[Path, str]]:
    """Every sentence with the file that it stands in, those of the baselines that ship last."""
    for place in PLACES:
        for path in sorted((ROOT / "baseline").glob(place.files)):
            for node in _nodes(ast.parse(path.read_text()), place):
                yield from ((path, one) for one in dict.fromkeys(messages(node)) if _is_sentence(one))


def _is_sentence(message: str) -> bool:
    """Whether it has words of its own, and is not one word alone: those are mostly a program's."""
    return " " in message and _LETTERS.search(re.sub(r"\{[^{}]*\}", "", message)) is not None


def titles() -> Iterator[tuple[Path, str, str]]:
    """Titles of the controls that ship, with the file, in English and in Malay: the baselines have both."""
    for name in shipped():
        baseline = load_baseline(name)
        for draft in baseline.drafts:
            title = draft.written()["title"]
            yield Path(draft.place.file), title["en"], title["ms"]


def _nodes(tree: ast.AST, place: Place) -> Iterator[ast.expr]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            for name, wanted in place.calls:
                yield from _argument(node, wanted) if _name(node.func) == name else ()
        elif isinstance(node, ast.FunctionDef) and node.name in place.functions:
            yield from (one.value for one in ast.walk(node) if isinstance(one, ast.Return | ast.Yield) and one.value)
        elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(_name(target) in place.attributes for target in targets):
                yield node.value


def _argument(node: ast.Call, wanted: str | int) -> Iterator[ast.expr]:
    if isinstance(wanted, int):
        yield from node.args[wanted : wanted + 1]
    yield from (one.value for one in node.keywords if one.arg == wanted)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def messages(node: ast.expr) -> Iterator[str]:
    """The messages of an expression: of a text one, of a choice those of both sides, of others those within."""
    match node:
        case ast.Constant(value=str() as text):
            yield text if _is_format(text) else _escaped(text)
        case ast.JoinedStr():
            yield from _of_joined(node)
        case ast.BinOp(op=ast.Add()):
            yield from (f"{left}{right}" for left in messages(node.left) for right in messages(node.right))
        case _:
            for one in _within(node):
                yield from messages(one)


def _within(node: ast.expr) -> list[ast.expr]:
    """The expressions of which one, or all, are what is said."""
    match node:
        case ast.IfExp():
            return [node.body, node.orelse]
        case ast.BoolOp() | ast.Dict():
            return node.values
        case ast.List() | ast.Tuple():
            return node.elts
        case ast.ListComp():
            return [node.elt]
        case _:
            return []


def _is_format(text: str) -> bool:
    """Whether a plain text is one that is formatted later, as those of `by_hand` are."""
    return re.search(r"\{(rest|found|wanted|by)\}", text) is not None


def _of_joined(node: ast.JoinedStr) -> Iterator[str]:
    names: dict[str, str] = {}
    parts: list[list[str]] = []
    for part in node.values:
        if isinstance(part, ast.Constant):
            parts.append([_escaped(str(part.value))])
        elif isinstance(part, ast.FormattedValue):
            parts.append(_choices(part.value) or [_placeholder(part.value, names)])
    yield from ("".join(chosen) for chosen in product(*parts))


def _choices(node: ast.expr) -> list[str]:
    """The words that a value within an f-string chooses from; none where it is no choice of words."""
    if isinstance(node, ast.IfExp):
        sides = [_choices(node.body) or _plain(node.body), _choices(node.orelse) or _plain(node.orelse)]
        return [*sides[0], *sides[1]] if all(sides) else []
    return []


def _plain(node: ast.expr) -> list[str]:
    return [_escaped(node.value)] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def _placeholder(node: ast.expr, names: dict[str, str]) -> str:
    """A placeholder named after what stands there; the same expression has the same name."""
    said = ast.unparse(node)
    if said not in names:
        words = [one for one in re.findall(r"[a-z][a-z_0-9]*", said.lower()) if not _HOLLOW.fullmatch(one)]
        name = words[-1] if words else "value"
        taken = set(names.values())
        numbered: Callable[[int], str] = lambda number: f"{name}_{number}" if number > 1 else name  # noqa: E731
        names[said] = next(numbered(number) for number in range(1, len(taken) + 2) if numbered(number) not in taken)
    return f"{{{names[said]}}}"


_HOLLOW = re.compile("self|join|map|or|if|else|not|in|for|str|sorted|len|none|and|is|shorten")
"""Words of expressions that say nothing of what the value is."""


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
