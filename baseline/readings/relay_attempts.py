"""Attempts to relay, as a stranger makes them: dialogues on port 25 that end before DATA."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from baseline.errors import CannotTell
from baseline.model.probes import Said, ServerReply, Talk
from baseline.readings.answers import shorten


def attempts(address: str, domain: str, foreign: str) -> Mapping[Talk, tuple[str, ...]]:
    """Dialogues, each with the names of the forms that its recipients are written in.

    The null sender keeps rules about senders out of the way of most of them; bounces, too, come with it. Without a
    `domain` of the host there is the plain form alone.
    """
    there = f"relay-test@{foreign}"
    if not domain:
        return {_talk(address, "", [f"<{there}>"]): ("plain",)}
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
    """`refused`, `accepted` or `put off` for each form. Raises `CannotTell` when it did not come to all of them.

    A 4xx is a refusal where it says so; else it may be greylisting or a limit, and tells nothing of the next attempt.
    """
    if said.trouble:
        raise CannotTell(f"no relaying could be tried: {said.trouble}")
    if not said.replies or said.replies[0].code != "250":
        answer = f"{said.replies[0].code} {shorten(said.replies[0].text)}" if said.replies else said.ended
        raise CannotTell(f"no relaying could be tried: MAIL FROM was answered {answer or said.greeting}")
    tried = said.replies[1:]
    if len(tried) < len(forms):
        raise CannotTell(
            f"the dialogue ended after {len(tried)} of {len(forms)} recipients: {said.ended or 'no reason'}"
        )
    return [_word(reply) for reply in tried]


def _word(reply: ServerReply) -> str:
    if reply.code.startswith("2"):
        return "accepted"
    return "refused" if reply.code.startswith("5") or _FOR_GOOD.search(reply.text) else "put off"


_FOR_GOOD = re.compile(r"\brelay(ing)? (access )?(denied|not permitted)|\buser unknown", re.I)
"""What Postfix (`defer_unauth_destination`, a 4xx for unknown users), Exim and Sendmail say to who may not relay."""


def _talk(address: str, sender: str, recipients: Iterable[str]) -> Talk:
    return Talk(address, 25, commands=(f"MAIL FROM:<{sender}>", *(f"RCPT TO:{one}" for one in recipients)))
