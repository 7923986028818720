"""The warnings of Dovecot 2.3: `quota_warning`, `quota_warning2` … of the section `plugin`.

Source: doc.dovecot.org 2.3, "Quota Warning Scripts"; quota.c of dovecot/core 2.3.19.1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from baseline.classes import dataclass
from baseline.edits import SetBlock
from baseline.formats.dovecot import DROP_IN, plugin_block, undouble
from baseline.model import Scalar
from baseline.readings.dialects.dialect import Settings
from baseline.readings.dialects.warnings import Grace, Rule, WarningRules

_RULE = re.compile(r"(?P<sign>[+-]?)(?P<resource>storage|messages)=(?P<level>\d+[A-Za-z]*|\d+%) (?P<command>\S.*)")


@dataclass(frozen=True)
class Warnings23:
    """Rules are numbered words, and a percent sign is doubled."""

    user: str = "%u"

    def written(self, settings: Settings, blocks: str) -> WarningRules:
        """Of the first root alone: it reads `quota_warning`, `quota_warning2` … up to the first that is missing."""
        del blocks
        every = {key: value for key, value in settings.plugin.items() if self.is_name(key)}
        tried: list[str] = []
        while (setting := name(len(tried) + 1)) in every:
            tried.append(every[setting])
        return WarningRules(every, (tried,), gap=len(tried) < len(every))

    def is_name(self, key: str) -> bool:
        """Whether a setting of plugins holds a rule."""
        return re.fullmatch(r"quota_warning(?:[2-9]|[1-9]\d+)?", key) is not None

    def parse(self, text: str) -> Rule:
        """A rule as `doveconf` prints it, `%` still doubled. Raises ValueError for what Dovecot refuses.

        A single `%` begins a variable, which leaves a rule that stops the quota of every account; so does a rule
        without a command.
        """
        if re.search(r"=\d+%(?!%)", text):
            raise ValueError(f"{text!r}: the percent sign has to be doubled")
        match = _RULE.fullmatch(undouble(text))
        if not match:
            raise ValueError(f"{text!r} is not LEVEL COMMAND")
        level = match["level"]
        percent = int(level[:-1]) if level.endswith("%") and match["resource"] == "storage" else None
        return Rule(text, percent, match["sign"] == "-", match["command"])

    def rule(self, percent: int, command: str, *, under: bool = False) -> Rule:
        """A rule on a percentage of the storage limit."""
        return Rule(f"{'-' if under else ''}storage={percent}%% {command}", percent, under, command)

    def grace(self, settings: Settings, blocks: str) -> Grace:
        """A share of the quota; of a number of bytes nobody can tell here which share it is."""
        del blocks
        written = settings.plugin.get("quota_grace", "10%%")
        grace = undouble(written)
        return Grace(int(grace[:-1]) if re.fullmatch(r"\d+%", grace) else grace, written)

    def grace_of(self, percent: int, limit: Scalar) -> str:
        """A share is written as one."""
        del limit
        return f"{percent}%%"

    def edits(self, key: str, rules: Sequence[Rule], grace: str, service: str) -> tuple[SetBlock, ...]:
        """All in the drop-in, the rules of the site with ours: they are told apart by their number alone."""
        settings: Mapping[str, str] = {name(number): one.text for number, one in enumerate(rules, start=1)}
        return (SetBlock(DROP_IN, key, plugin_block({**settings, "quota_grace": grace}) + service),)


def name(number: int) -> str:
    """The setting that holds the rule of that number, from 1."""
    return "quota_warning" if number == 1 else f"quota_warning{number}"
