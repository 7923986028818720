"""`check`, `plan`, `apply` and `drift` as tasks of Fabric, for a fabfile: `ns = Collection(baseline)`.

Fabric's own options say which hosts, and how each is reached. Every host is a run of its own, printed when it is done;
when all of them are, the program ends with the worst of their exit codes.

What is here:

- `wishes`: What a task of Fabric was asked for: its options, and where they say nothing the configuration.
- `works`: What the tasks do with one host: look, plan, apply, tell of drift. Each prints it, and gives the exit code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from inspect import Parameter, Signature
from typing import Any

import fabric
from invoke.collection import Collection
from invoke.exceptions import Exit

from baseline.errors import BaselineError, NothingMatched, UserError
from baseline.fabric_tasks.wishes import APPLIES, FLAGS, HELP, PLANS, Wishes, wishes
from baseline.fabric_tasks.works import applied, checked, drifted, planned

WORST_FIRST = (6, 130, 4, 1, 3, 0)
"""The exit codes of reports, as `Report.exit_code` has them go before each other."""


class WorstOfAll:
    """What the hosts of one call of `fab` came to."""

    def __init__(self) -> None:
        self._codes: list[int] = []

    def with_host(self, code: int) -> None:
        """Note what one host came to. Whoever broke off wants no further host."""
        self._codes.append(code)
        if code == 130:
            self.all()

    def all(self) -> None:
        """End with the worst of all; nothing where all is well. Raises `Exit`."""
        codes, self._codes = self._codes, []
        worst = min(codes, key=WORST_FIRST.index, default=0)
        if worst:
            raise Exit(code=worst)


@contextmanager
def _mistakes() -> Iterator[None]:
    """Mistakes of people end the program by a sentence, with the exit code of the command."""
    try:
        yield
    except NothingMatched as error:
        raise Exit(f"baseline: {error}", code=5) from None
    except UserError as error:
        raise Exit(str(error), code=2) from None
    except BaselineError as error:
        raise Exit(f"baseline: {error}", code=3) from None
    except KeyboardInterrupt as error:
        raise Exit(f"\nbaseline: {str(error) or 'interrupted; nothing was changed'}", code=130) from None


def collection() -> Collection:
    """The tasks as a collection `baseline`, for a fabfile to import, or to add to a collection of its own."""
    ended = WorstOfAll()

    def last(c: Any) -> None:
        del c
        ended.all()

    tasks = {
        "check": (checked, "Look at hosts and judge every control. Changes nothing.", {}),
        "plan": (planned, "Look at hosts and say what an apply would do. Changes nothing.", PLANS),
        "apply": (applied, "Make hosts conform, or leave them as they were. Shows each plan and asks.", APPLIES),
        "drift": (drifted, "Tell what differs on hosts from what was last applied. Changes nothing.", {}),
    }
    # Fabric calls what comes after a task once, behind all of its hosts.
    after = [fabric.Task(last, name="ended")]
    return Collection("baseline", *(_task(name, *one, ended, after) for name, one in tasks.items()))


def _task(
    name: str,
    work: Callable[[Wishes], int],
    about: str,
    more: Mapping[str, str],
    ended: WorstOfAll,
    after: list[fabric.Task],
) -> fabric.Task:
    """One task. Its options are those that have a help text: Fabric reads them from the function's signature."""

    def body(c: Any, **options: Any) -> None:
        with _mistakes():
            if not isinstance(c, fabric.Connection):
                raise UserError("this task is about hosts: name some, as in `fab -H mx1,mx2 baseline.check`")
            code = work(wishes(c, options))
        ended.with_host(code)

    told = {**HELP, **more}
    options = [Parameter(one, Parameter.KEYWORD_ONLY, default=False if one in FLAGS else None) for one in told]
    body.__signature__ = Signature([Parameter("c", Parameter.POSITIONAL_OR_KEYWORD), *options])  # type: ignore[attr-defined]
    body.__doc__ = about
    return fabric.Task(body, name=name, help=told, post=after)


baseline = collection()
"""For a fabfile: `from baseline.fabric_tasks import baseline`, then `ns = Collection(baseline)`."""
