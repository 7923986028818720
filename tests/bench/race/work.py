"""The work: thirty files with owner, group, mode and content, as one script and as one baseline."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Mapping

OWNER, GROUP, MODE = "root", "adm", "0640"


def _content(number: int) -> str:
    lines = [f"setting_{line:02} = value {line} of file {number:02}" for line in range(12)]
    return "\n".join(["# Kept by the mail desk: ask before you change it.", *lines, ""])


FILES: Mapping[str, str] = {f"/etc/bench-{number:02}.conf": _content(number) for number in range(30)}
"""Content by path."""


def apply_script() -> bytes:
    """What one would write by hand: each file whole, with owner and mode, put in its place."""
    lines = ["set -e", "umask 077"]
    for path, content in FILES.items():
        lines.append(f"cat >{path}.new <<'====='\n{content}=====")
        lines.append(f"chown {OWNER}:{GROUP} {path}.new; chmod {MODE} {path}.new; mv {path}.new {path}")
    return "\n".join([*lines, ""]).encode()


def check_script() -> bytes:
    """What one would write by hand to look at the same files: the state and the digest of each."""
    looks = (f"stat -c '%n %U %G %a' {path}; sha256sum {path}" for path in FILES)
    return "\n".join([*looks, ""]).encode()


def verify_script() -> bytes:
    """Says `done` where all files are as they shall be, and else what is not."""
    wanted = "".join(f"{hashlib.sha256(content.encode()).hexdigest()}  {path}\n" for path, content in FILES.items())
    states = "".join(f"{path} {OWNER} {GROUP} {MODE[1:]}\n" for path in FILES)
    names = " ".join(FILES)
    return (
        f"stat -c '%n %U %G %a' {names} >/run/bench-is 2>&1\n"
        f"printf %s {shlex.quote(states)} | diff - /run/bench-is && "
        f"printf %s {shlex.quote(wanted)} | sha256sum --quiet -c - && echo done\n"
    ).encode()


def reset_script() -> bytes:
    """Takes everything back that any of the tools has left, so that the next first run is one."""
    left = ["/var/lib/baseline", "/home/ops/.ansible", "/root/.ansible", "/var/lib/bundlewrap"]
    return f"rm -rf {' '.join(FILES)} {' '.join(left)} /tmp/pyinfra* /tmp/.pyinfra*; echo done\n".encode()


def baseline_text() -> str:
    """The same as a baseline. JSON is YAML."""
    controls = [
        {
            "id": f"BEN-F-{number:02}",
            "kind": "file",
            "title": f"File {number} is as the mail desk wants it",
            "clause": "",
            "obligation": "mandatory",
            "severity": "low",
            "why": "It is measured.",
            "path": path,
            "content": content,
            "owner": OWNER,
            "group": GROUP,
            "mode": MODE,
        }
        for number, (path, content) in enumerate(FILES.items())
    ]
    return json.dumps({"baseline": "bench", "version": "1.0.0", "title": "Thirty files", "controls": controls})
