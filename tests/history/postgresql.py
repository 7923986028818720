"""A PostgreSQL server of the tests' own: on a socket in a directory of its own, without a port, and never as root."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USER = "nobody"
"""Who runs the server where root runs the tests: PostgreSQL refuses to run as root."""


class NoServer(Exception):
    """Why there is no server on this machine."""


def programs() -> Path:
    """Where the server's programs are, of the newest version. Raises `NoServer`."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not found:
        raise NoServer("PostgreSQL is not installed: `.ci/prepare tests` installs it, as root")
    return found[-1]


@contextmanager
def server() -> Iterator[str]:
    """A server while it is needed: gives the URL of its database, up to the name. Raises `NoServer`."""
    where = programs()
    # Not below pytest's own folder, which other users cannot enter; and a socket's path has to be short.
    folder = Path(tempfile.mkdtemp(prefix="baseline-pg."))
    name = pwd.getpwuid(os.geteuid()).pw_name
    prefix: tuple[str, ...] = ()
    if os.geteuid() == 0:
        name, user = USER, pwd.getpwnam(USER)
        os.chown(folder, user.pw_uid, user.pw_gid)
        prefix = ("setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups")

    def run(program: str, *words: str) -> None:
        command = [*prefix, str(where / program), *words]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=120, check=False)
        if done.returncode != 0:
            raise NoServer(f"PostgreSQL cannot be run here: {program}: {(done.stderr or done.stdout).strip()}")

    data = folder / "data"
    begun = False
    try:
        run("initdb", "-D", str(data), "-U", name, "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
        # Nothing listens but the socket, and nothing is worth a disk's time.
        options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
        run("pg_ctl", "-D", str(data), "-l", str(folder / "log"), "-w", "-o", options, "start")
        begun = True
        yield f"postgresql://{name}@/{{}}?host={folder}"
    finally:
        if begun:
            run("pg_ctl", "-D", str(data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(folder)
