"""A message over one channel: into a file, to a command, by mail or by HTTPS. What goes wrong is a sentence."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
from pathlib import Path

from baseline.alerting.failing import NotSent
from baseline.alerting.mailing import send_mail
from baseline.alerting.posting import post
from baseline.alerting.wording import Message
from baseline.load.alerts import ByCommand, ByMail, ByWebhook, ChannelWay, Heartbeat, IntoFile

_MOST_SAID = 300
"""Bytes of what a command says on standard error that are told."""


def send(way: ChannelWay, message: Message) -> None:
    """Send a message, once. Raises `NotSent`."""
    match way:
        case ByMail():
            send_mail(way, message)
        case ByWebhook():
            post(way.url, way, message.json().encode(), {"Idempotency-Key": message.id}, token=way.token)
        case IntoFile():
            _append(way, message)
        case ByCommand():
            _run(way, message)


def beat(heart: Heartbeat) -> None:
    """Leave a sign of life. Raises `NotSent`."""
    if heart.file:
        try:
            descriptor = os.open(heart.file, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
            try:
                os.utime(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise NotSent(f"{heart.file}: {error.strerror}") from None
    if heart.url:
        post(heart.url, heart, b"", {}, method=heart.method)


def _append(file: IntoFile, message: Message) -> None:
    text = message.json() + "\n" if file.format == "json" else f"{message.subject}\n\n{message.text}\n"
    try:
        # A pipe that nobody reads must not hold the check up.
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
        descriptor = os.open(file.path, flags, 0o600)
        with os.fdopen(descriptor, "wb", buffering=0) as written:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise NotSent(f"{file.path} is no regular file")
            content, before = text.encode(), os.fstat(descriptor).st_size
            try:
                if written.write(content) != len(content):
                    raise NotSent(f"{file.path}: no space left")
                os.fsync(descriptor)
            except (NotSent, OSError):
                # Half a line would spoil what comes after it.
                os.ftruncate(descriptor, before)
                raise
    except OSError as error:
        raise NotSent(f"{file.path}: {error.strerror}") from None


def _run(command: ByCommand, message: Message) -> None:
    name = Path(command.argv[0]).name
    try:
        # A session of its own, so that what it started can be stopped with it.
        process = subprocess.Popen(
            command.argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise NotSent(f"{command.argv[0]}: {error.strerror}") from None
    with process:
        try:
            _, said = process.communicate(message.json().encode() + b"\n", timeout=command.seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            raise NotSent(f"{name} took longer than {command.seconds} seconds") from None
    if process.returncode != 0:
        last = said[-_MOST_SAID:].decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise NotSent(f"{name} ended with exit code {process.returncode}{f': {last}' if last else ''}")
