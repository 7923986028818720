"""`namespace { }` and `mailbox { }` of 2.3 as 2.4 has them.

Source: doc.dovecot.org 2.3 and 2.4, "Namespaces" and "Shared mailboxes".
"""

from __future__ import annotations

import re

from baseline.upgrading.dovecot import location
from baseline.upgrading.dovecot.draft import DovecotDraft
from baseline.upgrading.dovecot.tree import Block
from baseline.upgrading.dovecot.variables import convert
from baseline.upgrading.dovecot.writing import Set, section


def namespaces(draft: DovecotDraft, tree: Block) -> None:
    """All namespaces of the configuration."""
    taken: set[str] = set()
    unnamed = 0
    for block in tree.all("namespace"):
        inner = draft.inner(block.head, None if block.name else unnamed)
        unnamed += not block.name
        name = named(block, taken)
        taken.add(name)
        _namespace(inner, block)
        draft.put(section("namespace", name, inner.entries))


def named(block: Block, taken: set[str]) -> str:
    """The name of a namespace, which 2.4 wants: its own, or `inbox`, or its type, with a number where needed."""
    wanted = block.name or ("inbox" if block.get("inbox") == "yes" else block.get("type", "private"))
    name, number = wanted, 2
    while name in taken:
        name, number = f"{wanted}{number}", number + 1
    return name


_PREFIX = {"%%u": "$user", "%%n": "$username", "%%d": "$domain"}


def _namespace(draft: DovecotDraft, block: Block) -> None:
    for name, value in block.settings.items():
        old = draft.old(name, value)
        try:
            if name == "location":
                if value:
                    draft.plain(old, *location.settings(value))
            elif name == "prefix":
                if value:
                    draft.plain(old, Set(name, _prefix(value), bare="$" in _prefix(value)))
            else:
                draft.plain(old, Set(name, value))
        except ValueError as error:
            draft.gone(old, str(error))
    for mailbox in block.all("mailbox"):
        inner = draft.inner(mailbox.head)
        for name, value in mailbox.settings.items():
            if name == "driver":
                inner.plain(inner.old(name, value), Set("mail_driver", value))
            else:
                inner.plain(inner.old(name, value), Set(name, value))
        draft.put(section("mailbox", mailbox.name, inner.entries))


def _prefix(value: str) -> str:
    marked = re.sub(r"%%[und]", lambda match: f"\0{_PREFIX[match[0]][1:]}", value)
    return convert(marked).replace("\0", "$")
