"""The bytes of an exchange: questions or a transaction as one POSIX sh script, and the reply taken apart again.

The script is one function that its last line calls, so a script cut short runs nothing, and the sender cannot
deadlock against a full reply. Every answer is framed by a line of a random token, number, exit code and two
lengths; what a login shell prints before the first frame is skipped, and binary output survives.
"""

from __future__ import annotations

import base64
import io
import re
import secrets
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import field
from functools import lru_cache

from baseline.classes import dataclass
from baseline.errors import BadReply
from baseline.file_contents import Contents, contents
from baseline.file_looks import Together, together
from baseline.model import TOO_MUCH, Answer
from baseline.programs import PROGRAMS, brought
from baseline.shell import script

COMMAND_SECONDS = 60
"""How long one command may take before it is stopped (exit code 124)."""

ANSWER_BLOCKS = 16_384
"""The most that a command may write, in blocks of 512 bytes: 8 MiB. Held here as well as on the host.

It is also the most that all answers of more than 64 KiB may have together; those that have no more room are told so.
"""

ANSWER_PARTS = 250_000
"""The most lines, words and items that an answer may have: each of them becomes a value of its own when it is read."""

_WRITERS = tuple(name for program in PROGRAMS for name in program.writers)


_WAITERS = re.compile(rf"\b({'|'.join(re.escape(name) for program in PROGRAMS for name in program.waiters)})\b")
"""What questions name that wait for name servers: all of these are begun first, beside the others."""

TOGETHER_SECONDS = 20
"""How long questions of one shell may take together: those without an answer then are asked by themselves."""

MOST_TOGETHER = 16
"""The most questions that one shell asks: their answers are held on the host until the last of them has come."""

_MOST_BYTES = 60_000
"""The most bytes of such questions: they are words of one program, which Linux lets have 128 KiB each."""

AT_ONCE = 8
"""How many questions that may wait a host runs beside the others: all there are. One of rspamadm takes 25 MiB."""

_FRAME = re.compile(
    rb"\n(?P<token>\w+) "
    rb"(?:(?P<number>\d{1,9}) (?P<rc>\d{1,3}) (?P<out>\d{1,12}) (?P<err>\d{1,12})(?: \d{1,9})?|end (?P<end>\d{1,9}))\n"
)
_PARTS = b" \t\n\r\v\f\x1c\x1d\x1e\x85,{["
_NOT_ASCII = re.compile(rb"[\x80-\xff]")

_EVAL = re.compile(rb"^(sh: \d+: )eval: ", re.MULTILINE)
"""How dash begins what it complains of where one shell asks several questions; of one asked alone it says no eval."""

_POWERSHELL = """\
function Main {{
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$utf8 = New-Object System.Text.UTF8Encoding $false
# Bytes, not text: no code page of the host has a say in them.
$reply = [Console]::OpenStandardOutput()
function Send([byte[]] $bytes) {{ $reply.Write($bytes, 0, $bytes.Length); $reply.Flush() }}
function Ask([int] $number, [string] $question) {{
  $rc = 0; $said = ''; $wrong = ''
  try {{
    $command = [ScriptBlock]::Create($utf8.GetString([Convert]::FromBase64String($question)))
    $said = @(& $command) -join "`n"
  }} catch {{
    $rc = 1; $wrong = $_.ToString()
  }}
  $out = $utf8.GetBytes($said)
  $err = $utf8.GetBytes($wrong)
  Send ($utf8.GetBytes("`n{token} $number $rc $($out.Length) $($err.Length)`n"))
  Send $out
  Send $err
}}
{asks}Send ($utf8.GetBytes("`n{token} end {count}`n"))
}}
Main
"""

_BOOTSTRAP = (
    "& ([ScriptBlock]::Create([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String((@($input) -join '')))))"
)

POWERSHELL = "powershell -NoProfile -NonInteractive -ExecutionPolicy Bypass -EncodedCommand " + (
    base64.b64encode(_BOOTSTRAP.encode("utf-16-le")).decode()
)
"""The command that runs a bundle for PowerShell from its standard input. It needs no quoting in any login shell."""


@dataclass(frozen=True)
class Bundle:
    """A script to send and what is needed to read its reply. `texts` says that the answers are to be read as texts.

    `merged` are those of its commands that are asked in place of many questions.
    """

    script: bytes
    token: str
    commands: tuple[str, ...]
    texts: bool = True
    merged: tuple[Together | Contents, ...] = ()


