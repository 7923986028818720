"""Dovecot 2.3: what `doveconf` prints, the drop-in that this package keeps, and the grammar of `quota_rule`.

Sources: doc.dovecot.org 2.3 "Config file syntax" and "Quota Configuration"; config-parser.c and quota.c of
dovecot/core 2.3.19.1. Sizes are whole bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from baseline import sizes
from baseline.classes import dataclass

DROP_IN = "/etc/dovecot/conf.d/99-baseline.conf"
"""Read after every file that Debian ships in conf.d, so its settings win."""

DEEPEST = 60
"""Levels of blocks; Dovecot's own files have three."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_SECTION = re.compile(r"!?[A-Za-z0-9][A-Za-z0-9_./:!-]*(?: (?:[^\s{}\"'#$\\]+|\"[^\"#$\\\x00-\x1f\x7f]+\"))?")
_NEEDS_QUOTES = re.compile(r"[#$\"'\\]|^[<\s]|\s$")


# --- what doveconf prints -------------------------------------------------------------------------


@dataclass(frozen=True)
class Setting:
    """One `name = value` line; `section` are the heads of the blocks around it, outermost first."""

    section: tuple[str, ...]
    name: str
    value: str


def parse_settings(output: str) -> tuple[Setting, ...]:
    """Every setting that `doveconf` printed, in its order, quotes undone.

    Heads stay as printed: `plugin`, `protocol imap`, `service quota-status`. Raises ValueError for a block
    without an end, or an end without a block.
    """
    return tuple(setting for setting in _walked(output) if isinstance(setting, Setting))


def sections(output: str) -> tuple[tuple[str, ...], ...]:
    """The heads of every block that `doveconf` printed, outermost first, in their order; those of empty blocks too.

    Raises ValueError like `parse_settings`.
    """
    return tuple(heads for heads in _walked(output) if not isinstance(heads, Setting))


def settings_in(output: str, *section: str) -> dict[str, str]:
    """The settings directly in one section of what `doveconf` printed, such as `plugin`; a later one wins."""
    return {found.name: found.value for found in parse_settings(output) if found.section == section}


def _walked(output: str) -> Iterator[Setting | tuple[str, ...]]:
    """Every setting, and the heads of every block where it begins."""
    heads: list[str] = []
    for line in output.split("\n"):
        bare = line.strip(" \t\r")
        name, sign, value = bare.partition("=")
        if not bare or bare.startswith("#"):
            continue
        if bare == "}":
            if not heads:
                raise ValueError("a block of Dovecot's configuration ends that never began")
            heads.pop()
        elif bare.endswith("{") and (not sign or not _NAME.fullmatch(name.strip())):
            heads.append(bare.removesuffix("{").strip())
            if len(heads) > DEEPEST:
                raise ValueError(f"blocks of Dovecot's configuration are nested deeper than {DEEPEST} levels")
            yield tuple(heads)
        elif sign:
            yield Setting(tuple(heads), name.strip(" \t"), unquote(value.strip(" \t")))
    if heads:
        raise ValueError(f"the block {heads[-1]!r} of Dovecot's configuration has no end")


def unquote(value: str) -> str:
    """A value without the quotes that `doveconf` writes around it, and without escapes inside them.

    doveconf quotes a value only when it holds `#` or begins or ends in white space; other quotes are the value's
    own. `doveconf -h` quotes nothing, so its output must not come here.
    """
    if len(value) >= 2 and value[0] == value[-1] == '"':
        inner = re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.S)
        if re.search(r"#|^[ \t]|[ \t]$", inner):
            return inner
    return value


def undouble(value: str) -> str:
    """A value with `%%` as the one `%` that the plugin gets: `doveconf` prints it still doubled."""
    return value.replace("%%", "%")


def double(value: str) -> str:
    """The opposite of `undouble`: every `%` written so that Dovecot expands no variable."""
    return value.replace("%", "%%")


# --- what is written ------------------------------------------------------------------------------


def setting_line(name: str, value: str, *, expand: bool = False) -> str:
    """`name = value` without a newline, quoted where Dovecot would read it otherwise.

    With `expand` the value is left bare, so that `$mail_plugins` in it stands for the value so far. Raises
    ValueError for control characters, names that are none, and bare values that would need quotes.
    """
    if not _NAME.fullmatch(name) or any(ord(character) < 32 or ord(character) == 127 for character in value):
        raise ValueError(f"{name!r} = {value!r} cannot be written as one Dovecot setting")
    if expand:
        if _NEEDS_QUOTES.search(value.replace("$", "")):
            raise ValueError(f"{value!r} needs quotes, and inside quotes Dovecot expands no $name")
        return f"{name} = {value}".rstrip()
    return f"{name} = {quote(value)}".rstrip()


