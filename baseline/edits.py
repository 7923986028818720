"""Edits of files as values: each turns what stands at a path into what shall stand there.

Several controls may edit one file; their edits are applied in turn, so the order of controls is the order of
lines. An edit that finds its wish fulfilled gives back exactly what it got.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace
from typing import TYPE_CHECKING, Literal, Protocol, TypeGuard

from baseline.classes import dataclass
from baseline.formats import fstab, postfix, restrictions, ucl
from baseline.model import FileChange, FileState

if TYPE_CHECKING:
    from baseline.secret import Secret


class Edit(Protocol):
    """One change of one file."""

    @property
    def path(self) -> str:
        """Absolute path on the host."""

    def change(self, before: FileState) -> FileState:
        """What shall stand at the path. Raises ValueError when the edit does not fit what is there."""


class BesideEdit(Edit, Protocol):
    """An edit whose text follows from what stands in other files."""

    @property
    def reads(self) -> tuple[str, ...]:
        """The paths of those files."""

    def beside(self, before: FileState, present: Callable[[str], FileState]) -> FileState:
        """What `change` gives, with those files at hand. Raises ValueError like it."""


@dataclass(frozen=True)
class PutFile:
    """The whole file, with owner and mode."""

    path: str
    content: str
    owner: str = "root"
    group: str = "root"
    mode: int = 0o644

    def change(self, before: FileState) -> FileState:
        """The new content, whatever was there."""
        del before
        return FileState(self.content.encode(), self.owner, self.group, self.mode)


@dataclass(frozen=True)
class PutSecret:
    """The whole file, whose content nobody may see. It is fetched when the plan is made."""

    path: str
    content: Secret
    owner: str = "root"
    group: str = "root"
    mode: int = 0o600

    def change(self, before: FileState) -> FileState:
        """The new content, whatever was there. Raises `CannotTell` when the secret cannot be read."""
        del before
        return FileState(self.content.reveal().encode(), self.owner, self.group, self.mode, secret=True)

    def concealed(self) -> PutFile:
        """The same with words in place of the secret, which is not fetched: to show what would be written."""
        return PutFile(self.path, f"{self.content!r}\n", self.owner, self.group, self.mode)


@dataclass(frozen=True)
class Permissions:
    """Owner and mode of a file whose content stays."""

    path: str
    owner: str = "root"
    group: str = "root"
    mode: int = 0o644

    def change(self, before: FileState) -> FileState:
        """The same content under another owner and mode. Raises ValueError when there is no file."""
        if before.content is None:
            raise ValueError(f"{self.path} is not there")
        return replace(before, owner=self.owner, group=self.group, mode=self.mode)


@dataclass(frozen=True)
class RemoveFile:
    """No file at this path."""

    path: str

    def change(self, before: FileState) -> FileState:
        """Nothing there any more."""
        return replace(before, content=None)


@dataclass(frozen=True)
class SetParameter:
    """One parameter of Postfix's main.cf."""

    name: str
    value: str
    path: str = postfix.MAIN_CF

    def change(self, before: FileState) -> FileState:
        """main.cf with the parameter set."""
        return _text(before, lambda text: postfix.set_parameter(text, self.name, self.value))


@dataclass(frozen=True)
class DropOverride:
    """No `-o name=…` for one service of Postfix's master.cf, so that main.cf holds for it."""

    service: str
    name: str
    path: str = postfix.MASTER_CF

    def change(self, before: FileState) -> FileState:
        """master.cf without the override."""
        return _text(before, lambda text: postfix.drop_override(text, self.service, self.name))


@dataclass(frozen=True)
class SetOverride:
    """One `-o name=value` for one service of Postfix's master.cf, which holds for that service alone."""

    service: str
    name: str
    value: str
    path: str = postfix.MASTER_CF

    def change(self, before: FileState) -> FileState:
        """master.cf with the override."""
        return _text(before, lambda text: postfix.set_override(text, self.service, self.name, self.value))


RulePlace = Literal["first", "last", "after_refusal", "before_permits", "before_end"]


@dataclass(frozen=True)
class PlaceRule:
    """One rule in its place in a list of Postfix, such as `smtpd_sender_restrictions`, whose other rules stay.

    The list is read from the file when the edit is made, so that the rules of several controls come together in any
    order. `service` names the service of master.cf whose override is meant; empty means main.cf.
    """

    name: str
    rule: str
    place: RulePlace
    service: str = ""

    @property
    def path(self) -> str:
        """main.cf, or master.cf for the override of a service."""
        return postfix.MASTER_CF if self.service else postfix.MAIN_CF

    def change(self, before: FileState) -> FileState:
        """The file with the list changed. Raises ValueError where the list has no such place."""
        return _text(before, self._changed)

    def _changed(self, text: str) -> str:
        values = postfix.written_overrides(text).get(self.service, {}) if self.service else postfix.parameters(text)
        after = restrictions.PLACES[self.place](values.get(self.name) or "", self.rule)
        if after is None:
            raise ValueError(f"{self.name} refuses no stranger, so {self.rule} has no place in it")
        if self.service:
            return postfix.set_override(text, self.service, self.name, after)
        return postfix.set_parameter(text, self.name, after)


