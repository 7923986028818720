"""Kind `rspamd_setting` on answers of Rspamd 3.4."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from baseline.edits import SetUcl
from baseline.kinds.rspamd_setting import RspamdSetting
from baseline.model import Answer, Outcome
from baseline.readings.rspamd import DUMP, MODULES
from tests.kinds.hosts import TARGET, Given, control, seen, verdict

CONFIGURATION: dict[str, Any] = {
    "actions": {"reject": 15, "add_header": 6, "greylist": 4},
    "options": {
        "tempdir": "/tmp",
        "soft_reject_on_timeout": False,
        "dns": {"timeout": 1},
        "options": {"tempdir": "/x"},
    },
    "worker": [
        {"normal": {"mime": True, "bind_socket": "localhost:11333"}},
        {"rspamd_proxy": {"milter": True, "bind_socket": "localhost:11332"}},
        {"controller": {"count": 1}},
        {"rspamd_proxy": {"milter": True, "bind_socket": "localhost:11399"}},
    ],
    "greylist": {"timeout": 300.0},
}
RUNNING = """\
Modules enabled: mime_types, dmarc, dkim_signing
Modules disabled (explicitly): mx_check, p0f
Modules disabled (unconfigured): antivirus
Modules disabled (no Redis): greylist, ratelimit
Modules disabled (experimental):
Modules disabled (failed): rbl
"""


def wanted(**fields: Any) -> RspamdSetting:
    found = control("rspamd_setting", **fields)
    assert isinstance(found, RspamdSetting)
    return found


def answers(
    file: str = "", override: Given = "", dump: Given | None = None, modules: Given = RUNNING
) -> dict[str, Given]:
    path = f"/etc/rspamd/override.d/{file}"
    return {
        DUMP: json.dumps(CONFIGURATION) if dump is None else dump,
        MODULES: modules,
        f"if [ -e {path} ]; then cat {path}; fi": override,
    }


def outcome(said: dict[str, Given], **fields: Any) -> str:
    return verdict(wanted(**fields), said).outcome


def test_values_have_their_own_types() -> None:
    actions, options = answers("actions.conf"), answers("options.inc")
    assert outcome(actions, name="actions.reject", value=15) == "pass"
    assert outcome(actions, name="actions.reject", value=15.0) == "pass"
    assert outcome(actions, name="actions.reject", value="15") == "fail"
    assert outcome(options, name="options.tempdir", value="/tmp") == "pass"
    assert outcome(options, name="options.soft_reject_on_timeout", value=False) == "pass"
    assert outcome(options, name="options.soft_reject_on_timeout", value=0) == "fail"
    assert outcome(answers(), name="options.dns.timeout", value=1) == "pass"
    assert outcome(answers("greylist.conf"), name="greylist.timeout", value=300) == "pass"


def test_bounds_and_other_values() -> None:
    said = answers("actions.conf")
    assert outcome(said, name="actions.reject", value=15, at_least=8, at_most=30) == "pass"
    assert outcome(said, name="actions.reject", value=10, at_least=8, at_most=14) == "fail"
    assert outcome(said, name="actions.reject", value=20, at_least=16) == "fail"
    assert outcome(said, name="actions.reject", value=10, at_most=14.5) == "fail"
    assert outcome(said, name="actions.reject", value=10, accept=[15]) == "pass"


@pytest.mark.parametrize("name", ["actions.quarantine", "nothing.at_all", "actions.reject.deeper"])
def test_what_is_not_there_fails(name: str) -> None:
    found = verdict(wanted(name=name, value=9), answers(f"{name.partition('.')[0]}.conf"))
    assert (found.outcome, found.reason) == (Outcome.FAIL, f"{name} is not there, wanted 9")


def test_a_key_given_twice_is_a_list_and_fails() -> None:
    said = answers("actions.conf", dump='{"actions": {"reject": [7, 6]}}')
    assert verdict(wanted(name="actions.reject", value=7), said).reason == "actions.reject is [7, 6], wanted 7"


def test_the_path_is_exact() -> None:
    """An `options { tempdir }` in local.d/options.inc shows up one level too deep and does nothing."""
    assert outcome(answers("options.inc"), name="options.tempdir", value="/x") == "fail"


def test_workers_are_found_by_their_type() -> None:
    said = answers("worker-proxy.inc")
    assert outcome(said, name="worker.rspamd_proxy.milter", value=True) == "pass"
    assert outcome(answers("worker-normal.inc"), name="worker.normal.mime", value=True) == "pass"
    assert outcome(answers("worker-fuzzy.inc"), name="worker.fuzzy.count", value=1) == "fail"
    assert outcome(said, name="worker.rspamd_proxy.bind_socket", value="localhost:11332") == "unknown"


@pytest.mark.parametrize(
    ("module", "state"),
    [
        ("dmarc", "enabled"),
        ("greylist", "disabled (no Redis)"),
        ("mx_check", "disabled (explicitly)"),
        ("antivirus", "disabled (unconfigured)"),
        ("rbl", "disabled (failed)"),
        ("nonesuch", None),
    ],
)
def test_whether_a_module_runs_is_its_own_word(module: str, state: str | None) -> None:
    said = answers(f"{module}.conf")
    runs, rests = wanted(name=module, runs=True), wanted(name=module, runs=False)
    assert seen(runs, said)[f"module {module}"] == state
    assert (verdict(runs, said).outcome == "pass") == (state == "enabled")
    assert (verdict(rests, said).outcome == "pass") == (state is not None and state != "enabled")


def test_a_module_and_one_of_its_values() -> None:
    found = verdict(wanted(name="greylist.timeout", value=300, runs=True), answers("greylist.conf"))
    assert found.reason == "module greylist is disabled (no Redis), wanted enabled"


@pytest.mark.parametrize(
    ("name", "value", "path", "text"),
    [
        ("actions.reject", 20, "/etc/rspamd/local.d/actions.conf", "20"),
        ("options.tempdir", '/var/"x"', "/etc/rspamd/local.d/options.inc", '"/var/\\"x\\""'),
        ("logging.level", "info", "/etc/rspamd/local.d/logging.inc", '"info"'),
        ("worker.rspamd_proxy.milter", False, "/etc/rspamd/local.d/worker-proxy.inc", "false"),
        ("worker.controller.count", 2, "/etc/rspamd/local.d/worker-controller.inc", "2"),
        ("greylist.timeout", 60.5, "/etc/rspamd/local.d/greylist.conf", "60.5"),
    ],
)
def test_the_remedy_goes_into_the_file_of_the_section(name: str, value: Any, path: str, text: str) -> None:
    asked = wanted(name=name, value=value)
    said = answers(path.rpartition("/")[2])
    assert asked.reads(TARGET) == (path,)
    remedy = asked.remedy(seen(asked, said), TARGET)
    assert remedy is not None
    assert remedy.edits == (SetUcl(path, name.rpartition(".")[2], text),)
    assert remedy.reloads == ("rspamd",)


@pytest.mark.parametrize("name", ["options.dns.timeout", "group.x", "worker.other.count", "classifier.backend"])
def test_what_is_no_flat_key_of_a_file_is_for_a_person(name: str) -> None:
    asked = wanted(name=name, value=2)
    assert asked.reads(TARGET) == ()
    assert asked.remedy(seen(asked, answers()), TARGET) is None


@pytest.mark.parametrize("override", ["reject = 99;\n", '# x\n"reject": 99\n', "greylist = 1; reject 99"])
def test_an_override_beats_local_d_and_is_told(override: str) -> None:
    asked = wanted(name="actions.reject", value=20)
    state = seen(asked, answers("actions.conf", override))
    assert state["/etc/rspamd/override.d/actions.conf"] == "99"
    assert asked.remedy(state, TARGET) is None
    assert "override.d/actions.conf assigns reject" in asked.advice(state)


@pytest.mark.parametrize("override", ["reject {", Answer(1, b"", b"cat: Permission denied")])
def test_an_override_that_cannot_be_read_is_left_to_a_person(override: Given) -> None:
    said = answers("actions.conf", override)
    assert outcome(said, name="actions.reject", value=15) == "pass"
    asked = wanted(name="actions.reject", value=20)
    assert asked.remedy(seen(asked, said), TARGET) is None
    assert "cannot be read" in str(seen(asked, said)["/etc/rspamd/override.d/actions.conf"])


def test_an_override_of_something_else_is_no_hindrance() -> None:
    asked = wanted(name="actions.reject", value=20)
    assert asked.remedy(seen(asked, answers("actions.conf", "# reject = 1\ngreylist = 1;\n")), TARGET) is not None


def test_modules_are_switched_by_their_own_key_where_that_helps() -> None:
    on = wanted(name="mx_check", runs=True)
    remedy = on.remedy(seen(on, answers("mx_check.conf")), TARGET)
    assert remedy is not None
    assert remedy.edits == (SetUcl("/etc/rspamd/local.d/mx_check.conf", "enabled", "true"),)
    off = wanted(name="dmarc", runs=False)
    remedy = off.remedy(seen(off, answers("dmarc.conf")), TARGET)
    assert remedy is not None
    assert remedy.edits == (SetUcl("/etc/rspamd/local.d/dmarc.conf", "enabled", "false"),)
    redis = wanted(name="greylist", runs=True)
    state = seen(redis, answers("greylist.conf"))
    assert redis.remedy(state, TARGET) is None
    assert "disabled (no Redis)" in redis.advice(state)


@pytest.mark.parametrize(
    "said",
    [
        answers("actions.conf", dump=Answer(1, b"", b"nested section: actions { actions { ... } }")),
        answers("actions.conf", dump=Answer(127, b"", b"sh: rspamadm: not found")),
        answers("actions.conf", dump=""),
        answers("actions.conf", dump="Section actions NOT FOUND\n"),
        answers("actions.conf", dump="[]"),
    ],
)
def test_what_is_no_answer_is_unknown(said: dict[str, Given]) -> None:
    assert outcome(said, name="actions.reject", value=15) == "unknown"


@pytest.mark.parametrize("modules", ["", "rspamadm: error\n", Answer(1), Answer(127)])
def test_no_list_of_modules_is_unknown(modules: Given) -> None:
    assert outcome(answers("dmarc.conf", modules=modules), name="dmarc", runs=True) == "unknown"
    assert outcome(answers("dmarc.conf", modules=modules), name="dmarc", runs=False) == "unknown"


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "actions"},
        {"name": "actions", "value": 5},
        {"name": "actions.reject"},
        {"name": "actions.reject", "at_least": 5},
        {"name": "actions.reject", "value": 5, "at_least": 8},
        {"name": "actions.reject", "value": 9, "at_least": 8, "accept": [7]},
        {"name": "actions.reject", "value": "a\nb"},
        {"name": "Actions.reject", "value": 5},
        {"name": "actions..reject", "value": 5},
        {"name": "worker.controller.password", "value": "hunter2"},
        {"name": "redis.password", "value": "hunter2"},
    ],
)
def test_what_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        wanted(**fields)
