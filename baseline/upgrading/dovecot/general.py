"""Settings of 2.3 that stand by themselves: renamed, inverted, split, gone, or of the same name.

Every setting of the core that `doveconf -d` of 2.3.19 prints was tried on 2.4.1: those that it called unknown are in
one of the tables here, all others keep their names. What they mean is from dovecot/documentation, in
2.4-converted-settings and 2.4-removed-settings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from baseline.upgrading.dovecot import formats_of_logs, location
from baseline.upgrading.dovecot.draft import DovecotDraft, Old
from baseline.upgrading.dovecot.tree import Block
from baseline.upgrading.dovecot.variables import AUTH, MAIL, convert
from baseline.upgrading.dovecot.writing import HIDDEN, Entry, Set, WrittenSection, section, switches

RENAMED: Mapping[str, str] = {
    "auth_default_realm": "auth_default_domain",
    "default_idle_kill": "default_idle_kill_interval",
    "mail_attachment_dir": "mail_ext_attachment_path",
    "mail_attachment_hash": "mail_ext_attachment_hash",
    "mail_attachment_min_size": "mail_ext_attachment_min_size",
    "master_user_separator": "auth_master_user_separator",
    "ssl_cert_username_field": "ssl_server_cert_username_field",
    "ssl_key_password": "ssl_server_key_password",
    "ssl_require_crl": "ssl_server_require_crl",
    "ssl_verify_client_cert": "ssl_server_request_client_cert",
}
FILES: Mapping[str, str] = {
    "ssl_alt_cert": "ssl_server_alt_cert_file",
    "ssl_alt_key": "ssl_server_alt_key_file",
    "ssl_ca": "ssl_server_ca_file",
    "ssl_cert": "ssl_server_cert_file",
    "ssl_client_cert": "ssl_client_cert_file",
    "ssl_client_key": "ssl_client_key_file",
    "ssl_dh": "ssl_server_dh_file",
    "ssl_key": "ssl_server_key_file",
}
"""Settings that name a file as `<file` in 2.3, and by its path in 2.4."""
GONE: Mapping[str, str] = {
    "auth_stats": "2.4 has no old statistics: use metrics",
    "config_cache_size": "2.4 reads its configuration in another way: nothing to set",
    "dict_db_config": "2.4 has no Berkeley DB: move the dict to SQLite or Redis",
    "imap_id_log": "2.4 tells of IMAP ID by the event imap_id_received",
    "login_access_sockets": "2.4 does not start with this setting, TCP wrappers are gone: use the firewall, or Lua",
    "mail_attachment_fs": "write the storage of attachments as `mail_ext_attachment { fs … { } }`",
    "imapc_ssl_verify": "write ssl_client_require_valid_cert where imapc is used",
    "doveadm_http_rawlog_dir": "write http_client_rawlog_dir inside `doveadm_server { }`",
    "stats_http_rawlog_dir": "write http_client_rawlog_dir inside `stats_server { }`",
    "replicator_host": "2.4 has no replication",
    "replicator_port": "2.4 has no replication",
}
_GONE_FAMILIES = {
    "director_": "2.4 has no director: each server has to find its accounts itself",
    "old_stats_": "2.4 has no old statistics: use metrics",
    "replication_": "2.4 has no replication: the second copy of every mailbox would no longer be kept",
}
_QUIET = frozenset({"config_cache_size", "auth_stats"})
"""What is gone and takes nothing along that anybody would miss."""
_AUTH = ("auth_", "login_", "passdb", "userdb")
_CREDENTIAL = re.compile(r"(_password|_nonce|_secret|_api_key)$")


def setting(draft: DovecotDraft, name: str, value: str) -> None:
    """One setting of the block that is being converted, of those that are no plugin's."""
    old = draft.old(name, value)
    try:
        _setting(draft, old)
    except ValueError as error:
        draft.gone(old, str(error))


