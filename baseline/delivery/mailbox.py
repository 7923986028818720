"""A mailbox by IMAP, as far as a test needs it: its folders, the mail with a token, and taking that away again.

Nothing that a server says is believed but by what it shows: a mail that it gives for a token has to bear it.
"""

from __future__ import annotations

import contextlib
import imaplib
import re
import ssl
from collections.abc import Iterator, Sequence

from baseline.classes import dataclass
from baseline.deadline import Deadline
from baseline.delivery.commented import shown
from baseline.delivery.failing import NoAnswer, WrongAnswer
from baseline.delivery.imap_client import FOR_NOW, ImapClient, quoted
from baseline.delivery.letter import bears, headers
from baseline.delivery.wire import TooMuch, cut
from baseline.errors import CannotTell
from baseline.load.probed import MailServer
from baseline.probes.patience import Patience

MOST_FOLDERS = 100
MOST_FOUND = 10
_MOST_HEADER = 128 * 1024
_MOST_MAIL = 256 * 1024
_LISTED = re.compile(rb'\(([^()]{0,400})\) (?:"(?:[^"\\]|\\.)"|NIL) (.{1,600})', re.S)
_NOT_ARRIVED = {"\\sent", "\\drafts", "\\all", "\\noselect", "\\nonexistent", "\\flagged", "\\important"}
"""Folders in which a copy lies that never came by mail, or which show what lies in others."""


@dataclass(frozen=True)
class Folder:
    """A folder as the server names it, and whether it says that it is the one for junk."""

    name: str
    junk: bool = False


@dataclass(frozen=True)
class FoundMail:
    """A mail in a folder, by the number that the folder has for it, and its header fields."""

    folder: Folder
    number: int
    headers: tuple[tuple[str, str], ...]


class OpenMailbox:
    """A session in which somebody is logged in. Made by `opened`."""

    def __init__(self, client: ImapClient, where: str) -> None:
        self._client = client
        self._where = where

    def folders(self) -> tuple[Folder, ...]:
        """The folders that mail can come into, INBOX first. Raises `NoAnswer` and `WrongAnswer`."""
        with self._asking():
            listed = self._told(self._client.list(), "list of its folders")
            found = [folder for line in listed if (folder := _folder(line)) is not None]
            others = [folder for folder in found if folder.name.upper() != "INBOX"]
            if len(others) >= MOST_FOLDERS:
                raise WrongAnswer(f"{self._where}: it has more than {MOST_FOLDERS} folders: give tests a mailbox alone")
            return (Folder("INBOX"), *others)

    def find(self, folder: Folder, token: str, sender: str) -> tuple[FoundMail, ...]:
        """The mails in a folder that bear a token and come from a sender. Raises `NoAnswer` and `WrongAnswer`."""
        with self._asking():
            if not self._selected(folder):
                return ()
            numbers = self._numbers("SUBJECT", token)
            mails = [FoundMail(folder, one, headers(self._part(one, "HEADER", _MOST_HEADER))) for one in numbers]
            return tuple(mail for mail in mails if bears(mail.headers, token, sender))

    def naming(self, folder: Folder, token: str) -> tuple[tuple[int, bytes], ...]:
        """The mails in a folder in which a token stands anywhere, with their first 256 KiB, and their numbers."""
        with self._asking():
            if not self._selected(folder):
                return ()
            mails = [(one, self._part(one, "", _MOST_MAIL)) for one in self._numbers("TEXT", token)]
            return tuple((number, raw) for number, raw in mails if token.encode() in raw)

    def delete(self, folder: Folder, numbers: Sequence[int]) -> None:
        """Take mails away. Others that somebody has marked as deleted stay. Raises `NoAnswer` and `WrongAnswer`."""
        with self._asking():
            if numbers and self._selected(folder):
                those = ",".join(map(str, numbers))
                self._fine(self._client.uid("STORE", those, "+FLAGS.SILENT", r"(\Deleted)"))
                if "UIDPLUS" in self._client.capabilities:
                    self._fine(self._client.uid("EXPUNGE", those))

    def _selected(self, folder: Folder) -> bool:
        """Whether the folder could be opened. That of the junk may be gone; an inbox that is none is a wrong answer."""
        self._client.wire.allow()
        kind, said = self._client.select(quoted(folder.name))
        if kind == "OK" or folder.name == "INBOX":
            self._told((kind, said), "number of the mails in a folder")
        return kind == "OK"

    def _numbers(self, where: str, token: str) -> list[int]:
        said = self._told(self._client.uid("SEARCH", where, f'"{token}"'), "answer to a search")
        words = b" ".join(one for one in said if isinstance(one, bytes)).split()
        numbers = [int(word) for word in words if word.isdigit() and len(word) <= 10]
        return numbers[-MOST_FOUND:]

    def _part(self, number: int, part: str, most: int) -> bytes:
        """The beginning of a mail, or of its header."""
        said = self._fine(self._client.uid("FETCH", str(number), f"(BODY.PEEK[{part}]<0.{most}>)"))
        mails = [one[1] for one in said if isinstance(one, tuple) and len(one) > 1]
        if not mails:
            raise NoAnswer(f"{self._where}: it does not give a mail that it found")
        return bytes(mails[0])

    def _told(self, answer: tuple[str, Sequence[object]], what: str) -> list[object]:
        """What was said where anything was: a server that says only that all is well has not said `what`."""
        said = self._fine(answer)
        if not any(one is not None for one in said):
            raise WrongAnswer(f"{self._where}: it gives no {what}")
        return said

    def _fine(self, answer: tuple[str, Sequence[object]]) -> list[object]:
        """What was said where it went well. Raises `NoAnswer` and `WrongAnswer`. Each answer is bounded by itself."""
        self._client.wire.allow()
        kind, said = answer
        if kind == "OK":
            return list(said or ())
        raise _refused(self._where, said)

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        self._client.wire.allow()
        with _told(self._where):
            yield


