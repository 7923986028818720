"""SPF records: `v=spf1 …` as terms, and macros (RFC 7208 sections 4, 5, 6, 7 and 12)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping

from baseline.classes import dataclass

VERSION = "v=spf1"
COUNTED = ("include", "a", "mx", "ptr", "exists")
"""Mechanisms that cost a look-up; the modifier `redirect` does, too (4.6.4)."""

AnyNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

_MACRO = re.compile(r"%(?:\{([slodiphcrtv])(\d*)(r?)([.\-+,/_=]*)\}|([%_\-]))", re.I)
_MODIFIER = re.compile(r"([A-Za-z][A-Za-z0-9._-]*)=(.*)", re.S)
_DIRECTIVE = re.compile(r"([+?~-]?)([A-Za-z][A-Za-z0-9]*)(?::([^/]*(?:\{[^}]*\}[^/]*)*))?((?:/.*)?)", re.S)
_CIDR = re.compile(r"(?:/(0|[1-9]\d?))?(?://(0|[1-9]\d{0,2}))?")
_END = re.compile(r"(?:.*\.)?(?:[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9]|[A-Za-z])\.?", re.S)


class SpfError(ValueError):
    """A record that means `permerror` to whoever receives mail."""


@dataclass(frozen=True)
class Directive:
    """One mechanism with its qualifier. `domain` is the domain-spec with its macros, empty for the current domain."""

    qualifier: str
    mechanism: str
    domain: str = ""
    network: AnyNetwork | None = None
    cidr4: int = 32
    cidr6: int = 128

    @property
    def result(self) -> str:
        """What a match means."""
        return {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}[self.qualifier]


@dataclass(frozen=True)
class ParsedSpf:
    """A whole record. `redirect` is None when there is none; it counts only where no `all` stands."""

    directives: tuple[Directive, ...]
    redirect: str | None = None
    explanation: str | None = None

    @property
    def final(self) -> str:
        """How it ends, as written: `-all`, `~all`, `redirect=…`, or `nothing`, which means neutral."""
        for one in self.directives:
            if one.mechanism == "all":
                return f"{one.qualifier}all"
        return f"redirect={self.redirect}" if self.redirect else "nothing"


def is_spf(text: str) -> bool:
    """Whether a TXT record is an SPF record: exactly `v=spf1`, then a space or the end (4.5)."""
    return text.lower() == VERSION or text.lower().startswith(f"{VERSION} ")


def parse(text: str) -> ParsedSpf:
    """The record. Raises `SpfError`, which is what a receiver makes of it (4.6)."""
    if not is_spf(text):
        raise SpfError(f"does not begin with {VERSION} and a space")
    if not text.isascii():
        raise SpfError("holds a character that is not ASCII")
    directives: list[Directive] = []
    modifiers: dict[str, str] = {}
    for word in text[len(VERSION) :].split(" "):
        if not word:
            continue
        modifier = _MODIFIER.fullmatch(word)
        if modifier is None:
            directives.append(_directive(word))
            continue
        name = modifier[1].lower()
        if name in ("redirect", "exp"):
            if name in modifiers:
                raise SpfError(f"{name}= stands twice")
            modifiers[name] = _domain_spec(modifier[2], word)
        else:
            _macros_fit(modifier[2], word)
    return ParsedSpf(tuple(directives), modifiers.get("redirect"), modifiers.get("exp"))


def expand(spec: str, values: Mapping[str, str]) -> str:
    """A macro-string with `values` in place of its letters (7.3). Raises `SpfError` for a stray %."""
    _macros_fit(spec, spec)

    def one(match: re.Match[str]) -> str:
        if match[5]:
            return {"%": "%", "_": " ", "-": "%20"}[match[5]]
        value = values[match[1].lower()]
        parts = re.split(f"[{re.escape(match[4])}]" if match[4] else r"\.", value)
        if match[3]:
            parts.reverse()
        if match[2]:
            parts = parts[-int(match[2]) :]
        text = ".".join(parts)
        return _escaped(text) if match[1].isupper() else text

    return _MACRO.sub(one, spec)


def shortened(name: str) -> str:
    """A name that macros made too long, without its first labels (7.3)."""
    if len(name) <= 253:
        return name
    cut = name.find(".", len(name) - 254)
    return name[cut + 1 :] if cut >= 0 else name.rpartition(".")[2]


def with_addresses(text: str, addresses: tuple[str, ...]) -> str:
    """The record with `ip4:` and `ip6:` for these addresses, before its `all` or `redirect=`."""
    words = text.split(" ")
    place = next((n for n, word in enumerate(words) if re.fullmatch(r"[+?~-]?all|redirect=.*", word, re.I)), len(words))
    new = [mechanism(address) for address in addresses]
    return " ".join([*words[:place], *(word for word in new if word not in words), *words[place:]])


def mechanism(address: str) -> str:
    """`ip4:` or `ip6:` for one address."""
    return f"ip{ipaddress.ip_address(address).version}:{address}"


def _escaped(text: str) -> str:
    """Text with all but the unreserved characters of RFC 3986 percent-encoded."""
    return "".join(
        one if re.fullmatch(r"[\w.~-]", one, re.A) else "".join(f"%{b:02X}" for b in one.encode()) for one in text
    )


def _directive(word: str) -> Directive:
    match = _DIRECTIVE.fullmatch(word)
    if match is None:
        raise SpfError(f"{word!r} is no mechanism")
    qualifier, name, given, rest = match[1] or "+", match[2].lower(), match[3], match[4]
    if name in ("ip4", "ip6"):
        return Directive(qualifier, name, network=_network(name, f"{given or ''}{rest}", word))
    if name == "all":
        if given is not None or rest:
            raise SpfError(f"{word!r}: all takes nothing")
        return Directive(qualifier, name)
    if name not in COUNTED:
        raise SpfError(f"there is no mechanism {name!r}")
    if name in ("include", "exists") and given is None:
        raise SpfError(f"{word!r} names no domain")
    cidr4, cidr6 = 32, 128
    if name in ("a", "mx"):
        domain, tail = _apart(given, rest)
        cidr = _CIDR.fullmatch(tail)
        if cidr is None or int(cidr[1] or 0) > 32 or int(cidr[2] or 0) > 128:
            raise SpfError(f"{word!r}: {tail!r} is no prefix length")
        cidr4, cidr6 = int(cidr[1] or 32), int(cidr[2] or 128)
        cidr4 = 0 if cidr[1] == "0" else cidr4
        cidr6 = 0 if cidr[2] == "0" else cidr6
    else:
        domain = None if given is None else f"{given}{rest}"
        if given is None and rest:
            raise SpfError(f"{word!r}: {name} takes no prefix length")
    return Directive(qualifier, name, "" if domain is None else _domain_spec(domain, word), None, cidr4, cidr6)


def _apart(given: str | None, rest: str) -> tuple[str | None, str]:
    """Domain and prefix lengths of `a` and `mx`: a slash may also stand in the domain itself."""
    if given is None:
        return None, rest
    whole = f"{given}{rest}"
    tail = re.search(r"(?:/\d{1,2})?(?://\d{1,3})?$", whole)
    cut = tail.start() if tail else len(whole)
    return whole[:cut], whole[cut:]


def _network(name: str, text: str, word: str) -> AnyNetwork:
    address, slash, length = text.partition("/")
    try:
        if slash and not re.fullmatch(r"0|[1-9]\d{0,2}", length):
            raise ValueError
        net = ipaddress.ip_network(text, strict=False)
        if net.version != (4 if name == "ip4" else 6) or "/" in length or not address:
            raise ValueError
    except ValueError:
        raise SpfError(f"{word!r} is no network of {name}") from None
    return net


def _domain_spec(spec: str, word: str) -> str:
    _macros_fit(spec, word)
    last = spec.rpartition("}")[2] if spec.endswith("}") else spec
    if not spec or (not spec.endswith("}") and not _END.fullmatch(_MACRO.sub("x", last))):
        raise SpfError(f"{word!r} names no domain")
    return spec


def _macros_fit(text: str, word: str) -> None:
    left = _MACRO.sub("", text)
    if "%" in left or any(not 33 <= ord(character) <= 126 for character in left):
        raise SpfError(f"{word!r}: a macro that is none")
    if any(match[2] and int(match[2]) == 0 for match in _MACRO.finditer(text)):
        raise SpfError(f"{word!r}: a macro that keeps no part")
