"""Kind `mailbox_quota`: the default limit of a Dovecot mailbox."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from baseline import sizes
from baseline.edits import SetBlock
from baseline.formats.dovecot import DROP_IN, double, plugin_block, setting_line, undouble
from baseline.judge import UNLIMITED, Advised, AtLeast, Equal, OneOf, Want, Wants
from baseline.kinds.base import Control, Loosens, Size
from baseline.model import Scalar, State, Target
from baseline.readings.dovecot import Dovecot
from baseline.readings.outline import ProgramSetting, set_in
from baseline.readings.quota_rules import (
    FLOOR,
    ROOT,
    is_default,
    limit_of,
    limits_root,
    rule_name,
    rule_names,
    rule_number,
    smallest,
    vsizes,
)
from baseline.remedies.mending import helps
from baseline.remedies.remedy import Effects, Remedy

if TYPE_CHECKING:
    from testinfra.host import Host


UNUSED = "baseline-unused:ignore"
"""A rule for a mailbox that nobody has: it fills a number that must not be missing, and limits nothing."""


class MailboxQuota(Control):
    """The limit that Dovecot gives a mailbox unless its account says otherwise.

    Looked at: the `plugin` settings in force (`doveconf`), so a later block or file that overrides an earlier
    one is seen. `limit by ROOT` is what the rules of one quota root come to, in bytes. No rule, a rule for one
    mailbox only, and `storage=0` all mean `unlimited`, which gives an account its space and is a warning where
    `quota` asks for a limit: without one, a single account can fill the store. With several roots the smallest
    limit bites, so each counts. `rules in force` counts those for the whole mailbox. It is 0 where `quota_rule`
    is missing, whatever `quota_rule2` says: Dovecot reads rules up to the first gap, and ignores `rules after a
    gap` in silence.

    Applied: the root (driver `count`, unless another is in use), `quota_vsizes`, the rules and
    `mailbox_list_index`, in a block of the drop-in that is read after every other file of conf.d. Rules for
    single mailboxes are kept; a limit that is good already is kept as it is. The quota plugin itself is loaded
    by `quota_enforcement`.

    What can go wrong: `local.conf`, read after conf.d, may override the drop-in; then the verification fails
    and the host is put back. Limits of single accounts come from the userdb: see `account_quota`. A rule that
    Dovecot cannot parse, such as `storage=1.5G`, stops the quota of every account. Sources: doc.dovecot.org
    2.3, "Quota Configuration"; RFC 9208.
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
            "quota_vsizes": OneOf(("yes", "not needed")),
            "rules after a gap": Advised(Equal(0)),
            "mailbox_list_index": Advised(Equal("yes")),
        }
        if self.quota != UNLIMITED:
            wants["rules in force"] = Advised(AtLeast(1))
        return wants

    def actual(self, host: Host, target: Target) -> State:
        """The limit by each root, its rules, and what might make a rule count for nothing."""
        del target
        dovecot = Dovecot(host)
        plugin = dovecot.plugin()
        roots = {root.name: root.definition for root in dovecot.settings.roots}
        state: dict[str, Scalar] = {}
        limits: list[int | str] = []
        live = in_force = 0
        for root, definition in roots.items():
            limit, rules = limit_of(plugin, root)
            limits.append(limit)
            live += len(rules)
            in_force += sum(limits_root(rule) for rule in rules)
            state |= {f"root {root}": definition, f"limit by {root}": limit}
        written = [name for root in roots or ("quota",) for name in rule_names(plugin, root)]
        state |= {name: undouble(plugin[name]) for name in written}
        state["limit"] = smallest(limits)
        state["rules in force"] = in_force
        state["rules after a gap"] = len(written) - live
        state["quota_vsizes"] = vsizes(plugin, roots)
        state["mailbox_list_index"] = dovecot.setting("mailbox_list_index")
        return state

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
        settings: dict[str, str] = {}
        roots = [key.removeprefix("root ") for key in state if key.startswith("root ")] or ["quota"]
        for root in roots:
            settings[root] = str(state.get(f"root {root}") or ROOT)
            settings |= self._rules(state, root)
        settings["quota_vsizes"] = "yes"
        text = f"{setting_line('mailbox_list_index', 'yes')}\n{plugin_block(settings)}"
        return Remedy(edits=(SetBlock(DROP_IN, self.id, text),), reloads=("dovecot",))

    def advice(self, state: State) -> str:
        """Where a limit may come from that a block of the drop-in cannot change."""
        if state.get("rules after a gap"):
            return self.fix or "Number quota_rule, quota_rule2, quota_rule3 … without a gap, or take out the last ones."
        return self.fix or (
            "Set quota_rule in a plugin block; look for another in /etc/dovecot/local.conf, which is read last."
        )

    def _rules(self, state: State, root: str) -> dict[str, str]:
        """All rules of one root, without a gap: ours first, then those for single mailboxes as they were.

        Numbers left over get a rule that limits nothing; a second rule for `*` there would overrule what the
        userdb says of single accounts, since a userdb field replaces `quota_rule` alone.
        """
        names = rule_names(state, root)
        own = [str(state[name]) for name in names]
        kept = [rule for rule in own if rule != UNUSED and not is_default(rule)]
        ruled = any(limits_root(rule) for rule in own)
        rules = [f"*:storage={self._limit(state.get(f'limit by {root}'), ruled)}", *kept]
        last = max((rule_number(name, root) for name in names), default=1)
        rules += [UNUSED] * (last - len(rules))
        return {rule_name(root, number): double(rule) for number, rule in enumerate(rules, start=1)}

    def _limit(self, present: Scalar, ruled: bool) -> str:
        """The limit to write: the present one where a rule gives a good one, else the one to apply."""
        if isinstance(present, int) and present >= self.min_bytes:
            return sizes.to_dovecot(present)
        if isinstance(self.quota, str) or (present == UNLIMITED and ruled):
            return "0"
        return sizes.to_dovecot(self.quota)