def quote(value: str) -> str:
    """The value as it stands after `=`: in double quotes when it holds `#`, `$`, quotes or outer white space."""
    if not _NEEDS_QUOTES.search(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def section(head: str, lines: Iterable[str]) -> str:
    """`head { … }` with the lines indented, ending in a newline. Raises ValueError for a head that is none."""
    if not _SECTION.fullmatch(head):
        raise ValueError(f"{head!r} is no head of a Dovecot section")
    body = "".join(f"  {line}\n" for text in lines for line in text.rstrip("\n").split("\n"))
    return f"{head} {{\n{body}}}\n"


def named_section(kind: str, name: str, lines: Iterable[str]) -> str:
    """`kind "name" { … }`, for a name of 2.4 that may have several words. Raises ValueError for an impossible name."""
    if re.search(r"[\x00-\x1f\x7f\"\\#${}]", name):
        raise ValueError(f"{name!r} cannot be written as the name of a Dovecot section")
    head = f"{kind} {name}"
    if _SECTION.fullmatch(head):
        return section(head, lines)
    return f'{kind} "{name}"' + section(kind, lines).removeprefix(kind)


def plugin_block(settings: Mapping[str, str]) -> str:
    """`plugin { … }` with these settings."""
    return section("plugin", [setting_line(name, value) for name, value in settings.items()])


def protocol_block(protocol: str, settings: Mapping[str, str], *, expand: bool = False) -> str:
    """`protocol X { … }` with these settings; `expand` as in `setting_line`."""
    lines = [setting_line(name, value, expand=expand) for name, value in settings.items()]
    return section(f"protocol {protocol}", lines)


# --- quota_rule -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class RuleLimit:
    """A limit of a rule: bytes or messages, or with `percent` a share of the default rule's limit."""

    amount: int
    percent: bool = False


@dataclass(frozen=True)
class QuotaRule:
    """One `quota_rule` (2.3). `mask` is a mailbox, or `*` or `?` for the limit of the whole root.

    `storage` (bytes) and `messages` are None when the rule has no such term; an amount of 0 is no limit. In a
    rule for a mailbox they are relative to the root's limits.
    """

    mask: str
    storage: RuleLimit | None = None
    messages: RuleLimit | None = None
    ignore: bool = False
    backend: str | None = None

    @property
    def default(self) -> bool:
        """Whether this rule sets the limits of the root rather than of one mailbox."""
        return self.mask in ("*", "?")

    def __str__(self) -> str:
        if self.ignore:
            return f"{self.mask}:ignore"
        if self.backend is not None:
            return f"{self.mask}:backend={self.backend}"
        terms = []
        if self.storage is not None:
            terms.append(f"storage={self._limit(self.storage, byte='B')}")
        if self.messages is not None:
            terms.append(f"messages={self._limit(self.messages)}")
        return ":".join([self.mask, *terms])

    def _limit(self, limit: RuleLimit, byte: str = "") -> str:
        sign = "+" if limit.amount >= 0 and not self.default else "-" if limit.amount < 0 else ""
        if limit.percent:
            return f"{sign}{abs(limit.amount)}%"
        return f"{sign}{sizes.to_dovecot(abs(limit.amount)) if byte else abs(limit.amount)}"


def quota_rule(text: str) -> QuotaRule:
    """One rule, its percent signs already undoubled. Raises ValueError for what Dovecot 2.3 refuses.

    A term given twice counts once, the later one; `bytes=` and `storage=` are the same term with another unit
    for bare numbers.
    """
    mask, colon, rest = text.partition(":")
    if not colon:
        raise ValueError(f"{text!r} is not MAILBOX:LIMITS")
    if rest == "ignore":
        return QuotaRule(mask, ignore=True)
    if rest.startswith("backend="):
        return QuotaRule(mask, backend=rest.removeprefix("backend="))
    default = mask in ("*", "?")
    limits: dict[str, RuleLimit] = {}
    for term in rest.split(":"):
        name, _, value = term.partition("=")
        if name not in ("storage", "bytes", "messages"):
            raise ValueError(f"{term!r} of {text!r}: Dovecot knows storage, bytes and messages only")
        limits["messages" if name == "messages" else "storage"] = _limit(name, value, default=default)
    return QuotaRule(mask, limits.get("storage"), limits.get("messages"))


def quota_rules(plugin: Mapping[str, str], root: str = "quota") -> tuple[QuotaRule, ...]:
    """The rules of one root (`quota`, `quota2` …) out of the `plugin` settings as `doveconf` prints them.

    Dovecot reads `quota_rule`, `quota_rule2`, `quota_rule3` … up to the first that is missing, and drops what
    comes after a gap. Raises ValueError like `quota_rule`.
    """
    rules: list[QuotaRule] = []
    name, number = f"{root}_rule", 2
    while plugin.get(name):
        rules.append(quota_rule(undouble(plugin[name])))
        name, number = f"{root}_rule{number}", number + 1
    return tuple(rules)


def storage_limit(rules: Iterable[QuotaRule]) -> int | None:
    """Bytes that a root may hold by its default rules; None is no limit. The last rule that speaks of it wins."""
    limit = 0
    for rule in rules:
        if rule.default and rule.storage is not None:
            limit = rule.storage.amount
    return limit or None


def _limit(name: str, value: str, *, default: bool) -> RuleLimit:
    sign, digits = (value[0], value[1:]) if value[:1] in ("+", "-") else ("", value)
    if default and sign:
        raise ValueError(f"{name}={value}: a limit of the whole root cannot be relative")
    percent = re.fullmatch(r"([0-9]+)%.*", digits)
    if percent and default:
        raise ValueError(f"{name}={value}: a limit of the whole root cannot be a share of itself")
    bare = "k" if name == "storage" else "b"
    amount = int(percent[1]) if percent else sizes.dovecot(digits, bare=bare)
    return RuleLimit(-amount if sign == "-" else amount, percent is not None)
