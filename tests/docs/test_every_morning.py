"""The page on the check of every morning, played: one lab host is the machine that checks, another one is checked."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

import baseline
from baseline import lab
from tests.docs.pages import fences, written
from tests.docs.playing import HostReader
from tests.labs import lab_name

pytestmark = pytest.mark.lab

PAGE = "docs/every-morning.md"
CHECKED, CHECKER = "mx1", "mx2"
PROMPTS = {"controller": CHECKER, "mx1": CHECKED}
VERSION = "{}.{}"
ASK_VERSION = f"import sys; print({VERSION!r}.format(*sys.version_info))"
LIBRARY = "opt/mail-baseline/lib"
COMMAND = f"""\
#!/usr/bin/python3
import sys

sys.path.insert(0, "/{LIBRARY}")

from baseline.cli import main

main()
"""


@pytest.fixture
def addresses(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Two lab hosts: name -> address."""
    try:
        lab.preflight()
    except lab.LabError as error:
        pytest.skip(str(error))
    monkeypatch.setenv("BASELINE_LAB_NAME", lab_name("morning"))
    lab.down()
    try:
        yield {host.name: host.address for host in lab.up(2, release=("bookworm",))}
    finally:
        lab.down()


def said(host: str, *command: str) -> str:
    """What a command prints that runs on the host as root."""
    done = subprocess.run([*lab.enter(host), *command], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def libraries(name: str = "mail-baseline", seen: frozenset[str] = frozenset()) -> frozenset[str]:
    """The distributions that one needs to run, itself among them."""
    found = seen | {name}
    for text in metadata.requires(name) or ():
        needed = Requirement(text)
        wanted = needed.marker is None or needed.marker.evaluate({"extra": ""})
        if wanted and needed.name not in found:
            found = libraries(needed.name, found)
    return found


def install(host: str) -> None:
    """Have the package that is tested in the host's /opt/mail-baseline; hosts of the lab reach no package index."""
    said(host, "sh", "-c", "apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y python3")
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for name in sorted(libraries() - {"mail-baseline"}):
            for file in metadata.files(name) or ():
                if ".." not in file.parts and file.suffix != ".pyc":
                    archive.add(str(file.locate()), f"{LIBRARY}/{file}")
        package = Path(baseline.__file__).parent
        archive.add(package, f"{LIBRARY}/baseline")
        if not (package / "_templates").is_dir():
            archive.add(package.parent / "templates", f"{LIBRARY}/templates")
        command = tarfile.TarInfo("opt/mail-baseline/bin/baseline")
        command.mode, command.size = 0o755, len(COMMAND)
        archive.addfile(command, io.BytesIO(COMMAND.encode()))
    unpack = ["tar", "-xf", "-", "--no-same-owner", "-C", "/"]
    subprocess.run([*lab.enter(host), *unpack], input=held.getvalue(), timeout=120, check=True)


STATUS = "/opt/mail-baseline/bin/baseline schedule status --format json"
CHECK = "systemctl start mail-baseline-check.service || true"


def mails(host: str, word: str) -> str:
    """What lies in the postmaster's mailbox; waits for a mail with that word for a minute at most."""
    found = ""
    for _ in range(60):
        found = said(host, "doveadm", "fetch", "-u", "postmaster@d1.lab.test", "hdr.subject body", "mailbox", "INBOX")
        if word in found:
            break
        time.sleep(1)
    return found


def subjects(host: str) -> list[str]:
    """The subjects of the messages in the controller's log, oldest first."""
    lines = said(host, "cat", "/var/lib/mail-baseline/alerts.log").splitlines()
    return [line.partition(": ")[2] for line in lines if line.startswith("[baseline] ")]


def status() -> tuple[int, dict[str, Any]]:
    """Exit code and document of `schedule status`."""
    done = subprocess.run(
        [*lab.enter(CHECKER), "sh", "-c", STATUS], capture_output=True, text=True, timeout=120, check=False
    )
    return done.returncode, json.loads(done.stdout)


def test_it_goes_as_the_page_says(addresses: dict[str, str]) -> None:
    here, there = VERSION.format(*sys.version_info), said(CHECKER, "python3", "-c", ASK_VERSION).strip()
    if here != there:
        pytest.skip(f"what is installed here is for Python {here}, and the lab's hosts have {there}")
    install(CHECKER)
    before = leftovers()

    def translated(text: str) -> str:
        ours = {
            "192.0.2.10": addresses[CHECKER],
            "192.0.2.1": addresses[CHECKED],
            "agency.example": "d1.lab.test",
            "      domains:": f"      private_addresses: true\n      resolvers: [{addresses[CHECKED]}]\n      domains:",
            "ssh-ed25519 AAAA… mail-baseline@controller": key[0],
        }
        for there, here in ours.items():
            text = text.replace(there, here)
        return text

    key = [""]
    typed = 0
    readers = {name: HostReader(lab.enter(host), translated) for name, host in PROMPTS.items()}
    for fence in fences(PAGE, written()[PAGE]):
        if fence.file.endswith("authorized_keys"):
            key[0] = said(CHECKER, "cat", "/var/lib/mail-baseline/.ssh/id_ed25519.pub").strip()
        if "schedule --remove" in fence.text:
            what_is_told_after_the_first_check()
        if fence.file:
            readers[fence.host].write(fence)
        elif fence.language == "console":
            commands = list(fence.commands())
            readers[fence.host].type(commands)
            typed += len(commands)
    assert typed > 20
    assert leftovers() == before


def what_is_told_after_the_first_check() -> None:
    """Mend, break the channel, break, stop the timer, flap: each is told once, and by whom it can be."""
    assert "alerts begin" in mails(CHECKED, "alerts begin")
    assert subjects(CHECKER) == ["a test", "alerts begin"]

    # A control is mended while the mail server of the controller is down: the file tells of both.
    said(CHECKER, "systemctl", "stop", "postfix")
    said(CHECKED, "postconf", "-e", "queue_minfree = 1073741824")
    said(CHECKED, "postfix", "reload")
    said(CHECKER, "sh", "-c", CHECK)
    said(CHECKER, "sh", "-c", CHECK)
    mended, failed = subjects(CHECKER)[2:]
    assert (mended, failed) == ("mx1 MEL-T-03 mended", "postmaster a channel did not take the alerts")
    code, told = status()
    assert (code, told["wrong"]) == (1, ["channel postmaster fails"])
    assert "1 waiting: localhost:25: " in told["channel_postmaster"]

    # It is broken again, and the channel mended: what waited goes out with what is new.
    said(CHECKER, "systemctl", "start", "postfix")
    said(CHECKED, "postconf", "-e", "queue_minfree = 1000")
    said(CHECKED, "postfix", "reload")
    said(CHECKER, "sh", "-c", CHECK)
    assert subjects(CHECKER)[4:] == ["mx1 MEL-T-03 newly failing"]
    said(CHECKER, "systemctl", "stop", "mail-baseline-check.timer")
    assert (status()[1]["wrong"], status()[0]) == (["the timer is stopped"], 1)
    assert mended in (found := mails(CHECKED, "newly failing"))
    assert "newly failing" in found

    # It goes on turning: that it flaps is told once, and none of the turns.
    for value in (1073741824, 1000):
        said(CHECKED, "postconf", "-e", f"queue_minfree = {value}")
        said(CHECKED, "postfix", "reload")
        said(CHECKER, "sh", "-c", CHECK)
    assert subjects(CHECKER)[5:] == ["mx1 MEL-T-03 flapping"]


def leftovers() -> list[str]:
    """Accounts and files that the page's name is in, on both hosts."""
    find = "getent passwd | grep mail-baseline; find /etc /var/lib -name '*mail-baseline*'; true"
    return [said(host, "sh", "-c", find) for host in (CHECKER, CHECKED)]
