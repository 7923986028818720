"""What holds people to their quota in Dovecot 2.4: a root is a block `quota NAME`, and a protocol may undo it.

Seen with 2.4.1: what a root says goes before what its protocol says of all roots, and before both what the protocol
says of the root. `quota_ignore` leaves a root, a namespace or a mailbox uncounted. quota-status heeds its own block
`protocol quota-status`, and answers nothing at all to a mail that is larger than the mailbox where
`quota_status_toolarge` is empty, as it is by default: Postfix then lets it pass. Source: doc.dovecot.org 2.4, "Quota
Plugin".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from baseline.classes import dataclass
from baseline.errors import CannotTell
from baseline.formats.dovecot import named_section, section, setting_line, settings_in
from baseline.readings.dialects.blocks_24 import quota_blocks
from baseline.readings.dialects.dialect import Settings
from baseline.readings.dialects.enforcing import OVERALL, YES, Holding, Replies

_REPLIES = ("success", "nouser", "overquota", "toolarge")
_SERVICE = "quota-status"
_INBOX = ("mailbox INBOX", "mailbox *")


@dataclass(frozen=True)
class Enforcing24:
    """Settings of their own instead of words of a root."""

    replies_asked: str = f"doveconf -f protocol={_SERVICE} {' '.join(f'quota_status_{one}' for one in _REPLIES)}"

    def store(self, settings: Settings) -> str:
        """`mail_driver`; `auto` where Dovecot finds it by itself."""
        return settings.values["mail_driver"].replace("auto", "")

    def roots(self, settings: Settings, blocks: str, protocols: Sequence[str]) -> tuple[Holding, ...]:
        """Every root, with the protocols that have a block about it."""
        found = quota_blocks(blocks)
        held = []
        for root in settings.roots:
            own = [one for one in protocols if found.own(f"protocol {one}", f"quota {root.name}")]
            own += [one for one in protocols if {"enforce", "ignore"} & {*found.own(f"protocol {one}")}]
            enforced = {}
            for one in (OVERALL, *dict.fromkeys(own)):
                off = found.of_root(root.name, "enforce", "yes", one) != "yes"
                ignored = found.of_root(root.name, "ignore", "no", one) == "yes"
                enforced[one] = "no: quota_enforce = no" if off else "no: quota_ignore = yes" if ignored else YES
            held.append(Holding(root.name, root.definition, root.driver, enforced))
        return tuple(held)

    def uncounted(self, settings: Settings, blocks: str) -> Mapping[str, str]:
        """The inbox, where its namespace or a block of its own is ignored."""
        del settings
        found = quota_blocks(blocks)
        inboxes = [heads for heads in found.blocks if heads and heads[-1] in _INBOX and "protocol" not in heads[0]]
        spaces = [heads for heads in found.blocks if len(heads) == 1 and heads[0].startswith("namespace ")]
        places = [*inboxes, *(heads for heads in spaces if found.own(*heads).get("inbox") == "yes")]
        said = [heads for heads in places if found.own(*heads).get("ignore") == "yes"]
        return {"INBOX": f"quota_ignore = yes in {' of '.join(reversed(said[0]))}"} if said else {}

    def vsizes(self, settings: Settings) -> str:
        """Sizes are kept of themselves."""
        del settings
        return "not needed"

    def set_up(self, roots: Sequence[Holding]) -> str:
        """Every root with its driver; a protocol that has a say of its own about it says the same."""
        text = ""
        for root in roots or (Holding("User quota", "", "count"),):
            held = ["enforce = yes", "ignore = no"]
            text += named_section("quota", root.name, [f"driver = {root.driver}", *held])
            for protocol in root.enforced:
                if protocol != OVERALL:
                    text += section(f"protocol {protocol}", [named_section("quota", root.name, held)])
        return text

    def replies(self, settings: Settings, printed: str) -> Replies:
        """As the service itself has them. An empty one is none: it answers nothing then."""
        del settings
        said = settings_in(printed)
        missing = [one for one in _REPLIES if f"quota_status_{one}" not in said]
        if missing:
            raise CannotTell(f"`doveconf` of Dovecot 2.4 does not print quota_status_{missing[0]}")
        success, nouser, overquota, toolarge = (said[f"quota_status_{one}"] or None for one in _REPLIES)
        return Replies(success, nouser, overquota, toolarge)

    def replying(self, success: str, nouser: str, overquota: str) -> str:
        """For the service itself, whose block goes before what stands outside of it."""
        replies = zip(_REPLIES, (success, nouser, overquota, overquota), strict=True)
        return section(f"protocol {_SERVICE}", [setting_line(f"quota_status_{name}", one) for name, one in replies])

    def listening_at(self, address: str, port: str) -> Sequence[str]:
        """As 2.4 names them."""
        return (f"listen = {address}", f"port = {port}")
