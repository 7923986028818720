"""A secret is fetched when a file is rendered with it, and shown to nobody."""

from __future__ import annotations

import copy
import io
import json
import logging
import pickle
from collections.abc import Callable

import pytest
from pydantic import BaseModel, ValidationError

from baseline.edits import PutSecret, compose
from baseline.errors import CannotTell, InputError
from baseline.kinds.base import TextOrSecret
from baseline.model import FileChange, FileState, HostPlan
from baseline.secret import HIDDEN, Secret, holds_secret, joined, scrubbed, veil
from baseline.templates import render, render_secret

CANARY = "kenari-7Hq2"


def secret(value: str = CANARY, source: str = "environment variable X") -> Secret:
    return Secret(source, lambda: value)


class Holder(BaseModel):
    """A kind's field that may be a secret."""

    content: TextOrSecret


@pytest.mark.parametrize(
    "show",
    [
        str,
        "{}".format,
        lambda one: f"{one}",
        lambda one: "%s" % one,  # noqa: UP031 -- one more way to show things
        lambda one: "" + one,
        lambda one: json.dumps({"a": one}),
        lambda one: pickle.dumps(one),
        lambda one: ", ".join([one]),
        lambda one: one.encode(),
        lambda one: list(one),
        lambda one: len(one),
        lambda one: one[0],
        lambda one: vars(one),
        lambda one: print(one, file=io.StringIO()),
    ],
)
@pytest.mark.parametrize("revealed", [False, True])
def test_what_would_show_it_is_an_error(show: Callable[[Secret], object], revealed: bool) -> None:
    one = secret()
    if revealed:
        one.reveal()
    with pytest.raises((TypeError, AttributeError)) as error:
        show(one)
    assert CANARY not in str(error.value)


def test_what_describes_it_tells_its_source() -> None:
    one = secret()
    assert one.reveal() == CANARY
    assert repr(one) == f"{one!r}" == "<secret from environment variable X>"
    holder = Holder(content=one)
    assert CANARY not in repr(holder) + str(holder.model_dump()) + holder.model_dump_json() + repr([one, {"a": one}])
    assert holder.model_dump(mode="json") == {"content": "<secret from environment variable X>"}
    assert Holder(content="plain").model_dump() == {"content": "plain"}


def test_nothing_that_can_be_reached_from_it_is_the_value() -> None:
    one = secret()
    one.reveal()
    found = [getattr(one, name) for name in dir(one) if not name.startswith("__")]
    assert all(CANARY not in repr(each) for each in found)


def test_it_is_not_copied_and_stays_one() -> None:
    one = secret()
    assert copy.copy(one) is copy.deepcopy({"a": one})["a"] is one


def test_logging_never_writes_it(caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]) -> None:
    one = secret()
    one.reveal()
    with caplog.at_level(logging.DEBUG), pytest.raises(TypeError):
        logging.getLogger("x").debug("value %s", one)
    logging.getLogger("x").warning("value %r", one)
    captured = capsys.readouterr()
    assert CANARY not in caplog.text + captured.out + captured.err


def test_secrets_are_compared_by_their_source_and_never_by_their_value() -> None:
    assert secret() == secret("another")
    assert hash(secret()) == hash(secret("another"))
    assert secret() != secret(source="file x")
    assert secret() != CANARY


def test_a_validation_error_does_not_show_it() -> None:
    class Other(BaseModel):
        number: int

    one = secret()
    one.reveal()
    with pytest.raises(ValidationError) as error:
        Other.model_validate({"number": one})
    assert CANARY not in str(error.value) + repr(error.value.errors())


def test_it_is_fetched_once_and_only_when_it_is_needed() -> None:
    calls = []
    one = Secret("here", lambda: calls.append(1) or CANARY)  # type: ignore[func-returns-value]
    assert calls == []
    assert (one.reveal(), one.reveal()) == (CANARY, CANARY)
    assert calls == [1]


def test_one_that_is_not_to_be_had_is_tried_again() -> None:
    tries: list[int] = []

    def fetch() -> str:
        tries.append(1)
        if len(tries) == 1:
            raise CannotTell("the agent sleeps")
        return CANARY

    one = Secret("here", fetch)
    with pytest.raises(CannotTell):
        one.reveal()
    assert one.reveal() == CANARY


