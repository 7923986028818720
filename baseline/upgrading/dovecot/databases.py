"""The files that `args` of sql and ldap named in 2.3, as what 2.4 has in `passdb` and `userdb` themselves.

Sources: doc.dovecot.org 2.3 and 2.4, "SQL" and "LDAP"; SQLite was tried on 2.4.1. What is written
for the others was loaded by it, and not run: there is no such database in the lab.
"""

from __future__ import annotations

import re
import shlex

from baseline.upgrading.dovecot import account_fields
from baseline.upgrading.dovecot.draft import DovecotDraft, Old
from baseline.upgrading.dovecot.quota_limits import default_limit
from baseline.upgrading.dovecot.tree import PlaceIndex, places
from baseline.upgrading.dovecot.variables import AUTH, convert
from baseline.upgrading.dovecot.writing import HIDDEN, Entry, Set, WrittenSection, section


def entries(draft: DovecotDraft, kind: str, driver: str, path: str) -> list[Entry]:
    """What the file of a database becomes in `passdb` or `userdb`. Raises ValueError where none can be."""
    if path not in draft.known.files:
        raise ValueError(f"`{path}` could not be read, and 2.4 wants in dovecot.conf what it says")
    found = places(draft.known.files, path)
    said = {place.name: place.value for place in found}
    where = PlaceIndex(found, path)
    old = {name: Old((path,), name, value, where.of((), name)) for name, value in said.items()}
    return _sql(draft, kind, said, old) if driver == "sql" else _ldap(draft, kind, said, old)


_MAIL = re.compile(r"\bas\s+[\"'`]?(?:userdb_)?mail\b|\bmail\b(?=\s*(?:,|from\b))", re.I)
"""Whether a query gives an account a `mail` of its own."""


# --- SQL ------------------------------------------------------------------------------------------


def _sql(draft: DovecotDraft, kind: str, said: dict[str, str], old: dict[str, Old]) -> list[Entry]:
    driver = said.get("driver", "")
    written: list[Entry] = [Set("sql_driver", driver), *connection(draft, driver, said.get("connect", ""), old)]
    query = "password_query" if kind == "passdb" else "user_query"
    if query not in said:
        raise ValueError(f"the file of this database has no {query}, and what 2.3 asks without one is not written here")
    written.append(Set(f"{kind}_sql_query", convert(said[query], AUTH)))
    if kind == "passdb":
        written.append(Set("passdb_default_password_scheme", said.get("default_pass_scheme", "MD5")))
    elif "iterate_query" in said:
        written.append(Set("userdb_sql_iterate_query", convert(said["iterate_query"], AUTH)))
    reader = account_fields.from_database if kind == "userdb" else account_fields.for_prefetch
    written += reader(draft, own_rules="quota_rule" in said[query], mail=bool(_MAIL.search(said[query])))
    return written


def connection(draft: DovecotDraft, driver: str, connect: str, old: dict[str, Old]) -> list[Entry]:
    """How a database is reached. Raises ValueError for a driver that is none."""
    if driver == "sqlite":
        path, *options = connect.split()
        return [
            Set("sqlite_path", path),
            *(Set(f"sqlite_{one.partition('=')[0]}", one.partition("=")[2]) for one in options),
        ]
    if driver not in ("mysql", "pgsql"):
        raise ValueError(f"2.4 has no SQL driver `{driver}`")
    pairs = [word.partition("=")[::2] for word in _split(connect)]
    hosts = [value for name, value in pairs if name in ("host", "hostaddr")] or ["localhost"]
    rest = [(name, value) for name, value in pairs if name not in ("host", "hostaddr")]
    if any(value == HIDDEN for _, value in rest):
        draft.gone(old["connect"], "the password of the database stays on the host: write it in by hand")
    inside = _mysql(rest) if driver == "mysql" else _pgsql(rest)
    return [section(driver, host, inside) for host in hosts]


def _split(connect: str) -> list[str]:
    """The parts of how a database is reached. Taking a password out may have taken a quote along."""
    try:
        return shlex.split(connect)
    except ValueError:
        return re.sub("[\"']", "", connect).split()


_MYSQL = {
    "ssl_ca": "ssl_client_ca_file",
    "ssl_ca_path": "ssl_client_ca_dir",
    "ssl_cert": "ssl_client_cert_file",
    "ssl_key": "ssl_client_key_file",
    "ssl_cipher": "ssl_cipher_list",
    "ssl_verify_server_cert": "ssl_client_require_valid_cert",
    "pass": "mysql_password",
    **{
        name: f"mysql_{name}"
        for name in (
            "client_flags",
            "connect_timeout",
            "dbname",
            "option_file",
            "option_group",
            "password",
            "port",
            "read_timeout",
            "user",
            "write_timeout",
        )
    },
}


