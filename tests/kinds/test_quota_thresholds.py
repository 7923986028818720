"""Kind `quota_thresholds`: the rules and their order, the scripts, and what smtpd is told."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from baseline.edits import PutFile
from baseline.formats import postfix
from baseline.formats.dovecot import DROP_IN, parse_settings, settings_in
from baseline.kinds.quota_thresholds import LAST_RUN, SERVICE, TIMER, UIDS, UNIT, QuotaThresholds
from baseline.model import Answer, Outcome, State
from baseline.readings.dialects.dialect import Settings
from baseline.readings.dialects.warnings_23 import Warnings23, name
from baseline.readings.dovecot import BLOCKS, GLOBAL, VERSION
from baseline.readings.postfix import POSTCONF
from baseline.readings.quota_warnings import WARNER, highest_first
from tests.kinds.hosts import TARGET, control, files_after, judged, seen

RULES = Warnings23()
parse, rule, is_name = RULES.parse, RULES.rule, RULES.is_name


def live(plugin: Mapping[str, str]) -> list[str]:
    """The rules that Dovecot tries."""
    (tried,) = RULES.written(Settings(frozenset(), (), (), "unlimited", plugin=plugin), "").tried
    return list(tried)


# --- the rules ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "percent", "under"),
    [
        ("storage=95%% quota-warning 95 %u", 95, False),
        ("+storage=80%% quota-warning 80 %u", 80, False),
        ("-storage=95%% quota-warning below %u", 95, True),
        ("storage=1G quota-warning %u", None, False),
        ("messages=80%% quota-warning %u", None, False),
    ],
)
def test_rules_as_dovecot_reads_them(written: str, percent: int | None, under: bool) -> None:
    found = parse(written)
    assert (found.text, found.percent, found.under) == (written, percent, under)


@pytest.mark.parametrize("written", ["", "storage=95%%", "storage=95%% ", "storage=95% cmd", "95%% cmd", "nothing"])
def test_rules_that_stop_every_quota(written: str) -> None:
    with pytest.raises(ValueError, match=r"is not LEVEL COMMAND|has to be doubled"):
        parse(written)


@given(st.integers(1, 100), st.booleans(), st.from_regex(r"[a-z][a-z0-9 %u-]{0,20}[a-z]", fullmatch=True))
def test_a_rule_written_is_read_back(percent: int, under: bool, command: str) -> None:
    written = rule(percent, command.replace("%", "%%"), under=under)
    assert parse(written.text).percent == percent
    assert parse(written.text).under is under


@given(st.lists(st.tuples(st.integers(1, 100), st.booleans()), max_size=8))
def test_rising_rules_stand_from_the_highest_down(levels: list[tuple[int, bool]]) -> None:
    given_rules = [rule(percent, f"x{n}", under=under) for n, (percent, under) in enumerate(levels)]
    ordered = highest_first(given_rules)
    assert sorted(ordered, key=lambda one: one.text) == sorted(given_rules, key=lambda one: one.text)
    rising = [one.percent or 0 for one in ordered if not one.under]
    assert rising == sorted(rising, reverse=True)


@given(st.integers(1, 300))
def test_names_of_rules(number: int) -> None:
    assert is_name(name(number))
    assert not is_name(f"{name(number)}x")
    plugin = {name(n): "x" for n in range(1, number) if n != 3}
    assert live(plugin) == ["x"] * min(number - 1, 2)


# --- the control ----------------------------------------------------------------------------------

ACCESS = "check_sasl_access hash:/var/lib/baseline-quota/send_blocked"
OURS = (
    f"  quota_warning = storage=95%% {WARNER} block %u\n"
    f"  quota_warning2 = storage=80%% {WARNER} warn %u\n"
    f"  quota_warning3 = -storage=95%% {WARNER} unblock %u\n"
)
QUOTA = "  quota = count:User quota\n  quota_rule = *:storage=1G\n"
DECLARED = f"""\
service {WARNER} {{
  executable = script /usr/local/lib/baseline/quota-warning
  unix_listener {WARNER} {{
    mode = 0600
    user = vmail
  }}
  user = vmail
}}
"""
HELD = replace(TARGET, domains=("d1.test",))


def thresholds(**fields: object) -> QuotaThresholds:
    wanted = control("quota_thresholds", obligation="recommended", **fields)
    assert isinstance(wanted, QuotaThresholds)
    return wanted


def host(
    plugin: str = QUOTA + OURS,
    sender: str = ACCESS,
    *,
    overrides: Mapping[str, str] | None = None,
    auth: str = "yes",
    service: str = DECLARED,
    uids: str = "5000 ",
    table: Answer | None = None,
    timer: str = "ActiveState=active\nUnitFileState=enabled\n",
    last: str = "success\n",
    files: bool = True,
    folder: str = "vmail:vmail 755\n",
) -> dict[str, Answer]:
    """The answers of a host on which it is applied, but for what is given."""
    main = f"smtpd_sender_restrictions = {sender}\nsmtpd_sasl_auth_enable = {auth}\n"
    written = "".join(f"{one} = {value}\n" for one, value in (overrides or {}).items())
    services = "smtp inet n - y - - smtpd\nsubmission inet n - y - - smtpd\n"
    raw = (
        "postconf smtpd_sender_restrictions smtpd_recipient_restrictions smtpd_relay_restrictions"
        " smtpd_relay_before_recipient_restrictions"
    )
    said = dict(zip(POSTCONF, (main, written, services), strict=True)) | {raw: main, "postconf -P": written}
    said |= {
        VERSION: "2.3.19.1\n",
        GLOBAL: f"plugin {{\n{plugin}}}\n",
        BLOCKS: "",
        SERVICE: service,
        TIMER: timer,
        LAST_RUN: last,
        UIDS: uids,
        "id -u vmail": "5000\n",
        "if [ -d /var/lib/baseline-quota ]; then stat -c '%U:%G %a' /var/lib/baseline-quota; else echo; fi": folder,
    }
    answers = {command: Answer(0, text.encode()) for command, text in said.items()}
    answers["postmap -q baseline-probe hash:/var/lib/baseline-quota/send_blocked"] = table or Answer(1)
    for path, content in thresholds()._files(HELD).items():
        answers |= printed(path, content if files else None)
    return answers


def printed(path: str, content: str | None) -> dict[str, Answer]:
    command = f"if [ -f {path} ]; then stat -c %a {path} && sha256sum <{path}; else echo absent; fi"
    if content is None:
        return {command: Answer(0, b"absent\n")}
    mode = "755" if content.startswith("#!") else "644"
    return {command: Answer(0, f"{mode}\n{hashlib.sha256(content.encode()).hexdigest()}  -\n".encode())}


def state(answers: Mapping[str, Answer], wanted: QuotaThresholds | None = None) -> State:
    return seen(wanted or thresholds(), answers, HELD)


def outcome(answers: Mapping[str, Answer]) -> Outcome:
    return judged(thresholds(), state(answers), HELD).outcome


def lines(*rules: str) -> str:
    """A plugin section with these rules, numbered."""
    return QUOTA + "".join(f"  {name(number)} = {one}\n" for number, one in enumerate(rules, start=1))


BLOCK, WARN, FREE = (line.partition(" = ")[2] for line in OURS.splitlines())


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        (host(), "pass"),
        (host(lines(BLOCK, "storage=90%% site 90 %u", WARN, FREE)), "pass"),
        (host(lines(BLOCK, WARN, FREE, "messages=90%% site %u")), "pass"),
        (host(lines(BLOCK, "storage=70%% site %u", FREE)), "pass"),
        (host(lines(WARN, BLOCK, FREE)), "fail"),
        (host(lines(BLOCK, WARN)), "fail"),
        (host(lines(BLOCK, FREE)), "fail"),
        (host(lines(WARN, FREE)), "fail"),
        (host(lines(BLOCK, WARN.replace("80", "90"), FREE)), "warn"),
        (host(lines(BLOCK.replace("95%%", "95%"), WARN, FREE)), "fail"),
        (host(lines(BLOCK, WARN, FREE) + "  quota_warning9 = storage=50%% x\n"), "fail"),
        (host(QUOTA), "fail"),
        (host(OURS + QUOTA + "  quota_grace = 30%%\n"), "warn"),
        (host(OURS + QUOTA + "  quota_grace = 60%%\n"), "fail"),
        (host(OURS + QUOTA + "  quota_grace = 10M\n"), "fail"),
        (host(OURS + QUOTA.replace("1G", "100M")), "warn"),
        (host(OURS + QUOTA.replace("1G", "0")), "pass"),
        (host(sender=f"{ACCESS}, reject_non_fqdn_sender"), "pass"),
        (host(sender=f"permit_sasl_authenticated, {ACCESS}"), "fail"),
        (host(sender=""), "fail"),
        (host(sender="", auth="no"), "pass"),
        (host(sender="", auth="no", overrides={"submission/inet/smtpd_sasl_auth_enable": "yes"}), "fail"),
        (host(overrides={"submission/inet/smtpd_sender_restrictions": ""}), "fail"),
        (host(overrides={"submission/inet/smtpd_sender_restrictions": f"{ACCESS}, permit"}), "pass"),
        (host(service=""), "fail"),
        (host(service=DECLARED.replace("quota-warning\n", "another\n")), "fail"),
        (host(service=DECLARED.replace("user = vmail", "user = root")), "fail"),
        (host(uids="6001 6002"), "fail"),
        (host(uids=""), "pass"),
        (host(timer="ActiveState=inactive\nUnitFileState=enabled\n"), "fail"),
        (host(timer="ActiveState=active\nUnitFileState=disabled\n"), "fail"),
        (host(last="exit-code\n"), "warn"),
        (host(files=False), "fail"),
        (host(folder="\n"), "fail"),
        (host(folder="root:root 755\n"), "fail"),
        (host(table=Answer(1, b"", b"postmap: fatal: open database: No such file or directory")), "fail"),
        (host(table=Answer(127, b"", b"sh: postmap: not found")), "fail"),
    ],
)
def test_each_part_counts(answers: Mapping[str, Answer], expected: str) -> None:
    assert outcome(answers) == expected


def test_a_host_through_which_nobody_sends() -> None:
    store = replace(TARGET, roles=frozenset({"mailstore"}))
    assert thresholds().expected(store) == {}
    assert seen(thresholds(), {}, store) == {}


@pytest.mark.parametrize(
    "fields",
    [
        {"warn_pct": 95, "send_pct": 95},
        {"warn_pct": 49},
        {"send_pct": 100},
        {"grace_pct": 51},
        {"mail_user": "a b"},
        {"reply": "go away"},
        {"reply": '552 5.2.2 "quoted"'},
        {"reply": "552 5.2.2 two\nlines"},
        {"folder": "/var/lib/a b"},
        {"folder": "relative"},
    ],
)
def test_parameters_that_would_not_do(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        thresholds(**fields)


def edited(answers: Mapping[str, Answer], override: str = "") -> dict[str, str]:
    master = f"smtp inet n - y - - smtpd\nsubmission inet n - y - - smtpd{override}\n"
    before = {postfix.MAIN_CF: "x = y\n", postfix.MASTER_CF: master}
    after = files_after(thresholds(), state(answers), before, HELD)
    assert after is not None
    return after


def test_the_block_is_read_back_as_it_was_meant() -> None:
    files = edited(host(QUOTA, "", service="", files=False))
    plugin = settings_in(files[DROP_IN], "plugin")
    assert [parse(one).command for one in live(plugin)] == [
        f"{WARNER} {word} %u" for word in ("block", "warn", "unblock")
    ]
    found = {(*one.section, one.name): one.value for one in parse_settings(files[DROP_IN])}
    assert found[f"service {WARNER}", "executable"] == "script /usr/local/lib/baseline/quota-warning"
    assert found[f"service {WARNER}", f"unix_listener {WARNER}", "mode"] == "0600"
    assert postfix.parameters(files[postfix.MAIN_CF])["smtpd_sender_restrictions"] == ACCESS


def test_rules_of_the_site_are_kept_in_order() -> None:
    site = ("storage=90%% site 90%% %u", "storage=50%% site 50 %u", "-storage=100%% site free", "messages=5 site")
    plugin = settings_in(edited(host(lines(*site)))[DROP_IN], "plugin")
    rules = live(plugin)
    assert rules == [BLOCK, site[0], WARN, site[1], FREE, site[2], site[3]]


def test_an_override_keeps_what_it_had() -> None:
    given_list = "reject_non_fqdn_sender, $mua_sender_restrictions"
    answers = host(overrides={"submission/inet/smtpd_sender_restrictions": given_list})
    files = edited(answers, f" -o {{ smtpd_sender_restrictions = {given_list} }}")
    found = postfix.written_overrides(files[postfix.MASTER_CF])["submission/inet"]["smtpd_sender_restrictions"]
    assert found == f"{ACCESS}, {given_list}"


def test_nothing_is_done_without_the_mail_user() -> None:
    answers = host(QUOTA) | {"id -u vmail": Answer(1, b"", b"no such user")}
    assert outcome(answers) == "fail"
    assert thresholds().remedy(state(answers), HELD) is None
    assert "mail_user" in thresholds().advice(state(answers))


def test_what_stays_is_for_a_person() -> None:
    assert thresholds().remedy(state(host(OURS + QUOTA.replace("1G", "100M"))), HELD) is None
    assert thresholds().remedy(state(host(last="exit-code\n")), HELD) is None


def test_actions_are_undone_by_their_own_words() -> None:
    fresh = thresholds().remedy(
        state(host(QUOTA, files=False, folder="\n", table=Answer(1, b"", b"x"), timer="\n")), HELD
    )
    assert fresh is not None
    make, start = fresh.actions
    assert make.do.startswith("user=vmail\n")
    assert 'install -d -o "$user"' in make.do
    assert make.undo == "rm -rf /var/lib/baseline-quota\n"
    assert start.undo.startswith(f"systemctl --quiet disable {UNIT}.timer; systemctl stop {UNIT}.timer; ")
    stopped = thresholds().remedy(state(host(timer="ActiveState=inactive\nUnitFileState=enabled\n")), HELD)
    assert stopped is not None
    assert stopped.actions[0].undo.startswith(f"systemctl stop {UNIT}.timer; ")
    assert "disable" not in stopped.actions[0].undo, "it was enabled before"
    other = thresholds().remedy(state(host(folder="root:root 750\n")), HELD)
    assert other is not None
    assert other.actions[0].undo == "chown root:root /var/lib/baseline-quota && chmod 750 /var/lib/baseline-quota\n"


def test_edited_scripts_alone_need_no_timer() -> None:
    remedy = thresholds().remedy(state(host(files=False)), HELD)
    assert remedy is not None
    assert [action.name for action in remedy.actions] == ["have systemd read its units"]
    assert [edit.mode for edit in remedy.edits if isinstance(edit, PutFile)] == [0o755] * 3 + [0o644] * 2


# --- the scripts ----------------------------------------------------------------------------------


@pytest.fixture
def scripts(tmp_path: Path) -> dict[str, str]:
    """The scripts as rendered for a table in a folder of the test's, with a stand-in for postmap."""
    (tmp_path / "folder").mkdir()
    stand_in = tmp_path / "postmap"
    stand_in.write_text('#!/bin/sh\ncp "${1#hash:}" "${1#hash:}.db"\n')
    stand_in.chmod(0o755)
    wanted = thresholds(folder=str(tmp_path / "folder"), reply="552 5.2.2 it's a & full \\\\ box".replace("\\\\ ", ""))
    files = wanted._files(HELD)
    return {path.rpartition("/")[2]: content.replace("postmap ", f"{stand_in} ") for path, content in files.items()}


