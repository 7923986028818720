"""The path of a mail: its `Received` fields, each as the server that took it wrote it (RFC 5321, section 4.4).

The words differ from server to server: Postfix, Exim, Sendmail, Microsoft's and Google's are read. What a field does
not say stays empty: nothing is made up.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from baseline.delivery.commented import FieldPiece, pieces, shown
from baseline.formats.networks import IPAddress
from baseline.model.measurements import NO_TLS, ReceivedHop

MOST_HOPS = 50
_LONGEST_NAME, _LONGEST_WORDS = 80, 200
_CLAUSES = ("from", "by", "via", "with", "id", "for")
_KEYWORD = re.compile(r"(?:utf8)?(?:e?smtp|lmtp)(s?)(a?)", re.I)
"""RFC 3848 and RFC 6531: S is for TLS, A for a login."""

_LOGGED_IN = re.compile(r"\(authenticated\b", re.I)
_VERSION = re.compile(r"\b(TLS|SSL)v?[ _]?([1-9])(?:[._]([0-9]))?\b", re.I)
_CIPHER = re.compile(r"cipher[ =:]+([A-Za-z0-9_-]{4,60})|\btls\s+([A-Z0-9_-]{8,60})", re.I)


def path(fields: Sequence[str]) -> tuple[ReceivedHop, ...]:
    """The hops of `Received` fields that stand in the order of the mail, the newest first; at most 50."""
    return tuple(hop(field) for field in fields[:MOST_HOPS])


def hop(field: str) -> ReceivedHop:
    """One hop."""
    found = list(pieces(field))
    # The date stands after the last `;`: one in what a client called itself does not begin it.
    ends = max((at for at, piece in enumerate(found) if piece.sort == "part"), default=len(found))
    date = " ".join(piece.text for piece in found[ends + 1 :] if piece.sort == "word")
    keyword = _words(found[:ends], "with")
    return ReceivedHop(
        by=_words(found[:ends], "by"),
        from_=_client(found[:ends]),
        with_=keyword,
        tls=_tls(keyword, [piece.text for piece in found[:ends] if piece.sort == "comment"]),
        at=_moment(date),
    )


def logged_in(hop: ReceivedHop) -> bool:
    """Whether the client had logged in, so that this is the hop of a submission."""
    keyword = _KEYWORD.match(hop.with_)
    return bool(keyword and keyword[2]) or bool(_LOGGED_IN.search(f"{hop.from_} {hop.with_}"))


def addresses(text: str) -> tuple[IPAddress, ...]:
    """All IP addresses that a hop names its client with."""
    found: list[IPAddress] = []
    for word in re.split(r"[\s()\[\],=<>;]+", re.sub(r"(?i)ipv6:", "", text)):
        try:
            one: IPAddress = ipaddress.ip_address(word.rstrip("."))
        except ValueError:
            continue
        mapped = one.ipv4_mapped if isinstance(one, ipaddress.IPv6Address) else None
        found.append(mapped or one)
    return tuple(found)


def _clause(found: Sequence[FieldPiece], wanted: str) -> list[FieldPiece]:
    """What a clause says, without its name. The first clause of a name counts."""
    said: dict[str, list[FieldPiece]] = {}
    clause = ""
    for piece in found:
        name = piece.text.lower()
        if piece.sort == "word" and name in _CLAUSES and name not in said:
            clause = name
            said[clause] = []
        elif clause and piece.sort != "part":
            said[clause].append(piece)
    return said.get(wanted, [])


def _words(found: Sequence[FieldPiece], wanted: str) -> str:
    """A clause as text, its comments in parentheses."""
    words = (f"({piece.text})" if piece.sort == "comment" else piece.text for piece in _clause(found, wanted))
    return shown(" ".join(words))[:_LONGEST_WORDS]


def _client(found: Sequence[FieldPiece]) -> str:
    """What a client called itself, and what the server says it is: whatever holds an address, or tells of a login.

    The client's own word is cut first, so that no length of it hides the address.
    """
    said = _clause(found, "from")
    name = next((piece.text for piece in said if piece.sort == "word"), "")
    comments = [piece.text for piece in said if piece.sort == "comment"]
    telling = [one for at, one in enumerate(comments) if at == 0 or addresses(one) or one.lower().startswith("auth")]
    return " ".join(filter(None, (name[:_LONGEST_NAME], *(f"({one[-_LONGEST_WORDS:]})" for one in telling[:4]))))


def _tls(keyword: str, comments: Sequence[str]) -> str:
    """The version and cipher where they are told, `yes` or `none` where only the protocol tells, else empty."""
    for said in (*comments, keyword):
        version = _VERSION.search(said)
        if version is not None:
            cipher = _CIPHER.search(said)
            name = f"{version[1].upper()}v{version[2]}" + (f".{version[3]}" if version[3] else "")
            return " ".join(filter(None, (name, (cipher[1] or cipher[2]) if cipher else "")))
    known = _KEYWORD.match(keyword)
    if known is None or "lmtp" in known[0].lower():
        return "yes" if known is not None and known[1] else ""
    return "yes" if known[1] else NO_TLS


def _moment(date: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(date)
        # A zone of -0000 says: in UTC, wherever it was.
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
