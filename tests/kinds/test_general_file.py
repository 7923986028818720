"""Kind `file` on answers of coreutils."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from pydantic import ValidationError

from baseline.edits import Permissions, PutFile, RemoveFile
from baseline.errors import InputError
from baseline.judge import Equal
from baseline.kinds.file import FileControl
from baseline.model import Answer, Outcome
from tests.kinds.hosts import TARGET, Given, control, seen, verdict

PATH = "/etc/mail/site.conf"
COMMAND = (
    f"stat -c '%F|%U|%G|%a|%n' -- /etc /etc/mail {PATH}; "
    f"if [ ! -L {PATH} ] && [ -f {PATH} ]; then sha256sum <{PATH}; fi"
)
ABOVE = "directory|root|root|755|/etc\ndirectory|root|root|755|/etc/mail\n"
TEXT = "hello\n"
SHA = hashlib.sha256(TEXT.encode()).hexdigest()
GONE = f"stat: cannot statx '{PATH}': No such file or directory\n"


def wanted(**fields: Any) -> FileControl:
    found = control("file", **({"path": PATH} | fields))
    assert isinstance(found, FileControl)
    return found


def there(kind: str = "regular file", mode: str = "640", sha: str = SHA, above: str = ABOVE) -> dict[str, Given]:
    digest = f"{sha}  -\n" if kind.startswith("regular") else ""
    return {COMMAND: f"{above}{kind}|root|mail|{mode}|{PATH}\n{digest}"}


def gone(above: str = ABOVE, said: str = GONE) -> dict[str, Given]:
    return {COMMAND: Answer(0, above.encode(), said.encode())}


@pytest.mark.parametrize(
    ("fields", "outcome"),
    [
        ({"content": TEXT}, "pass"),
        ({"content": TEXT, "owner": "root", "group": "mail", "mode": "0640"}, "pass"),
        ({"content": TEXT, "mode": "640"}, "pass"),
        ({"content": "other"}, "fail"),
        ({"content": TEXT, "owner": "mail"}, "fail"),
        ({"content": TEXT, "group": "root"}, "fail"),
        ({"content": TEXT, "mode": "0644"}, "fail"),
        ({"mode": "0640"}, "pass"),
        ({"absent": True}, "fail"),
    ],
)
def test_a_file_that_is_there(fields: dict[str, Any], outcome: str) -> None:
    assert verdict(wanted(**fields), there()).outcome == outcome


def test_an_empty_file_is_a_file() -> None:
    said = there("regular empty file", sha=hashlib.sha256(b"").hexdigest())
    assert verdict(wanted(content=""), said).outcome is Outcome.PASS


def test_a_file_that_is_not_there() -> None:
    found = verdict(wanted(content=TEXT, mode="0640"), gone())
    assert (found.outcome, found.reason) == (Outcome.FAIL, "kind is not there, wanted regular file")
    assert verdict(wanted(absent=True), gone()).outcome is Outcome.PASS


def test_the_content_stands_in_no_state_and_no_expectation() -> None:
    secret = wanted(content="password = hunter2\n")
    shown = f"{seen(secret, there())} {secret.expected(TARGET)} {verdict(secret, there())}"
    assert "hunter2" not in shown


def test_remedies() -> None:
    put = wanted(content=TEXT, owner="root", group="_rspamd", mode="0640", reload=["rspamd"])
    remedy = put.remedy(seen(put, gone()), TARGET)
    assert remedy is not None
    assert remedy.edits == (PutFile(PATH, TEXT, "root", "_rspamd", 0o640),)
    assert remedy.reloads == ("rspamd",)
    keep = wanted(content="other")
    remedy = keep.remedy(seen(keep, there(mode="600")), TARGET)
    assert remedy is not None
    assert remedy.edits == (PutFile(PATH, "other", "root", "mail", 0o600),)
    mode = wanted(mode="0600")
    remedy = mode.remedy(seen(mode, there()), TARGET)
    assert remedy is not None
    assert remedy.edits == (Permissions(PATH, "root", "mail", 0o600),)
    assert mode.remedy(seen(mode, gone()), TARGET) is None
    absent = wanted(absent=True)
    remedy = absent.remedy(seen(absent, there()), TARGET)
    assert remedy is not None
    assert remedy.edits == (RemoveFile(PATH),)


@pytest.mark.parametrize("kind", ["symbolic link", "directory", "fifo", "character special file", "socket"])
@pytest.mark.parametrize("fields", [{"content": TEXT}, {"absent": True}, {"mode": "0640"}])
def test_what_is_no_regular_file_is_left_alone(kind: str, fields: dict[str, Any]) -> None:
    asked = wanted(**fields)
    found = verdict(asked, there(kind))
    assert found.outcome is Outcome.FAIL
    assert f"kind is {kind}" in found.reason
    state = seen(asked, there(kind))
    assert asked.remedy(state, TARGET) is None
    assert f"is a {kind}" in asked.advice(state)


@pytest.mark.parametrize(
    ("above", "reason"),
    [
        (ABOVE.replace("directory|root|root|755|/etc/mail", "symbolic link|root|root|777|/etc/mail"), "symbolic link"),
        (ABOVE.replace("755|/etc/mail", "777|/etc/mail"), "may be written by everybody"),
        (ABOVE.replace("755|/etc\n", "757|/etc\n"), "may be written by everybody"),
    ],
)
def test_nothing_is_written_below_what_others_may_change(above: str, reason: str) -> None:
    asked = wanted(content=TEXT)
    assert verdict(asked, there(above=above)).outcome is Outcome.FAIL
    assert reason in verdict(asked, there(above=above)).reason
    assert asked.remedy(seen(asked, there(above=above)), TARGET) is None
    assert reason in asked.advice(seen(asked, gone(above)))


def test_a_sticky_directory_is_sound() -> None:
    above = ABOVE.replace("755|/etc/mail", "1777|/etc/mail")
    assert verdict(wanted(content=TEXT), there(above=above)).outcome is Outcome.PASS


def test_parents_may_be_missing() -> None:
    said = "stat: cannot stat '/etc/mail': No such file or directory\n" + GONE
    asked = wanted(content=TEXT)
    state = seen(asked, gone("directory|root|root|755|/etc\n", said))
    assert state["parents"] == "plain directories"
    assert asked.remedy(state, TARGET) is not None


@pytest.mark.parametrize(
    "said",
    [
        Answer(1, ABOVE.encode(), f"stat: cannot statx '{PATH}': Permission denied\n".encode()),
        Answer(0, ABOVE.encode()),
        Answer(127, b"", b"sh: stat: not found"),
        Answer(124),
        f"{ABOVE}regular file|root|root|600|{PATH}\n",
        Answer(0, f"{ABOVE}regular file|root|root|600|{PATH}\n".encode(), b"sh: cannot open: Permission denied"),
    ],
)
@pytest.mark.parametrize("fields", [{"content": TEXT}, {"absent": True}])
def test_what_cannot_be_looked_at_is_unknown(said: Answer | str, fields: dict[str, Any]) -> None:
    assert verdict(wanted(**fields), {COMMAND: said}).outcome is Outcome.UNKNOWN


def test_a_file_in_the_root_has_no_parents() -> None:
    command = "stat -c '%F|%U|%G|%a|%n' --  /x; if [ ! -L /x ] && [ -f /x ]; then sha256sum </x; fi"
    said: dict[str, Given] = {command: f"regular file|root|root|644|/x\n{SHA}  -\n"}
    assert verdict(control("file", path="/x", content=TEXT), said).outcome is Outcome.PASS


@pytest.mark.parametrize("mode", [640, 0o640, True])
def test_a_mode_without_quotes_is_refused_and_explained(mode: int) -> None:
    with pytest.raises(ValidationError, match="in quotes"):
        wanted(content=TEXT, mode=mode)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"content": "a", "absent": True},
        {"content": "a", "template": "x.j2"},
        {"absent": True, "mode": "0640"},
        {"content": "a", "values": {"x": 1}},
        {"content": "a\0"},
        {"content": "a", "mode": "0888"},
        {"content": "a", "mode": "64"},
        {"content": "a", "owner": "root root"},
        {"content": "a", "path": "etc/x"},
        {"content": "a", "path": "/etc/../x"},
        {"content": "a", "path": "/etc//x"},
        {"content": "a", "path": "/etc/"},
        {"content": "a", "path": "/etc/."},
        {"content": "a", "path": "/etc/x\ny"},
    ],
)
def test_what_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        wanted(**fields)


def test_a_template_is_rendered_with_the_values_of_the_control() -> None:
    asked = wanted(template="dovecot/roster-dict.conf.j2", values={"roster": "/etc/dovecot/roster"}, mode="0640")
    text = asked.text(TARGET)
    assert isinstance(text, str)
    assert "/etc/dovecot/roster" in text
    assert asked.expected(TARGET)["sha256"] == Equal(hashlib.sha256(text.encode()).hexdigest())
    remedy = asked.remedy(seen(asked, gone()), TARGET)
    assert remedy is not None
    assert remedy.edits == (PutFile(PATH, text, "root", "root", 0o640),)


def test_a_template_that_lacks_a_value_names_it() -> None:
    with pytest.raises(InputError, match="roster"):
        wanted(template="dovecot/roster-dict.conf.j2").expected(TARGET)