def run(script: str, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "-c", script, "x", *arguments], input=given, capture_output=True, text=True, timeout=30
    )


def table(scripts: dict[str, str], tmp_path: Path) -> dict[str, str]:
    text = (tmp_path / "folder/send_blocked").read_text()
    assert (tmp_path / "folder/send_blocked.db").read_text() == text
    return {line.partition(" ")[0]: line.partition(" ")[2] for line in text.splitlines()}


def test_every_script_is_one_of_posix_sh(scripts: dict[str, str]) -> None:
    for name_, content in scripts.items():
        if not name_.startswith("baseline"):
            assert content.startswith("#!/bin/sh\n")
            assert subprocess.run(["sh", "-n", "-c", content], capture_output=True).returncode == 0, name_


def test_logins_are_added_and_removed(scripts: dict[str, str], tmp_path: Path) -> None:
    send = scripts["quota-send"]
    assert run(send, "add", "Ali@D1.test").stdout == "ali@d1.test\n"
    assert run(send, "add", "siti").stdout == "siti\n"
    assert run(send, "add", "siti").stdout == ""
    assert table(scripts, tmp_path) == dict.fromkeys(["ali@d1.test", "siti"], "552 5.2.2 it's a & full box")
    assert run(send, "remove", "ALI@d1.test").returncode == 0
    assert set(table(scripts, tmp_path)) == {"siti"}
    assert run(send, "replace", given="a\nb\nsiti\n").stdout == "a\nb\n"
    assert set(table(scripts, tmp_path)) == {"a", "b", "siti"}
    assert run(send, "replace").returncode == 0
    assert table(scripts, tmp_path) == {}
    assert sorted(path.name for path in (tmp_path / "folder").iterdir()) == ["lock", "send_blocked", "send_blocked.db"]


