"""A small plan that has one of everything, and what a lab host needs for it.

Postfix's master.cf changes through a kind that ships (not main.cf: Postfix waits for two seconds before it reads a
main.cf that was just written, everywhere). The control of this module adds a file that is changed, one that
is created in a directory that is not there, one that goes, an action, and a unit to reload. The unit reads its orders
from `ORDERS`, so that a test can have it fail or hang.
"""

from __future__ import annotations

from typing import Literal

from testinfra.host import Host

from baseline.edits import PutFile, RemoveFile
from baseline.judge import Equal, Wants
from baseline.kinds.base import Control, Titles
from baseline.kinds.postfix_setting import PostfixSetting
from baseline.model import Action, Obligation, Severity, State, Target
from baseline.readings.answers import ask, text
from baseline.remedies.remedy import Remedy

LIMIT_BEFORE, LIMIT_AFTER = 10_240_000, 20_480_000
CHANGED, CREATED, DELETED = "/etc/site/changed", "/etc/site/made/here/created", "/etc/site/deleted"
MARK = "/var/lib/site/mark"
ORDERS = "/var/lib/site/orders"
UNIT = "site.service"

_LOOK = (
    f"cat {CHANGED} 2>/dev/null || echo none; cat {CREATED} 2>/dev/null || echo none; "
    f"[ -e {DELETED} ] && echo there || echo gone; [ -e {MARK} ] && echo marked || echo unmarked"
)

_UNIT_FILE = f"""\
[Service]
ExecStart=/bin/sh -c 'when=start; . {ORDERS}; exec sleep infinity'
ExecReload=/bin/sh -c 'when=reload; . {ORDERS}'
[Install]
WantedBy=multi-user.target
"""

PREPARE = f"""\
set -e
mkdir -p /etc/site /var/lib/site
printf 'old\\n' >{CHANGED}
chown ops:mail {CHANGED}
chmod 0640 {CHANGED}
printf 'to go\\n' >{DELETED}
chmod 0600 {DELETED}
python3 - <<'END'
import os, struct
entries = [(1, 6, -1), (2, 4, 5000), (4, 4, -1), (16, 4, -1), (32, 0, -1)]
acl = struct.pack("<I", 2) + b"".join(struct.pack("<HHi", *entry) for entry in entries)
os.setxattr("{CHANGED}", "system.posix_acl_access", acl)
os.setxattr("{CHANGED}", "user.site", b"kept")
END
touch -d 2020-01-01 {CHANGED} {DELETED}
true >{ORDERS}
cat >/etc/systemd/system/{UNIT} <<'END'
{_UNIT_FILE}END
postconf -e message_size_limit={LIMIT_BEFORE}
systemctl daemon-reload
systemctl enable -q --now {UNIT}
systemctl reload postfix
"""
"""What makes a lab host one that the plan is for. Once for a host."""


def _about(name: str) -> dict[str, object]:
    return {
        "id": name,
        "title": Titles(en="A plan to break", ms="Pelan untuk dirosakkan"),
        "clause": "none",
        "obligation": Obligation.MANDATORY,
        "severity": Severity.HIGH,
        "roles": (),
        "why": "So that its apply can be broken.",
    }


class Site(Control):
    """Three files, a mark that an action makes, and a unit that is reloaded."""

    kind: Literal["site"] = "site"

    def expected(self, target: Target) -> Wants:
        """As planned."""
        del target
        return {
            "changed": Equal("new"),
            "created": Equal("created"),
            "deleted": Equal("gone"),
            "mark": Equal("marked"),
        }

    def actual(self, host: Host, target: Target) -> State:
        """One line for each of the four."""
        del target
        return dict(zip(("changed", "created", "deleted", "mark"), text(ask(host, _LOOK)[0]).splitlines(), strict=True))

    def reads(self, target: Target) -> tuple[str, ...]:
        """The three files."""
        del target
        return (CHANGED, CREATED, DELETED)

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """All of it."""
        del state, target
        return Remedy(
            edits=(
                PutFile(CHANGED, "new\n", "root", "ops", 0o600),
                PutFile(CREATED, "created\n", "root", "root", 0o644),
                RemoveFile(DELETED),
            ),
            actions=(Action("make the mark", do=f"touch {MARK}", undo=f"rm -f {MARK}"),),
            reloads=(UNIT,),
        )


def controls() -> tuple[Control, ...]:
    """The plan's controls."""
    limit = PostfixSetting(
        **_about("FLT-01"),  # type: ignore[arg-type]
        kind="postfix_setting",
        name="message_size_limit",
        value=str(LIMIT_AFTER),
        unit="bytes",
        only="smtp/inet",
        at_least=LIMIT_AFTER,
    )
    return (limit, Site(**_about("FLT-02")))  # type: ignore[arg-type]
