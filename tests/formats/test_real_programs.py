"""The formats against the programs whose they are: what Postfix, Dovecot, Rspamd and findmnt make of the same bytes."""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from baseline import lab, sizes
from baseline.formats import dovecot, fstab, postfix, ucl
from tests.formats import test_dovecot, test_fstab, test_postfix, test_ucl
from tests.labs import lab_name

pytestmark = pytest.mark.lab
NAME = lab_name("formats")
few = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
fewer = settings(few, max_examples=12)


@dataclass(frozen=True)
class Programs:
    """A host on which the programs are run, in a directory of their own."""

    inside: tuple[str, ...]
    domain: str

    def run(self, script: str, **files: str) -> str:
        """The output of a script, run in an empty directory with these files; `main_cf` is main.cf."""
        write = "".join(
            f"printf %s {shlex.quote(text)} >{name.replace('_', '.')}\n" for name, text in sorted(files.items())
        )
        whole = f"rm -rf /run/formats && mkdir /run/formats && cd /run/formats || exit 99\n{write}{script}"
        done = subprocess.run([*self.inside, "sh"], input=whole.encode(), capture_output=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode("utf-8", "surrogateescape")


@pytest.fixture(scope="module")
def programs() -> Iterator[Programs]:
    """A host as Debian ships it. Skips where a lab cannot be had."""
    try:
        lab.preflight()
    except lab.LabError as error:
        pytest.skip(str(error))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BASELINE_LAB_NAME", NAME)
        lab.down()
        (host,) = lab.up(1, release=("bookworm",))
        yield Programs(tuple(lab.enter(host.name)), host.domain)
        lab.down()


# --- Postfix --------------------------------------------------------------------------------------

# Postfix waits two seconds for a main.cf that has just been written to "cool down" (dict_load_file_xt).
COOL = "touch -d '1 minute ago' main.cf"
# A first line that continues nothing makes postconf stop, and so does a line without `=`.
LEVEL = "compatibility_level = 3.6\nmail_name = x\n"
main_cf = test_postfix.main_cf.map(lambda text: f"{LEVEL}{text}".replace("$", "S"))
# `$` that names nothing makes postconf stop.
values = test_postfix.values.map(lambda value: value.replace("$", "S"))
names = " ".join(test_postfix.NAMES)


def read_by_postconf(programs: Programs, text: str, edit: str = "true") -> dict[str, str]:
    printed = programs.run(f": >master.cf; {COOL}; {edit}; {COOL}; postconf -c . {names}", main_cf=text)
    found = postfix.parse_parameters(printed)
    return {name: " ".join(test_postfix.squeezed(found[name]).split()) for name in test_postfix.NAMES}


def in_words(value: str) -> str:
    return " ".join(test_postfix.squeezed(value).split())


@few
@given(text=main_cf)
def test_main_cf_is_read_as_postfix_reads_it(programs: Programs, text: str) -> None:
    unset = read_by_postconf(programs, LEVEL)
    set_ = {name: in_words(value) for name, value in postfix.parameters(text).items() if name in test_postfix.NAMES}
    assert read_by_postconf(programs, text) == unset | set_


@few
@given(text=main_cf, name=st.sampled_from(test_postfix.NAMES), value=values)
def test_setting_a_parameter_does_what_postconf_does(programs: Programs, text: str, name: str, value: str) -> None:
    mine = read_by_postconf(programs, postfix.set_parameter(text, name, value))
    assert mine[name] == in_words(value)
    # Without a final newline postconf would write into the last line, be it a comment.
    edit = f"postconf -c . -e {shlex.quote(f'{name} = {value}')}"
    assert mine == read_by_postconf(programs, text.removesuffix("\n") + "\n", edit)


@st.composite
def master_cf(draw: st.DrawFn) -> str:
    """Entries of different services, with overrides that postconf reads."""
    text = ""
    for service, kind in draw(st.lists(st.sampled_from(test_postfix.SERVICES), min_size=2, unique=True)):
        text += f"{service} {kind} n - y - - smtpd"
        for _ in range(draw(st.integers(0, 3))):
            name, value, gap = (
                draw(st.sampled_from(test_postfix.NAMES)),
                draw(test_postfix.plain),
                draw(test_postfix.gaps),
            )
            form = draw(st.sampled_from(["-o{1}{0}={2}", "-o{1}{{ {0} = {2} {2} }}", "-o {{{0}={2}}}"]))
            text += gap + form.format(name, gap, value)
        text += "\n"
    return text.replace("$", "S")


def overrides_by_postconf(programs: Programs, text: str, edit: str = "true") -> dict[str, dict[str, str]]:
    printed = programs.run(f": >main.cf; {COOL}; {edit}; postconf -c . -P", master_cf=text)
    read = postfix.parse_overrides(printed)
    return {service: {name: in_words(value) for name, value in found.items()} for service, found in read.items()}


@few
@given(text=master_cf())
def test_overrides_are_read_as_postfix_reads_them(programs: Programs, text: str) -> None:
    mine = {
        service: {name: in_words(str(value)) for name, value in found.items()}
        for service, found in postfix.written_overrides(text).items()
        if found
    }
    assert mine == overrides_by_postconf(programs, text)


@few
@given(text=master_cf(), data=st.data())
def test_dropping_an_override_does_what_postconf_does(programs: Programs, text: str, data: st.DataObject) -> None:
    present = [(service, name) for service, found in postfix.written_overrides(text).items() for name in found]
    assume(present)
    wanted, name = data.draw(st.sampled_from(present))
    mine = overrides_by_postconf(programs, postfix.drop_override(text, wanted, name))
    assert mine == overrides_by_postconf(programs, text, f"postconf -c . -PX {wanted}/{name}")


@few
@given(
    text=master_cf(),
    service=st.sampled_from(test_postfix.SERVICES),
    name=st.sampled_from(test_postfix.NAMES),
    value=values.filter(lambda value: not set(value) & set("{}")),
)
def test_setting_an_override_does_what_postconf_does(
    programs: Programs, text: str, service: tuple[str, str], name: str, value: str
) -> None:
    wanted = "/".join(service)
    assume(wanted in postfix.written_overrides(text))
    mine = overrides_by_postconf(programs, postfix.set_override(text, wanted, name, value))
    assert mine[wanted][name] == in_words(value)
    # A value of several words postconf writes without braces, and does not read back itself.
    assume(len(value.split()) < 2)
    edit = f"postconf -c . -P {shlex.quote(f'{wanted}/{name} = {value}')}"
    assert mine == overrides_by_postconf(programs, text, edit)


# --- Dovecot --------------------------------------------------------------------------------------


@few
@given(values=st.lists(test_dovecot.values, min_size=1, max_size=8))
def test_dovecot_reads_a_setting_as_it_was_meant(programs: Programs, values: list[str]) -> None:
    block = dovecot.plugin_block({f"k{number}": value for number, value in enumerate(values)})
    asked = "; ".join(f"doveconf -c ./dovecot.conf -h plugin/k{number}" for number in range(len(values)))
    assert programs.run(asked, dovecot_conf=block) == "".join(f"{value}\n" for value in values)


@few
@given(values=st.lists(test_dovecot.printable.filter(lambda text: '"' not in text), min_size=1, max_size=8))
def test_what_doveconf_prints_is_read(programs: Programs, values: list[str]) -> None:
    wanted = {f"k{number}": value for number, value in enumerate(values)}
    printed = programs.run("doveconf -c ./dovecot.conf plugin", dovecot_conf=dovecot.plugin_block(wanted))
    assert dovecot.settings_in(printed, "plugin") == wanted


def quota(programs: Programs, rules: list[str]) -> str | None:
    """The storage limit of a user in KiB as doveadm prints it; None when Dovecot refuses the rules."""
    given_rules = "".join(
        f" -o plugin/quota_rule{number or ''}={shlex.quote(rule)}"
        for number, rule in zip([0, *range(2, 9)], rules, strict=False)
    )
    printed = programs.run(
        "doveadm -o mail_plugins=quota -o plugin/quota='count:User quota' -o plugin/quota_vsizes=yes"
        f" -o mailbox_list_index=yes{given_rules} -f json quota get -u alice@{programs.domain} 2>/dev/null || true"
    )
    rows = json.loads(printed or "[]")
    return next((row["limit"] for row in rows if row["type"] == "STORAGE"), None)


@pytest.mark.parametrize(
    "rule",
    [
        *("*:storage=100", "*:storage=100M", "*:storage=100MB", "*:storage=100mx", "*:bytes=104857600", "*:bytes=100M"),
        *(
            "*:storage=0",
            "*:storage=1G:messages=5",
            "*:messages=5",
            "?:storage=1G",
            "*:storage=1G:bytes=4096",
            "*:ignore",
        ),
        *(
            "INBOX:storage=+1M",
            "*:storage=1.5G",
            "*:storage=100 M",
            "*:storage=+100M",
            "*:storage=10%%",
            "*",
            "*:size=1",
        ),
        *("*:storage=100x", "*:storage=", "*:storage"),
    ],
)
def test_a_quota_rule_limits_what_doveadm_says(programs: Programs, rule: str) -> None:
    try:
        limit = dovecot.storage_limit(dovecot.quota_rules({"quota_rule": rule}))
    except ValueError:
        assert quota(programs, [rule]) is None
    else:
        assert quota(programs, [rule]) == ("-" if limit is None else str(-(-limit // 1024)))


@fewer
@given(rules=st.lists(test_dovecot.quota_rules(), min_size=1, max_size=4))
def test_several_quota_rules_limit_what_doveadm_says(programs: Programs, rules: list[dovecot.QuotaRule]) -> None:
    limit = dovecot.storage_limit(rules)
    written = [dovecot.double(str(rule)) for rule in rules]
    assert quota(programs, written) == ("-" if limit is None else str(-(-limit // 1024)))


@pytest.mark.parametrize(
    "text",
    [
        *(
            "100M",
            "100MB",
            "100MiB",
            "100m",
            "100 M",
            "0",
            "1k",
            "1Ki",
            "1T",
            "100b",
            "1.5G",
            "100x",
            "100Mx",
            "100bytes",
        ),
        "10P",
    ],
)
def test_a_setting_of_type_size_is_read_as_dovecot_reads_it(programs: Programs, text: str) -> None:
    conf = f"mail_attachment_min_size = {text}\n"
    printed = programs.run(
        "doveconf -c ./dovecot.conf -h mail_attachment_min_size 2>/dev/null || true", dovecot_conf=conf
    )
    try:
        expected = sizes.dovecot_setting(text)
    except ValueError:
        assert printed == ""
    else:
        assert sizes.dovecot_setting(printed) == expected


# --- Rspamd ---------------------------------------------------------------------------------------


@fewer
@given(document=test_ucl.documents(), key=st.sampled_from(test_ucl.KEYS[:3]), value=test_ucl.scalars)
def test_rspamd_finds_the_key_that_was_set(
    programs: Programs, document: tuple[str, list[tuple[str, str]]], key: str, value: str
) -> None:
    """The same assignment alone in one module's file, and among other things in another's, is the same value."""
    after = ucl.set_key(document[0], key, value)
    where = "/etc/rspamd/local.d"
    printed = programs.run(
        f"cp a.conf {where}/asn.conf; cp b.conf {where}/maillist.conf; rspamadm configdump -j 2>err || cat err;"
        f" rm {where}/asn.conf {where}/maillist.conf",
        a_conf=after,
        b_conf=f"{key} = {value};\n",
    )
    configuration = json.loads(printed)
    assert configuration["asn"][key] == configuration["maillist"][key]


# --- fstab ----------------------------------------------------------------------------------------


@few
@given(text=test_fstab.tables, options=test_fstab.wanted)
def test_findmnt_finds_the_options_that_were_set(programs: Programs, text: str, options: tuple[str, ...]) -> None:
    assume(fstab.has_mount(text, "/tmp"))
    after = fstab.set_options(text, "/tmp", options)
    printed = programs.run("findmnt -F ./fstab -J -o TARGET,OPTIONS", fstab=after)
    found = [line["options"].split(",") for line in json.loads(printed)["filesystems"] if line["target"] == "/tmp"]
    assert found
    assert all(set(options) <= set(line) for line in found)