def _setting(draft: DovecotDraft, old: Old) -> None:
    name, value = old.name, old.value
    family = next((why for begin, why in _GONE_FAMILIES.items() if name.startswith(begin)), None)
    if name in _WRITTEN:
        _WRITTEN[name](draft, old)
    elif name in FILES:
        _file(draft, old)
    elif name in _QUIET:
        draft.changed(old, GONE[name])
    elif family or name in GONE:
        draft.gone(old, family or GONE[name])
    elif name in formats_of_logs.LETTERS:
        draft.plain(old, Set(name, convert(value, formats_of_logs.LETTERS[name])))
    elif _CREDENTIAL.search(name):
        draft.put(Set(RENAMED.get(name, name), HIDDEN))
        draft.gone(old, "the password stays on the host: write it in by hand")
    elif name in RENAMED:
        draft.plain(old, Set(RENAMED[name], convert(value)))
    else:
        letters = AUTH if name.startswith(_AUTH) else MAIL
        draft.plain(old, Set(name, convert(value, letters)))


def _file(draft: DovecotDraft, old: Old) -> None:
    """A certificate or key. doveconf hides keys, so the files say where they lie."""
    value = old.value
    if value.startswith("<"):
        path = value[1:].strip()
        draft.plain(Old(old.heads, old.name, f"<{path}", old.where), Set(FILES[old.name], path))
    else:
        hidden = Old(old.heads, old.name, "", old.where)
        draft.gone(hidden, "2.4 wants the path of a file here, and 2.3 has the text of the key itself in its setting")


# --- settings of which each has its own way -------------------------------------------------------


def _location(draft: DovecotDraft, old: Old) -> None:
    written = location.settings(old.value)
    draft.plain(old, *written, meaning="where mail lies is the same, in several settings")


def _cleartext(draft: DovecotDraft, old: Old) -> None:
    draft.plain(old, Set("auth_allow_cleartext", "no" if old.value in ("yes", "y", "1") else "yes"))


def _prefer(draft: DovecotDraft, old: Old) -> None:
    draft.plain(old, Set("ssl_server_prefer_ciphers", "server" if old.value == "yes" else "client"))


def _debug_of_tls(draft: DovecotDraft, old: Old) -> None:
    draft.plain(old, *([Set("log_debug", "category=ssl")] if old.value == "yes" else []))


def _plugins(draft: DovecotDraft, old: Old) -> None:
    wanted = plugins(old.value)
    lost = [word for word in old.value.split() if word in GONE_PLUGINS]
    if draft.heads:
        outside = plugins(draft.known.tree.get("mail_plugins"))
        more, less = [one for one in wanted if one not in outside], [one for one in outside if one not in wanted]
        entries: list[Entry] = [switches("mail_plugins", more, off=less)] if more or less else []
    else:
        entries = [switches("mail_plugins", wanted)] if wanted else []
    if lost:
        draft.changed(old, "; ".join(f"{word}: {GONE_PLUGINS[word]}" for word in lost), *entries)
    else:
        draft.plain(old, *entries)


GONE_PLUGINS: Mapping[str, str] = {
    "imap_zlib": "built in: clients may always ask for COMPRESS",
    "old_stats": "gone: use metrics",
    "imap_old_stats": "gone: use metrics",
    "stats": "gone: use metrics",
    "imap_stats": "gone: use metrics",
    "replication": "gone: a second copy of each mailbox is no longer kept",
    "mailbox_alias": "gone: folders that were another name of one folder are none any more",
    "listescape": "built in: set mailbox_list_storage_escape_char",
    "fts_squat": "gone: use fts_flatcurve",
    "fts_lucene": "gone: use fts_flatcurve",
    "autocreate": "gone: use `auto` of a mailbox",
    "expire": "gone: use `autoexpunge` of a mailbox",
    "snarf": "gone",
}
_RENAMED_PLUGINS = {"zlib": "mail_compress"}


