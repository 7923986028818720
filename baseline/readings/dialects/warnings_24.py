"""The warnings of Dovecot 2.4: blocks `warning NAME` of a quota root, or `quota_warning NAME` for all roots.

Seen with 2.4.1: Dovecot tries those for all roots first, then those of the root, each in the order in which their names
come up for the first time, however often a block is opened again. A level inherits what the rule does not say from its
root and from outside. Source: doc.dovecot.org 2.4, "Quota Warning Scripts".
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from baseline import sizes
from baseline.classes import dataclass
from baseline.edits import SetBlock
from baseline.formats.dovecot import DROP_IN, named_section, section, setting_line
from baseline.model import Scalar
from baseline.readings.dialects.blocks_24 import QuotaBlocks, quota_blocks
from baseline.readings.dialects.dialect import EARLY, Settings
from baseline.readings.dialects.warnings import Grace, Rule, WarningRules

_SHARED = "quota_warning "
"""How the head of a rule for all roots begins, and of one inside of a root: so `doveconf` prints either."""

_OURS = "baseline-"
_RULE = re.compile(r"(?P<sign>-?)(?P<resource>storage|messages)=(?P<level>\S+) (?P<command>\S.*)")
_SHARE = re.compile(r"(?P<share>[0-9]+)%(?:/(?P<whole>[0-9]+)%)?")
_PLAIN_WORD = re.compile(r"[A-Za-z0-9._-]+")
_SMALLEST = 104_857_600
"""Bytes of which a grace is a share where no limit is known: the smallest quota that the mandate gives."""


@dataclass(frozen=True)
class Warnings24:
    """Rules have names, and a percent sign is one."""

    user: str = "%{user}"

    def written(self, settings: Settings, blocks: str) -> WarningRules:
        """Each rule in one line, as 2.3 would spell it but with single percent signs; and the order of every root."""
        del settings
        found = quota_blocks(blocks)
        shared = dict(_rules(found, ()))
        own = {root: dict(_rules(found, (f"quota {root}",))) for root in found.roots}
        every = dict(shared)
        tried = []
        for rules in own.values():
            names = {setting.rpartition("/")[2] for setting in rules}
            # A name that stands in both places is one rule, that of the root.
            tried.append([*(text for setting, text in shared.items() if setting not in names), *rules.values()])
            every |= rules
        return WarningRules(every, tried or [list(shared.values())])

    def is_name(self, key: str) -> bool:
        """Whether a key of a state is the name of a rule, behind that of its root where it has one."""
        return re.fullmatch(rf"(?:quota .*/)?{_SHARED}.*", key) is not None

    def parse(self, text: str) -> Rule:
        """A rule as `written` gives it. Raises ValueError for one at 0 percent, of which Dovecot runs nothing."""
        match = _RULE.fullmatch(text)
        if not match:
            raise ValueError(f"{text!r} is not LEVEL COMMAND")
        share = _SHARE.fullmatch(match["level"])
        if share and 0 in (int(share["share"]), int(share["whole"] or 100)):
            raise ValueError(f"{text!r}: a percentage must not be 0")
        percent = None
        if share and match["resource"] == "storage":
            percent = int(share["share"]) * 100 // int(share["whole"] or 100)
        return Rule(text, percent, match["sign"] == "-", match["command"])

    def rule(self, percent: int, command: str, *, under: bool = False) -> Rule:
        """A rule on a percentage of the storage limit."""
        return Rule(f"{'-' if under else ''}storage={percent}% {command}", percent, under, command)

    def grace(self, settings: Settings, blocks: str) -> Grace:
        """A number of bytes, which is told as a share of the default limit, rounded up."""
        found = quota_blocks(blocks)
        written = settings.values["quota_storage_grace"]
        own = {root: value for root in found.roots if (value := found.own(f"quota {root}").get("storage_grace"))}
        return Grace(
            _share(written, settings.limit), written, {root: _share(one, settings.limit) for root, one in own.items()}
        )

    def grace_of(self, percent: int, limit: Scalar) -> str:
        """The bytes that are so many percent of the limit."""
        whole = limit if isinstance(limit, int) and not isinstance(limit, bool) else _SMALLEST
        return sizes.to_dovecot(min(whole, _SMALLEST) * percent // 100)

    def edits(self, key: str, rules: Sequence[Rule], grace: str, service: str) -> tuple[SetBlock, ...]:
        """Ours for all roots and before the site's files, and with them the site's own that have a place among them.

        Whatever stands in no file before comes behind, so the site's others stay where they are.
        """
        here = [one for place, one in enumerate(rules) if not one.setting or _is_placed(one, rules[place:])]
        # A rule of a root and its second one, which an earlier apply wrote, come to the same lines.
        text = "".join(dict.fromkeys(_block(one) for one in here))
        return (
            SetBlock(EARLY, key, text),
            SetBlock(DROP_IN, key, setting_line("quota_storage_grace", grace) + "\n" + service),
        )


def _rules(found: QuotaBlocks, outer: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Setting -> rule in one line, of those directly inside of a root or outside of all."""
    for head in found.inside(*outer):
        if head.startswith(_SHARED):
            around = [found.own(*outer), found.own()]
            rule = {name.removeprefix("warning_"): value for name, value in found.own(*outer, head).items()}
            yield "/".join((*outer, head)), _line(rule, around, _command(found, (*outer, head)))


