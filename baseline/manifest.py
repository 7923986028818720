"""What was last applied to a host, kept on the host, and how the host differs from it now.

The manifest is a file that every plan updates together with the files it lists, inside the same transaction. A
host whose listed files differ has *drifted*, whether or not it still conforms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from baseline.classes import dataclass
from baseline.errors import CannotTell
from baseline.model import HOST_STATE, Answer, FileChange, FileState
from baseline.shell import script

PATH = f"{HOST_STATE}/manifest"
"""Where a host keeps it."""

_HEAD = "# What baseline last applied: sha256, mode, owner:group, controls, path. Compared at every check.\n"

MOST_ROWS = 10_000
"""The most files that a manifest may list: a hundred times what an apply writes."""

_MARK = "secret:"
"""Stands before the digest of a file that nobody may see, so that later plans know."""

QUESTION = script("baseline", "manifest", manifest=PATH)
"""One command that tells, for every listed file, what stands there now beside what was applied."""


@dataclass(frozen=True)
class ManifestEntry:
    """One file as it was applied. `controls` are the ids that asked for it; `secret` when nobody may see it."""

    path: str
    sha256: str
    mode: str
    owner: str
    controls: tuple[str, ...]
    secret: bool = False

    def line(self) -> str:
        """The entry as its line of the manifest."""
        digest = f"{_MARK}{self.sha256}" if self.secret else self.sha256
        return "\t".join((digest, self.mode, self.owner, ",".join(self.controls), self.path)) + "\n"


@dataclass(frozen=True)
class Drift:
    """One file that is not as it was applied, and in what."""

    path: str
    what: str
    controls: tuple[str, ...]
    now: ManifestEntry


def drifts(answer: Answer) -> tuple[Drift, ...]:
    """What `QUESTION` told. Raises `CannotTell` when it told something else."""
    found = []
    for now, was in _rows(answer):
        pairs = (("content", now.sha256, was.sha256), ("mode", now.mode, was.mode), ("owner", now.owner, was.owner))
        changed = [word for word, is_now, before in pairs if is_now != before]
        if changed:
            what = "deleted" if now.sha256 == "absent" else " and ".join(changed) + " changed"
            found.append(Drift(now.path, what, now.controls, now))
    return tuple(found)


def applied(answer: Answer) -> dict[str, str]:
    """Path -> SHA-256 as it was applied, from what `QUESTION` told. Raises `CannotTell`."""
    return {was.path: was.sha256 for _, was in _rows(answer)}


def _rows(answer: Answer) -> Iterator[tuple[ManifestEntry, ManifestEntry]]:
    """Every listed file as it is, and as it was applied."""
    if answer.rc != 0:
        raise CannotTell(f"{PATH} cannot be read: {answer.stderr.decode('utf-8', 'replace').strip()}")
    lines = answer.stdout.decode("utf-8", "surrogateescape").split("\n")
    if len(lines) > MOST_ROWS:
        raise CannotTell(f"{PATH} lists more than {MOST_ROWS} files")
    for line in filter(None, lines):
        fields = line.split("\t")
        if len(fields) != 8:
            raise CannotTell(f"{PATH} holds a line that `baseline` did not write: {line[:100]!r}")
        *now, sha, mode, owner, controls, path = fields
        ids = tuple(filter(None, controls.split(",")))
        secret, sha = sha.startswith(_MARK), sha.removeprefix(_MARK)
        yield (
            ManifestEntry(path, now[0], now[1], now[2], ids, secret),
            ManifestEntry(path, sha, mode, owner, ids, secret),
        )


def unreadable(why: str) -> Drift:
    """A manifest that cannot be read is drift too: something changed it."""
    return Drift(PATH, why, (), ManifestEntry(PATH, "absent", "", "", ()))


def update(present: FileState, changes: Sequence[FileChange], drifted: Iterable[Drift]) -> FileState:
    """The manifest after a plan: its changes entered, and drift that the plan leaves alone accepted as it is.

    A file that was deleted, by the plan or by hand, is listed no more.
    """
    entries = {entry.path: entry for entry in parse(present)}
    for drift in drifted:
        entries[drift.path] = drift.now
    for change in changes:
        known = entries.get(change.path)
        controls = dict.fromkeys((*(known.controls if known else ()), *change.controls))
        after = change.after
        entries[change.path] = ManifestEntry(
            change.path,
            after.sha256,
            f"{after.mode:04o}",
            f"{after.owner}:{after.group}",
            tuple(controls),
            change.secret or (known is not None and known.secret),
        )
    lines = [entry.line() for path, entry in sorted(entries.items()) if entry.sha256 != "absent"]
    if not lines and present.content is None:
        return present
    # It holds digests, which would confirm a guess at a secret.
    secret = any(entry.secret for entry in entries.values())
    return FileState((_HEAD + "".join(lines)).encode("utf-8", "surrogateescape"), mode=0o600, secret=secret)


def parse(present: FileState) -> list[ManifestEntry]:
    """The entries of a manifest. Lines that are none are dropped: the next apply writes it anew."""
    text = (present.content or b"").decode("utf-8", "surrogateescape")
    found = []
    for line in text.split("\n"):
        fields = line.split("\t")
        if len(fields) == 5 and not line.startswith("#"):
            sha, mode, owner, controls, path = fields
            ids = tuple(filter(None, controls.split(",")))
            found.append(ManifestEntry(path, sha.removeprefix(_MARK), mode, owner, ids, sha.startswith(_MARK)))
    return found


def by_control(drifted: Iterable[Drift]) -> Mapping[str, str]:
    """Control id -> what drifted of it, for the findings."""
    found: dict[str, list[str]] = {}
    for drift in drifted:
        for control in drift.controls:
            found.setdefault(control, []).append(f"{drift.path}: {drift.what} since it was applied")
    return {control: "; ".join(reasons) for control, reasons in found.items()}
