"""Kind `size_coherence`: the largest message fits everywhere it has to pass."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from baseline import sizes
from baseline.edits import DropOverride, Edit, SetBlock, SetParameter, SetUcl
from baseline.errors import CannotTell
from baseline.formats.dovecot import DROP_IN, plugin_block, setting_line
from baseline.formats.postfix import POSTFIX_FILES
from baseline.judge import UNLIMITED, Advised, AtLeast, AtMost, OneOf, Want, Wants
from baseline.kinds.base import ByHand, Control, Loosens, Size
from baseline.model import Scalar, State, Target
from baseline.model.looks import Parts
from baseline.readings.answers import ask, decoded, shorten, text
from baseline.readings.delivery import DOVECOT_STORE, VIRTUAL_STORES, LocalStore, local_store, virtual_store
from baseline.readings.dovecot import by_dialect
from baseline.readings.filter_engine import rspamd
from baseline.readings.outline import ProgramSetting, set_in
from baseline.readings.postfix import Postfix
from baseline.readings.rspamd import DUMP
from baseline.remedies.mending import helps
from baseline.remedies.remedy import Effects, Remedy

if TYPE_CHECKING:
    from testinfra.backend.base import CommandResult
    from testinfra.host import Host

# Of a setting that it does not know doveconf 2.4 prints nothing, which must not be taken for no limit.
_LARGEST = by_dialect("doveconf -h plugin/quota_max_mail_size", "doveconf quota_mail_size | grep .")
DOVECOT = f"command -v doveconf >/dev/null || {{ echo absent; exit; }}; {_LARGEST}"
RSPAMD = "command -v rspamadm >/dev/null || echo absent"
CLAMAV = "command -v clamconf >/dev/null || { echo absent; exit; }; clamconf"
OPTIONS = "/etc/rspamd/local.d/options.inc"

RSPAMD_DEFAULT = 52_428_800
"""Rspamd's max_message where the dump does not name it (50 MiB, rspamd 3.4 cfg_utils)."""

ABSENT = "not installed"
_LARGEST_23, _LARGEST_24 = "quota_max_mail_size", "quota_mail_size"
_CLAM_LIMITS = ("StreamMaxLength", "MaxFileSize", "MaxScanSize")


