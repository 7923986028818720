"""What is foreseen of sshd, fail2ban, Rspamd, nftables and /tmp. `tests.lab.test_upgrade_check` asks the programs."""

from __future__ import annotations

import pytest

from baseline.upgrading.rspamd import REMOVED, SCORES
from tests.upgrading.hosts import named, of_fail2ban, of_nftables, of_rspamd, of_sshd, of_temp
from tests.upgrading.rules import RULES

MODP = "diffie-hellman-group14-sha256"


def of(verdict: str, found: object) -> list[str]:
    return [one.setting for one in found if one.verdict == verdict]  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["HostKeyAlgorithms", "PubkeyAcceptedKeyTypes", "CASignatureAlgorithms"])
@pytest.mark.parametrize(
    ("value", "kept"), [("+ssh-dss", ""), ("ssh-dss,ssh-rsa", "ssh-rsa"), ("ssh-rsa,ssh-dss,a", "ssh-rsa,a")]
)
def test_dsa_keeps_sshd_from_starting(name: str, value: str, kept: str) -> None:
    one = named(of_sshd(f"Port 22\n{name} {value}\n"), name)
    assert (one.verdict, one.where) == ("breaks", "/etc/ssh/sshd_config:2")
    assert "nobody can log in" in one.meaning
    assert one.instead.splitlines()[3:] == [f"-{name} {value}", *([f"+{name} {kept}"] if kept else [])]


def test_key_exchange_that_is_off_by_default() -> None:
    assert named(of_sshd("", f"kexalgorithms x,{MODP}\n"), "KexAlgorithms").value == MODP
    assert "KexAlgorithms" not in of("changes", of_sshd(f"KexAlgorithms {MODP}\n", f"kexalgorithms {MODP}\n"))
    added = of_sshd("KexAlgorithms +x\n", f"kexalgorithms {MODP},x\n")
    assert named(added, "KexAlgorithms").where == "/etc/ssh/sshd_config:1"


def test_who_fails_to_log_in_is_penalised() -> None:
    assert of("changes", of_sshd("", "ipqos lowdelay throughput\n")) == ["PerSourcePenalties", "IPQoS"]
    assert of("changes", of_sshd("", "ipqos none\n")) == ["PerSourcePenalties"]


def test_what_of_sshd_is_not_read_is_not_known() -> None:
    found = of_sshd('Include /srv/*.conf\nMatch exec "a \\"b\\""\nInclude /etc/ssh/sshd_config.d/*.conf\n')
    assert of("unknown", found) == ["Include", "Match"]


def test_dsa_keys_of_accounts_count_where_they_are_accepted() -> None:
    keys = "/home/ali/.ssh/authorized_keys\n"
    assert of("breaks", of_sshd("", "", keys)) == []
    assert of("breaks", of_sshd("", "pubkeyacceptedalgorithms ssh-rsa,ssh-dss\n", keys)) == ["authorized_keys"]
    assert of("changes", of_sshd("", environments="/home/ali/.pam_environment\n"))[-1] == "UsePAM"


DUMP = "['set', 'x']\n['add', 'sshd', 'auto']\n['add', 'postfix', 'auto']\n['add', 'nginx-http-auth', 'auto']\n"


def test_jails_that_read_the_journal() -> None:
    found = of_fail2ban({"/etc/fail2ban/jail.local": "[postfix]\nenabled = true\nlogpath = /srv/mail.log\n"}, DUMP)
    assert named(found, "backend of sshd").verdict == "changes"
    broken = named(found, "backend of postfix")
    assert (broken.verdict, broken.where) == ("breaks", "/etc/fail2ban/jail.local:1")
    assert "/srv/mail.log" in broken.meaning
    assert broken.instead.splitlines()[-1] == "+backend = auto"
    assert named(found, "backend of nginx-http-auth").verdict == "same"


