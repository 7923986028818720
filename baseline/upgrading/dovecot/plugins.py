"""`plugin { }` of 2.3, which 2.4 does not have: each plugin's settings in their new words.

Source: doc.dovecot.org 2.3 and 2.4, the pages of the plugins.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from baseline.upgrading.dovecot import quota, sieve
from baseline.upgrading.dovecot.draft import DovecotDraft, Old
from baseline.upgrading.dovecot.general import dict_of
from baseline.upgrading.dovecot.tree import Block
from baseline.upgrading.dovecot.variables import convert
from baseline.upgrading.dovecot.writing import HIDDEN, Entry, Set, WrittenSection

SAME = frozenset(
    [
        "acl_cache_ttl",
        "acl_defaults_from_inbox",
        "acl_globals_only",
        "acl_user",
        "acl_groups",
        "acl_ignore",
        "mail_log_events",
        "mail_log_fields",
        "mail_log_cached_only",
        "last_login_key",
        "last_login_precision",
        "recipient_delimiter",
        "pop3_migration_mailbox",
        "pop3_migration_skip_size_check",
        "pop3_migration_skip_uidl_cache",
        "pop3_migration_ignore_missing_uidls",
        "pop3_migration_ignore_extra_uidls",
        "pop3_migration_all_mailboxes",
        "lazy_expunge_only_last_instance",
        "virtual_max_open_mailboxes",
        "fts_autoindex",
        "fts_autoindex_max_recent_msgs",
        "fts_message_max_size",
        "welcome_wait",
    ]
)
RENAMED: Mapping[str, str] = {
    "lazy_expunge": "lazy_expunge_mailbox",
    "quota_clone_unset": "quota_clone_unset",
    "zlib_save": "mail_compress_write_method",
    "acl_anyone": "imap_acl_allow_anyone",
    "fts_index_timeout": "fts_search_timeout",
}
_DICTS = {
    "acl_shared_dict": "acl_sharing_map",
    "quota_clone_dict": "quota_clone",
    "last_login_dict": "last_login",
}


def plugin(draft: DovecotDraft, block: Block) -> None:
    """All settings of the `plugin` blocks in one block; those of 2.4 stand in the block itself."""
    values = block.plugin()
    if not values:
        return
    inner = draft.inner("plugin")
    quota.quota(inner, values)
    sieve.sieve(inner, values)
    for name, value in values.items():
        if not quota.handled(name) and not sieve.handled(name):
            _setting(inner, inner.old(name, value), values)
    draft.put(*inner.entries)


def _setting(draft: DovecotDraft, old: Old, values: Mapping[str, str]) -> None:
    try:
        _by_name(draft, old, values)
    except ValueError as error:
        draft.gone(old, str(error))


def _by_name(draft: DovecotDraft, old: Old, values: Mapping[str, str]) -> None:
    name, value = old.name, old.value
    if name in SAME:
        draft.plain(
            old, Set(name, " ".join(convert(value).split()) if name.startswith("mail_log_") else convert(value))
        )
    elif name == "acl":
        draft.plain(old, *_acl(value))
    elif name == "acl_anyone":
        draft.plain(old, Set("imap_acl_allow_anyone", "yes" if value == "allow" else "no"))
    elif name in _DICTS:
        draft.plain(old, WrittenSection(_DICTS[name], (dict_of(value),)))
    elif name in RENAMED:
        draft.plain(old, Set(RENAMED[name], convert(value)))
    elif name == "zlib_save_level":
        method = values.get("zlib_save", "gz")
        draft.plain(old, Set({"bz2": "compress_bz2_block_size_100k"}.get(method, f"compress_{method}_level"), value))
    elif re.search(r"(password|_key)$", name) and name.startswith("mail_crypt"):
        draft.gone(Old(old.heads, name, HIDDEN, old.where), "write the keys of mail_crypt as crypt_… by hand")
    else:
        draft.gone(old, f"what 2.4 has for `{name}` is not known here: look at doc.dovecot.org, or take it out")


def _acl(value: str) -> list[Entry]:
    driver, *options = value.split(":")
    entries: list[Entry] = [Set("acl_driver", driver)]
    for option in options:
        if option.startswith("cache_secs="):
            entries.append(Set("acl_cache_ttl", f"{option.partition('=')[2]} secs"))
        elif option.startswith("/"):
            entries.append(Set("acl_global_path", option))
        elif option:
            raise ValueError(f"2.4 has nothing for `{option}` of ACLs")
    return entries
