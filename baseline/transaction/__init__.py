"""A plan as the tables that the host's side of the transaction reads, and its answer as a value.

The host's side is `host.sh` with what lies beside it, sent along with every plan; see there for the phases and the
journal.

What is here:

- `places`: Whether root may write at the paths of a host: asked when a plan is made, with what the host's side asks
  itself.
"""

from __future__ import annotations

import secrets
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime
from importlib.resources import files

from baseline import bundle
from baseline.classes import dataclass
from baseline.errors import BadReply
from baseline.model import HOST_STATE, Action, Answer, HostPlan, WayBack
from baseline.programs import PROGRAMS, Program, brought, programs
from baseline.secret import scrubbed

APPLY_SECONDS = 1800
"""The longest that an apply may run on a host: packages, reloads and validators have limits of their own."""

PARTS = ("host.sh", "lock.sh", "stage.sh", "dead_man.sh", "units.sh", "restore.sh", "surroundings.sh", "places.sh")
"""The host's side: `host.sh`, and what it reads from beside itself."""

_NO_JOURNAL = 44
"""Exit code when the host knows nothing of the transaction; not one that sh or host.sh give for anything else."""


_DIFFERS = "differs: "


@dataclass(frozen=True)
class Validator:
    """A program's own checker: `command` runs with TREE set to a copy of `root` with the new files in it.

    It runs when the plan touches the tree, or reloads one of `units`: what others wrote there is read then too.
    """

    root: str
    command: str
    units: tuple[str, ...] = ()


def _validators(rows: Iterable[Program]) -> tuple[Validator, ...]:
    return tuple(Validator(tree.root, tree.checker, program.units) for program in rows for tree in program.trees)


VALIDATORS: tuple[Validator, ...] = _validators(PROGRAMS)
"""Checkers by the tree that they check; see `Validator` for when each runs, before anything is changed."""


@dataclass(frozen=True)
class TransactionReply:
    """What the host's side said. `code` is its exit code: see host.sh."""

    code: int
    steps: tuple[str, ...]

    @property
    def last(self) -> str:
        """The last thing said, for a reason."""
        return self.steps[-1] if self.steps else f"exit code {self.code}"

    def about(self, *beginnings: str) -> str:
        """The first step that begins with one of these, else the last one."""
        return next((step for step in self.steps if step.startswith(beginnings)), self.last)


def differences(steps: Sequence[str]) -> str:
    """What is not as before, by the host's word: units, users, groups, directories. Empty when all is."""
    return ", ".join(step.removeprefix(_DIFFERS) for step in steps if step.startswith(_DIFFERS))


@dataclass(frozen=True)
class Note:
    """What a host remembers of an apply: who made it, with which baseline, and why when a cap was overridden."""

    who: str = "unknown"
    baseline: str = "unknown"
    reason: str = "-"


@dataclass(frozen=True)
class Transaction:
    """One transaction on one host, by an id that never repeats.

    The time in it is this machine's, for people to read; in which order transactions were, the host knows.
    """

    id: str = field(default_factory=lambda: f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}")
    root: str = HOST_STATE

    @property
    def directory(self) -> str:
        """Where the host keeps the journal."""
        return f"{self.root}/tx/{self.id}"

    def begin(self, plan: HostPlan, note: Note, *, confirm_within: int) -> bundle.Bundle:
        """The plan and the word to apply it. `confirm_within` is in seconds. Raises ValueError for odd paths."""
        tables = _tables(plan, note, confirm_within)
        return bundle.ask(
            [self._verb("apply")],
            seconds=APPLY_SECONDS,
            upload=bundle.Upload(self.directory, tables, _beside(plan, self.id)),
            bounded=False,
        )

    def end(self, word: str) -> bundle.Bundle:
        """`confirm` or `restore`, for what was begun."""
        return bundle.ask([self._verb(word)], seconds=APPLY_SECONDS, bounded=False)

    def _verb(self, word: str) -> str:
        """A shell command: what begins, finds itself withdrawn, or is found begun. `busy` is made by host.sh first.

        An upload may still be going on while the controller, cut off, already asks to restore.
        """
        place = shlex.quote(self.directory)
        first = ""
        if word == "restore":
            first = f"mkdir -p -m 0700 {place} 2>/dev/null && touch {place}/withdrawn 2>/dev/null; "
        if word != "apply":
            first += f"[ -e {place}/busy ] || {{ rm -rf {place}/new {place}/beside; exit {_NO_JOURNAL}; }}; "
        return f"{first}exec sh {place}/host.sh {word} {place}"