class SizeCoherence(Control):
    """The largest message that is accepted can be written, scanned and delivered.

    Postfix checks none of this when it starts: with message_size_limit above mailbox_size_limit, local(8) dies at
    each delivery and all mail to it stays in the queue. `local(8)` and `virtual(8)` are `yes`, or `not used`
    where they write no mailbox, or tell the limit that is too small. `Dovecot`, `Rspamd` and `ClamAV` likewise:
    each has a size above which it refuses, or lets pass without looking.

    `message_size_limit` is a warning below what an attachment of `max_attachment_bytes` needs: base64 writes 4
    bytes for 3, a line end after each 76, plus 64 KiB of headers and text. The circular's companion letter
    speaks of attachments of 10 MB. Overrides in master.cf count as `message_size_limit in SERVICE`.
    `largest message accepted` warns above `max_bytes`, since a flood of huge messages fills the queue.

    Applied: `message_size_limit` where it is too small or no number (never lowered: queued messages above the new
    value would be stranded); 0 for a mailbox limit that is smaller; Rspamd's `max_message` in
    local.d/options.inc; Dovecot's `quota_max_mail_size` in the drop-in. ClamAV's limits are left to a person,
    since memory has to allow them. Sources: postconf(5) message_size_limit; RFC 1870; RFC 5321 4.5.3.1; RFC 2045
    6.8; doc.dovecot.org 2.3 quota_max_mail_size and 2.4 quota_mail_size; clamd.conf(5).
    """

    summary: ClassVar[str] = "The largest message that is accepted can be written, scanned and delivered."
    loosens: ClassVar[Loosens] = {
        "max_attachment_bytes": "lower",
        "max_bytes": "higher",
    }
    set_by: ClassVar[Mapping[str, ProgramSetting]] = set_in("postfix", "message_size_limit")
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because limits are raised that are judged too small",
        notice="Larger messages pass.",
    )
    by_hand: ClassVar[ByHand] = {
        "largest message accepted": (
            "Lower message_size_limit once no larger message is in the queue; it is not lowered by "
            "itself, since that would strand them."
        ),
        "ClamAV scans it": (
            "Raise StreamMaxLength, MaxFileSize and MaxScanSize in /etc/clamav/clamd.conf to message_size_limit."
        ),
    }

    kind: Literal["size_coherence"]
    max_attachment_bytes: Annotated[Size, Field(ge=1, description="Attachment that has to pass, in bytes.")] = (
        10_485_760
    )
    message_size_limit: Annotated[Size, Field(ge=1, description="Bytes to set where the limit is too small.")] = (
        26_214_400
    )
    max_bytes: Annotated[Size, Field(ge=1, description="Bytes above which the limit is a warning.")] = 52_428_800

    @model_validator(mode="after")
    def _bounds(self) -> Self:
        if not self.least <= self.message_size_limit <= self.max_bytes:
            given = f"message_size_limit ({sizes.typed(self.message_size_limit)})"
            attachment, most = sizes.typed(self.max_attachment_bytes), sizes.typed(self.max_bytes)
            raise ValueError(
                f"{given} has to be from {sizes.typed(self.least)}, for max_attachment_bytes ({attachment}), "
                f"to max_bytes ({most})"
            )
        return self

    @property
    def least(self) -> int:
        """Bytes of a message that carries the attachment."""
        return math.ceil(self.max_attachment_bytes * 4 / 3 * 78 / 76) + 65_536

    def expected(self, target: Target) -> Wants:
        """A limit that is a number and large enough, and room for it everywhere."""
        del target
        fits: Want = OneOf(("yes", "not used"))
        scans: Want = OneOf(("yes", ABSENT))
        return {
            "message_size_limit": AtLeast(self.least, 0, "bytes"),
            "message_size_limit in *": AtLeast(self.least, 0, "bytes"),
            "largest message accepted": Advised(AtMost(self.max_bytes, unit="bytes")),
            "local(8) can write it": fits,
            "virtual(8) can write it": fits,
            "Dovecot accepts it": scans,
            "Rspamd scans it": scans,
            "ClamAV scans it": Advised(OneOf(("yes", ABSENT))),
        }

    def actual(self, host: Host, target: Target) -> State:
        """The limit, and what each program makes of a message of that size."""
        del target
        postfix = Postfix(host)
        dovecot, rspamadm, dump, clamav = ask(host, DOVECOT, RSPAMD, DUMP, CLAMAV)
        listed, store = ask(host, VIRTUAL_STORES, DOVECOT_STORE)
        settings = postfix.settings()
        state = Parts({"message_size_limit": _bytes(settings.get("message_size_limit"))})
        for service, value in postfix.overrides("message_size_limit").items():
            state[f"message_size_limit in {service}"] = _bytes(value)
        largest = _largest([value for key, value in state.items()])
        state["largest message accepted"] = largest
        for name, agent, store_of in (
            ("mailbox_size_limit", "local(8)", partial(local_store, settings, store)),
            ("virtual_mailbox_limit", "virtual(8)", partial(virtual_store, settings, listed)),
        ):
            with state.part():
                limit = postfix.overrides(name).get(agent.replace("(8)", "/unix")) or settings.get(name, "")
                state[f"{agent} can write it"] = _written(name, limit, store_of(), largest)
        with state.part():
            most, named = _dovecot(dovecot)
            state["Dovecot accepts it"] = _compared(most, largest, named)
        with state.part():
            state["Rspamd scans it"] = _compared(_rspamd(rspamadm, dump), largest, "max_message")
        with state.part():
            state["ClamAV scans it"] = _compared(*_clamav(clamav, largest))
        return state

    def reads(self, target: Target) -> tuple[str, ...]:
        """Postfix's two files, the drop-in, and Rspamd's options."""
        del target
        return (*POSTFIX_FILES, DROP_IN, OPTIONS)

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """Raise what is too small for the message size that will be in force."""
        by_hand = ("largest message accepted", "ClamAV scans it")
        if not helps(self.expected(target), state, lambda key: key in by_hand):
            return None
        edits: list[Edit] = []
        reloads = []
        size = self.message_size_limit
        if self._too_small(state["message_size_limit"]):
            edits.append(SetParameter("message_size_limit", str(size)))
        for key, value in state.items():
            if key.startswith("message_size_limit in ") and self._too_small(value):
                edits.append(DropOverride(key.removeprefix("message_size_limit in "), "message_size_limit"))
        for name, agent in (("mailbox_size_limit", "local"), ("virtual_mailbox_limit", "virtual")):
            if str(state[f"{agent}(8) can write it"]).startswith("no:"):
                edits += [SetParameter(name, "0"), DropOverride(f"{agent}/unix", name)]
        if edits:
            reloads.append("postfix")
        largest = state["largest message accepted"]
        wanted = max(largest, size) if isinstance(largest, int) else size
        if str(state["Rspamd scans it"]).startswith("no:"):
            edits.append(SetUcl(OPTIONS, "max_message", str(wanted)))
            reloads.append("rspamd")
        dovecot = str(state["Dovecot accepts it"])
        if dovecot.startswith("no:"):
            told = sizes.to_dovecot(wanted)
            in_24 = f" {_LARGEST_24} " in dovecot
            line = setting_line(_LARGEST_24, told) if in_24 else plugin_block({_LARGEST_23: told})
            edits.append(SetBlock(DROP_IN, self.id, line))
            reloads.append("dovecot")
        return Remedy(edits=tuple(edits), reloads=tuple(reloads))

    def _too_small(self, value: Scalar) -> bool:
        return value != UNLIMITED and not (isinstance(value, int) and value >= self.least)


