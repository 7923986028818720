"""A place on a host with systemd: a fake `systemctl` stands on the real one's place in a mount namespace."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.exchange.place import Place, session

FAKE = """\
#!/bin/sh
# A unit runs while BASE/active/UNIT is there. It fails to come back while the configuration says "broken".
echo "$*" >>{base}/calls
words=$*
for last; do :; done
case $words in
*is-active*) [ -e "{base}/active/$last" ] ;;
reload-or-restart*)
  if [ -e {base}/hurt ] || grep -q broken {base}/etc/changed; then rm -f "{base}/active/$last"; exit 1; fi
  [ -e "{base}/active/$last" ] || grep -q "^reset-failed $last" {base}/calls || exit 1
  touch "{base}/active/$last" ;;
*"--quiet start "*)
  [ ! -e {base}/start-fails ] || exit 1
  [ ! -e {base}/start-finds-nothing ] || grep -q daemon-reload {base}/calls ;;
"list-units --all --plain --no-legend "*) [ -e {base}/forgets ] || echo "$last loaded inactive dead" ;;
*) true ;;
esac
"""


@dataclass(frozen=True)
class Systemd:
    """A place on a host with systemd. `prefix` is the command that gives the mount namespace."""

    place: Place
    base: Path
    prefix: tuple[str, ...]

    def calls(self, beginning: str) -> list[str]:
        return [line for line in (self.base / "calls").read_text().splitlines() if line.startswith(beginning)]

    def units(self) -> dict[str, str]:
        return {path.name: path.read_text() for path in (self.base / "units").iterdir() if path.is_file()}

    def running(self) -> set[str]:
        return {path.name for path in (self.base / "active").iterdir()}


def systemd_at(place: Place, private_mounts: tuple[str, ...]) -> Systemd:
    """The place, on such a host."""
    base = place.base
    systemctl = Path("/usr/bin/systemctl")
    if not systemctl.exists() or not Path("/etc/systemd/system").exists():
        pytest.skip("there is no systemctl to put the fake one on")
    (base / "systemctl").write_text(FAKE.format(base=base))
    (base / "systemctl").chmod(0o755)
    (base / "calls").write_text("")
    for name in ("active", "units/timers.target.wants"):
        (base / name).mkdir(parents=True)
    (base / "active/postfix").touch()
    mount = (
        "mount -t tmpfs none /run && mkdir -p /run/systemd/system && "
        f"mount --bind {base}/units /etc/systemd/system && mount --bind {base}/systemctl {systemctl} && "
        'exec "$@"'
    )
    prefix = (*private_mounts, "sh", "-c", mount, "sh")
    return Systemd(Place(base, session(prefix)), base, prefix)