@contextlib.contextmanager
def opened(server: MailServer, deadline: Deadline, step: float) -> Iterator[OpenMailbox]:
    """Log in, and out at the end. Raises `NoAnswer` and `WrongAnswer`, which are about this and no step within."""
    where = f"IMAP at {server.host} port {server.port}"
    client = ImapClient(server, Patience(step, deadline))
    with contextlib.ExitStack() as ending:
        ending.callback(client.end)
        ending.enter_context(deadline.closing(lambda: cut(client.sock)))
        with _told(where):
            client.begin(where)
        yield OpenMailbox(client, where)


@contextlib.contextmanager
def _told(where: str) -> Iterator[None]:
    """Whatever goes wrong with a server, as one of the two failures."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise WrongAnswer(f"{where}: the certificate is not trusted: {error.verify_message}") from None
    except CannotTell as error:
        raise WrongAnswer(str(error)) from None
    except TooMuch as error:
        raise WrongAnswer(f"{where}: {error}") from None
    except imaplib.IMAP4.abort as error:
        # The connection broke, or what was said cannot be read: a new one may do better.
        raise NoAnswer(f"{where}: {_words(error)}") from None
    except imaplib.IMAP4.error as error:
        raise WrongAnswer(f"{where}: {_words(error)}") from None
    except OSError as error:
        raise NoAnswer(f"{where}: {_words(error)}") from None
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError) as error:
        raise WrongAnswer(f"{where}: the answer cannot be read ({type(error).__name__})") from None


def _words(error: BaseException) -> str:
    return shown(str(error))[:200] or type(error).__name__


def _refused(where: str, said: Sequence[object]) -> NoAnswer | WrongAnswer:
    words = b" ".join(one for one in said or () if isinstance(one, bytes))
    kind = NoAnswer if any(code in words.upper() for code in FOR_NOW) else WrongAnswer
    return kind(f"{where}: {shown(words.decode('utf-8', 'replace'))[:200] or 'refused'}")


def _folder(line: object) -> Folder | None:
    """A folder of a reply to LIST; None for one that no mail comes into, and for what cannot be read."""
    if isinstance(line, tuple):
        # A name as a literal: how long it is stands where its name would.
        head, raw = line[0].rpartition(b" ")[0], bytes(line[1])
        line = head + b' "' + raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'
    match = _LISTED.fullmatch(line) if isinstance(line, bytes) else None
    if match is None:
        return None
    flags = {flag.lower() for flag in match[1].decode("ascii", "replace").split()}
    raw = match[2]
    if raw[:1] == b'"' and raw[-1:] == b'"' and len(raw) > 1:
        raw = re.sub(rb"\\(.)", rb"\1", raw[1:-1])
    name = raw.decode("utf-8", "replace")
    if flags & _NOT_ARRIVED or not name or not name.isprintable() or "\ufffd" in name:
        return None
    return Folder(name, "\\junk" in flags)
