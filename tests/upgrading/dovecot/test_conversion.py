"""The conversion without a lab: of what hosts of 2.3 said, and of texts of all kinds."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.formats.dovecot import quota_rule
from baseline.upgrading.dovecot import account_fields, location
from baseline.upgrading.dovecot.convert import convert
from baseline.upgrading.dovecot.source import Accounts, DovecotSource
from baseline.upgrading.dovecot.tree import parse, places
from baseline.upgrading.dovecot.variables import AUTH
from baseline.upgrading.dovecot.variables import convert as variables
from baseline.upgrading.dovecot.writing import HIDDEN, Set, WrittenSection, quote, section, write
from tests.upgrading.dovecot import recording
from tests.upgrading.dovecot.seeds import Seed, seeds

PREAMBLE = ["dovecot_config_version", "dovecot_storage_version"]


def converted(printed: str, **files: str) -> str:
    return convert(DovecotSource(printed, {f"/etc/dovecot/{name}": text for name, text in files.items()})).files[
        "dovecot.conf"
    ]


@pytest.mark.parametrize("name", recording.names())
def test_what_hosts_said_is_converted_as_before(name: str, request: pytest.FixtureRequest) -> None:
    kept = recording.CONVERTED / f"{name}.conf"
    text = recording.text(recording.conversion(name))
    if request.config.getoption("--update"):
        kept.write_text(text)
    assert text == kept.read_text()


def test_every_seed_is_kept() -> None:
    assert len(seeds()) >= 30
    assert recording.names() == [seed.name for seed in seeds()]


@pytest.mark.parametrize("seed", seeds(), ids=lambda seed: seed.name)
def test_what_is_left_to_a_person_is_named_with_its_place_and_stands_as_a_comment(seed: Seed) -> None:
    found = recording.conversion(seed.name)
    assert [f"{old.where}: {old.line}" for old in found.left] == list(seed.left)
    for old in found.left:
        assert f"# not converted: {old.where}: {old.line}\n" in found.files["dovecot.conf"]
    worst = [one.setting for one in found.items if one.verdict in ("breaks", "unknown")]
    assert worst == ["", *(old.setting for old in found.left)]


def test_the_versions_stand_first() -> None:
    lines = [line for line in converted("protocols = imap").splitlines() if not line.startswith("#")]
    assert [line.split(" = ")[0] for line in lines[:2]] == PREAMBLE


# --- places ---------------------------------------------------------------------------------------


def test_a_setting_is_told_with_the_place_that_decided_it() -> None:
    files = {
        "dovecot.conf": "# first\n!include conf.d/*.conf\n!include_try local.conf\n",
        "conf.d/10-a.conf": "auth_worker_max_count = 1\n",
        "conf.d/20-b.conf": "plugin {\n  quota = \\\n    count:User quota\n}\n",
        "local.conf": "\nimap_id_log = * # all\n",
    }
    found = convert(
        DovecotSource(
            "imap_id_log = *\nauth_worker_max_count = 1\nplugin {\n  quota = count:User quota\n}\n",
            {f"/etc/dovecot/{name}": text for name, text in files.items()},
        )
    )
    where = {item.setting: item.where for item in found.items}
    assert where["imap_id_log"] == "/etc/dovecot/local.conf:2"
    assert where["auth_worker_max_count"] == "/etc/dovecot/conf.d/10-a.conf:1"
    assert where["plugin/quota"] == "/etc/dovecot/conf.d/20-b.conf:2"


def test_the_second_of_two_blocks_without_names_has_its_own_place() -> None:
    text = "passdb {\n  driver = pam\n}\npassdb {\n  driver = shadow\n}\n"
    found = convert(DovecotSource(text, {"/etc/dovecot/dovecot.conf": text}))
    assert [old.where for old in found.left] == ["/etc/dovecot/dovecot.conf:5"]


def test_a_file_that_includes_itself_is_read_once() -> None:
    found = places({"/a": "!include a\nx = 1\n"}, "/a")
    assert [(one.name, one.where) for one in found] == [("x", "/a:2")]


def test_what_to_write_is_told_as_a_diff() -> None:
    text = "disable_plaintext_auth = yes\n"
    (item,) = [
        one
        for one in convert(DovecotSource(text, {"/etc/dovecot/dovecot.conf": text})).items
        if one.setting == "disable_plaintext_auth"
    ]
    assert item.instead.splitlines()[2:] == [
        "@@ -1 +1,1 @@",
        "-disable_plaintext_auth = yes",
        "+auth_allow_cleartext = no",
    ]


# --- passwords ------------------------------------------------------------------------------------


def test_no_password_is_in_what_is_written() -> None:
    printed = "doveadm_password = # hidden, use -P to show it\nssl_key_password = # hidden, use -P to show it\n"
    found = convert(DovecotSource(printed, {"/etc/dovecot/dovecot.conf": f"doveadm_password = {HIDDEN}\n"}))
    assert [old.name for old in found.left] == ["doveadm_password", "ssl_key_password"]
    assert f"\ndoveadm_password = {HIDDEN}\n" in found.files["dovecot.conf"]
    assert f"\nssl_server_key_password = {HIDDEN}\n" in found.files["dovecot.conf"]


def test_a_database_that_wants_a_password_is_named() -> None:
    connect = f"host=db1 host=db2 dbname=mail user=mail password={HIDDEN}"
    sql = f"driver = mysql\nconnect = {connect}\npassword_query = SELECT 1\n"
    printed = "passdb {\n  args = /etc/dovecot/sql\n  driver = sql\n}\n"
    found = convert(DovecotSource(printed, {"/etc/dovecot/sql": sql}))
    assert [(old.name, old.where) for old in found.left] == [("connect", "/etc/dovecot/sql:2")]
    text = found.files["dovecot.conf"]
    assert text.count(f"mysql_password = {HIDDEN}") == 2
    assert "mysql db1 {" in text
    assert "mysql db2 {" in text


# --- quota ----------------------------------------------------------------------------------------


def test_the_default_limit_stands_outside_of_its_root() -> None:
    """Inside, it would shadow the limits of single accounts."""
    text = converted("plugin {\n  quota = count:User quota\n  quota_rule = *:storage=1G:messages=50\n}\n")
    assert "\nquota_storage_size = 1G\nquota_message_count = 50\n" in text
    assert 'quota "User quota" {\n  driver = count\n}' in text


def test_accounts_with_rules_of_their_own_keep_them() -> None:
    source = DovecotSource(
        "mail_plugins = quota\nplugin {\n  quota = count:Q\n  quota_rule = *:storage=1M\n}\n"
        "userdb {\n  args = /u\n  driver = passwd-file\n}\n",
        accounts={"/u": Accounts(3, {"SHA512-CRYPT": 3}, {"quota_rule": 1})},
    )
    assert "quota_storage_size = %{userdb:quota_rule | default('1M')" in convert(source).files["dovecot.conf"]


def test_passwords_that_the_new_release_refuses_are_told_with_how_many_have_them() -> None:
    source = DovecotSource("", accounts={"/u": Accounts(5, {"MD5-CRYPT": 2, "SHA512-CRYPT": 3})})
    found = convert(source)
    assert "\nauth_allow_weak_schemes = yes\n" in found.files["dovecot.conf"]
    (item,) = [one for one in found.items if one.verdict == "changes"]
    assert item.meaning.startswith("2 accounts have passwords of schemes that 2.4 refuses")
    assert (
        "auth_allow_weak_schemes"
        not in convert(DovecotSource("", accounts={"/u": Accounts(3, {"SHA512-CRYPT": 3})})).files["dovecot.conf"]
    )


AMOUNTS = st.tuples(st.integers(0, 10**6), st.sampled_from(["", "B", "k", "M", "G"]))


@given(what=st.sampled_from(["storage", "bytes"]), amount=AMOUNTS, messages=st.none() | st.integers(0, 999))
def test_a_rule_and_the_expression_that_reads_it_say_the_same(
    what: str, amount: tuple[int, str], messages: int | None
) -> None:
    """The expression is what 2.4 computes with; here Python's regular expressions stand in for it."""
    text = f"*:{what}={amount[0]}{amount[1]}" + (f":messages={messages}" if messages is not None else "")
    rule = quota_rule(text)
    computed = text
    for pattern, put in (
        re.search(r"'(.*)', '(.*)'", one).groups()  # type: ignore[union-attr]
        for one in (account_fields._NUMBER_OF_KIB, account_fields._AMOUNT, account_fields._NONE)
    ):
        computed = re.sub(pattern, put.replace("\\\\", "\\"), computed)
    number, unit = re.fullmatch(r"(\d+)([bkmgBKMG]?)", computed).groups()  # type: ignore[union-attr]
    units = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
    assert rule.storage is not None
    assert int(number) * units[unit.lower()] == rule.storage.amount


