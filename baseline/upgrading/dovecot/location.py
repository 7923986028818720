"""`mail_location` of 2.3, one text, as the settings that 2.4 made of it.

Source: doc.dovecot.org 2.3 and 2.4, "Mail Location Settings".
"""

from __future__ import annotations

import re

from baseline.upgrading.dovecot.variables import MAIL, convert
from baseline.upgrading.dovecot.writing import Set

_KEYS = {
    "INBOX": "mail_inbox_path",
    "INDEX": "mail_index_path",
    "INDEXPVT": "mail_index_private_path",
    "CONTROL": "mail_control_path",
    "ALT": "mail_alt_path",
    "VOLATILEDIR": "mail_volatile_path",
    "LAYOUT": "mailbox_list_layout",
    "SUBSCRIPTIONS": "mailbox_subscriptions_filename",
    "DIRNAME": "mailbox_directory_name",
    "MAILBOXDIR": "mailbox_root_directory_name",
    "LISTINDEX": "mailbox_list_index_prefix",
    "BROKENCHAR": "mailbox_list_visible_escape_char",
    "ESCCHAR": "mailbox_list_storage_escape_char",
}
_SWITCHES = {
    "UTF-8": ("mailbox_list_utf8", "yes"),
    "ITERINDEX": ("mailbox_list_iter_from_index_dir", "yes"),
    "NO-NOSELECT": ("mailbox_list_drop_noselect", "yes"),
    "KEEP-NOSELECT": ("mailbox_list_drop_noselect", "no"),
    "NO-FS-VALIDATION": ("mailbox_list_validate_fs_names", "no"),
}
_DRIVERS = frozenset({"maildir", "mbox", "mdbox", "sdbox", "imapc", "pop3c", "virtual", "obox"})


def settings(location: str) -> tuple[Set, ...]:
    """The settings of one location; none for an empty one, which 2.3 finds out by itself.

    Raises ValueError for a driver, a key or a variable that 2.4 has nothing for.
    """
    if not location:
        return ()
    driver, _, rest = location.partition(":")
    if driver == "dbox":
        driver = "sdbox"
    if driver not in _DRIVERS:
        raise ValueError(f"`{location}` names no format of mailboxes that 2.4 has")
    path, *keys = _split(rest)
    found = [Set("mail_driver", driver)]
    if path:
        found.append(Set("mail_path", _path(path)))
    for key in keys:
        found += _key(key)
    return tuple(found)


def _split(rest: str) -> list[str]:
    """The parts between colons; `::` stands for one colon."""
    parts = re.split(r"(?<!:):(?!:)", rest)
    return [part.replace("::", ":") for part in parts]


def _key(key: str) -> list[Set]:
    name, sign, value = key.partition("=")
    if not key:
        return []
    if name in _SWITCHES and not sign:
        return [Set(*_SWITCHES[name])]
    if name == "FULLDIRNAME":
        return [Set("mailbox_directory_name", value), Set("mailbox_directory_name_legacy", "no")]
    if name in _KEYS:
        return [Set(_KEYS[name], _path(value))]
    raise ValueError(f"2.4 has nothing for `{name}` of a location")


_OWNER = {"u": "owner_user", "n": "owner_user | username", "d": "owner_user | domain", "h": "owner_home"}


def _path(value: str) -> str:
    """A path; `%%u` in it is the owner of a shared namespace."""
    marked = re.sub(r"%%([undh])", lambda match: f"%{{{_OWNER[match[1]]}}}", value)
    parts = re.split(r"(%\{owner_[^}]*\})", marked)
    return "".join(part if part.startswith("%{owner_") else convert(part, MAIL) for part in parts)