def _mysql(pairs: list[tuple[str, str]]) -> list[Entry]:
    found: list[Entry] = []
    for name, value in pairs:
        if name not in _MYSQL:
            raise ValueError(f"2.4 has nothing for `{name}` of a MySQL database")
        found.append(Set(_MYSQL[name], f"{value} secs" if name.endswith("_timeout") else value))
    if any(name.startswith("ssl_") for name, _ in pairs):
        found.append(Set("mysql_ssl", "yes"))
    return found


def _pgsql(pairs: list[tuple[str, str]]) -> list[Entry]:
    inside = [Set(name, value) for name, value in pairs if name != "maxconns"]
    limits: list[Entry] = [Set("pgsql_connection_limit", value) for name, value in pairs if name == "maxconns"]
    return [WrittenSection("pgsql_parameters", tuple(inside)), *limits]


# --- LDAP -----------------------------------------------------------------------------------------

_LDAP = {
    "uris": "ldap_uris",
    "dn": "ldap_auth_dn",
    "dnpass": "ldap_auth_dn_password",
    "base": "ldap_base",
    "deref": "ldap_deref",
    "scope": "ldap_scope",
    "ldap_version": "ldap_version",
    "debug_level": "ldap_debug_level",
    "tls": "ldap_starttls",
    "tls_ca_cert_file": "ssl_client_ca_file",
    "tls_ca_cert_dir": "ssl_client_ca_dir",
    "tls_cert_file": "ssl_client_cert_file",
    "tls_key_file": "ssl_client_key_file",
    "tls_cipher_suite": "ssl_cipher_list",
    "sasl_mech": "ldap_auth_sasl_mechanisms",
    "sasl_realm": "ldap_auth_sasl_realm",
    "sasl_authz_id": "ldap_auth_sasl_authz_id",
}
_ELSEWHERE = frozenset(
    [
        "hosts",
        "auth_bind",
        "auth_bind_userdn",
        "user_attrs",
        "user_filter",
        "pass_attrs",
        "pass_filter",
        "iterate_attrs",
        "iterate_filter",
        "default_pass_scheme",
        "blocking",
        "sasl_bind",
    ]
)


def _ldap(draft: DovecotDraft, kind: str, said: dict[str, str], old: dict[str, Old]) -> list[Entry]:
    written: list[Entry] = []
    if "uris" not in said:
        uris = " ".join(f"ldap://{host}" for host in said.get("hosts", "localhost").split())
        written.append(Set("ldap_uris", uris))
    for name, value in said.items():
        if name in _LDAP:
            written.append(Set(_LDAP[name], convert(value, AUTH) if name == "base" else value))
            if value == HIDDEN:
                draft.gone(old[name], "the password of the directory stays on the host: write it in by hand")
        elif name not in _ELSEWHERE and kind == "passdb":
            draft.gone(old[name], f"what 2.4 has for `{name}` of an LDAP database is not known here")
    if said.get("blocking") == "yes":
        written.append(Set("use_worker", "yes"))
    which = "pass" if kind == "passdb" else "user"
    default = "(&(objectClass=posixAccount)(uid=%u))"
    written.append(Set(f"{kind}_ldap_filter", convert(said.get(f"{which}_filter", default), AUTH)))
    if kind == "passdb":
        written += _bind(said)
    attributes = said.get(f"{which}_attrs", "uid=user,userPassword=password" if kind == "passdb" else _USER_ATTRS)
    written.append(WrittenSection("fields", tuple(_attributes(draft, attributes))))
    if kind == "userdb" and "iterate_filter" in said:
        written.append(Set("userdb_ldap_iterate_filter", convert(said["iterate_filter"], AUTH)))
        listed = _attributes(draft, said.get("iterate_attrs", "uid=user"))
        written.append(WrittenSection("userdb_ldap_iterate_fields", tuple(listed)))
    return written


_USER_ATTRS = "homeDirectory=home,uidNumber=uid,gidNumber=gid"


def _bind(said: dict[str, str]) -> list[Entry]:
    written: list[Entry] = [Set("passdb_default_password_scheme", said.get("default_pass_scheme", "CRYPT"))]
    if said.get("auth_bind") == "yes":
        written.append(Set("passdb_ldap_bind", "yes"))
        if "auth_bind_userdn" in said:
            written.append(Set("passdb_ldap_bind_userdn", convert(said["auth_bind_userdn"], AUTH)))
    return written


def _attributes(draft: DovecotDraft, text: str) -> list[Set]:
    """`a=b, c=d=prefix%$, =e=%{ldap:f}` as fields. Raises ValueError for what cannot be turned over."""
    found: list[Set] = []
    for part in re.split(r",(?![^{]*\})", text):
        attribute, _, rest = part.strip().partition("=")
        field, sign, template = rest.partition("=")
        if not field:
            continue
        value = f"%{{ldap:{attribute}}}" if not sign else template.replace("%$", f"%{{ldap:{attribute}}}")
        found += account_fields.known(field.strip(), value, default_limit(draft.known.tree.plugin()))
    return found
