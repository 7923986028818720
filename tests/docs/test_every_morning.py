"""The page on the check of every morning, played: one lab host is the machine that checks, another one is checked."""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

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
COMMAND = f'#!/bin/sh\nPYTHONPATH=/{LIBRARY} exec /usr/bin/python3 -m baseline "$@"\n'


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
        yield {host.name: host.address for host in lab.up(2)}
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


def mails(host: str) -> str:
    """What lies in the postmaster's mailbox; waits for it for a minute at most."""
    for _ in range(60):
        found = said(host, "doveadm", "fetch", "-u", "postmaster@d1.lab.test", "hdr.subject body", "mailbox", "INBOX")
        if found:
            return found
        time.sleep(1)
    return ""


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
        if "controller# systemctl disable" in fence.text:
            assert "Does not conform" in (found := mails(CHECKED)), "the mail has what the check printed"
            assert "the mail hosts are not as they should be" in found
            yesterday = said(CHECKER, "date", "-d", "yesterday", "+%F").strip()
            assert reports_after_another_check() == [f"600 {yesterday}.json", "600 last.json"]
        if fence.file:
            readers[fence.host].write(fence)
        elif fence.language == "console":
            commands = list(fence.commands())
            readers[fence.host].type(commands)
            typed += len(commands)
    assert typed > 20
    assert leftovers() == before


def reports_after_another_check() -> list[str]:
    """What there is of the checks once today's has come after one of yesterday: mode and name of each report."""
    folder = "/var/lib/mail-baseline"
    said(CHECKER, "touch", "-d", "yesterday", f"{folder}/last.json")
    said(CHECKER, "sh", "-c", "systemctl start mail-baseline-check.service || true")
    return said(CHECKER, "sh", "-c", f"cd {folder} && stat -c '%a %n' *.json").splitlines()


def leftovers() -> list[str]:
    """Accounts and files that the page's name is in, on both hosts."""
    find = "getent passwd | grep mail-baseline; find /etc /var/lib -name '*mail-baseline*'; true"
    return [said(host, "sh", "-c", find) for host in (CHECKER, CHECKED)]