def plugins(text: str) -> list[str]:
    """The plugins of a list, by the names of 2.4, without those that are gone."""
    return [_RENAMED_PLUGINS.get(word, word) for word in text.split() if word not in GONE_PLUGINS]


def _protocols(draft: DovecotDraft, old: Old) -> None:
    draft.plain(old, Set("protocols", " ".join(old.value.split())))


def _workers(draft: DovecotDraft, old: Old) -> None:
    draft.plain(old, section("service", "auth-worker", [Set("process_limit", old.value)]))


def _policy_timeout(draft: DovecotDraft, old: Old) -> None:
    draft.plain(old, WrittenSection("auth_policy", (Set("http_client_request_timeout", f"{old.value} ms"),)))


def _pairs(draft: DovecotDraft, old: Old) -> None:
    """`name value name2 value2`, which is a section in 2.4; a star is what Dovecot itself would say."""
    words = old.value.split()
    draft.plain(old, WrittenSection(old.name, tuple(Set(*pair) for pair in zip(words[::2], words[1::2], strict=False))))


def _capability(draft: DovecotDraft, old: Old) -> None:
    words = old.value.split()
    if words and words[0].startswith("+"):
        words[0] = words[0][1:]
        draft.plain(old, switches(old.name, [word for word in words if word]))
    else:
        draft.plain(old, Set(old.name, old.value))


def _environment(draft: DovecotDraft, old: Old) -> None:
    entries = []
    for word in old.value.split():
        name, sign, value = word.partition("=")
        entries.append(Set(name, value if sign else f"%{{env:{name}}}"))
    draft.plain(old, WrittenSection(old.name, tuple(entries)))


def _dict(draft: DovecotDraft, old: Old) -> None:
    written = dict_of(old.value)
    draft.plain(old, WrittenSection("mail_attribute", (written,)))


def dict_of(text: str) -> WrittenSection:
    """`file:PATH` or `proxy::NAME` as `dict … { }`. Raises ValueError for other drivers."""
    driver, _, rest = text.partition(":")
    if driver == "file":
        return section("dict", "file", [Set("path", convert(rest))])
    if driver == "proxy":
        socket, _, name = rest.partition(":")
        inside = [Set("name", name), *([Set("socket_path", socket)] if socket else [])]
        return section("dict", "proxy", inside)
    raise ValueError(f"how a dict of `{driver}:` is written for 2.4 is not known here: see doc.dovecot.org, Dictionary")


def _dropped(draft: DovecotDraft, old: Old) -> None:
    """What doveconf reports of itself, such as Sieve's capabilities, which 2.4 finds out for itself."""
    draft.plain(old, meaning="2.4 finds this out for itself")


_WRITTEN = {
    "mail_location": _location,
    "disable_plaintext_auth": _cleartext,
    "ssl_prefer_server_ciphers": _prefer,
    "verbose_ssl": _debug_of_tls,
    "mail_plugins": _plugins,
    "protocols": _protocols,
    "auth_worker_max_count": _workers,
    "auth_policy_server_timeout_msecs": _policy_timeout,
    "imap_id_send": _pairs,
    "imap_capability": _capability,
    "import_environment": _environment,
    "mail_attribute_dict": _dict,
    "managesieve_sieve_capability": _dropped,
    "managesieve_notify_capability": _dropped,
}


def dicts(draft: DovecotDraft, block: Block) -> None:
    """`dict { }`: the dicts that the dict service answers for."""
    inner = draft.inner("dict")
    for name, value in block.settings.items():
        old = inner.old(name, value)
        driver, _, rest = value.partition(":")
        if driver == "file":
            inside = [Set("driver", "file"), Set("dict_file_path", convert(rest))]
            inner.plain(old, section("dict", name, inside))
        else:
            inner.gone(old, f"the maps of `{value}` have to be written as `dict_map` sections of dict_server")
    draft.put(WrittenSection("dict_server", tuple(inner.entries)))
