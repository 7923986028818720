"""What nftables 1.1 makes of a ruleset of nftables 1.0.

Words that both releases take alike were loaded by both; a ruleset with others is not judged.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from baseline.programs import NFTABLES
from baseline.upgrading.items import Item
from baseline.upgrading.sources import Sources, files_question

if TYPE_CHECKING:
    from testinfra.host import Host

VERSION = "nft --version"
MAIN = "/etc/nftables.conf"
_FILES = files_question(MAIN, "/etc/nftables.d/*", "/etc/nftables/*")
QUESTIONS = (_FILES,)

TRIED = re.compile(
    "accept|add|burst|comment|continue|counter|ct|daddr|delete|destination-unreachable|dnat|dport|drop|"
    "dstnat|echo-reply|echo-request|elements|established|filter|flags|flush|forward|hook|icmp|icmpv6|iifname|"
    "inet_proto|inet_service|info|input|interval|invalid|ip|ip6|ipv4_addr|ipv6_addr|l4proto|level|limit|log|"
    "mark|masquerade|meta|mld-listener-query|nat|nd-neighbor-advert|nd-neighbor-solicit|nd-router-advert|new|"
    "nexthdr|oifname|output|over|packet-too-big|packets|parameter-problem|policy|postrouting|prefix|"
    "prerouting|priority|protocol|rate|redirect|reject|related|reset|return|ruleset|saddr|set|size|snat|"
    "sport|srcnat|state|tcp|time-exceeded|timeout|to|type|udp|update|verdict|vmap|warn|with"
)
"""Words of the language that stand in rulesets which both releases loaded alike."""

_QUOTED = re.compile(r'"[^"\n]*"')
_COMMENT = re.compile(r"#[^\n]*")
_NAMED = re.compile(
    r"\btable\s+(?:(?:inet|ip6?|arp|bridge|netdev)\s+)?[\w.-]+|\b(?:chain|jump|goto|define|iif|oif)\s+[\w.-]+"
    r"|\b(?:set|map|counter|limit|quota)\s+[\w.-]+(?=\s*\{)|\b(?:counter|limit|quota)\s+name\s+[\w.-]+|[@$][\w.-]+"
)
_WORD = re.compile(r"(?<![\w.:/-])[a-z][a-z0-9_-]*(?![\w.:/])")


def items(host: Host) -> Iterator[Item]:
    """Whether both releases take the ruleset alike. Raises `CannotTell`."""
    sources = Sources.read(host.run(_FILES))
    for path, content in sources.texts.items():
        words = _words(content)
        untried = sorted(one for one in words if not TRIED.fullmatch(one))
        if not untried:
            said = "nftables 1.1 loads every statement of it as 1.0 does"
            yield Item(NFTABLES.name, "", "", path, "same", said)
        else:
            first = ", ".join(untried[:5])
            said = f"nobody has tried what nftables 1.1 makes of: {first}; try it there with `nft -c -f`"
            yield Item(NFTABLES.name, "", "", path, "unknown", said)
    for path in sources.unread:
        yield Item(NFTABLES.name, "", "", path, "unknown", "this file could not be read")
    if not sources.texts and not sources.unread:
        yield Item(NFTABLES.name, "", "", "", "unknown", f"{MAIN} is not there: where the rules come from is not known")


def _words(content: str) -> set[str]:
    """The words of the language in a ruleset, without names, texts and comments."""
    bare = _NAMED.sub(" ", _COMMENT.sub("", _QUOTED.sub(" ", content)))
    return set(_WORD.findall(bare))
