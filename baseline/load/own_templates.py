"""Templates of one's own, in files beside the baseline that names them: `template: ./motd.j2`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from baseline.errors import UserError
from baseline.load.text import decode, expanded, read_bytes
from baseline.load.tree import Leaf, Position, Problems, Table, TableEntry, nearest
from baseline.own_template import OwnTemplate

_FIELD = "template"


def with_own_template(control: Table, folder: Path, problems: Problems) -> Table:
    """The control with the text of its own template read, where it names one. Mistakes go to `problems`."""
    entry = control.entries.get(_FIELD)
    if entry is None or not isinstance(entry.tree, Leaf) or not isinstance(entry.tree.value, str):
        return control
    found = _found(entry.tree.value, entry.tree.place, folder, problems)
    if found is None:
        return control
    leaf = Leaf(found, entry.tree.place, entry.tree.text)
    return Table({**control.entries, _FIELD: TableEntry(entry.key, leaf)}, control.place)


def _found(name: str, place: Position, folder: Path, problems: Problems) -> OwnTemplate | None:
    from baseline import templates

    if not name.startswith(("./", "../", "/", "~")):
        if name not in templates.names():
            brought = _brought(name, place, problems)
            if brought is not None:
                return brought or None
            hint = nearest(name, templates.names())
            close = f" ({hint.rstrip('?')})" if hint.startswith("did") and not (folder / name).is_file() else ""
            problems.add(
                place,
                f"the package has no template {name}{close}: write ./{name} for a file of your own beside this one",
            )
        return None
    return _read(name, folder / expanded(name), place, problems)


def _brought(name: str, place: Position, problems: Problems) -> OwnTemplate | Literal[""] | None:
    """A template that an extension brings; nothing but a mistake in `problems` when it is of no use, None for none."""
    from baseline import extensions, templates

    first, _, rest = name.partition("/")
    try:
        offer = extensions.find("templates", first, {one.partition("/")[0] for one in templates.names()})
        if offer is None or not rest:
            return None
        root = Path(extensions.loaded(offer))
    except UserError as error:
        problems.add(place, str(error))
        return ""
    if ".." in Path(rest).parts or not (root / rest).is_file():
        problems.add(place, f"{offer.by} has no template {name}")
        return ""
    found = _read(name, root / rest, place, problems)
    if found is not None:
        extensions.took(found.file, offer)
    return found or ""


def _read(name: str, path: Path, place: Position, problems: Problems) -> OwnTemplate | None:
    from baseline import templates

    if not path.is_file():
        problems.add(place, f"there is no file {path}")
        return None
    raw = read_bytes(path, problems)
    text = None if raw is None else decode(raw, str(path), problems)
    if text is None:
        return None
    fault = templates.fault_of(text)
    if fault is not None:
        problems.add(Position(str(path), fault[0], 1), f"template: {fault[1]}")
        return None
    return OwnTemplate(name, text, str(path))
