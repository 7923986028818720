"""What Dovecot 2.4 says of quota inside of blocks: of a root, of a warning, of a protocol, of a mailbox.

`doveconf NAME` prints what stands outside of all blocks, and `doveconf -f protocol=P NAME` overlooks what a quota root
has inside of `protocol P { }` (seen with 2.4.1). So the blocks are read as `doveconf -n` prints them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from baseline.classes import dataclass
from baseline.errors import CannotTell
from baseline.formats.dovecot import parse_settings, sections

ASKED = (
    "d=$(doveconf -n) && printf '%s\\n' \"$d\" | sed -n '/^dovecot_config_version /p; /^quota[^{]*$/p; "
    "/^\\(quota\\|protocol\\|namespace\\|mailbox\\).* {$/,/^}$/p'"
)
"""Prints the settings of quota that are not the default, and the blocks that may hold some."""

Heads = tuple[str, ...]


@dataclass(frozen=True)
class QuotaBlocks:
    """Block -> its own settings, named without `quota_`: inside a root doveconf prints `enforce`, outside the whole.

    Blocks are the heads around, outermost first and without quotes; the settings outside of all are in `()`.
    """

    blocks: Mapping[Heads, Mapping[str, str]]

    @property
    def roots(self) -> list[str]:
        """The quota roots, in their order."""
        return [heads[0].removeprefix("quota ") for heads in self.blocks if len(heads) == 1 and _is_root(heads[0])]

    def own(self, *heads: str) -> Mapping[str, str]:
        """What a block sets itself; nothing for one that is not there."""
        return self.blocks.get(heads, {})

    def of_root(self, root: str, name: str, default: str, protocol: str = "") -> str:
        """What holds for a root: set at it for the protocol, at it, for the protocol, for all, or else the default."""
        around = (f"protocol {protocol}",)
        places = ((*around, f"quota {root}"), (f"quota {root}",), around, ())
        return next((self.own(*heads)[name] for heads in places if name in self.own(*heads)), default)

    def inside(self, *outer: str) -> Iterator[str]:
        """The heads of the blocks directly inside of one, in their order."""
        for heads in self.blocks:
            if heads and heads[:-1] == outer:
                yield heads[-1]


def quota_blocks(printed: str) -> QuotaBlocks:
    """The blocks out of the answer to `ASKED`. Raises `CannotTell`."""
    try:
        heads, settings = sections(printed), parse_settings(printed)
    except ValueError as error:
        raise CannotTell(f"`doveconf -n` printed what cannot be read: {error}") from None
    if not any(one.name == "dovecot_config_version" and not one.section for one in settings):
        raise CannotTell("`doveconf -n` of Dovecot 2.4 does not print dovecot_config_version")
    blocks: dict[Heads, dict[str, str]] = {(): {}, **{_plain(one): {} for one in heads}}
    for one in settings:
        blocks.setdefault(_plain(one.section), {})[one.name.removeprefix("quota_")] = one.value
    return QuotaBlocks(blocks)


def _is_root(head: str) -> bool:
    return head.startswith("quota ")


def _plain(heads: Heads) -> Heads:
    """doveconf quotes a name of several words: `quota "User quota"`."""
    return tuple(head.replace('"', "") for head in heads)