def test_what_the_host_says_of_its_jails_stays() -> None:
    files = {"/etc/fail2ban/jail.local": "[DEFAULT]\nbackend = polling\nbanaction = nftables\n"}
    assert of("changes", of_fail2ban(files, DUMP)) == []
    assert "banaction" in of("changes", of_fail2ban({}, DUMP))
    edited = "/etc/fail2ban/jail.d/defaults-debian.conf\n/etc/fail2ban/jail.conf\n"
    found = of_fail2ban({}, DUMP, edited, "/etc/fail2ban/filter.d/own.conf\n")
    assert "banaction" not in of("changes", found)
    assert [one.where for one in found if one.verdict == "unknown"] == [
        "/etc/fail2ban/jail.conf",
        "/etc/fail2ban/filter.d/own.conf",
    ]


def test_scores_that_change_but_for_those_that_the_host_sets() -> None:
    path = "/etc/rspamd/local.d/groups.conf"
    found = of_rspamd({path: 'symbols { "RDNS_NONE" { weight = 3; } }\n'})
    assert "RDNS_NONE" not in named(found, "scores").meaning
    assert all(name in named(found, "scores").meaning for name in SCORES if name != "RDNS_NONE")
    assert named(found, "scores").instead == ""
    assert named(of_rspamd({}), "scores").instead.count("weight") == len(SCORES)


@pytest.mark.parametrize(
    ("file", "text", "verdict"),
    [
        ("local.d/dkim_signing.conf", 'path = "/k";\n', "same"),
        ("override.d/actions.conf", "reject = 9;\n", "same"),
        ("local.d/rbl.conf", "rbls { }\n", "unknown"),
        ("local.d/rbl.conf", f"rbls {{ x {{ symbol = {REMOVED[1]}; }} }}\n", "changes"),
        ("local.d/elastic.conf", 'server = "x";\nindex_pattern = "a";\n', "changes"),
        ("rspamd.local.lua", "x = 1\n", "unknown"),
        ("modules.local.d/own.conf", "own { }\n", "unknown"),
    ],
)
def test_a_file_of_rspamd(file: str, text: str, verdict: str) -> None:
    found = of_rspamd({f"/etc/rspamd/{file}": text})
    assert [one.verdict for one in found if one.where.startswith(f"/etc/rspamd/{file}")] == [verdict]


def test_defaults_of_rspamd_that_the_host_sets_itself() -> None:
    assert of("changes", of_rspamd({})) == ["scores", "check_all_filters", "history_redis.key_prefix"]
    own = {"/etc/rspamd/local.d/options.inc": "check_all_filters = true;\n",
           "/etc/rspamd/local.d/history_redis.conf": 'key_prefix = "x";\n'}  # fmt: skip
    assert of("changes", of_rspamd(own)) == ["scores"]
    grown = named(of_rspamd({"/etc/rspamd/local.d/options.inc": "a = 1;\n"}), "check_all_filters")
    assert grown.instead.splitlines()[0] == "--- /etc/rspamd/local.d/options.inc"
    assert grown.instead.splitlines()[2:] == ["@@ -1,0 +2,1 @@", "+check_all_filters = true;"]


def test_a_ruleset_of_words_that_both_load() -> None:
    assert [one.verdict for one in of_nftables({"/etc/nftables.conf": RULES})] == ["same"]
    odd = RULES.replace("ct state", 'osf name "Linux" synproxy mss 1460')
    (one,) = of_nftables({"/etc/nftables.conf": odd})
    assert one.verdict == "unknown"
    assert "osf" in one.meaning
    assert "synproxy" in one.meaning
    assert [one.verdict for one in of_nftables({})] == ["unknown"]


def test_tmp_becomes_a_tmpfs_where_nothing_says_otherwise() -> None:
    one = named(of_temp(memory=2 << 20, used=3 << 20), "/tmp")
    assert (one.verdict, "1024 MiB" in one.meaning, "3072 MiB" in one.meaning) == ("changes", True, True)
    assert named(of_temp(fstab="tmpfs /tmp tmpfs size=2g 0 0\n"), "/tmp").verdict == "same"
    assert named(of_temp(unit="masked\n"), "/tmp").verdict == "same"
    assert of("changes", of_temp(unit="masked\n")) == ["tmpfiles.d /tmp", "tmpfiles.d /var/tmp"]
    assert of("changes", of_temp(unit="masked\n", rules="tmp.conf\n")) == []
