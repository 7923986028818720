"""Limits of Dovecot 2.4 as a state and as text: one setting, which the blocks around it make say more or less.

The block that is nearest to a mail wins: a folder's before a root's, a namespace's, a protocol's and what stands
outside; and what a userdb says of an account counts as standing outside, unless it names the root. Seen with 2.4.1, by
mail.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase

from baseline import sizes
from baseline.classes import dataclass
from baseline.formats.dovecot import Setting, section, setting_line
from baseline.judge import UNLIMITED
from baseline.model import Scalar, State
from baseline.readings.dialects.dialect import Choice, NarrowLimit, Root, Settings

LIMIT = "quota_storage_size"
ROOT = "User quota"
"""The root to set up where there is none."""

_NEAREST_LAST = ("protocol", "namespace", "quota", "mailbox")
_DELIVER = ("lmtp", "lda")
_INSIDE, _IN = "limit inside ", "limit in "


@dataclass(frozen=True)
class _Entry:
    """One setting of a limit, and the blocks around it by their kind."""

    heads: tuple[str, ...]
    names: Mapping[str, str]
    limit: int | str

    @property
    def nearness(self) -> tuple[bool, ...]:
        return tuple(kind in self.names for kind in reversed(_NEAREST_LAST))


def roots_of(heads: Sequence[tuple[str, ...]], found: Sequence[Setting], values: Mapping[str, str]) -> tuple[Root, ...]:
    """The roots, from the heads of all blocks and what stands in them."""
    entries = _entries(found)
    names = dict.fromkeys(_name(one[0]) for one in heads if len(one) == 1 and one[0].startswith("quota "))
    return tuple(_root(name, found, values, entries) for name in names)


def narrow(roots: Iterable[Root], found: Sequence[Setting]) -> tuple[NarrowLimit, ...]:
    """The limits that decide over mail on its way into INBOX, and stand in a block other than a root's."""
    entries = _entries(found)
    deciding = [
        one
        for root in roots
        for protocol in _DELIVER
        if (one := _nearest(entries, root.name, protocol, "INBOX")) and set(one.names) - {"quota"}
    ]
    return tuple(dict.fromkeys(NarrowLimit(one.heads, one.limit) for one in deciding))


def size(value: str) -> int | str:
    """A setting of type size: bytes, `unlimited`, or why it cannot be read; 0 is no limit, too."""
    if value == UNLIMITED:
        return UNLIMITED
    try:
        return sizes.dovecot_setting(value) or UNLIMITED
    except ValueError as error:
        return f"not readable: {error}"


def amounts(found: Iterable[Setting], name: str) -> frozenset[int]:
    """The numbers that a setting of quota has, wherever it stands but for a warning."""
    told = [one.value for one in found if one.name in (name, f"quota_{name}") and not _in_a_warning(one.section)]
    read = [size(value) for value in told]
    return frozenset(one for one in read if isinstance(one, int))


def limits(settings: Settings) -> State:
    """The limit by each root, where it stands, and those that decide over single protocols or folders."""
    state: dict[str, Scalar] = {}
    for root in settings.roots:
        state |= {f"root {root.name}": root.definition, f"limit by {root.name}": root.limit}
        if root.own_limit is not None:
            state[f"{_INSIDE}{root.name}"] = root.own_limit
    state |= {f"{_IN}{one.where}": one.limit for one in settings.narrow}
    state["limit"] = settings.limit
    state[LIMIT] = size(settings.values[LIMIT])
    state["rules in force"] = sum(root.set_somewhere for root in settings.roots)
    return state


def limiting(state: State, chosen: Choice) -> str:
    """The default outside of all blocks, and what stands inside of blocks again where it stands already."""
    ruled = bool(state["rules in force"])
    text = setting_line("mailbox_list_index", "yes") + "\n"
    text += setting_line(LIMIT, chosen(state[LIMIT], ruled)) + "\n"
    roots = [key.removeprefix("root ") for key in state if key.startswith("root ")] or [ROOT]
    for root in roots:
        own = state.get(f"{_INSIDE}{root}")
        text += section(head(root), [] if own is None else [setting_line("storage_size", chosen(own, True))])
    for key, value in state.items():
        if key.startswith(_IN):
            *outer, inner = key.removeprefix(_IN).split(" / ")
            name = "storage_size" if inner.startswith("quota ") else LIMIT
            block = section(inner, [setting_line(name, chosen(value, True))])
            for one in reversed(outer):
                block = section(one, [block])
            text += block
    return text


def head(root: str) -> str:
    """The head of a root's block."""
    return f'quota "{root}"'


def _root(name: str, found: Sequence[Setting], values: Mapping[str, str], entries: Sequence[_Entry]) -> Root:
    heads = ((f"quota {name}",), (head(name),))
    own = {one.name.removeprefix("quota_"): one.value for one in found if one.section in heads}
    nearest = _nearest(entries, name)
    inside = next((one.limit for one in entries if dict(one.names) == {"quota": name}), None)
    # Printed once as what is in force, and before that where the configuration says so.
    written = [one.name for one in found if not one.section].count(LIMIT) > 1
    return Root(
        name,
        head(name),
        own.get("driver", values["quota_driver"]),
        own.get("enforce", values["quota_enforce"]) == "yes",
        inside,
        size(values[LIMIT]) if nearest is None else nearest.limit,
        written or nearest is not None,
    )


def _entries(found: Sequence[Setting]) -> list[_Entry]:
    """Limits in blocks for roots, protocols, namespaces and folders; of namespaces the one with INBOX alone."""
    inboxes = {one.section[-1] for one in found if one.section and one.name == "inbox" and one.value == "yes"}
    entries = []
    for one in found:
        if one.section and one.name in (LIMIT, "storage_size"):
            names = {head.partition(" ")[0]: _name(head) for head in one.section}
            elsewhere = any(head.startswith("namespace ") and head not in inboxes for head in one.section)
            if set(names) <= set(_NEAREST_LAST) and not elsewhere:
                entries.append(_Entry(one.section, names, size(one.value)))
    return entries


def _nearest(entries: Iterable[_Entry], root: str, protocol: str = "", folder: str = "") -> _Entry | None:
    """The limit that decides for a root, for mail that comes by a protocol into a folder; None: what stands outside."""
    fits = [
        one
        for one in entries
        if one.names.get("quota", root) == root
        and one.names.get("protocol", protocol) == protocol
        and ("mailbox" not in one.names or (folder and fnmatchcase(folder, one.names["mailbox"])))
    ]
    return max(fits, key=lambda one: one.nearness, default=None)


def _name(head: str) -> str:
    return head.partition(" ")[2].strip('"')


def _in_a_warning(section: tuple[str, ...]) -> bool:
    return any(head.startswith("warning ") for head in section)
