"""The dialects of Dovecot's configuration: the same concepts out of what either release prints."""

from __future__ import annotations

import pytest

from baseline.errors import CannotTell
from baseline.formats.dovecot import DROP_IN
from baseline.readings.dialects.dialect import EARLY
from baseline.readings.dovecot import DOVECOT_23, DOVECOT_24, dialect_named

IN_23 = """\
protocols = imap lmtp
mail_plugins = quota
mailbox_list_index = yes
plugin {
  quota = count:User quota
  quota2 = maildir:Other:noenforcing
  quota2_rule = *:storage=2G
  quota_rule = *:storage=1G
}
"""

IN_24 = """\
dovecot_config_version = 2.4.0
protocols {
  imap = yes
  lmtp = yes
  pop3 = no
}
mail_plugins {
  quota = yes
}
mailbox_list_index = yes
mail_driver = maildir
mail_path = /var/vmail/%{user}
mail_temp_dir = /tmp
mail_uid = vmail
quota "User quota" {
}
quota other {
  driver = maildir
  enforce = no
  storage_size = 2 G
  warning warn {
    quota_storage_percentage = 80
  }
}
quota_driver = count
quota_enforce = yes
quota_storage_size = 1G
quota_storage_grace = 10 M
quota_storage_extra = 0
quota_mail_size = unlimited
quota_status_success = OK
quota_status_nouser = REJECT Unknown user
quota_status_overquota = 554 5.2.2 %{error}
quota_status_toolarge =
"""
"""As 2.4.1 prints it."""

GIB = 2**30


def test_either_dialect_tells_the_same_concepts() -> None:
    old, new = DOVECOT_23.read(IN_23), DOVECOT_24.read(IN_24)
    for one in (old, new):
        assert (one.protocols, one.plugins, one.limit) == (
            frozenset({"imap", "lmtp"}),
            ("quota",),
            GIB,
        )
        assert [(root.driver, root.enforced) for root in one.roots] == [("count", True), ("maildir", False)]
    assert [(root.name, root.own_limit) for root in old.roots] == [("quota", GIB), ("quota2", 2 * GIB)]
    assert [(root.name, root.own_limit) for root in new.roots] == [("User quota", None), ("other", 2 * GIB)]
    assert new.values["dovecot_config_version"] == "2.4.0"


@pytest.mark.parametrize(
    ("printed", "loaded"),
    [
        ("mail_plugins {\n  imap_quota = yes\n}\n", ("quota", "imap_quota")),
        ("mail_plugins = imap_quota\n", ("imap_quota",)),
        ("mail_plugins {\n  quota = no\n  sieve = yes\n}\n", ("sieve",)),
        ("mail_plugins = \n", ()),
        ("mail_plugins = acl zlib\n", ("acl", "zlib")),
    ],
)
def test_a_list_in_braces_adds_to_the_plugins_of_all_and_one_behind_a_sign_takes_their_place(
    printed: str, loaded: tuple[str, ...]
) -> None:
    """Seen with 2.4.1: by delivery beyond the quota, which `mail_plugins { sieve = yes }` refused."""
    assert DOVECOT_24.plugins_for(DOVECOT_24.read(IN_24), printed) == loaded


@pytest.mark.parametrize("missing", ["quota_storage_size = 1G\n", "mail_driver = maildir\n", "quota_enforce = yes\n"])
def test_a_setting_that_doveconf_does_not_print_is_not_taken_for_one_that_is_not_set(missing: str) -> None:
    with pytest.raises(CannotTell, match=f"does not print {missing.split()[0]}"):
        DOVECOT_24.read(IN_24.replace(missing, ""))


def test_a_remedy_loads_plugins_in_the_words_of_the_dialect() -> None:
    assert DOVECOT_23.load("imap", ("acl", "quota"), ("quota", "imap_quota")) == (
        "protocol imap {\n  mail_plugins = acl quota imap_quota\n}\n"
    )
    assert DOVECOT_24.load("imap", ("acl",), ("quota", "imap_quota")) == (
        "protocol imap {\n  mail_plugins {\n    quota = yes\n    imap_quota = yes\n  }\n}\n"
    )
    assert DOVECOT_24.load_for_all(("quota",), "quota") == ()
    (late,), (early,) = DOVECOT_24.load_for_all(("acl",), "quota"), DOVECOT_24.load_for_all((), "quota")
    assert (late.path, early.path) == (DROP_IN, EARLY)
    assert late.text == early.text == "mail_plugins {\n  quota = yes\n}"


def test_a_release_of_neither_dialect_is_not_read() -> None:
    with pytest.raises(CannotTell, match=r"Dovecot 2\.5 is neither 2\.3 nor 2\.4"):
        dialect_named("2.5.0 (abc)")
    assert dialect_named("2.4.1-4 (7d8c0e5759)") == DOVECOT_24


def test_blocks_of_24_that_were_not_printed_are_not_taken_for_none() -> None:
    """`doveconf -N` prints them, with the version at its head; what stands in them may take a limit away."""
    with pytest.raises(CannotTell, match="dovecot_config_version"):
        DOVECOT_24.read(IN_24.replace("dovecot_config_version = 2.4.0\n", ""))


def test_a_protocol_of_24_whose_plugins_are_not_told_has_not_those_of_all() -> None:
    with pytest.raises(CannotTell, match="mail_plugins of a protocol"):
        DOVECOT_24.plugins_for(DOVECOT_24.read(IN_24), "")