def _bytes(written: str | None) -> Scalar:
    """A Postfix size: bytes, `unlimited` for 0, the text where it is no number."""
    try:
        return sizes.postfix(written or "") or UNLIMITED
    except ValueError:
        return f"{written} (not a number of bytes)"


def _largest(limits: list[Scalar]) -> Scalar:
    """The largest message that any service accepts."""
    if UNLIMITED in limits:
        return UNLIMITED
    return max((limit for limit in limits if isinstance(limit, int)), default=0)


def _compared(limit: int | str | None, largest: Scalar, name: str) -> str:
    """Whether a program's limit (bytes, None for none, or why there is nothing to compare) carries the message."""
    if isinstance(limit, str):
        return limit
    if limit is None or (isinstance(largest, int) and limit >= largest):
        return "yes"
    return f"no: {name} is {limit}"


def _written(name: str, limit: str, store: LocalStore, largest: Scalar) -> str:
    if store == "none":
        return "not used"
    try:
        size = sizes.postfix(limit)
    except ValueError:
        return f"no: {name} is {limit}"
    return _compared(size or None, largest, name)


def _dovecot(result: CommandResult) -> tuple[int | str | None, str]:
    """The largest mail that Dovecot takes, and what that is called; 2.3 has it among the plugin settings."""
    printed = [line for line in text(result).split("\n") if line]
    if printed == ["absent"]:
        return ABSENT, ""
    name = _LARGEST_24 if any(line.startswith(f"{_LARGEST_24} =") for line in printed) else _LARGEST_23
    values = [line.removeprefix(f"{_LARGEST_24} =").strip() for line in printed]
    try:
        return min((sizes.dovecot_setting(one) for one in values if one not in ("0", "unlimited")), default=None), name
    except ValueError as error:
        raise CannotTell(f"{name} cannot be read: {error}") from None


def _rspamd(rspamadm: CommandResult, dump: CommandResult) -> int | str | None:
    if text(rspamadm).strip() == "absent":
        return ABSENT
    options = rspamd(dump).get("options")
    if not isinstance(options, dict):
        raise CannotTell(f"`{DUMP}` printed no options")
    found = options.get("max_message", RSPAMD_DEFAULT)
    try:
        # A key given twice is a list in the dump: the smallest is what can be relied upon. A size with a suffix
        # stays text where the key is not known to be a size.
        given = found if isinstance(found, list) else [found]
        return min(sizes.parse_size(one) if isinstance(one, str) else int(one) for one in given) or None
    except (ValueError, TypeError):
        raise CannotTell(f"`{DUMP}` tells a max_message that is no size: {shorten(str(found))}") from None


def _clamav(result: CommandResult, largest: Scalar) -> tuple[int | str | None, Scalar, str]:
    """The smallest of clamd's limits (0 is none), with its name; clamconf prints defaults too."""
    printed = decoded(result.stdout_bytes)
    if printed.strip() == "absent":
        return ABSENT, largest, ""
    found = {
        match[1]: int(match[2])
        for match in re.finditer(r'^(\w+)\s*=\s*"?(\d+)"?', printed, re.M)
        if match[1] in _CLAM_LIMITS and int(match[2])
    }
    if not any(name in printed for name in _CLAM_LIMITS):
        raise CannotTell(f"`clamconf` printed no limits: {shorten(printed)}")
    name = min(found, key=lambda one: found[one], default="")
    return (found[name] if name else None), largest, name