def test_a_nul_is_refused() -> None:
    with pytest.raises(CannotTell, match="holds a NUL"):
        secret("a\0b").reveal()


class TestRendering:
    def test_a_shipped_template_with_a_secret_is_a_secret(self) -> None:
        text = render_secret("systemd/mount-options.conf.j2", options=secret())
        assert isinstance(text, Secret)
        assert CANARY not in repr(text)
        assert f"Options={CANARY}" in text.reveal()

    def test_without_one_it_is_text_and_where_none_is_expected_it_is_an_error(self) -> None:
        assert isinstance(render_secret("systemd/mount-options.conf.j2", options="noexec"), str)
        with pytest.raises(InputError) as error:
            render("systemd/mount-options.conf.j2", options=secret())
        assert CANARY not in str(error.value)

    def test_a_line_break_cannot_smuggle_in_a_setting(self) -> None:
        text = render_secret("systemd/mount-options.conf.j2", options=secret("a\nb = c"))
        assert isinstance(text, Secret)
        with pytest.raises(CannotTell, match="control character") as error:
            text.reveal()
        assert "b = c" not in str(error.value)

    def test_a_stand_in_that_was_changed_is_an_error_and_not_written(self) -> None:
        with veil() as unveiled:
            text = f"a {secret().stand_in()} b"
            for changed in (text.upper(), text[:-5], text.replace("secret", "geheim"), text.replace(" ", "")):
                with pytest.raises(TypeError):
                    unveiled(f"{text}{changed}" if "secret" not in changed else changed)
            whole = unveiled(text)
            assert isinstance(whole, Secret)
            assert whole.reveal() == f"a {CANARY} b"

    def test_a_text_that_only_looks_like_a_stand_in_stays_text(self) -> None:
        with veil() as unveiled:
            assert unveiled("\u27e6secret 0\u27e7") == "\u27e6secret 0\u27e7"

    def test_outside_of_a_rendering_there_is_no_stand_in(self) -> None:
        with pytest.raises(TypeError):
            secret().stand_in()

    def test_several_are_put_together(self) -> None:
        one, other = secret("a1b2c3"), secret("d4e5f6", "file y")
        whole = joined(["<", "|", ">"], [one, other])
        assert whole.reveal() == "<a1b2c3|d4e5f6>"
        assert whole.source == "environment variable X and file y"


def test_what_a_host_says_is_scrubbed_of_what_was_revealed() -> None:
    value = 'pa"ss-4711\nsecond-line'
    assert scrubbed("second-line") == "second-line"
    secret(value).reveal()
    assert scrubbed("line 3: password = 'second-line'") == f"line 3: password = '{HIDDEN}'"
    assert "4711" not in scrubbed(f"said {value!r} and {value}")
    assert holds_secret(b'x = pa"ss-4711;')
    secret("abc").reveal()
    assert scrubbed("abc") == "abc", "too short to be told from any other word"


class TestPlans:
    change = FileChange(
        "/etc/x",
        FileState(b"was-secret-too\n", mode=0o644),
        PutSecret("/etc/x", secret()).change(FileState(None)),
        ("TST-01",),
    )

    def test_an_edit_makes_the_whole_change_secret(self) -> None:
        (change,) = compose([("TST-01", PutSecret("/etc/x", secret()))], lambda _: FileState(b"was\n"))
        assert change.secret
        assert change.hidden == "secret"
        assert CANARY not in repr(change)

    def test_neither_content_nor_digest_is_in_its_json(self) -> None:
        text = json.dumps(HostPlan("mx1", files=(self.change,)).to_dict())
        for state in (self.change.before, self.change.after):
            assert state.content is not None
            assert state.content.decode().strip() not in text
            assert state.sha256 not in text
        assert json.loads(text)["files"][0]["after_sha256"] == "secret"

    def test_private_files_are_hidden_and_public_ones_are_not(self) -> None:
        def hidden(before: FileState, after: FileState) -> str:
            return FileChange("/x", before, after, ()).hidden

        gone, public, private = FileState(None), FileState(b"a"), FileState(b"b", mode=0o640)
        assert hidden(gone, public) == hidden(public, gone) == ""
        for pair in ((gone, private), (private, gone), (public, private), (private, public)):
            assert hidden(*pair) == "not readable by everybody"