def _line(rule: Mapping[str, str], around: Sequence[Mapping[str, str]], command: str) -> str:
    def said(name: str, default: str) -> str:
        return next((one[name] for one in around if name in one), default)

    sign = "-" if rule.get("threshold", said("warning_threshold", "over")) == "under" else ""
    if rule.get("resource", said("warning_resource", "storage")) != "storage":
        level = rule.get("message_count") or f"{rule.get('message_percentage', said('message_percentage', '100'))}%"
        return f"{sign}messages={level} {command}"
    whole = said("storage_percentage", "100")
    level = f"{rule.get('storage_percentage', whole)}%" + ("" if whole == "100" else f"/{whole}%")
    for absolute in ("storage_size", "storage_extra"):
        if absolute in rule:
            level = f"{level}:{absolute}:{rule[absolute].replace(' ', '')}"
    return f"{sign}storage={level} {command}"


def _command(found: QuotaBlocks, rule: tuple[str, ...]) -> str:
    """The service that a rule runs, and its arguments; another way of running one is named before it."""
    head = next((one for one in found.inside(*rule) if one.startswith("execute ")), "execute ?")
    own = found.own(*rule, head)
    driver, args = own.get("driver", "unix"), own.get("args", "")
    service = head.removeprefix("execute ")
    return f"{service if driver == 'unix' else f'{driver}:{service}'} {args}".strip()


def _is_placed(rule: Rule, later: Sequence[Rule]) -> bool:
    """Whether a rule of the site is written again for its order, which it can be where its one line says all of it."""
    service = rule.command.partition(" ")[0]
    whole = rule.percent is not None and "/" not in rule.text and _PLAIN_WORD.fullmatch(service) is not None
    return whole and (not rule.under or any(not one.setting and one.under for one in later))


def _block(rule: Rule) -> str:
    service, _, args = rule.command.partition(" ")
    # Said in full, since what a rule does not say may be said for all rules.
    level = [f"quota_storage_percentage = {rule.percent}", "resource = storage"]
    lines = [*level, f"threshold = {'under' if rule.under else 'over'}"]
    execute = section(f"execute {service}", [setting_line("args", args)] if args else [])
    return named_section(_SHARED.strip(), _name(rule, args), [*lines, execute])


def _name(rule: Rule, args: str) -> str:
    """A rule of a root cannot come before ours, which are for all: a second one of it has another name."""
    if not rule.setting:
        return _OURS + args.partition(" ")[0]
    name = rule.setting.rpartition(_SHARED)[2]
    written = re.sub(r"[^A-Za-z0-9._-]", "-", name)
    return f"{_OURS}{written}-{rule.percent}" if "/" in rule.setting else name


def _share(written: str, limit: int | str) -> Scalar:
    """Bytes as a percentage of the limit, rounded up, or as they are written."""
    try:
        grace = sizes.dovecot_setting(written)
    except ValueError:
        return written
    return -(-grace * 100 // (limit if isinstance(limit, int) else _SMALLEST))
