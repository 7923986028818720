"""Kind `mailbox_quota`: the default limit of a Dovecot mailbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from baseline import sizes
from baseline.edits import SetBlock
from baseline.formats.dovecot import DROP_IN
from baseline.judge import UNLIMITED, Advised, AtLeast, Equal, OneOf, Want, Wants
from baseline.kinds.base import Control, Loosens, Size
from baseline.model import Location, Scalar, State, Target
from baseline.readings.dovecot import DIALECT, Dovecot, dialect_of
from baseline.readings.outline import Outline, ProgramSetting, set_in
from baseline.readings.quota_rules import (
    FLOOR,
)
from baseline.remedies.mending import helps
from baseline.remedies.remedy import Effects, Remedy

if TYPE_CHECKING:
    from testinfra.host import Host


class MailboxQuota(Control):
    """The limit that Dovecot gives a mailbox unless its account says otherwise.

    Looked at: the `plugin` settings in force (`doveconf`), so a later block or file that overrides an earlier
    one is seen. `limit by ROOT` is what the rules of one quota root come to, in bytes. No rule, a rule for one
    mailbox only, and `storage=0` all mean `unlimited`, which gives an account its space and is a warning where
    `quota` asks for a limit: without one, a single account can fill the store. With several roots the smallest
    limit bites, so each counts. `rules in force` counts those for the whole mailbox. It is 0 where `quota_rule`
    is missing, whatever `quota_rule2` says: Dovecot reads rules up to the first gap, and ignores `rules after a
    gap` in silence.

    Since Dovecot 2.4 it is `quota_storage_size`, outside of all blocks, and the blocks around a mail decide: a folder's
    before a root's (`limit inside ROOT`), a namespace's and a protocol's. `limit in BLOCK` is one that holds for mail
    as it is delivered, whatever `doveadm quota get` says; in 2.3 the `plugin` settings of LMTP and LDA can be such.

    Applied: the root (driver `count`, unless another is in use), `quota_vsizes`, the rules and
    `mailbox_list_index`, in a block of the drop-in that is read after every other file of conf.d. Rules for
    single mailboxes are kept; a limit that is good already is kept as it is. In 2.4 the limit goes outside of the
    root's block, where the limits of single accounts beat it, and into a block only where one stands there already,
    since nothing takes it out. The quota plugin itself is loaded by `quota_enforcement`.

    What can go wrong: `local.conf`, read after conf.d, may override the drop-in; then the verification fails
    and the host is put back. Limits of single accounts come from the userdb: see `account_quota`. A rule that
    Dovecot cannot parse, such as `storage=1.5G`, stops the quota of every account. Sources: doc.dovecot.org
    2.3, "Quota Configuration", and 2.4, "Quota Plugin"; RFC 9208.
    """

    summary: ClassVar[str] = "The limit that Dovecot gives a mailbox unless its account says otherwise."
    loosens: ClassVar[Loosens] = {"min_bytes": "lower"}
    set_by: ClassVar[Mapping[str, ProgramSetting]] = set_in(
        "dovecot",
        "mailbox_list_index",
        also={
            "limit": "plugin/quota_rule",
            "limit by quota": "plugin/quota_rule",
            "quota_vsizes": "plugin/quota_vsizes",
        },
    )
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because the site's other quota rules are kept in order; the default that gives way is "
        "what is judged",
        notice="Accounts without a limit of their own have the default quota of the control.",
    )

    kind: Literal["mailbox_quota"]
    min_bytes: Annotated[
        Size, Field(ge=FLOOR, description="Bytes below which a limit warns; below 100 000 000 it fails.")
    ] = 104_857_600
    quota: Annotated[
        Size | Literal["unlimited"],
        Field(description="Limit to apply, in bytes, or `unlimited`; not below `min_bytes`."),
    ] = 1_073_741_824

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if isinstance(self.quota, int) and self.quota < self.min_bytes:
            raise ValueError(f"quota ({sizes.typed(self.quota)}) is below min_bytes ({sizes.typed(self.min_bytes)})")
        return self

    def expected(self, target: Target) -> Wants:
        """A limit of at least the floor by every root, and rules that all count."""
        del target
        wants: dict[str, Want] = {
            "limit": AtLeast(self.min_bytes, FLOOR, "bytes"),
            "limit by *": AtLeast(self.min_bytes, FLOOR, "bytes"),
            "limit in *": AtLeast(self.min_bytes, FLOOR, "bytes"),
            "quota_vsizes*": OneOf(("yes", "not needed")),
            "rules after a gap*": Advised(Equal(0)),
            "mailbox_list_index": Advised(Equal("yes")),
        }
        if self.quota != UNLIMITED:
            wants["rules in force"] = Advised(AtLeast(1))
        return wants

    def actual(self, host: Host, target: Target) -> State:
        """The limit by each root, what decides over it, and what might make it count for nothing."""
        del target
        dovecot = Dovecot(host)
        dialect, settings = dovecot.dialect, dovecot.settings
        return {
            DIALECT: dialect.name,
            **dialect.limits(settings),
            "mailbox_list_index": settings.values.get("mailbox_list_index", ""),
        }

    def set_at(self, state: State, written: Outline) -> Mapping[str, Location]:
        """The setting as the release calls it, where no block around it decides."""
        name = ProgramSetting("dovecot", dialect_of(state).called("limit"))
        limits = [key for key in state if key == "limit" or key.startswith("limit by ")]
        nearer = any(key.startswith(("limit in ", "limit inside ")) for key in state)
        return written.places(state, {**self.set_by, **({} if nearer else dict.fromkeys(limits, name))})

    def reads(self, target: Target) -> tuple[str, ...]:
        """The drop-in."""
        del target
        return (DROP_IN,)

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """The block of the drop-in that sets the default limit of every root.

        The whole block is written each time, from what is in force, so that mending one line never takes
        away another. A gap alone is left to a person: closing it brings rules into force that nobody has seen
        at work.
        """
        if not helps(self.expected(target), state, lambda key: key == "rules after a gap"):
            return None
        text = dialect_of(state).limiting(state, self._limit)
        return Remedy(edits=(SetBlock(DROP_IN, self.id, text),), reloads=("dovecot",))

    def advice(self, state: State) -> str:
        """Where a limit may come from that a block of the drop-in cannot change."""
        if state.get("rules after a gap"):
            return self.fix or "Number quota_rule, quota_rule2, quota_rule3 … without a gap, or take out the last ones."
        return self.fix or (
            "Set quota_rule in a plugin block; look for another in /etc/dovecot/local.conf, which is read last."
        )

    def _limit(self, present: Scalar, ruled: bool) -> str:
        """The limit to write: the present one where a rule gives a good one, else the one to apply."""
        if isinstance(present, int) and present >= self.min_bytes:
            return sizes.to_dovecot(present)
        if isinstance(self.quota, str) or (present == UNLIMITED and ruled):
            return "0"
        return sizes.to_dovecot(self.quota)