@pytest.mark.parametrize("arguments", [(), ("add",), ("remove", ""), ("replace", "x"), ("steal", "x")])
def test_what_is_no_order_is_refused(scripts: dict[str, str], arguments: tuple[str, ...]) -> None:
    assert run(scripts["quota-send"], *arguments).returncode == 64


@pytest.mark.slow
@given(logins=st.lists(st.text(max_size=12), max_size=6))
def test_no_login_becomes_another_line(logins: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("table")
    content = thresholds(folder=str(folder))._files(HELD)["/usr/local/lib/baseline/quota-send"]
    content = content.replace("postmap ", "true ").replace('chmod 0644 "$work/table" "$work/table.db"', "true")
    content = content.replace('mv -f "$work/table.db" "$table.db" && ', "")
    done = run(content, "replace", given="\n".join(logins).replace("\r", "").encode("utf-8", "replace").decode())
    assert done.returncode == 0, done.stderr
    for line in (folder / "send_blocked").read_text().splitlines() if (folder / "send_blocked").exists() else ():
        login, _, reply = line.partition(" ")
        assert set(login) <= set("abcdefghijklmnopqrstuvwxyz0123456789@._+-")
        assert reply == thresholds().reply


@pytest.mark.parametrize("login", ["", "-x", "a b", "a;b", "$(b)", "a\nb", "*", "@x", "a'b", "a/b", "é"])
def test_warnings_for_odd_logins_are_refused(scripts: dict[str, str], login: str) -> None:
    for level in ("warn", "block", "unblock"):
        done = run(scripts["quota-warning"], level, login)
        assert done.returncode == 64
        assert "left alone" in done.stderr


def test_levels_that_are_none_are_refused(scripts: dict[str, str]) -> None:
    assert run(scripts["quota-warning"], "explode", "ali@d1.test").returncode == 64


HEAD = "Username\tQuota name\tType\tValue\tLimit\t%"


@pytest.mark.parametrize(
    ("rows", "stopped"),
    [
        ([], []),
        (["ali\tq\tSTORAGE\t95\t100\t95", "siti\tq\tSTORAGE\t94\t100\t94"], ["ali"]),
        (["boss\tq\tSTORAGE\t9999\t-\t0"], []),
        (["ali\tq\tMESSAGE\t100\t100\t100"], []),
        (["ali\tq\tSTORAGE\t1\t100\t1", "ali\tsecond\tSTORAGE\t96\t100\t96"], ["ali"]),
        (["ali\tq\tSTORAGE\t0\t0\t0"], []),
    ],
)
def test_the_reconcile_stops_whoever_is_above(
    scripts: dict[str, str], tmp_path: Path, rows: list[str], stopped: list[str]
) -> None:
    quotas = "\n".join([HEAD, *rows])
    assert reconciled(scripts, tmp_path, f"printf '%s\\n' '{quotas}'") == stopped


@pytest.mark.parametrize("doveadm", ["exit 75", "true", "echo 'something else'", f"printf '%s\\n' '{HEAD}'; exit 1"])
def test_the_reconcile_touches_nothing_when_it_cannot_tell(
    scripts: dict[str, str], tmp_path: Path, doveadm: str
) -> None:
    assert reconciled(scripts, tmp_path, doveadm) is None


def reconciled(scripts: dict[str, str], tmp_path: Path, doveadm: str) -> list[str] | None:
    """The logins handed on as those to stop; None when the script gave up first."""
    tool, handed = tmp_path / "doveadm", tmp_path / "handed"
    tool.write_text(f"#!/bin/sh\n{doveadm}\n")
    tool.chmod(0o755)
    content = scripts["quota-reconcile"].replace("doveadm -f", f"{tool} -f")
    content = content.replace("runuser -u vmail -- /usr/local/lib/baseline/quota-send replace", f"cat >{handed}")
    done = run(content)
    if not handed.exists():
        assert done.returncode in (65, 75)
        return None
    assert done.returncode == 0
    return [line for line in handed.read_text().splitlines() if line]