_MARK = re.compile(r"^# (begin|end) ", re.M)


@dataclass(frozen=True)
class SetBlock:
    """The lines of one control in a file that this package keeps, between marks that name the control."""

    path: str
    key: str
    text: str
    head: str = "# Kept by baseline: changes between the marks are overwritten by the next apply.\n"
    owner: str = "root"
    group: str = "root"
    mode: int = 0o644

    def change(self, before: FileState) -> FileState:
        """The file with this block replaced in place, or added at the end. Raises ValueError for a broken mark."""
        begin, end = f"# begin {self.key}\n", f"# end {self.key}\n"
        inner = self.text.rstrip()
        if "\n" in self.key or _MARK.search(inner):
            raise ValueError(f"{inner!r} holds a mark of its own and cannot stand between marks")
        block = f"{begin}{inner}\n{end}"
        old = re.compile(rf"^{re.escape(begin)}(?:(?!# begin |# end )[^\n]*\n)*{re.escape(end)}", re.M)

        def edit(text: str) -> str:
            lead = "" if not text or text.endswith("\n") else "\n"
            whole = text + lead
            found = list(old.finditer(whole))
            if len(found) != len(re.findall(rf"^{re.escape(begin)}", whole, re.M)):
                raise ValueError(f"{self.path}: the lines marked {self.key} have no end, so they are not replaced")
            if not found:
                return f"{text or self.head}{lead}{block}"
            for match in reversed(found[1:]):
                whole = whole[: match.start()] + whole[match.end() :]
            after = whole[: found[0].start()] + block + whole[found[0].end() :]
            return text if after == text + lead else after

        if before.content is None:
            before = FileState(None, self.owner, self.group, self.mode)
        return _text(before, edit)


@dataclass(frozen=True)
class SetUcl:
    """One flat key of an Rspamd `local.d` or `override.d` file."""

    path: str
    key: str
    value: str
    owner: str = "root"
    group: str = "root"
    mode: int = 0o644

    def change(self, before: FileState) -> FileState:
        """The file with the key assigned once."""
        if before.content is None:
            before = FileState(None, self.owner, self.group, self.mode)
        return _text(before, lambda text: ucl.set_key(text, self.key, self.value))


@dataclass(frozen=True)
class SetMountOptions:
    """Options of one mount point's line in /etc/fstab; the line must be there."""

    mount_point: str
    options: tuple[str, ...]
    path: str = "/etc/fstab"

    def change(self, before: FileState) -> FileState:
        """fstab with the options merged into the line."""
        return _text(before, lambda text: fstab.set_options(text, self.mount_point, self.options))


@dataclass
class _Change:
    before: FileState
    after: FileState
    controls: dict[str, None] = field(default_factory=dict)


def compose(edits: Iterable[tuple[str, Edit]], present: Callable[[str], FileState]) -> tuple[FileChange, ...]:
    """All edits, each with its control's id, as one change per file; files that stay equal are left out.

    `present` tells what stands at a path now. Raises ValueError when an edit does not fit.
    """
    changes: dict[str, _Change] = {}
    for control, edit in edits:
        change = changes.get(edit.path)
        if change is None:
            now = present(edit.path)
            change = changes[edit.path] = _Change(now, now)
        after = edit.beside(change.after, present) if _looks_beside(edit) else edit.change(change.after)
        if after != change.after:
            change.controls[control] = None
        change.after = after
    return tuple(
        FileChange(path, change.before, change.after, tuple(change.controls))
        for path, change in sorted(changes.items())
        if change.after != change.before
    )


def reads_besides(edit: Edit) -> tuple[str, ...]:
    """The files that an edit reads besides the one that it changes."""
    return edit.reads if _looks_beside(edit) else ()


def _looks_beside(edit: Edit) -> TypeGuard[BesideEdit]:
    # To ask for a protocol costs Python a tenth of a millisecond, and a plan asks for each edit again and again.
    return hasattr(edit, "beside")


def present_in(states: Mapping[str, FileState]) -> Callable[[str], FileState]:
    """A reader over known states; any other path is absent."""
    return lambda path: states.get(path, FileState(None))


def _text(before: FileState, edit: Callable[[str], str]) -> FileState:
    text = "" if before.content is None else before.content.decode("utf-8", "surrogateescape")
    after = edit(text)
    if before.content is not None and after == text:
        return before
    return replace(before, content=after.encode("utf-8", "surrogateescape"))