@dataclass(frozen=True)
class Upload:
    """Files that a bundle writes below one new directory of the host before its commands run."""

    directory: str
    files: Mapping[str, bytes] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    """Further names of these files: name -> file."""


def ask(
    commands: Sequence[str],
    *,
    seconds: int = COMMAND_SECONDS,
    upload: Upload | None = None,
    bounded: bool = True,
    texts: bool = True,
    apart: Collection[str] = (),
    token: str | None = None,
) -> Bundle:
    """A bundle that runs each command by itself and frames its answer; questions about files are asked as one.

    Where that one does not tell of a question for certain there is no answer to it: ask again, with it in `apart`.

    `seconds` limits each command. `upload` is written first; when that fails no command runs and the reply
    has no frame for them. `bounded` is for questions: a command may write 8 MiB, which none ever needs, and
    the programs that would leave something behind run in a view of their own (`view.sh`).
    `token` is for tests; else it is drawn at random. Raises ValueError for a command with a NUL, which sh would drop.
    """
    if any("\0" in command for command in commands):
        raise ValueError("a command may not hold a NUL")
    # Of many hosts most are asked the same: what does not hang on the token is written once.
    told, lines, merged = _asked(tuple(commands), seconds, frozenset(apart)) if bounded else _each(commands, seconds)
    token = token or secrets.token_hex(16)
    blocks = str(ANSWER_BLOCKS) if bounded else ""
    writers = (*_WRITERS, *(name for program in brought() for name in program.writers)) if bounded else ()
    programs, view = (" ".join(writers), script("baseline", "view")) if bounded else ("", "")
    values = {"token": token, "blocks": blocks, "programs": programs, "view": view}
    head = script("baseline", "bundle", together=str(TOGETHER_SECONDS), **values)
    # Commands shall not see the token, so it must not take the place of a variable that is exported.
    parts = ["main() {\nunset token blocks programs view together\n", head, "\n"]
    if upload is not None:
        parts.append(_upload(upload))
    parts += [lines, f"printf '\\n%s end %s\\n' {token} {len(told)}\n}}\nmain\n"]
    return Bundle("".join(parts).encode("utf-8", "surrogateescape"), token, told, texts, merged)


_Asked = tuple[tuple[str, ...], str, tuple[Together | Contents, ...]]
"""Commands, the lines that run them, and those of them that are asked in place of many questions."""


@lru_cache(maxsize=16)
def _asked(questions: tuple[str, ...], seconds: int, apart: frozenset[str]) -> _Asked:
    """Questions, of which those about files are asked as one, and those that may wait beside the others."""
    alike = [one for one in questions if one not in apart]
    merged: tuple[Together | Contents, ...] = (*together(alike), *contents(alike))
    covered = {one for many in merged for one in many.paths}
    commands = [*(many.command for many in merged), *(one for one in questions if one not in covered)]
    waiting = [one for one in commands if _WAITERS.search(one)]
    commands = [*(one for one in commands if one not in waiting), *waiting]
    return tuple(commands), "".join(_asks(commands, seconds, len(waiting), bounded=True)), merged


def _each(commands: Sequence[str], seconds: int) -> _Asked:
    return tuple(commands), "".join(_asks(commands, seconds, 0, bounded=False)), ()


def _asks(commands: Sequence[str], seconds: int, waiting: int, *, bounded: bool) -> Iterator[str]:
    """The lines that run all commands. The last ones, which may wait, are begun first, and framed after all others."""
    first = len(commands) - waiting
    if waiting:
        yield f"slots {AT_ONCE}\n"
    yield from (f"begin {number} {seconds} {shlex.quote(commands[number])}\n" for number in range(first, len(commands)))
    for number, some in _several(commands[:first], MOST_TOGETHER if bounded else 1):
        called = "ask" if len(some) == 1 else "several"
        yield f"{called} {number} {seconds} {' '.join(map(shlex.quote, some))}\n"
    yield from (f"ended {number}\n" for number in range(first, len(commands)))


def _several(commands: Sequence[str], most: int) -> Iterator[tuple[int, Sequence[str]]]:
    """The commands in the same order, as many together as one shell asks, each time with the number of the first."""
    first, size = 0, 0
    for number, command in enumerate(commands):
        size += len(command.encode("utf-8", "surrogateescape"))
        if number > first and (number - first == most or size > _MOST_BYTES):
            yield first, commands[first:number]
            first, size = number, len(command.encode("utf-8", "surrogateescape"))
    if commands:
        yield first, commands[first:]


