"""Files of databases that no lab host has: what is written for them was loaded by 2.4.1 with its packages for them."""

from __future__ import annotations

import pytest

from baseline.upgrading.dovecot.convert import Conversion, convert
from baseline.upgrading.dovecot.source import DovecotSource
from baseline.upgrading.dovecot.writing import HIDDEN


def converted(driver: str, file: str, limit: str = "1G", databases: str = "passdb userdb") -> Conversion:
    tree = f"mail_plugins = quota\nplugin {{\n  quota = count:Q\n  quota_rule = *:storage={limit}\n}}\n"
    for kind in databases.split():
        tree += f"{kind} {{\n  args = /file\n  driver = {driver}\n}}\n"
    return convert(DovecotSource(tree, {"/file": file}))


def section_of(found: Conversion, head: str) -> list[str]:
    """The lines inside a section at the outer level."""
    lines = found.files["dovecot.conf"].splitlines()
    begin = lines.index(f"{head} {{")
    return [line.strip() for line in lines[begin + 1 : lines.index("}", begin)]]


LDAP = f"""hosts = one two
dn = cn=mail,dc=x
dnpass = {HIDDEN}
auth_bind = yes
base = ou=people,dc=x
user_attrs = homeDirectory=home, quotaBytes=quota_rule=*:bytes=%$, =mail=maildir:~/Maildir
user_filter = (&(objectClass=posixAccount)(uid=%n))
pass_attrs = uid=user,userPassword=password
iterate_attrs = uid=user
iterate_filter = (objectClass=posixAccount)
"""


def test_ldap() -> None:
    found = converted("ldap", LDAP)
    passdb, userdb = section_of(found, "passdb ldap"), section_of(found, "userdb ldap")
    assert {"ldap_uris = ldap://one ldap://two", "passdb_ldap_bind = yes", "user = %{ldap:uid}"} <= set(passdb)
    assert {
        "userdb_ldap_filter = (&(objectClass=posixAccount)(uid=%{user | username}))",
        "home = %{ldap:homeDirectory}",
        "quota_storage_size = %{ldap:quotaBytes | default('1073741824')}",
        "mail_path = ~/Maildir",
        "userdb_ldap_iterate_filter = (objectClass=posixAccount)",
        "userdb_ldap_iterate_fields {",
    } <= set(userdb)


def test_a_file_of_two_databases_is_left_to_a_person_once() -> None:
    found = converted("ldap", LDAP)
    assert [(old.name, old.where) for old in found.left] == [("dnpass", "/file:3")]
    assert found.files["dovecot.conf"].count("# not converted: /file:3: dnpass") == 2


def test_an_account_without_a_value_of_its_own_has_the_limit_of_the_default() -> None:
    """2.4 refuses an empty size, and with it all mail of the account."""
    attrs = "user_attrs = quota=quota_rule=*:storage=%$M\n"
    assert "quota_storage_size = %{ldap:quota | default('5')}M" in section_of(
        converted("ldap", attrs, "5M"), "userdb ldap"
    )
    found = converted("ldap", attrs, "5000k")
    assert "is no whole number of M" in found.files["dovecot.conf"]
    assert [old.setting for old in found.left] == ["userdb/args"]


SQL = f"""driver = mysql
connect = host=db1 host=/run/db.sock dbname=mail user=mail password={HIDDEN} ssl_ca=/ca.pem connect_timeout=3
password_query = SELECT password FROM users WHERE name = '%u'
user_query = SELECT home, concat(quota) AS quota_rule FROM users WHERE name = '%u'
"""


def test_mysql() -> None:
    found = converted("sql", SQL)
    lines = section_of(found, "passdb sql")
    assert {
        "mysql db1 {",
        "mysql /run/db.sock {",
        "mysql_user = mail",
        f"mysql_password = {HIDDEN}",
        "mysql_connect_timeout = 3 secs",
        "ssl_client_ca_file = /ca.pem",
        "mysql_ssl = yes",
        "passdb_sql_query = SELECT password FROM users WHERE name = '%{user}'",
        "passdb_default_password_scheme = MD5",
    } <= set(lines)
    assert any("%{userdb:quota_rule" in line for line in section_of(found, "userdb sql"))


def test_postgresql() -> None:
    sql = SQL.replace("mysql", "pgsql").replace("ssl_ca=/ca.pem connect_timeout=3", "sslmode=require maxconns=7")
    lines = section_of(converted("sql", sql), "passdb sql")
    assert {"pgsql db1 {", "pgsql_parameters {", "sslmode = require", "pgsql_connection_limit = 7"} <= set(lines)


def test_several_of_one_driver_have_names_of_their_own() -> None:
    found = converted("sql", SQL, databases="passdb passdb userdb")
    assert "driver = sql" in section_of(found, "passdb sql2")


@pytest.mark.parametrize(
    ("file", "why"),
    [
        (SQL.replace("connect_timeout", "odd_option"), "2.4 has nothing for `odd_option`"),
        (SQL.replace("mysql", "oracle"), "2.4 has no SQL driver `oracle`"),
        ("driver = sqlite\nconnect = /db\n", "has no password_query"),
    ],
)
def test_what_cannot_be_written_is_left_to_a_person(file: str, why: str) -> None:
    found = converted("sql", file, databases="passdb")
    assert why in found.files["dovecot.conf"]
    assert "passdb/args" in {old.setting for old in found.left}


def test_a_file_that_could_not_be_read_is_left_to_a_person() -> None:
    found = convert(DovecotSource("passdb {\n  args = /secret\n  driver = sql\n}\n"))
    assert "`/secret` could not be read" in found.files["dovecot.conf"]
