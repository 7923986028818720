"""Kind `file`: one regular file, its content, owner and mode."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from baseline import file_looks
from baseline.errors import CannotTell
from baseline.judge import Equal
from baseline.kinds.base import AbsolutePath, Control, Loosens, SystemName, TemplateName, TextOrSecret
from baseline.readings.answers import ask, decoded, shorten
from baseline.remedies.remedy import Effects, Remedy
from baseline.secret import Secret

if TYPE_CHECKING:
    from testinfra.host import Host

    from baseline.edits import Edit
    from baseline.judge import Want, Wants
    from baseline.model import Location, Scalar, State, Target
    from baseline.readings.outline import Outline


def _mode(value: Any) -> Any:
    if isinstance(value, int):
        raise ValueError(f'write the mode in quotes, such as "0640": without them YAML reads an octal number ({value})')
    return value.zfill(4) if isinstance(value, str) and re.fullmatch(r"[0-7]{3}", value) else value


Mode = Annotated[str, BeforeValidator(_mode), Field(pattern=r"^[0-7]{4}$")]
"""Permission bits in octal digits, as text: `0640`."""

Owner = Annotated[str, Field(pattern=r"^([a-z_][a-z0-9_.-]*|[0-9]+)$")]
"""A user or group, by name or number."""

AS_WANTED = "as wanted"
"""All that is said of a content that nobody may see."""

SOUND = "plain directories"
"""What is said of the directories above a file when none of them is a link or open to everybody."""


@lru_cache(maxsize=1024)
def _wanted_of(text: str | None, owner: str | None, group: str | None, mode: str | None) -> Wants:
    """What is wanted of a file with this content: most hosts are to have the same, so that it is worked out once."""
    digest = None if text is None else hashlib.sha256(text.encode()).hexdigest()
    return MappingProxyType(_wanted({"sha256": digest}, owner, group, mode))


def _wanted(content: dict[str, str | None], owner: str | None, group: str | None, mode: str | None) -> Wants:
    values = {"kind": "regular file", "parents": SOUND, **content, "owner": owner, "group": group, "mode": mode}
    return {key: Equal(value) for key, value in values.items() if value is not None}


class FileControl(Control):
    """A file has this content, owner and mode, or is not there.

    The content is compared by its SHA-256, so it stands in no state. It may be a secret, or hold secrets (`!secret`):
    then it is shown nowhere, the finding only says whether it is as wanted, and the mode is 0600 unless another is
    given. Nothing is read or written through a symbolic link: one at the path, or above it, is a finding of its own.
    Sources: stat(1), sha256sum(1).
    """

    summary: ClassVar[str] = "A file has this content, owner and mode, or is not there."
    loosens: ClassVar[Loosens] = {
        "path": "change",
        "content": "change",
        "template": "change",
        "values": "change",
        "absent": "change",
        "owner": "change",
        "group": "change",
        "mode": "change",
    }
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because the file that gives way is the one that is judged",
        notice="What the file is for.",
    )

    kind: Literal["file"]
    path: Annotated[
        AbsolutePath, Field(description="From the root, of characters that need no quotes.", examples=["/etc/motd"])
    ]
    content: Annotated[
        TextOrSecret | None,
        Field(
            description="The whole content, which may be a secret. Give it, `template` or `absent`.",
            examples=["Ask the mail desk."],
        ),
    ] = None
    template: Annotated[
        TemplateName | None,
        Field(
            description="A template of the package, or a file of your own beside the baseline, written with `./`.",
            examples=["./motd.j2"],
        ),
    ] = None
    values: Annotated[
        Mapping[str, Any],
        Field(
            description="What the template sees besides the variables of the host, and before them.",
            examples=[{"ask": "postmaster"}],
        ),
    ] = {}
    absent: Annotated[bool, Field(description="Whether it shall not be there.", examples=[True])] = False
    owner: Annotated[
        Owner | None, Field(description="A user, by name or number. Empty: not looked at.", examples=["root"])
    ] = None
    group: Annotated[
        Owner | None, Field(description="A group, by name or number. Empty: not looked at.", examples=["adm"])
    ] = None
    mode: Annotated[
        Mode | None,
        Field(description="Permission bits, in quotes. Empty: not looked at; 0600 for a secret.", examples=["0640"]),
    ] = None
    reload: Annotated[
        tuple[SystemName, ...], Field(description="Units to reload after it was written.", examples=[["postfix"]])
    ] = ()

    @model_validator(mode="after")
    def _one_wish(self) -> Self:
        if (self.content is not None) + (self.template is not None) + self.absent > 1:
            raise ValueError("give one of content, template and absent")
        held = self.owner is not None or self.group is not None or self.mode is not None
        if self.absent and held:
            raise ValueError("a file that is not there has no owner, group or mode")
        if not (self.content is not None or self.template is not None or self.absent or held):
            raise ValueError("give content, template or absent, or at least an owner, group or mode")
        if self.values and self.template is None:
            raise ValueError("values are for a template, and there is none")
        if isinstance(self.content, str) and "\0" in self.content:
            raise ValueError("content must hold no NUL")
        if self._secret and int(self.mode or "0600", 8) & 0o007:
            raise ValueError(f"mode {self.mode} lets everybody read a secret: take the last digit to 0")
        if self.path.endswith("/") or re.search(r"/\.{0,2}/|/\.{1,2}$", self.path):
            raise ValueError(f"{self.path} is not the plain path of a file: it holds `//`, `.`, `..` or ends in `/`")
        return self

    def text(self, target: Target) -> str | Secret | None:
        """The content for this host, None when only owner and mode are asked for. Raises `UserError` for a template."""
        if self.template is None:
            return self.content

        from baseline.templates import render_secret

        return render_secret(self.template, **{**target.vars, **self.values, "target": target})

    @property
    def _secret(self) -> bool:
        return isinstance(self.content, Secret) or any(isinstance(value, Secret) for value in self.values.values())

    def _mode(self, text: str | Secret | None) -> str | None:
        """The mode that is wanted. A file that holds a secret is its owner's alone unless the baseline says more."""
        return self.mode or ("0600" if isinstance(text, Secret) else None)

    def expected(self, target: Target) -> Wants:
        """A regular file with these properties, or nothing."""
        if self.absent:
            return {"kind": Equal(None)}
        text = self.text(target)
        if isinstance(text, Secret):
            return _wanted({"content": AS_WANTED}, self.owner, self.group, self._mode(text))
        return _wanted_of(text, self.owner, self.group, self.mode)

    def demands(self, target: Target) -> Wants:
        """Whether the file is there, its content unless that is a secret, owner and mode."""
        there: dict[str, Want] = {f"file {self.path}": Equal("not there" if self.absent else "there")}
        wants = {} if self.absent else self.expected(target)
        return there | {
            f"file {self.path} {key}": want
            for key, want in wants.items()
            if key in ("sha256", "owner", "group", "mode")
        }

    def actual(self, host: Host, target: Target) -> State:
        """`kind` (None: not there), `parents`, `sha256` of a regular file's content, `owner`, `group`, `mode`.

        For a file that holds a secret `content` instead, which only tells whether it is as wanted.
        """
        found = self._look(host)
        text = self.text(target)
        if not isinstance(text, Secret):
            return found
        digest = found.pop("sha256")
        right = digest == hashlib.sha256(text.reveal().encode()).hexdigest()
        return {**found, "content": None if digest is None else AS_WANTED if right else "something else"}

    def _look(self, host: Host) -> dict[str, Scalar]:
        result = ask(host, file_looks.question(self.path))[0]
        out, err = result.stdout_bytes, result.stderr_bytes
        return dict((_told if len(out) + len(err) <= _KEPT else _told.__wrapped__)(self.path, out, err))

    def set_at(self, state: State, written: Outline) -> Mapping[str, Location]:
        """The file, for all that is said of it."""
        from baseline.model import Location

        del written
        place = Location(self.path)
        return {key: place for key in state if key != "parents"}

    def reads(self, target: Target) -> tuple[str, ...]:
        """The file itself."""
        del target
        return (self.path,)

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """Put, change or remove the file; None for a link, directory or device, which a person must look at."""
        from baseline.edits import Permissions, PutFile, PutSecret, RemoveFile

        if state["kind"] not in (None, "regular file") or state["parents"] != SOUND:
            return None
        if self.absent:
            return Remedy(edits=(RemoveFile(self.path),), reloads=self.reload)
        text = self.text(target)
        if text is None and state["kind"] is None:
            return None
        owner = self.owner or str(state["owner"] or "root")
        group = self.group or str(state["group"] or "root")
        mode = int(self._mode(text) or str(state["mode"] or "0644"), 8)
        edit: Edit = Permissions(self.path, owner, group, mode)
        if isinstance(text, Secret):
            edit = PutSecret(self.path, text, owner, group, mode)
        elif text is not None:
            edit = PutFile(self.path, text, owner, group, mode)
        return Remedy(edits=(edit,), reloads=self.reload)

    def advice(self, state: State) -> str:
        """What to do where nothing is written."""
        if state.get("kind") not in (None, "regular file"):
            return f"{self.path} is a {state['kind']} and is left alone: look at what put it there. {self.fix}".strip()
        if state.get("parents", SOUND) != SOUND:
            return f"{state['parents']}, so nothing is written below it. {self.fix}".strip()
        return self.fix


