"""The variables of 2.3 (`%u`, `%{orig_user}`, `%3.1Mn`) in the words of 2.4 (`%{user}`, `%{user | username | lower}`).

Sources: doc.dovecot.org 2.3 "Config Variables"; dovecot/documentation, 2.4-var-expand.inc; what 2.4.1 printed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

MAIL: Mapping[str, str] = {
    "u": "user",
    "n": "user | username",
    "d": "user | domain",
    "h": "home",
    "s": "protocol",
    "p": "process:pid",
    "l": "local_ip",
    "r": "remote_ip",
    "i": "uid",
}
"""Letters in the settings of mail users: where mail lies, plugins, namespaces."""

AUTH: Mapping[str, str] = {
    **MAIL,
    "s": "protocol",
    "p": "client_pid",
    "a": "local_port",
    "b": "remote_port",
    "m": "mechanism",
    "w": "password",
    "c": "secured",
    "k": "cert",
    "e": "mail_pid",
}
"""Letters in what is asked of users' databases, and in what is said of a login."""

_LONG = {
    "username": "user | username",
    "domain": "user | domain",
    "auth_username": "auth_user | username",
    "auth_domain": "auth_user | domain",
    "login_username": "login_user | username",
    "login_domain": "login_user | domain",
    "orig_user": "original_user",
    "orig_username": "original_user | username",
    "orig_domain": "original_user | domain",
    "lip": "local_ip",
    "rip": "remote_ip",
    "lport": "local_port",
    "rport": "remote_port",
    "real_lip": "real_local_ip",
    "real_rip": "real_remote_ip",
    "real_lport": "real_local_port",
    "real_rport": "real_remote_port",
    "mech": "mechanism",
    "service": "protocol",
    "pid": "process:pid",
    "cert": "cert",
    "domain_first": "user | regexp('^[^@]*@?([^@]*).*$', '\\\\1')",
    "domain_last": "user | regexp('^.*@', '')",
}
_SAME = frozenset(
    [
        "user",
        "home",
        "protocol",
        "session",
        "auth_user",
        "login_user",
        "master_user",
        "local_name",
        "local_ip",
        "remote_ip",
        "mechanism",
        "password",
        "secured",
        "hostname",
        "uid",
        "gid",
        "client_id",
        "listener",
        "mail_pid",
        "session_pid",
        "ssl_ja3",
        "ssl_ja3_hash",
        "owner_user",
        "owner_home",
        "local_port",
        "remote_port",
        "real_local_ip",
        "real_remote_ip",
        "real_local_port",
        "real_remote_port",
    ]
)
_FILTERS = {"L": "lower", "U": "upper", "R": "reverse", "X": "hex", "M": "md5 | hexlify", "D": "ldap_dn"}
_VARIABLE = re.compile(
    r"%(?:(?P<percent>%)|(?P<substring>-?\d*(?:\.-?\d+)?)(?P<filters>[LUERXHNMDT]*)"
    r"(?:(?P<letter>[A-Za-z!$])|\{(?P<long>[^{}]*)\}))"
)


def convert(text: str, letters: Mapping[str, str] = MAIL) -> str:
    """A value of 2.3 with its variables as 2.4 has them; a `%` that begins no variable stays.

    Raises ValueError for a variable that 2.4 has nothing for, such as `%{if;…}` and the hashes `%H`.
    """
    if "%{if;" in text or "%{if:" in text:
        raise ValueError("2.4 has %{if;…} in other words, which depend on what is meant")
    done, at = [], 0
    for match in _VARIABLE.finditer(text):
        done.append(text[at : match.start()])
        at = match.end()
        done.append(_percent(text, at) if match["percent"] else f"%{{{_expression(match, letters)}}}")
    return "".join([*done, text[at:]])


def _percent(text: str, at: int) -> str:
    # Only before a brace does a percent sign need to be doubled in 2.4.
    return "%%" if text[at : at + 1] == "{" else "%"


def _expression(match: re.Match[str], letters: Mapping[str, str]) -> str:
    name = _letter(match["letter"], letters) if match["letter"] else _long(match["long"])
    parts = [name]
    for letter in match["filters"]:
        if letter == "N":
            return _new_hash(name, match["substring"])
        if letter not in _FILTERS:
            raise ValueError(f"2.4 has nothing for the modifier %{letter}")
        parts.append(_FILTERS[letter])
    return _substring(" | ".join(parts), match["substring"])


def _letter(letter: str, letters: Mapping[str, str]) -> str:
    if letter not in letters:
        raise ValueError(f"2.4 has nothing for the variable %{letter} here")
    return letters[letter]


def _long(name: str) -> str:
    if name in _LONG:
        return _LONG[name]
    if name in _SAME:
        return name
    provider, _, rest = name.partition(":")
    if provider in ("userdb", "passdb", "ldap", "env", "system", "process") and rest:
        field, colon, default = rest.partition(":")
        quoted = default.replace("\\", "\\\\").replace("'", "\\'")
        return f"{provider}:{field} | default('{quoted}')" if colon else f"{provider}:{field}"
    raise ValueError(f"2.4 has nothing for the variable %{{{name}}}")


def _new_hash(name: str, substring: str) -> str:
    """`%2.256Nu`: the first 32 bits of the MD5, modulo 256, as hex digits, padded to 2."""
    width, _, modulo = substring.rpartition(".")
    if not modulo or int(modulo) <= 0:
        raise ValueError("2.4 has nothing for %N without a number to divide by")
    padded = f"hex({int(width)})" if width else "hex"
    return f"{name} | md5 | substr(0, 8) % {modulo} | {padded}"


def _substring(expression: str, substring: str) -> str:
    if not substring:
        return expression
    offset, _, width = substring.rpartition(".")
    if width.startswith("0") and width != "0" and not offset:
        number = int(width)
        if expression.endswith("| hex"):
            return f"{expression}({number})"
        raise ValueError("2.4 pads numbers in hexadecimal only")
    if width.startswith("0") or int(width) < 0:
        raise ValueError(f"2.4 has nothing for the substring %{substring}")
    # substr() of 2.4 fails for a text that is shorter; 2.3 gave what there was of it.
    if offset.startswith("-"):
        if int(offset) != -int(width):
            raise ValueError(f"2.4 has nothing for the substring %{substring}")
        return f"{expression} | regexp('^.*(.{{{int(width)}}})$', '\\\\1')"
    skipped = f".{{0,{int(offset)}}}" if offset and int(offset) else ""
    return f"{expression} | regexp('^{skipped}(.{{0,{int(width)}}}).*$', '\\\\1')"
