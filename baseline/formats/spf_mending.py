"""One SPF record made of the ones that a zone has: their sound terms, and the addresses that have to be in it."""

from __future__ import annotations

from collections.abc import Sequence

from baseline.formats import spf


def mended(present: Sequence[str], outbound: Sequence[str], final: str) -> str:
    """One record out of those that are there: their sound terms, these addresses, and a last `final`.

    Terms that are no terms, and `ptr`, are left out: with them the whole record authorised nobody, or only slowly. A
    record that ends in `redirect=` keeps its end.
    """
    terms: dict[str, None] = {}
    redirect = ""
    for text in present:
        for word in text.split()[1:]:
            record = _term(word)
            if record is None:
                continue
            if record.redirect is not None:
                redirect = word
            elif record.explanation is not None or record.directives[0].mechanism not in ("all", "ptr"):
                terms[word] = None
    ends_itself = len(present) == 1 and redirect and not any(_is_all(word) for word in present[0].split())
    words = [spf.VERSION, *terms, redirect if ends_itself else final]
    return spf.with_addresses(" ".join(words), tuple(outbound))


def _term(word: str) -> spf.ParsedSpf | None:
    try:
        record = spf.parse(f"{spf.VERSION} {word}")
    except spf.SpfError:
        return None
    return record if record.directives or record.redirect is not None or record.explanation is not None else None


def _is_all(word: str) -> bool:
    record = _term(word)
    return record is not None and bool(record.directives) and record.directives[0].mechanism == "all"
