"""A directory that stands for a host: files to change, the journals beside them, and a local shell in between."""

from __future__ import annotations

import grp
import os
import pwd
import shlex
import shutil
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from baseline import bundle, transaction
from baseline.model import Action, FileChange, FileState, HostPlan
from baseline.session import LocalSession, Session
from baseline.transaction import Note, Transaction, TransactionReply, read

OWNER = pwd.getpwuid(os.geteuid()).pw_name
GROUP = grp.getgrgid(os.getegid()).gr_name
HOST_SH = Path(transaction.__file__).parent / "host.sh"


def session(prefix: Sequence[str] = ()) -> Session:
    """A local shell, without the systemd of the machine that the tests run on: no unit of ours belongs there."""
    if os.geteuid() != 0 or prefix or not Path("/run/systemd/system").exists():
        return LocalSession(*prefix, "sh", "-s")
    hidden = "mount -t tmpfs none /run/systemd && exec sh -s"
    return LocalSession("unshare", "--mount", "--propagation", "private", "sh", "-c", hidden)


@dataclass(frozen=True)
class Place:
    """`etc` holds what plans change, `state` the journals."""

    base: Path
    session: Session = field(default_factory=session)

    @property
    def etc(self) -> Path:
        return self.base / "etc"

    @property
    def state(self) -> Path:
        return self.base / "state"

    def transaction(self) -> Transaction:
        return Transaction(root=str(self.state))

    def journal(self, transaction: Transaction, name: str) -> str:
        """One file of a journal, stripped; empty when it is not there."""
        path = Path(transaction.directory) / name
        return path.read_text().strip() if path.exists() else ""

    def begin(
        self, plan: HostPlan, *, confirm_within: int = 60, transaction: Transaction | None = None, who: str = "a test"
    ) -> tuple[Transaction, TransactionReply]:
        begun = transaction or self.transaction()
        request = begun.begin(plan, Note(who=who), confirm_within=confirm_within)
        return begun, self._send(request)

    def end(self, begun: Transaction, word: str) -> TransactionReply:
        return self._send(begun.end(word))

    def pending(self) -> TransactionReply:
        """What the next contact does first."""
        return self._send(bundle.ask([f"sh {HOST_SH} pending {shlex.quote(str(self.state))}"]))

    def _send(self, request: bundle.Bundle) -> TransactionReply:
        return read(bundle.answers(request, self.session.exchange(request.script, seconds=120)))

    def present(self, path: Path | str) -> FileState:
        """What stands at a path, as a look tells it."""
        path = Path(path)
        if not path.exists():
            return FileState(None)
        status = path.stat()
        owner, group = pwd.getpwuid(status.st_uid).pw_name, grp.getgrgid(status.st_gid).gr_name
        return FileState(path.read_bytes(), owner, group, stat.S_IMODE(status.st_mode))

    def change(self, name: str, content: bytes | None, mode: int = 0o644) -> FileChange:
        """`name` below `etc` as it is, and with new content or gone."""
        path = self.etc / name
        return FileChange(str(path), self.present(path), FileState(content, OWNER, GROUP, mode), ("TST-01",))

    def leftovers(self) -> list[str]:
        """What a transaction that has ended must not leave."""
        found = [str(path) for path in self.etc.rglob("*") if ".baseline-" in path.name]
        return found + [str(path) for path in self.state.glob("lock*")]


def tree(top: Path) -> dict[str, tuple[object, ...]]:
    """Everything below a directory: type and mode, owner, time, extended attributes and bytes."""
    found: dict[str, tuple[object, ...]] = {}
    for path in sorted(top.rglob("*")):
        status = path.lstat()
        kept: tuple[object, ...] = (stat.filemode(status.st_mode), status.st_uid, status.st_gid)
        if path.is_file() and not path.is_symlink():
            marks = {name: os.getxattr(path, name) for name in os.listxattr(path)}
            kept += (status.st_mtime_ns, tuple(sorted(marks.items())), path.read_bytes())
        found[str(path.relative_to(top))] = kept
    return found


def furnish(etc: Path) -> None:
    """The files that most tests start from."""
    etc.mkdir(parents=True)
    etc.chmod(0o755)
    (etc / "changed").write_bytes(b"old\n" * 1000)
    (etc / "changed").chmod(0o640)
    (etc / "deleted").write_bytes(b"\x00\xff not text")
    (etc / "deleted").chmod(0o600)
    (etc / "kept").write_text("not ours\n")
    for name in ("changed", "deleted", "kept"):
        os.utime(etc / name, (1_000_000_000, 1_000_000_000))


def wide_plan(place: Place, **more: object) -> HostPlan:
    """One of each: a file changed, one deleted, one created in a directory that is not there, and two actions."""
    marks = place.base / "marks"
    shutil.rmtree(marks, ignore_errors=True)
    marks.mkdir()
    plan = {
        "files": (
            place.change("changed", b"new\n" * 900, 0o600),
            place.change("deleted", None),
            place.change("sub/dir/created", b"created\n"),
        ),
        "actions": (mark(marks, "one"), mark(marks, "two")),
    }
    return HostPlan("here", **(plan | more))  # type: ignore[arg-type]


def mark(marks: Path, name: str) -> Action:
    """An action that leaves a mark, and says when it is done and undone."""
    return Action(
        f"mark {name}",
        do=f"touch {marks}/{name}; echo do {name} >>{marks}/log",
        undo=f"rm -f {marks}/{name}; echo undo {name} >>{marks}/log",
    )
