"""Runs on a lab host, with nothing but what that has: starts Dovecot with each configuration, and tells what it does.

Standard input: a list of instances (`root`, `conf`, `address`, `accounts`, `mails`), standard output: a mapping from
their names to facts, both as Python writes them. The same facts are asked of 2.3 and of 2.4. A lab host has the
smallest Python there is, without json, imaplib and smtplib.
"""

from __future__ import annotations

import ast
import hashlib
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any


def ran(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def facts(instance: dict[str, Any]) -> dict[str, Any]:
    conf, root = instance["conf"], instance["root"]
    Path(root, "run").mkdir(exist_ok=True)
    # Into a file: what Dovecot starts would keep a pipe open.
    said = Path(root, "said")
    with said.open("wb") as output:
        started = subprocess.run(["dovecot", "-c", conf], stdout=output, stderr=output, timeout=30, check=False)
    if started.returncode:
        return {"loads": said.read_text().strip()}
    try:
        _wait(f"{root}/run/auth-userdb")
        return {
            "loads": "",
            **_accounts(instance),
            "listeners": _listeners(instance),
            "mailboxes": _mailboxes(instance),
        }
    finally:
        _stop(int(Path(f"{root}/run/master.pid").read_text()))


def _stop(master: int) -> None:
    """End an instance, and wait until it has."""
    os.kill(master, signal.SIGTERM)
    deadline = time.monotonic() + 10
    while Path(f"/proc/{master}").exists() and time.monotonic() < deadline:
        time.sleep(0.02)


def _wait(path: str) -> None:
    deadline = time.monotonic() + 10
    while not Path(path).exists() and time.monotonic() < deadline:
        time.sleep(0.05)


def _accounts(instance: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {}
    conf = instance["conf"]
    users = [user for user, _ in instance["accounts"] if "*" not in user]
    for number, (user, password) in enumerate(instance["accounts"]):
        told[f"session of {user}"] = _session(instance, user, password)
        if not number:
            told[f"wrong password of {user}"] = _session(instance, user, f"not-{password}")[:1]
    told["accounts"] = _found(conf, users)
    told["limits"] = _table(conf, users, "quota", "get")
    for number, (user, size, subject) in enumerate(instance["mails"]):
        told[f"mail {number} of {size} to {user}"] = _deliver(instance, user, size, subject)
    warned = Path(instance["root"], "mail", "warned")
    if Path(instance["root"], "warn.sh").exists():
        # Warnings are carried out beside the delivery.
        time.sleep(1)
        told["warnings"] = warned.read_text().splitlines() if warned.exists() else []
    told["folders"] = _table(conf, users, "mailbox", "status", "messages", "INBOX", "*")
    return told


def _found(conf: str, users: list[str]) -> list[str]:
    """Who the accounts are, and where they are at home; 2.4 has other names for where their mail lies."""
    lines = ran("doveadm", "-c", conf, "user", *users).stdout.splitlines()
    return [" ".join(words) for line in lines if (words := line.split("\t"))[0] in ("userdb:", "uid", "gid", "home")]


def _table(conf: str, users: list[str], *command: str) -> list[str]:
    """What doveadm prints of all accounts at once, or of each where Dovecot cannot list them."""
    verb, rest = command[:2], command[2:]
    said = ran("doveadm", "-c", conf, "-f", "tab", *verb, "-A", *rest)
    lines = said.stdout.splitlines()[1:]
    if said.returncode and not lines:
        for user in users:
            one = ran("doveadm", "-c", conf, "-f", "tab", *verb, "-u", user, *rest).stdout.splitlines()[1:]
            lines += [f"{user}\t{line}" for line in one]
    return sorted(line.replace("\t", " ") for line in lines)


def _session(instance: dict[str, Any], user: str, password: str) -> list[str]:
    """What a client sees: its folders, namespaces and quota roots."""
    told: list[str] = []
    try:
        with socket.create_connection((instance["address"], instance["port"]), timeout=15) as line:
            stream = line.makefile("rwb")
            stream.readline()
            for number, command in enumerate(
                (f'LOGIN "{user}" "{password}"', 'LIST "" "*"', "NAMESPACE", "GETQUOTAROOT INBOX", "LOGOUT")
            ):
                told += sorted(_asked(stream, f"t{number}", command))
    except OSError as error:
        told.append(type(error).__name__)
    return told


def _asked(stream: Any, tag: str, command: str) -> list[str]:
    """The untagged answers to a command of IMAP, and its end unless that is OK."""
    stream.write(f"{tag} {command}\r\n".encode())
    stream.flush()
    said: list[str] = []
    while line := stream.readline().decode().strip():
        if line.startswith(f"{tag} "):
            return said if line.startswith(f"{tag} OK") else [*said, " ".join(line.split()[1:3])]
        if not line.startswith(("* CAPABILITY", "* BYE")):
            said.append(line)
    return said


def _deliver(instance: dict[str, Any], user: str, size: int, subject: str) -> str:
    """The code with which LMTP took or refused a mail."""
    head = f"From: s@example.test\r\nTo: {user}\r\nSubject: {subject}\r\n\r\n"
    body = ("x" * 70 + "\r\n") * (max(0, size - len(head)) // 72)
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(30)
        try:
            line.connect(f"{instance['root']}/run/lmtp")
        except OSError as error:
            return type(error).__name__
        stream = line.makefile("rwb")
        code = _reply(stream)
        if code != "220":
            return code
        for command in ("LHLO probe", "MAIL FROM:<s@example.test>", f"RCPT TO:<{user}>", "DATA"):
            stream.write(f"{command}\r\n".encode())
            stream.flush()
            code = _reply(stream)
            if code[0] not in "23":
                return code
        stream.write(f"{head}{body}.\r\n".encode())
        stream.flush()
        return _reply(stream)


def _reply(stream: Any) -> str:
    """The code of a reply, of as many lines as it has."""
    while line := stream.readline().decode():
        if line[3:4] != "-":
            return str(line[:3])
    return "nothing"


def _listeners(instance: dict[str, Any]) -> list[str]:
    said = ran("ss", "-Hlnt").stdout.splitlines()
    prefix = instance["address"].rsplit(".", 1)[0] + "."
    tcp = sorted(one for line in said if (one := line.split()[3]).startswith(prefix))
    unix = []
    for path in sorted(Path(instance["root"]).rglob("*")):
        inside = path.relative_to(instance["root"])
        if path.is_socket() and inside.parts[0] != "run":
            unix.append(f"{inside} {path.stat().st_mode & 0o777:o} {path.owner()} {path.group()}")
    return [*tcp, *unix, *_certificates(instance, tcp)]


def _certificates(instance: dict[str, Any], tcp: list[str]) -> list[str]:
    """What a client of TLS gets at the ports that begin with it: its versions, and the certificate by name."""
    told = []
    for port in ("993", "9930"):
        if f"{instance['address']}:{port}" not in tcp:
            continue
        for name in ("", "mail.example.test"):
            for version in (ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
                told.append(f"{port} {name} {version.name} {_shaken(instance['address'], int(port), name, version)}")
    return told


def _shaken(address: str, port: int, name: str, version: ssl.TLSVersion) -> str:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = context.maximum_version = version
    context.set_ciphers("ALL:@SECLEVEL=0")
    try:
        with (
            socket.create_connection((address, port), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname=name or None) as shaken,
        ):
            found = shaken.getpeercert(binary_form=True) or b""
            return f"certificate of {len(found)} bytes, {hash_of(found)}"
    except (ssl.SSLError, OSError):
        return "refused"


def hash_of(found: bytes) -> str:
    return hashlib.sha256(found).hexdigest()[:16]


def _mailboxes(instance: dict[str, Any]) -> list[str]:
    """Where mail lies: each directory of Maildir with how many mails it holds, and other stores' files by name."""
    count: dict[str, int] = {}
    base = Path(instance["root"]) / "mail"
    for path in base.rglob("*"):
        if not path.is_file() or path.name.startswith(
            ("dovecot", "subscriptions", ".dovecot", "maildirfolder", ".log")
        ):
            continue
        inside = path.relative_to(base)
        place = str(inside.parent) if inside.parent.name in ("new", "cur", "tmp") else str(inside)
        count[re.sub(r"/(new|cur)$", "", place)] = count.get(re.sub(r"/(new|cur)$", "", place), 0) + 1
    return sorted(f"{number} {place}" for place, number in count.items() if "/sieve" not in place)


def main() -> None:
    instances = ast.literal_eval(sys.stdin.read())
    waiting, told = list(instances), {}

    def work() -> None:
        while waiting:
            one = waiting.pop(0)
            try:
                told[one["name"]] = facts(one)
            except Exception as error:  # noqa: BLE001 -- one instance must not hide the others
                told[one["name"]] = {"loads": f"probe: {error!r}"}

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    sys.stdout.write(repr(told))


main()