# --- variables and values -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("%u", "%{user}"),
        ("%d/%n", "%{user | domain}/%{user | username}"),
        ("%Lu", "%{user | lower}"),
        ("%{orig_user}", "%{original_user}"),
        ("%2.256Nu", "%{user | md5 | substr(0, 8) % 256 | hex(2)}"),
        ("%1n", "%{user | username | regexp('^(.{0,1}).*$', '\\\\1')}"),
        ("%1.1n", "%{user | username | regexp('^.{0,1}(.{0,1}).*$', '\\\\1')}"),
        ("%-2.2u", "%{user | regexp('^.*(.{2})$', '\\\\1')}"),
        ("100%% full", "100% full"),
        ("%%{x}", "%%{x}"),
        ("%{userdb:class:none}", "%{userdb:class | default('none')}"),
    ],
)
def test_variables(old: str, new: str) -> None:
    assert variables(old, AUTH) == new


@pytest.mark.parametrize("text", ["%{if;%u;eq;a;b;c}", "%Hu", "%{nothing}", "%z"])
def test_a_variable_that_has_no_other_words_is_not_guessed(text: str) -> None:
    with pytest.raises(ValueError, match=r"2\.4"):
        variables(text, AUTH)


@given(st.text(st.characters(exclude_characters="%\0", codec="utf-8")))
def test_a_text_without_variables_stays(text: str) -> None:
    assert variables(text) == text