def ask_powershell(commands: Sequence[str], *, token: str | None = None) -> Bundle:
    """A bundle for a host that speaks PowerShell: each command is a script of its own, and its output text.

    It travels as base64, so that no encoding of the host touches it; cut short it is no script and runs nothing.
    """
    token = token or secrets.token_hex(16)
    asks = "".join(
        f"Ask {number} '{base64.b64encode(command.encode()).decode()}'\n" for number, command in enumerate(commands)
    )
    text = _POWERSHELL.format(token=token, asks=asks, count=len(commands))
    return Bundle(base64.encodebytes(text.encode()), token, tuple(commands))


def answers(bundle: Bundle, reply: bytes) -> dict[str, Answer]:
    """The answer of every command of the bundle; in place of one that is too large, why it is not read.

    Of a command in place of many questions, the answers of those that it tells for certain.

    Raises `BadReply` when the reply holds no frame, a forged or broken one, or lacks its end.
    """
    found: dict[str, Answer] = {}
    count = 0
    token = bundle.token.encode()
    position = reply.find(b"\n" + token + b" ")
    while True:
        match = _FRAME.match(reply, position) if position >= 0 else None
        if match is None or match["token"] != token:
            raise BadReply(_broken(bundle, reply, count))
        if match["end"] is not None:
            break
        number, rc, out, err = map(int, match.group("number", "rc", "out", "err"))
        start = match.end()
        if number != count or number >= len(bundle.commands) or start + out + err > len(reply):
            raise BadReply(_broken(bundle, reply, count))
        middle = start + out
        position = middle + err
        answer = Answer(rc, reply[start:middle], _EVAL.sub(rb"\1", reply[middle:position]))
        why = _too_much(answer.stdout, bundle.texts) or _too_much(answer.stderr, bundle.texts)
        found[bundle.commands[number]] = Answer(TOO_MUCH, b"", why.encode()) if why else answer
        count += 1
    if int(match["end"]) != len(bundle.commands) or count != len(bundle.commands):
        raise BadReply(_broken(bundle, reply, count))
    for many in bundle.merged:
        found |= many.answers(found.pop(many.command))
    return found


def _too_much(output: bytes, text: bool) -> str:
    """Why output is too large to be read, whatever is in it; empty when it is not."""
    most = ANSWER_BLOCKS * 512
    # As a text, what is not ASCII takes up to four times its bytes.
    if len(output) > most or (text and 4 * len(output) > most and _NOT_ASCII.search(output)):
        return f"it printed {len(output)} bytes, and {most} of ASCII are the most that is read, or a quarter of others"
    if text and len(output) > ANSWER_PARTS and len(output) - len(output.translate(None, _PARTS)) > ANSWER_PARTS:
        return f"it printed more than {ANSWER_PARTS} lines, words and items, which are the most that is read"
    return ""


def _upload(upload: Upload) -> str:
    """The lines that unpack all files at once: on the host a program for each of them would take longer."""
    text = base64.encodebytes(_archive(upload)).decode()
    return f"{script('baseline', 'upload', uploaded=upload.directory)}\nunpack <<'=====' || return 1\n{text}=====\n"


def _archive(upload: Upload) -> bytes:
    """Files as an archive. What is cut off of it the host notices: gzip has a length and a checksum."""
    import tarfile

    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz", format=tarfile.GNU_FORMAT) as archive:
        for name, content in sorted(upload.files.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(content), 0o600
            archive.addfile(entry, io.BytesIO(content))
        for name, file in sorted(upload.links.items()):
            entry = tarfile.TarInfo(name)
            entry.type, entry.linkname, entry.mode = tarfile.LNKTYPE, file, 0o600
            archive.addfile(entry)
    return packed.getvalue()


def _broken(bundle: Bundle, reply: bytes, got: int) -> str:
    if not reply.strip():
        return "the host sent no reply"
    if bundle.token.encode() not in reply:
        noise = re.sub(r"\s+", " ", reply[:200].decode("utf-8", "backslashreplace")).strip()
        return f"the host's reply is not one of ours; it begins: {noise}"
    return f"the host's reply was cut short after {got} of {len(bundle.commands)} answers"
