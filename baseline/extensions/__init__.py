"""What other distributions bring, or a folder: kinds, templates, programs, report formats and baselines.

Nothing of it is looked for before something is named that this package does not have, and nothing is imported before it
is named itself. What a run uses is told with the distribution that it comes from.

What is here:

- `folder`: Extensions in a folder that a person names (`--kinds DIR`): files of Python that run here, so nobody else
  may write.
- `installed`: Extensions that are installed: distributions with entry points of ours, one group for each sort of thing.
- `offers`: One thing that an extension offers: what it is called, who brings it, and how it is had.
- `walls`: What the module of a kind may import: a kind reaches no network, clock or file system, whoever wrote it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from baseline.errors import UserError
from baseline.extensions.offers import Offer, Thing, words_of

if TYPE_CHECKING:
    from baseline.model import Brought

__all__ = [
    "Offer",
    "Thing",
    "by_whom",
    "find",
    "got",
    "in_play",
    "loaded",
    "names",
    "remember",
    "rows",
    "took",
    "use_folder",
]


class _InPlay:
    """What this process knows of extensions: a folder that was named, and from whom things were loaded."""

    def __init__(self) -> None:
        self.folder: tuple[Offer, ...] = ()
        self.places: dict[str, Brought] = {}


@cache
def _in_play() -> _InPlay:
    """One for a process, as its modules are."""
    return _InPlay()


def use_folder(folder: Path) -> None:
    """Also take what a folder brings, from now on. Runs none of it yet. Raises `UserError` where others may write."""
    from baseline.extensions.folder import offers_in

    _in_play().folder = offers_in(folder)


def find(thing: Thing, name: str, ours: Collection[str] = ()) -> Offer | None:
    """Who brings something of a name; None where nobody does. `ours` are the names that this package has.

    Raises `UserError` where two bring it, or where whoever brings it claims a name of ours as well.
    """
    offers = _offers(thing)
    several = [one for one in offers if one.name == name]
    if len(several) > 1:
        raise UserError(
            f"{words_of(thing)} `{name}` is brought by {' and by '.join(str(one.by) for one in several)}: "
            "nobody could tell which is meant, so take one of them out"
        )
    for offer in several:
        taken = sorted(one.name for one in offers if one.by == offer.by and one.name in ours)
        if taken:
            raise UserError(
                f"{offer.told} claims {words_of(thing)} `{taken[0]}`, which is this package's own: "
                "nothing of that sort is taken from it, so have it renamed there, or take it out"
            )
        return offer
    return None


def loaded(offer: Offer) -> Any:
    """What is offered, imported. Raises as `got`."""
    made = got(offer, offer.get)
    _note(offer, made)
    return made


def got(offer: Offer, get: Callable[[], Any]) -> Any:
    """What code of an offer gives. Raises `UserError` that names whoever brings it, whatever goes wrong in there."""
    try:
        return get()
    except UserError:
        raise
    except (Exception, SystemExit) as error:  # noqa: BLE001 -- what others wrote may do anything when it is imported
        said = " ".join(str(error).split())[:300]
        raise UserError(f"{offer.told} cannot be loaded: {type(error).__name__}: {said}; {offer.way_out}") from None


def _note(offer: Offer, made: Any) -> None:
    place = made.__name__ if isinstance(made, ModuleType) else str(made) if isinstance(made, Path) else ""
    if offer.thing != "reports":
        # A report format has no part in a verdict.
        _in_play().places[place or f"{offer.thing} {offer.name}"] = offer.by


def took(place: str, offer: Offer) -> None:
    """Note that a file of an offer is used."""
    _in_play().places[place] = offer.by


def names(thing: Thing) -> Mapping[str, Brought]:
    """All names of a sort, and who brings each: for lists and hints. Imports none of it."""
    return {one.name: one.by for one in sorted(_offers(thing), key=lambda one: one.name)}


def by_whom(place: str) -> Brought | None:
    """Who brought a module by its name, or a file by its path, among what was loaded here."""
    return _in_play().places.get(place)


def rows() -> tuple[tuple[Any, Brought], ...]:
    """The rows of programs that come from those of whom anything was loaded, and from whom. Raises as `loaded`."""
    known = set(_in_play().places.values())
    return tuple((loaded(one), one.by) for one in _offers("programs") if one.by in known) if known else ()


def in_play() -> Mapping[str, Brought]:
    """Place -> who brought it: modules by name and files by path."""
    return dict(_in_play().places)


def remember(places: Mapping[str, Brought]) -> None:
    """Take over what another process knows to be in play."""
    _in_play().places.update(places)


def _offers(thing: Thing) -> tuple[Offer, ...]:
    from baseline.extensions.installed import installed

    return tuple(one for one in (*_in_play().folder, *installed()) if one.thing == thing)