def _tables(plan: HostPlan, note: Note, confirm_within: int) -> dict[str, bytes]:
    """The plan as the files that host.sh reads. Raises ValueError for a path that no table can hold."""
    validators = _touched(plan)
    contents: dict[str, bytes] = {
        **{part: (files(__package__) / part).read_bytes() for part in PARTS},
        "meta": _table(
            [
                ("who", _one_line(note.who)),
                ("seconds", str(confirm_within)),
                ("baseline", _one_line(note.baseline)),
                ("reason", _one_line(note.reason)),
                ("digest", plan.digest),
                *([("back", str(plan.way_back.generation))] if plan.way_back else ()),
            ]
        ),
        "packages": _table([(name,) for name in (*plan.packages, *plan.upgrades)]),
        "reloads": _table([(unit,) for unit in plan.reloads]),
        "renewals": _table(_renewals()),
        "validators/table": _table([(str(n), one.root) for n, one in enumerate(validators)]),
        "actions/table": _table([_moments(n, action) for n, action in enumerate(plan.actions)]),
        **_way_back(plan.way_back),
    }
    for number, validator in enumerate(validators):
        contents[f"validators/{number}"] = validator.command.encode()
    for number, action in enumerate(plan.actions):
        contents[f"actions/{number}.do"] = action.do.encode()
        contents[f"actions/{number}.undo"] = action.undo.encode()
    rows: list[tuple[str, ...]] = []
    for number, change in enumerate(plan.files):
        if not change.path.startswith("/") or {"", ".", ".."}.intersection(change.path[1:].split("/")):
            raise ValueError(f"{change.path!r} is not a plain path from the root")
        after = change.after
        rows.append(
            (
                str(number),
                change.path,
                change.action,
                after.owner,
                after.group,
                f"{after.mode:04o}",
                change.before.sha256,
            )
        )
        contents[f"new/{number}"] = after.content or b""
    contents["files"] = _table(rows)
    # For a rollback, which is to show as little of them.
    contents["secrets"] = _table([(str(number),) for number, change in enumerate(plan.files) if change.secret])
    contents.setdefault("new/none", b"")
    return contents


def _beside(plan: HostPlan, transaction: str) -> dict[str, str]:
    """Names of the files that are new to the host, as they stand beside their targets: it copies all at once."""
    parts = ((number, change.path.rpartition("/"), change.action) for number, change in enumerate(plan.files))
    return {
        f"beside{directory}/.new.baseline-{transaction}/{name}": f"new/{number}"
        for number, (directory, _, name), action in parts
        if action == "create"
    }


def _moments(n: int, action: Action) -> tuple[str, ...]:
    """An action, and on which side of the files it is done and undone."""
    done = "before" if action.before_files else "after"
    return (str(n), action.name, done, "after" if action.undo_after_files else "before")


def _way_back(way: WayBack | None) -> dict[str, bytes]:
    """What a rollback takes away at the decision, and how the host shall be besides its files."""
    if way is None:
        return {}
    return {"goes": _table([(path,) for path in way.directories]), "goals": _table(way.surroundings)}


def read(answers: Mapping[str, Answer]) -> TransactionReply:
    """The one answer of a transaction's bundle. Raises `BadReply` for an exit code that host.sh never gives."""
    (answer,) = answers.values()
    if answer.rc == _NO_JOURNAL:
        return TransactionReply(
            10, ("refused: the host has no journal of this transaction, so nothing of it was begun",)
        )
    if answer.rc not in (0, 10, 20, 30, 40):
        said = (answer.stderr or answer.stdout).decode("utf-8", "backslashreplace").strip()
        raise BadReply(f"the transaction ended with exit code {answer.rc}: {scrubbed(said)[-300:]}")
    # A checker may quote the line that it does not like.
    steps = scrubbed(answer.stdout.decode("utf-8", "backslashreplace"))
    return TransactionReply(answer.rc, tuple(steps.splitlines()))


def _renewals() -> list[tuple[str, ...]]:
    """How units are reloaded, and what proves a reload of which systemd knows no more than that a signal was sent."""
    rows: list[tuple[str, ...]] = []
    for program in programs():
        one, row = program.renewal, ("-", "0", "no", "-")
        if one and one.seconds is not None:
            row = (one.process, str(one.seconds), "yes" if one.stubborn else "no", str(one.pause or "-"))
        elif not program.reload:
            continue
        rows += [(unit, *row, program.reload or "-") for unit in program.units]
    return rows


def _touched(plan: HostPlan) -> Sequence[Validator]:
    def touches(validator: Validator, path: str) -> bool:
        return path == validator.root or path.startswith(validator.root + "/")

    reloaded = {unit.removesuffix(".service") for unit in plan.reloads}
    return [
        one
        for one in (*VALIDATORS, *_validators(brought()))
        if reloaded.intersection(one.units) or any(touches(one, change.path) for change in plan.files)
    ]


def _table(rows: Sequence[Sequence[str]]) -> bytes:
    for row in rows:
        for cell in row:
            if not cell or any(character in cell for character in "\t\n\0"):
                raise ValueError(f"{cell!r} cannot stand in a transaction's table")
    return "".join("\t".join(row) + "\n" for row in rows).encode()


def _one_line(text: str) -> str:
    return " ".join(text.split()) or "unknown"