VALUES = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)


@given(VALUES)
def test_what_is_quoted_is_read_back(value: str) -> None:
    written = quote(value)
    if written.startswith('"') and written != value:
        assert re.sub(r"\\(.)", r"\1", written[1:-1]) == value
    else:
        assert written == value
        assert value == value.strip()
        assert "#" not in value


NAMES = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True)


@given(st.dictionaries(NAMES, st.from_regex(r"[A-Za-z0-9/.:-]{1,12}", fullmatch=True), max_size=5), NAMES, NAMES)
def test_what_is_written_is_a_tree_again(settings: dict[str, str], kind: str, name: str) -> None:
    entries = [Set(one, value) for one, value in settings.items()]
    tree = parse(write([*entries, section(kind, name, entries), WrittenSection(f"{kind} {name}", ())]))
    assert tree.settings == settings
    (inner,) = tree.blocks
    assert (inner.kind, inner.name, inner.settings) == (kind, name, settings)


@given(st.lists(st.tuples(NAMES, VALUES), max_size=6))
def test_any_setting_is_either_converted_or_left_in_its_place(pairs: list[tuple[str, str]]) -> None:
    """Nothing gets lost, and nothing makes the conversion fail."""
    values = {name: value for name, value in pairs if value.strip() and not value.strip().endswith("{")}
    printed = "plugin {\n" + "".join(f"  {name} = {value}\n" for name, value in values.items()) + "}\n"
    found = convert(DovecotSource(printed))
    assert {f"plugin/{name}" for name in values} <= {item.setting for item in found.items}


@given(
    st.sampled_from(["maildir", "mbox", "sdbox", "mdbox"]),
    st.from_regex(r"[~/][a-z/]{0,12}", fullmatch=True),
    st.dictionaries(
        st.sampled_from(["INBOX", "INDEX", "CONTROL", "ALT"]), st.from_regex(r"/[a-z/]{1,9}", fullmatch=True)
    ),
)
def test_every_part_of_a_location_is_found_again(driver: str, path: str, keys: dict[str, str]) -> None:
    text = ":".join([driver, path, *(f"{name}={value}" for name, value in keys.items())])
    found = {one.name: one.value for one in location.settings(text)}
    assert found.pop("mail_driver") == driver
    assert found.pop("mail_path") == path
    assert sorted(found.values()) == sorted(keys.values())


def test_a_block_without_an_end_is_an_error() -> None:
    with pytest.raises(ValueError, match="has no end"):
        convert(DovecotSource("plugin {\n"))
