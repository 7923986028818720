"""Ways of setting the limit of an account, and of losing it, in either dialect of Dovecot's configuration.

What each comes to was seen with Dovecot 2.3.19 and 2.4.1; the tests see it again by mail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Way:
    """One way: settings, and what the userdb says of one account.

    `default` and `accounts` are the outcomes of MEL-Q-01 and MEL-Q-02; the account takes mail of nearly 100 MB unless
    one of them is a fail.
    """

    name: str
    settings: str
    field: str
    default: str
    accounts: str

    @property
    def takes(self) -> bool:
        """Whether the account takes the mail."""
        return "fail" not in (self.default, self.accounts)


def _in_24(text: str) -> str:
    return f"mail_plugins {{\n  quota = yes\n}}\nquota_storage_grace = 0\n{text}"


def _in_23(rules: str, more: str = "") -> str:
    plugin = f"plugin {{\n  quota = count:users\n  quota_vsizes = yes\n  quota_grace = 0%%\n{rules}}}\n"
    return f"mail_plugins = $mail_plugins quota\n{plugin}{more}"


def _root(limit: str = "", name: str = "users") -> str:
    return f'quota "{name}" {{\n' + (f"  storage_size = {limit}\n" if limit else "") + "}\n"


OUTSIDE, SMALL_OUTSIDE = _root() + "quota_storage_size = 1G\n", _root() + "quota_storage_size = 60M\n"
INBOX = "namespace inbox {\n  mailbox INBOX {\n    quota_storage_size = 60M\n  }\n}\n"
TRASH = "namespace inbox {\n  mailbox Trash {\n    quota_storage_extra = 100M\n  }\n}\n"

_OF_24 = (
    ("outside", OUTSIDE, "", "pass", "pass"),
    ("outside, too small", SMALL_OUTSIDE, "", "fail", "fail"),
    ("outside, without a limit", _root() + "quota_storage_size = 0\n", "", "pass", "pass"),
    ("with a suffix, of 100 MB by the SI", _root() + "quota_storage_size = 98000kB\n", "", "warn", "warn"),
    ("inside", _root("1G"), "", "pass", "pass"),
    ("inside, too small, for all that stands outside", OUTSIDE + _root("60M"), "", "fail", "fail"),
    ("a share inside", OUTSIDE + 'quota "users" {\n  storage_percentage = 5\n}\n', "", "pass", "fail"),
    ("the smaller of two roots", OUTSIDE + _root("60M", "second"), "", "fail", "fail"),
    ("a folder's more is not the inbox's", SMALL_OUTSIDE + TRASH, "", "fail", "fail"),
    ("for the inbox", OUTSIDE + INBOX, "", "fail", "fail"),
    ("for a protocol", OUTSIDE + "protocol lmtp {\n  quota_storage_size = 60M\n}\n", "", "fail", "fail"),
    ("for a namespace", OUTSIDE + "namespace inbox {\n  quota_storage_size = 60M\n}\n", "", "fail", "fail"),
    ("the account's", OUTSIDE, "quota_storage_size=60M", "pass", "fail"),
    ("the account's, without a limit", OUTSIDE, "quota_storage_size=0", "pass", "pass"),
    ("the account's, with what cannot be read", OUTSIDE, "quota_storage_size=1.5G", "pass", "fail"),
    ("the account's by the root's name", _root("1G"), "quota/users/storage_size=60M", "pass", "fail"),
    ("the account's small one is shadowed", _root("1G"), "quota_storage_size=60M", "pass", "warn"),
    ("the account's large one is shadowed", _root("60M"), "quota_storage_size=5G", "fail", "fail"),
    ("an old rule is left in the userdb", OUTSIDE, "quota_rule=*:storage=60M", "pass", "warn"),
)
_OF_23 = (
    ("a rule", "  quota_rule = *:storage=1G\n", "", "pass", "pass"),
    ("a rule, too small", "  quota_rule = *:storage=60M\n", "", "fail", "fail"),
    ("a second rule", "  quota_rule = *:storage=1G\n  quota_rule2 = *:storage=60M\n", "", "fail", "fail"),
    (
        "a second root",
        "  quota_rule = *:storage=1G\n  quota2 = count:second\n  quota2_rule = *:storage=60M\n",
        "",
        "fail",
        "fail",
    ),
    (
        "a folder's more is not the inbox's",
        "  quota_rule = *:storage=60M\n  quota_rule2 = Trash:storage=+100M\n",
        "",
        "fail",
        "fail",
    ),
    ("the account's", "  quota_rule = *:storage=1G\n", "quota_rule=*:storage=60M", "pass", "fail"),
    ("the account's, without a limit", "  quota_rule = *:storage=1G\n", "quota_rule=*:storage=0", "pass", "pass"),
    (
        "the account's is shadowed",
        "  quota_rule = *:storage=1G\n  quota_rule2 = *:storage=1G\n",
        "quota_rule=*:storage=60M",
        "pass",
        "warn",
    ),
    ("a limit as 2.4 reads it", "  quota_rule = *:storage=1G\n", "quota_storage_size=60M", "pass", "warn"),
)
_DELIVERED = "protocol lmtp {\n  plugin {\n    quota_rule = *:storage=60M\n  }\n}\n"

WAYS: Mapping[str, tuple[Way, ...]] = {
    "trixie": tuple(Way(name, _in_24(text), *rest) for name, text, *rest in _OF_24),
    "bookworm": (
        *(Way(name, _in_23(rules), *rest) for name, rules, *rest in _OF_23),
        Way("for a protocol", _in_23("  quota_rule = *:storage=1G\n", _DELIVERED), "", "fail", "fail"),
    ),
}
"""By release of Debian: Dovecot is 2.4 on trixie, 2.3 on bookworm."""
