"""Schedulers that are dead, silent, or none: each host has its line, within a bound, and says why."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import dask
import distributed
import pytest

from baseline.cluster import Cluster
from baseline.errors import UserError
from baseline.fleet import check_all
from baseline.model import Target
from tests.cluster.machines import certificates
from tests.cluster.rules import MTA, one_file
from tests.exchange.sshd import free_port

assert distributed.Client is not None, "its defaults are there before any of them is set"

HOSTS = [Target(f"mx{number}", "127.0.0.1", port=1, roles=MTA) for number in (1, 2)]


@contextlib.contextmanager
def listening(says: bytes) -> Iterator[int]:
    """Something that takes connections, says the same to everybody, and then nothing."""
    over = threading.Event()

    def meet(caller: socket.socket) -> None:
        with caller, contextlib.suppress(OSError):
            caller.sendall(says)
            over.wait(60)

    def serve(server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=meet, args=(server.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, args=(server,), daemon=True).start()
        try:
            yield server.getsockname()[1]
        finally:
            over.set()
            with contextlib.suppress(OSError):
                server.shutdown(socket.SHUT_RDWR)


PROGRAM = """
import json, sys
from baseline.cluster import Cluster, opening
from baseline.fleet import apply_all, check_all
from baseline.load import load_baseline
from tests.cluster.test_faulty import HOSTS

opening.OPEN_SECONDS = 1
rules = load_baseline(sys.argv[1])
for port in sys.argv[2:]:
    cluster = Cluster(f"tls://127.0.0.1:{port}")
    done = check_all(HOSTS, rules, cluster=cluster), apply_all(HOSTS, rules, cluster=cluster)
    print(json.dumps([report.to_dict() for report in done]))
"""
"""In a process of its own: Dask leaves connections open that came to nothing."""


@pytest.mark.slow
def test_no_scheduler_and_what_is_none(tmp_path: Path) -> None:
    one_file(tmp_path, tmp_path / "file")
    garbage = b"HTTP/1.1 200 OK\r\n\r\n" * 100
    with listening(b"") as silent, listening(garbage) as other:
        ports = [free_port(), silent, other]
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(tmp_path / "rules.yml"), *map(str, ports)],
            env={**os.environ, **certificates(tmp_path / "tls")},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert len(lines) == len(ports)
    for port, line in zip(ports, lines, strict=True):
        checked, applied = json.loads(line)
        assert checked["exit_code"] == applied["exit_code"] == 3
        assert [host["name"] for host in checked["hosts"]] == ["mx1", "mx2"]
        words = f"the scheduler tls://127.0.0.1:{port} cannot be reached within 1 s"
        assert all(words in host["error"] for host in (*checked["hosts"], *applied["hosts"]))
        assert {apply["outcome"] for apply in applied["applies"]} == {"not_begun"}


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (None, "needs certificates: name them in Dask's configuration"),
        ("/nowhere/ca.pem", "the certificates that Dask is configured with cannot be used"),
    ],
)
def test_without_certificates_nothing_is_tried(tmp_path: Path, file: str | None, words: str) -> None:
    rules = one_file(tmp_path, tmp_path / "file")
    named = {"distributed.comm.tls.ca-file": file, "distributed.comm.tls.client.cert": file}
    with dask.config.set(named), pytest.raises(UserError, match=words):
        check_all(HOSTS, rules, cluster=Cluster("tls://127.0.0.1:1"))


def test_without_dask_it_is_said_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(UserError, match=r"pip install 'mail-baseline\[dask\]', here and on every worker"):
        check_all(HOSTS, one_file(tmp_path, tmp_path / "file"), cluster=Cluster("local:1"))


def test_dask_is_imported_only_for_a_cluster() -> None:
    modules = "sys, baseline.cli.hosts, baseline.fleet, baseline.cluster"
    script = f"import {modules}; print({{'dask', 'distributed'}} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
