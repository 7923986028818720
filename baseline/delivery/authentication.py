"""What the receiver saw by SPF, DKIM and DMARC: the `Authentication-Results` of its own (RFC 8601).

Anybody can write such a field into a mail. Those count that bear the receiver's own name and stand where only its own
servers write: above the `Received` of the first server of others, which the one at the receiver's border put on top.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from baseline.delivery.commented import FieldPiece, pieces, shown
from baseline.model.measurements import AuthenticationResult

MOST_RESULTS = 30
_LONGEST_DETAIL = 200
_METHOD = re.compile(r"([A-Za-z][A-Za-z0-9-]{0,39})(?:\s*/\s*[0-9]+)?\s*=\s*([A-Za-z]{1,20})")


def authserv_id(field: str) -> str:
    """Who wrote the field; empty where it does not say."""
    for piece in pieces(field):
        if piece.sort in ("word", "quoted"):
            return piece.text
        if piece.sort == "part":
            return ""
    return ""


def results(field: str) -> tuple[AuthenticationResult, ...]:
    """What one field says, whoever wrote it: one result for each method, as often as it was used."""
    parts = _parts(list(pieces(field)))
    return tuple(found for part in parts[1:] if (found := _result(part)) is not None)[:MOST_RESULTS]


def seen_by(name: str, headers: Sequence[tuple[str, str]], border: int) -> tuple[AuthenticationResult, ...]:
    """What the receiver called `name` saw of a mail, of whose `Received` fields number `border` is that of its border.

    Fields below the next `Received` were there before the mail came in, and so do not count.
    """
    found: list[AuthenticationResult] = []
    passed = -1
    for header, value in headers:
        passed += header.lower() == "received"
        if passed > border:
            break
        own = header.lower() == "authentication-results" and authserv_id(value).casefold() == name.casefold()
        found += results(value) if own and name else ()
    return tuple(found[:MOST_RESULTS])


def _parts(found: Sequence[FieldPiece]) -> list[list[FieldPiece]]:
    parts: list[list[FieldPiece]] = [[]]
    for piece in found:
        if piece.sort == "part":
            parts.append([])
        else:
            parts[-1].append(piece)
    return parts


def _result(part: Sequence[FieldPiece]) -> AuthenticationResult | None:
    """`method=result` and what belongs to it. None for `none`, which says that nothing was looked at."""
    # Comments may stand anywhere, and are nobody's statement.
    text = " ".join(piece.text if piece.sort == "word" else f'"{piece.text}"' for piece in part if _says(piece))
    told = _METHOD.match(text)
    if told is None:
        return None
    detail = shown(text[told.end() :])[:_LONGEST_DETAIL]
    return AuthenticationResult(told[1].lower(), told[2].lower(), detail)


def _says(piece: FieldPiece) -> bool:
    return piece.sort in ("word", "quoted")
