"""A checker, a reload or an action that is missing, fails or hangs."""

from __future__ import annotations

from tests.faults import site
from tests.faults.case import Case, applied, refused, rolled_back
from tests.faults.deeds import orders, put, root
from tests.faults.host import Deed, SiteHost
from tests.faults.wire import BEGIN, Event

_POSTCONF = (root("[ ! -e /root/postconf ] || mv /root/postconf /usr/sbin/postconf"),)
_GUARD = "/usr/local/sbin"


def _postconf(body: str) -> Event:
    """The checker, and nobody else, gets another postconf."""
    others = '[ "$1" = -c ] || exec /usr/sbin/postconf "$@"'
    return Event(BEGIN, before=put(f"{_GUARD}/postconf", f"#!/bin/sh\n{others}\n{body}\n", 0o755))


CHECKERS = (
    applied("checkers-shipped", "none: the shipped checkers", "-", "verified and confirmed", shipped_validators=True),
    refused(
        "checker-missing",
        "checker not installed",
        "when the staged tree is checked",
        "validate: /etc/postfix: .*postconf: not found",
        Event(BEGIN, before=root("mv /usr/sbin/postconf /root/postconf")),
        mend=_POSTCONF,
    ),
    refused(
        "checker-fails",
        "checker says no",
        "when the staged tree is checked",
        "validate: /etc/postfix: postconf: fatal: so it says",
        _postconf("echo postconf: fatal: so it says >&2; exit 1"),
        mend=(root(f"rm {_GUARD}/postconf"),),
    ),
    refused(
        "checker-hangs",
        "checker hangs",
        "when the staged tree is checked",
        "validate: /etc/postfix:",
        _postconf("sleep 600"),
        mend=(root(f"rm {_GUARD}/postconf"),),
        short_limits=True,
    ),
    refused(
        "checker-meddles",
        "checker changes the host's own file",
        "when the staged tree is checked",
        "Read-only file system",
        _postconf(f"printf 'meddled\\n' >{site.CHANGED}"),
        mend=(root(f"rm {_GUARD}/postconf"),),
    ),
)

_NO_DROP_IN = (root("rm -rf /etc/systemd/system/postfix*.service.d; systemctl daemon-reload"),)
_NOT_THE_NEW_ONE = f"grep -q {site.LIMIT_AFTER} /etc/postfix/master.cf && exit 1; exec postmulti -i - -p reload"
_ONLY_THE_OLD_ONE = f"grep -q {site.LIMIT_AFTER} /etc/postfix/master.cf || exec postmulti -i - -p reload"


def _reloads(command: str) -> Deed:
    """Postfix is reloaded by this, in the unit that the daemon runs in: an instance's, on Debian 12."""

    def do(host: SiteHost) -> None:
        unit = "postfix@-.service" if host.lab.release == "bookworm" else "postfix.service"
        text = f"[Service]\nExecReload=\nExecReload=/bin/sh -c '{command}'\n"
        put(f"/etc/systemd/system/{unit}.d/broken.conf", text)(host)
        host.root("systemctl daemon-reload")

    return do


_FAIL_WHEN_NEW = f"[ $when = start ] || grep -qx old {site.CHANGED}"
_DIE_WHEN_NEW = (
    f"grep -qx old {site.CHANGED} && return; [ $when = start ] || kill -KILL $(systemctl show -P MainPID site); exit 1"
)
_HANG_WHEN_NEW = f"[ $when = start ] || grep -qx old {site.CHANGED} || sleep 600"


def _ordered(name: str, fault: str, script: str, **more: object) -> Case:
    return rolled_back(
        name,
        fault,
        "at the reload",
        "reload: site.service did not come back",
        given=(orders(script),),
        mend=(orders(""),),
        **more,
    )


RELOADS = (
    _ordered("reload-fails", "reload fails with the new files", _FAIL_WHEN_NEW),
    _ordered("reload-hangs", "reload hangs with the new files", _HANG_WHEN_NEW, short_limits=True),
    _ordered(
        "reload-kills",
        "the daemon dies of the new files",
        _DIE_WHEN_NEW,
    ),
    rolled_back(
        "reload-of-an-instance-fails",
        "reload of a part fails: on Debian 12 postfix.service itself has nothing to reload, postfix@- has",
        "at the reload",
        r"reload: postfix(@-\.service)? did not come back",
        given=(_reloads(_NOT_THE_NEW_ONE),),
        mend=_NO_DROP_IN,
    ),
    rolled_back(
        "reload-does-nothing",
        "reload that says it was done, and Postfix reads nothing",
        "at the reload; seen in the second look",
        "Postfix has not read /etc/postfix/master.cf since it was written, and was reloaded",
        given=(_reloads(_ONLY_THE_OLD_ONE),),
        mend=_NO_DROP_IN,
    ),
)

_TOUCH, _REAL = f"{_GUARD}/touch", "/usr/bin/touch"


def _acting(name: str, fault: str, body: str, reason: str = "action: make the mark:", **more: object) -> Case:
    return rolled_back(
        name,
        fault,
        "at the action",
        reason,
        Event(BEGIN, before=put(_TOUCH, f'#!/bin/sh\n[ "$1" = {site.MARK} ] || exec {_REAL} "$@"\n{body}\n', 0o755)),
        mend=(root(f"rm {_TOUCH}"),),
        **more,
    )


ACTIONS = (
    _acting("action-fails", "action fails", "exit 3"),
    _acting("action-fails-half-way", "action fails half-way", f'{_REAL} "$@"; exit 3'),
    _acting("action-hangs", "action hangs half-way", f'{_REAL} "$@"; sleep 600', short_limits=True),
    _acting(
        "action-kills",
        "action kills the apply",
        "kill -KILL $(ps -o ppid= $(ps -o ppid= $PPID))",
        reason="exit code 137",
    ),
)
