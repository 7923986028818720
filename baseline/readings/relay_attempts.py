"""Attempts to relay, as a stranger makes them: dialogues on port 25 that end before DATA."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from baseline.errors import CannotTell
from baseline.model.probes import Said, Talk
from baseline.readings.answers import shorten


def attempts(address: str, domain: str, foreign: str) -> Mapping[Talk, tuple[str, ...]]:
    """Dialogues, each with the names of the forms that its recipients are written in.

    The null sender keeps rules about senders out of the way of most of them; bounces, too, come with it.
    """
    there = f"relay-test@{foreign}"
    forms = {
        "plain": f"<{there}>",
        "behind %": f"<relay-test%{foreign}@{domain}>",
        "in quotes": f'<"{there}"@{domain}>',
        "with a source route": f"<@{domain}:{there}>",
        "with !": f"<{foreign}!relay-test@{domain}>",
    }
    return {
        _talk(address, "", forms.values()): tuple(forms),
        _talk(address, f"postmaster@{domain}", [forms["plain"]]): ("from a sender of this host",),
    }


def answers(said: Said, forms: Sequence[str]) -> list[str]:
    """`refused` or `accepted` for each form. Raises `CannotTell` when it did not come to all of them."""
    if said.trouble:
        raise CannotTell(f"no relaying could be tried: {said.trouble}")
    if not said.replies or said.replies[0].code != "250":
        answer = f"{said.replies[0].code} {shorten(said.replies[0].text)}" if said.replies else said.ended
        raise CannotTell(f"no relaying could be tried: MAIL FROM was answered {answer or said.greeting}")
    codes = [reply.code for reply in said.replies[1:]]
    if len(codes) < len(forms):
        raise CannotTell(
            f"the dialogue ended after {len(codes)} of {len(forms)} recipients: {said.ended or 'no reason'}"
        )
    return ["accepted" if code.startswith("2") else "refused" for code in codes]


def _talk(address: str, sender: str, recipients: Iterable[str]) -> Talk:
    return Talk(address, 25, commands=(f"MAIL FROM:<{sender}>", *(f"RCPT TO:{one}" for one in recipients)))