_KEPT = 4096
"""Bytes of an answer up to which what it tells is kept: no host fills the memory with its own."""


@lru_cache(maxsize=4096)
def _told(path: str, out: bytes, err: bytes) -> Mapping[str, Scalar]:
    """What the answer about a path tells: most hosts of many answer alike. Raises `CannotTell` for one of no use."""
    found: dict[str, tuple[str, str, str, str]] = {}
    digest = None
    for line in decoded(out).splitlines():
        kind, _, rest = line.partition("|")
        owner, group, mode, name = (*rest.split("|", 3), "", "", "")[:4]
        if name:
            found[name] = (kind, owner, group, mode.zfill(4))
        elif match := re.fullmatch(r"([0-9a-f]{64})\s+-", line):
            digest = match[1]
    said = decoded(err)
    _check_missing(path, found, said)
    parents = _parents(path, found)
    if path not in found:
        return {"kind": None, "parents": parents, "sha256": None, "owner": None, "group": None, "mode": None}
    kind, owner, group, mode = found[path]
    kind = "regular file" if kind == "regular empty file" else kind
    if kind == "regular file" and digest is None:
        raise CannotTell(f"{path} cannot be read: {shorten(said) or 'no digest came'}")
    return {"kind": kind, "parents": parents, "sha256": digest, "owner": owner, "group": group, "mode": mode}


def _check_missing(own: str, found: Mapping[str, object], said: str) -> None:
    """Raise `CannotTell` unless stat itself said that every path it did not tell of does not exist."""
    gone = re.findall(r"cannot stat\S* '([^']*)': (?:No such file or directory|Not a directory)", said)
    for path in (*file_looks.above_it(own), own):
        if path not in found and path not in gone:
            raise CannotTell(f"`stat {path}` told nothing of use: {shorten(said) or 'no output'}")


def _parents(path: str, found: Mapping[str, tuple[str, str, str, str]]) -> str:
    for above in file_looks.above_it(path):
        kind, _, _, mode = found.get(above, ("directory", "", "", "0755"))
        if kind != "directory":
            return f"{above} is a {kind}"
        if int(mode, 8) & 0o1002 == 0o0002:
            return f"{above} may be written by everybody"
    return SOUND
