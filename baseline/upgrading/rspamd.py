"""What Rspamd 3.12 makes of the configuration of an Rspamd 3.4.

Seen on the programs themselves, 3.4 and 3.12.1: what `rspamadm configdump` prints of both as Debian ships them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from baseline.programs import RSPAMD
from baseline.upgrading.items import Item, Prediction
from baseline.upgrading.sources import Sources, files_question

if TYPE_CHECKING:
    from testinfra.host import Host

VERSION = "rspamd --version"
_ROOT = "/etc/rspamd"
_FILES = files_question(
    *(f"{_ROOT}/{folder}/*.{end}" for folder in ("local.d", "override.d") for end in ("conf", "inc")),
    *(f"{_ROOT}/rspamd.conf.{end}" for end in ("local", "override")),
    *(f"{_ROOT}/{path}" for path in ("rspamd.local.lua", "lua/*.lua", "lua.local.d/*.lua", "modules.local.d/*.conf")),
)
QUESTIONS = (_FILES,)

SAME = re.compile(
    "actions|antivirus|asn|aws_s3|bimi|classifier-bayes|clickhouse|dcc|dkim|dkim_signing|dmarc|external_relay|"
    "external_services|force_actions|forged_recipients|fuzzy_check|greylist|hfilter|http_headers|logging|maillist|"
    "metadata_exporter|metric_exporter|mid|milter_headers|mime_types|mx_check|neural|once_received|p0f|ratelimit|redis|"
    "replies|reputation|settings|spamassassin|spamtrap|spf|trie|url_redirector|whitelist"
)
"""Modules whose configuration both releases ship alike, so that what is written over it does the same."""

SCORES: Mapping[str, tuple[float, float]] = {
    "ABUSE_SURBL": (5.5, 5), "CRACKED_SURBL": (4, 5), "DBL_ABUSE": (6.5, 5), "DBL_ABUSE_BOTNET": (5.5, 6.5),
    "DBL_ABUSE_MALWARE": (7.5, 6.5), "DBL_ABUSE_PHISH": (7.5, 6.5), "DBL_ABUSE_REDIR": (1.5, 5),
    "DBL_BOTNET": (5.5, 7.5), "DBL_MALWARE": (6.5, 7.5), "DBL_PHISH": (6.5, 7.5), "HAS_GOOGLE_REDIR": (0.01, 1),
    "HAS_GUC_PROXY_URI": (0.01, 1), "MIME_BAD_UNICODE": (8, 2), "MIME_OBFUSCATED_ARCHIVE": (8, 2),
    "MW_SURBL_MULTI": (5.5, 7.5), "PH_SURBL_MULTI": (5.5, 7.5), "RDNS_NONE": (1, 2), "RECEIVED_SPAMHAUS_XBL": (3, 1),
    "URIBL_GREY": (1.5, 2.5), "URIBL_RED": (3.5, 0.5), "URIBL_SBL_CSS": (6.5, 5), "URIBL_XBL": (1.5, 3),
}  # fmt: skip
"""Symbols whose score as shipped changes: before, and after."""

REMOVED = (
    "MAILER_1C_8_BASE64",
    "MAIL_RU_MAILER_BASE64",
    "RBL_NIXSPAM",
    "RBL_SENDERSCORE",
    "RBL_SPAMHAUS_XBL_ANY",
    "RCVD_ILLEGAL_CHARS",
    "YANDEX_RU_MAILER_CTYPE_MIXED_BOGUS",
)
"""Symbols that no rule as shipped gives any more."""

_ELASTIC = re.compile(r"^[ \t]*(debug|import_kibana|index_pattern|limit)\b", re.M)


def items(host: Host) -> Iterator[Item]:
    """All that this host writes over the shipped configuration, and the defaults that change. Raises `CannotTell`."""
    sources = Sources.read(host.run(_FILES))
    written = "\n".join(sources.texts.values())
    yield from _new_defaults(sources, written)
    for path, content in sources.texts.items():
        yield from _of_file(path, content, sources)
    for path in sources.unread:
        yield _item("", "", path, "unknown", "this file could not be read")


def _item(setting: str, value: str, where: str, verdict: Prediction, meaning: str, instead: str = "") -> Item:
    return Item(RSPAMD.name, setting, value, where, verdict, meaning, instead)


def _new_defaults(sources: Sources, written: str) -> Iterator[Item]:
    scores = {name: pair for name, pair in SCORES.items() if not re.search(rf"\b{name}\b", written)}
    up = [name for name, (before, after) in scores.items() if after > before]
    down = [name for name, (before, after) in scores.items() if after < before]
    said = (
        "other scores as shipped: mail in which one of the first is found is refused or marked as spam sooner, in "
        "which one of the others is found later; your thresholds stay what they are. Higher: "
        f"{', '.join(up)}. Lower: {', '.join(down)}"
    )
    yield _item("scores", "", "", "changes", said, _kept(sources, {name: scores[name][0] for name in (*up, *down)}))
    if not re.search(r"\bcheck_all_filters\b", written):
        said = "a mail that is refused already is not looked at by the other filters: its report names fewer symbols"
        path = f"{_ROOT}/local.d/options.inc"
        yield _item(
            "check_all_filters", "true", "", "changes", said, _appended(sources, path, "check_all_filters = true;")
        )
    if not any(path.endswith("/history_redis.conf") and "key_prefix" in text for path, text in sources.texts.items()):
        said = "the history in Redis begins anew, under another key: the web page shows no mail from before the upgrade"
        path = f"{_ROOT}/local.d/history_redis.conf"
        instead = _appended(sources, path, 'key_prefix = "rs_history";')
        yield _item("history_redis.key_prefix", "rs_history", "", "changes", said, instead)


def _kept(sources: Sources, scores: Mapping[str, float]) -> str:
    if f"{_ROOT}/local.d/groups.conf" in sources.texts:
        return ""
    lines = [f'  "{name}" {{ weight = {score}; }}' for name, score in sorted(scores.items())]
    return _appended(sources, f"{_ROOT}/local.d/groups.conf", "symbols {", *lines, "}")


def _appended(sources: Sources, path: str, *lines: str) -> str:
    content = sources.texts.get(path)
    at = 0 if content is None else len(content.splitlines())
    head = f"--- {'/dev/null' if content is None else path}\n+++ {path}\n@@ -{at},0 +{at + 1},{len(lines)} @@"
    return "\n".join([head, *(f"+{line}" for line in lines)])


def _of_file(path: str, content: str, sources: Sources) -> Iterator[Item]:
    gone = [name for name in REMOVED if re.search(rf"\b{name}\b", content)]
    for name in gone:
        said = "no rule gives this symbol any more: what is written of it has no effect"
        yield _item(name, "", sources.first(rf"\b{name}\b"), "changes", said)
    folder, _, file = path.removeprefix(f"{_ROOT}/").rpartition("/")
    module = file.rpartition(".")[0]
    if path.endswith(".lua"):
        yield _item(
            "", "", path, "unknown", "rules of your own in Lua are not read: try them with `rspamadm configtest`"
        )
    elif module == "elastic" and (old := _ELASTIC.search(content)):
        said = "the module was written anew, and no longer knows this setting: mail is told to Elasticsearch otherwise"
        yield _item(f"elastic.{old[1]}", "", sources.place(path, old.start(1)), "changes", said)
    elif folder in ("local.d", "override.d") and SAME.fullmatch(module):
        yield _item(module, "", path, "same", "the module's own configuration is the same in both releases")
    elif not gone:
        said = "what Rspamd 3.12 ships of this has changed, and whether this still fits was not tried: read both"
        yield _item(module, "", path, "unknown", said)
