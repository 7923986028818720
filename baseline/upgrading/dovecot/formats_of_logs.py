"""The letters of what Dovecot logs and answers, which are other ones in each setting.

Source: the defaults that `doveconf -d` of 2.3.19 and 2.4.1 print, and doc.dovecot.org 2.3.
"""

from __future__ import annotations

from collections.abc import Mapping

from baseline.upgrading.dovecot.variables import AUTH, MAIL

_TRAFFIC = {**MAIL, "i": "input", "o": "output"}
_REJECTION = {"n": "literal('\\r\\n')", "r": "reason", "s": "subject", "t": "to"}

LETTERS: Mapping[str, Mapping[str, str]] = {
    "deliver_log_format": {
        **MAIL,
        "$": "message",
        "m": "msgid",
        "s": "subject",
        "f": "from",
        "p": "size",
        "w": "vsize",
        "e": "from_envelope",
        "t": "to_envelope",
    },
    "imap_logout_format": _TRAFFIC,
    "imap_urlauth_logout_format": _TRAFFIC,
    "managesieve_logout_format": _TRAFFIC,
    "submission_logout_format": _TRAFFIC,
    "pop3_logout_format": {
        **MAIL,
        "i": "input",
        "o": "output",
        "t": "top_count",
        "p": "top_bytes",
        "r": "retr_count",
        "b": "retr_bytes",
        "d": "deleted_count",
        "m": "message_count",
        "s": "message_bytes",
        "u": "uidl_change",
    },
    "pop3_uidl_format": {"v": "uidvalidity", "u": "uid", "m": "md5", "f": "filename", "g": "guid"},
    "login_log_format": {**AUTH, "$": "message", "s": "elements"},
    "login_log_format_elements": AUTH,
    "rejection_reason": _REJECTION,
    "rejection_subject": _REJECTION,
    "mail_log_prefix": {**MAIL, "s": "protocol"},
}
"""Setting -> letter -> variable."""
