"""Thresholds and enforcement of quota as Dovecot 2.4 spells them: what it was seen to do, with 2.4.1, in each case."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baseline.errors import CannotTell
from baseline.formats.dovecot import DROP_IN, named_section, sections
from baseline.model import Scalar
from baseline.readings.dialects.blocks_24 import quota_blocks
from baseline.readings.dialects.dialect import EARLY, Root, Settings
from baseline.readings.dialects.enforcing import OVERALL, YES, Holding
from baseline.readings.dialects.enforcing_24 import Enforcing24
from baseline.readings.dialects.warnings_24 import Warnings24
from baseline.readings.dovecot import DIALECT
from baseline.readings.quota_warnings import WARNER, levels
from baseline.remedies.quota_levels import displaced, rules

WARNINGS, ENFORCING = Warnings24(), Enforcing24()
SPOKEN: dict[str, Scalar] = {DIALECT: "2.4"}
HEAD = "dovecot_config_version = 2.4.0\n"
BLOCK, WARN, UNBLOCK = (f"{WARNER} {word} %{{user}}" for word in ("block", "warn", "unblock"))


def settings(limit: int | str = 1 << 30, grace: str = "10 M", roots: tuple[str, ...] = ("User quota",)) -> Settings:
    found = tuple(Root(name, f'quota "{name}"', "count", True, None) for name in roots)
    return Settings(frozenset(), (), found, limit, {"quota_storage_grace": grace, "mail_driver": "maildir"})


def rule(name: str, *lines: str, run: str = "site", args: str = "") -> str:
    """A rule as doveconf prints it."""
    execute = f"execute {run} {{\n" + (f"args = {args}\n" if args else "") + "}\n"
    return f"quota_warning {name} {{\n" + "".join(f"{one}\n" for one in lines) + execute + "}\n"


def share(percent: int) -> str:
    return f"quota_storage_percentage = {percent}"


def root(*inside: str, name: str = "User quota") -> str:
    return f'quota "{name}" {{\n' + "".join(one if one.endswith("\n") else f"{one}\n" for one in inside) + "}\n"


OURS = (
    rule("baseline-block", share(95), run=WARNER, args="block %{user}")
    + rule("baseline-warn", share(80), run=WARNER, args="warn %{user}")
    + rule("baseline-unblock", share(95), "threshold = under", run=WARNER, args="unblock %{user}")
)


def found(blocks: str, given: Settings | None = None) -> dict[str, Scalar]:
    return levels(WARNINGS, given or settings(), HEAD + blocks)


# --- the rules ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("blocks", "text"),
    [
        (root(rule("x", share(90), args="90 %{user}")), "storage=90% site 90 %{user}"),
        (root(rule("x", share(90), "threshold = under")), "-storage=90% site"),
        (root(rule("x", share(90), "quota_warning_threshold = under")), "-storage=90% site"),
        (root(rule("x")), "storage=100% site"),
        (root(share(70), rule("x")), "storage=70%/70% site"),
        ("quota_warning_threshold = under\n" + root(rule("x", share(90))), "-storage=90% site"),
        (root("warning_threshold = under", rule("x", share(90))), "-storage=90% site"),
        ("quota_warning_threshold = under\n" + root(rule("x", share(90), "threshold = over")), "storage=90% site"),
        (root(rule("x", share(90), "resource = message")), "messages=100% site"),
        ("quota_warning_resource = message\n" + root(rule("x", share(90))), "messages=100% site"),
        (root(rule("x", "resource = message", "quota_message_count = 9")), "messages=9 site"),
        (root(rule("x", share(90), "quota_storage_size = 5 M")), "storage=90%:storage_size:5M site"),
        (root(rule("x", share(90), "quota_storage_extra = 5 M")), "storage=90%:storage_extra:5M site"),
        (
            root(rule("x", share(90)).replace("execute site {", "execute site {\ndriver = fork")),
            "storage=90% fork:site",
        ),
    ],
)
def test_a_rule_is_told_in_one_line(blocks: str, text: str) -> None:
    (told,) = [value for key, value in found(blocks).items() if WARNINGS.is_name(key)]
    assert told == text


@pytest.mark.parametrize(
    ("text", "percent", "under"),
    [
        ("storage=90% site 90 %{user}", 90, False),
        ("-storage=90% site", 90, True),
        ("storage=80%/200% site", 40, False),
        ("storage=70%/70% site", 100, False),
        ("messages=80% site", None, False),
        ("storage=90%:storage_size:5M site", None, False),
    ],
)
def test_a_line_is_read_back(text: str, percent: int | None, under: bool) -> None:
    read = WARNINGS.parse(text)
    assert (read.text, read.percent, read.under) == (text, percent, under)


@pytest.mark.parametrize("text", ["", "storage=90%", "storage=0% site", "storage=80%/0% site", "90% site"])
def test_rules_of_which_dovecot_runs_nothing(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not LEVEL COMMAND|must not be 0"):
        WARNINGS.parse(text)


def test_ours_are_found_for_all_roots() -> None:
    for blocks in (OURS, OURS + root("driver = count"), OURS + root("driver = count") + root("ignore = no", name="B")):
        state = found(blocks)
        assert state["warning rules"] == "readable, highest first"
        assert (state["warns at"], state["stops sending at"], state["sending opens below"]) == (80, 95, 95)


@pytest.mark.parametrize(
    ("blocks", "key", "value"),
    [
        (root(OURS) + root("driver = count", name="B"), "stops sending at", None),
        (root(rule("low", share(50))) + OURS, "warns at", 50),
        # Rules for all come before those of the root, in whichever file they stand.
        (root(rule("late", share(90))) + OURS, "warning rules", "readable, not highest first"),
        (rule("low", share(50)) + root(OURS), "warning rules", "readable, not highest first"),
        # A name in both places is one rule: that of the root, in the root's order.
        (rule("baseline-warn", share(60)) + root(OURS), "warns at", 80),
        (OURS.replace("block %{user}", "block %u"), "stops sending at", None),
        (OURS + rule("none", share(0)), "warning rules", None),
        ("quota_storage_percentage = 50\n" + OURS, "stops sending at", 190),
        ("quota_warning_threshold = under\n" + OURS, "warns at", None),
    ],
)
def test_what_is_not_as_it_looks(blocks: str, key: str, value: object) -> None:
    told = found(blocks)[key]
    assert told == value if value is not None or key != "warning rules" else str(told).startswith("not readable")


def test_what_doveconf_did_not_print_is_not_known() -> None:
    with pytest.raises(CannotTell, match="dovecot_config_version"):
        quota_blocks(OURS)
    with pytest.raises(CannotTell, match="no end"):
        quota_blocks(HEAD + "quota X {\n")


# --- what a remedy writes -------------------------------------------------------------------------

percents = st.integers(1, 130)
names = st.sampled_from(["one", "two words", "three", "four"])
standing = st.dictionaries(st.tuples(st.booleans(), names), st.tuples(percents, st.booleans()), max_size=6)


def site(wanted: dict[tuple[bool, str], tuple[int, bool]], *, shared: bool) -> list[tuple[str, str]]:
    """The rules of a site, by name: for all roots, or in the root."""
    return [
        (name, rule(f'"{name}"', share(percent), *(["threshold = under"] if under else []), args=f"{name} {of_all}"))
        for (of_all, name), (percent, under) in wanted.items()
        if of_all is shared
    ]


@given(standing)
def test_ours_come_in_the_order_in_which_each_can_run(wanted: dict[tuple[bool, str], tuple[int, bool]]) -> None:
    taken = {name for of_all, name in wanted if not of_all}
    wanted = {key: value for key, value in wanted.items() if not (key[0] and key[1] in taken)}
    shared, own = site(wanted, shared=True), root(*(text for _, text in site(wanted, shared=False)))
    state = found("".join(text for _, text in shared) + own) | SPOKEN
    early, late = WARNINGS.edits("MEL-Q-04", rules(state, 80, 95), "10 M", "")
    assert (early.path, late.path, late.text) == (EARLY, DROP_IN, "quota_storage_grace = 10 M\n")
    # Dovecot reads the early file first, and a name keeps the place at which it came up.
    outer = [heads[0] for heads in sections(early.text) if len(heads) == 1]
    first = [head.replace('"', "").removeprefix("quota_warning ") for head in outer]
    again = early.text + "".join(text for name, text in shared if name not in first) + own
    after = found(again)
    assert after["warning rules"] == "readable, highest first"
    assert (after["stops sending at"], after["sending opens below"]) == (95, 95)
    assert isinstance(after["warns at"], int)
    assert after["warns at"] <= 80
    at_once = WARNINGS.edits("MEL-Q-04", rules(after | SPOKEN, 80, 95), "10 M", "")
    assert at_once[0].text == early.text


def test_a_rule_at_the_level_of_ours_is_told() -> None:
    state = found(root(rule("mine", share(95)))) | SPOKEN
    (told,) = displaced(state, 95)
    assert "storage=95% site" in told.what


@pytest.mark.parametrize(
    ("limit", "grace", "percent"),
    [(1 << 30, "10 M", 1), (100 << 20, "10M", 10), (10**8, "10 M", 11), ("unlimited", "10 M", 10), (1 << 30, "0", 0)],
)
def test_grace_is_a_share_of_the_limit(limit: int | str, grace: str, percent: int) -> None:
    state = found(OURS, settings(limit, grace))
    assert (state["grace"], state["grace as written"]) == (percent, grace)


def test_a_root_may_have_a_grace_of_its_own() -> None:
    state = found(OURS + root("storage_grace = 200M"), settings(1000 << 20))
    assert (state["grace"], state["grace of User quota"]) == (1, 20)


@pytest.mark.parametrize(
    ("limit", "written"), [(None, "10M"), (1 << 30, "10M"), (50 << 20, "5M"), ("unlimited", "10M")]
)
def test_grace_to_write_fits_the_smallest_limit(limit: int | str | None, written: str) -> None:
    assert WARNINGS.grace_of(10, limit) == written


# --- what holds people to their quota -------------------------------------------------------------

OFF = "no: quota_enforce = no"
IGNORED = "no: quota_ignore = yes"


def protocol(name: str, *inside: str) -> str:
    return f"protocol {name} {{\n" + "\n".join(inside) + "\n}\n"


@pytest.mark.parametrize(
    ("blocks", "enforced"),
    [
        ("", {OVERALL: YES}),
        (root("driver = count"), {OVERALL: YES}),
        ("quota_enforce = no\n", {OVERALL: OFF}),
        ("quota_ignore = yes\n", {OVERALL: IGNORED}),
        (root("enforce = no"), {OVERALL: OFF}),
        (root("ignore = yes"), {OVERALL: IGNORED}),
        ("quota_ignore = yes\n" + root("ignore = no"), {OVERALL: YES}),
        ("quota_enforce = no\n" + root("enforce = yes"), {OVERALL: YES}),
        (protocol("lda", "quota_enforce = no"), {OVERALL: YES, "lda": OFF}),
        (protocol("lda", "quota_ignore = yes"), {OVERALL: YES, "lda": IGNORED}),
        (protocol("lda", root("enforce = no")), {OVERALL: YES, "lda": OFF}),
        (protocol("lda", root("enforce = no")) + root("enforce = yes"), {OVERALL: YES, "lda": OFF}),
        (protocol("lda", "quota_enforce = no") + root("enforce = yes"), {OVERALL: YES, "lda": YES}),
        (protocol("lda", "quota_enforce = no", root("enforce = yes")), {OVERALL: YES, "lda": YES}),
        (protocol("submission", "quota_enforce = no"), {OVERALL: YES}),
        (protocol("lda", root("enforce = no", name="Other")), {OVERALL: YES}),
    ],
)
def test_who_is_held_to_it(blocks: str, enforced: dict[str, str]) -> None:
    (held,) = ENFORCING.roots(settings(), HEAD + blocks, ("imap", "lmtp", "lda"))
    assert held.enforced == enforced
    written = ENFORCING.set_up([held])
    (after,) = ENFORCING.roots(settings(), HEAD + blocks + written, ("imap", "lmtp", "lda"))
    assert set(after.enforced.values()) == {YES}


@pytest.mark.parametrize(
    ("blocks", "why"),
    [
        ("", {}),
        ("namespace inbox {\ninbox = yes\nquota_ignore = yes\n}\n", {"INBOX": "quota_ignore = yes in namespace inbox"}),
        ("namespace other {\nquota_ignore = yes\n}\n", {}),
        ("namespace inbox {\ninbox = yes\nmailbox Spam {\nquota_ignore = yes\n}\n}\n", {}),
        ("mailbox INBOX {\nquota_ignore = yes\n}\n", {"INBOX": "quota_ignore = yes in mailbox INBOX"}),
        (
            "namespace inbox {\ninbox = yes\nmailbox INBOX {\nquota_ignore = yes\n}\n}\n",
            {"INBOX": "quota_ignore = yes in mailbox INBOX of namespace inbox"},
        ),
    ],
)
def test_an_inbox_that_is_not_counted(blocks: str, why: dict[str, str]) -> None:
    assert ENFORCING.uncounted(settings(), HEAD + blocks) == why


def test_a_root_is_made_where_there_is_none() -> None:
    assert ENFORCING.set_up([]) == 'quota "User quota" {\n  driver = count\n  enforce = yes\n  ignore = no\n}\n'
    assert ENFORCING.set_up([Holding("A", "", "maildir")]).startswith("quota A {\n  driver = maildir\n")


REPLIES = "quota_status_{} = {}\n"


def test_an_answer_that_is_empty_is_none() -> None:
    said = (
        "".join(REPLIES.format(name, "DUNNO") for name in ("success", "nouser", "overquota"))
        + "quota_status_toolarge = \n"
    )
    replies = ENFORCING.replies(settings(), said)
    assert (replies.success, replies.overquota, replies.toolarge) == ("DUNNO", "DUNNO", None)
    with pytest.raises(CannotTell, match="quota_status_toolarge"):
        ENFORCING.replies(settings(), said.replace("toolarge", "other"))


def test_answers_are_read_back() -> None:
    written = ENFORCING.replying("DUNNO", "DUNNO", "452 4.2.2 full").replace("protocol quota-status {\n", "")
    replies = ENFORCING.replies(settings(), written.replace("}\n", ""))
    assert (replies.nouser, replies.overquota, replies.toolarge) == ("DUNNO", "452 4.2.2 full", "452 4.2.2 full")


@pytest.mark.parametrize("name", ['a"b', "a\nb", "$x", "a{", "a\\b"])
def test_a_name_that_would_break_out_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be written"):
        named_section("quota", name, [])
