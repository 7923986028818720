"""The question that a host is asked, run by this machine's shell with a doveconf that prints what a test wants."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from baseline.upgrading.dovecot import asking
from baseline.upgrading.dovecot.source import Accounts, DovecotSource
from baseline.upgrading.dovecot.writing import HIDDEN


def told(folder: Path, printed: str, **files: str) -> str:
    """What a host says that has these files below `folder`; `$F` in them is that folder."""
    for name, content in files.items():
        (folder / name).write_text(content.replace("$F", str(folder)))
    text = f"# 2.3.19.1 (9b53102964): {folder}/dovecot.conf\n{printed}".replace("$F", str(folder))
    (folder / "printed").write_text(text)
    doveconf = folder / "doveconf"
    doveconf.write_text(f"#!/bin/sh\ncat {folder}/printed\n")
    doveconf.chmod(0o755)
    path = {"PATH": f"{folder}:/usr/bin:/bin:/usr/sbin:/sbin"}
    done = subprocess.run(["sh", "-c", asking.QUESTION], env=path, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout


def source(folder: Path, printed: str, **files: str) -> DovecotSource:
    return asking.source(told(folder, printed, **files))


DATABASES = """passdb {
  args = $F/sql
  driver = sql
}
passdb {
  args = $F/ldap
  driver = ldap
}
passdb {
  args = proxy=y password=hunter2 nopassword=n
  driver = static
}
"""


@pytest.mark.parametrize(
    "sql",
    [
        "connect = host=db dbname=mail user=mail password=hunter2\n",
        "connect = host=db password=hunter2 user=mail\n",
        'connect = "host=db password=hunter2"\n',
        'connect = host=db pass="hunter2 with \\"blanks\\" hunter2" user=mail\n',
        "connect = host=db pass='hunter2 with blanks'\n",
        "connect=host=db \\\n  password=hunter2&hunter2 \\\n  user=mail\n",
        "connect = mysql://mail:hunter2@db/mail\n",
    ],
)
def test_no_password_leaves_the_host(tmp_path: Path, sql: str) -> None:
    said = told(
        tmp_path,
        f"doveadm_password = hunter2\nauth_policy_hash_nonce = hunter2\n{DATABASES}"
        "plugin {\n  mail_crypt_private_key = hunter2\n}\n",
        sql=sql,
        ldap="dn = cn=mail\ndnpass = hunter2 hunter2\ntls_key = hunter2\n",
        **{"dovecot.conf": "imapc_password=hunter2\nssl_key_password = hunter2\n  A_Password = hunter2\n"},
    )
    assert HIDDEN in said
    assert "hunter2" not in said


def test_what_is_no_password_stays_as_it_is(tmp_path: Path) -> None:
    sql = (
        "password_query = SELECT password FROM users \\\n  WHERE name = '%n' AND password=crypt('%w')\n"
        "default_pass_scheme = PLAIN\n"
    )
    ldap = "pass_attrs = uid=user, userPassword=password\npass_filter = (&(pass=%w)(uid=%u))\n"
    conf = "ssl_key = </etc/key.pem\nlast_login_key = last-login/%u\ndisable_plaintext_auth = yes\n"
    found = source(
        tmp_path, DATABASES.split("passdb {\n  args = proxy")[0], sql=sql, ldap=ldap, **{"dovecot.conf": conf}
    )
    assert found.files[f"{tmp_path}/sql"] == sql
    assert found.files[f"{tmp_path}/ldap"] == ldap
    assert found.files[f"{tmp_path}/dovecot.conf"] == conf


def test_accounts_are_told_by_their_forms_and_not_by_their_names(tmp_path: Path) -> None:
    users = (
        "# officers\n"
        "ali@x.test:{SHA512-CRYPT}$6$abc:5000:5000::/home/ali::userdb_quota_rule=*:storage=1M\n"
        "siti@x.test:{sha512-crypt}$6$def:5000:5000::/home/siti::userdb_mail=sdbox:~ userdb_quota_rule2=Trash:ignore\n"
        "wong@x.test:$1$hunter2:5000:5000::/home/wong::\n"
    )
    said = told(tmp_path, "passdb {\n  args = scheme=CRYPT $F/users\n  driver = passwd-file\n}\n", users=users)
    assert not {word for word in ("ali", "siti", "wong", "hunter2", "$6$") if word in said.replace(str(tmp_path), "")}
    (accounts,) = asking.source(said).accounts.values()
    assert accounts == Accounts(3, {"SHA512-CRYPT": 2, "-": 1}, {"quota_rule": 1, "more_rules": 1, "mail": 1})


def test_files_that_include_each_other_are_read_once_and_in_any_folder(tmp_path: Path) -> None:
    (tmp_path / "conf.d").mkdir()
    (tmp_path / "conf.d" / "10-a.conf").write_text("!include ../b\na = 1\n")
    found = source(
        tmp_path,
        "",
        b="!include dovecot.conf\nb = 1\n",
        **{"dovecot.conf": "!include conf.d/*.conf\n!include_try none\n"},
    )
    assert {path.removeprefix(f"{tmp_path}/") for path in found.files} == {"dovecot.conf", "conf.d/10-a.conf", "b"}
    assert found.main == f"{tmp_path}/dovecot.conf"
