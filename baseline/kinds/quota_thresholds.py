"""Kind `quota_thresholds`: warn, then stop sending, then stop receiving."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from baseline.edits import Edit, PutFile, SetBlock
from baseline.errors import CannotTell
from baseline.formats.dovecot import DROP_IN, parse_settings, section
from baseline.formats.postfix import POSTFIX_FILES, restriction_tokens
from baseline.judge import Advised, AtLeast, AtMost, Equal, OneOf, Want, Wants
from baseline.kinds.base import AbsolutePath, ByHand, Control, Line, Loosens, SystemName
from baseline.model import Action, Location, Scalar, State, Target
from baseline.model.looks import Parts
from baseline.readings.answers import ask, text
from baseline.readings.dialects.dialect import EARLY
from baseline.readings.dovecot import BLOCKS, DIALECT, Dovecot, dialect_of
from baseline.readings.outline import Outline, set_in
from baseline.readings.quota_stopping import STOPPED_BY, by_own_means, stopping, untold
from baseline.readings.quota_warnings import WARNER, levels
from baseline.readings.smtpd_lists import Smtpd, names, placed
from baseline.remedies import quota_levels
from baseline.remedies.mending import faults, helps
from baseline.remedies.remedy import Effects, Remedy
from baseline.shell import script
from baseline.templates import render

if TYPE_CHECKING:
    from testinfra.backend.base import CommandResult
    from testinfra.host import Host

SERVICE = f"doveconf service/{WARNER}"
UNIT = "baseline-quota-reconcile"
TIMER = f"systemctl show -p ActiveState,UnitFileState {UNIT}.timer"
UIDS = "doveadm user '*' | tail -n 20 | while read -r u; do doveadm user -f uid \"$u\"; done | sort -u | tr '\\n' ' '"
"""The users that mail processes run as, from some accounts: one where mail belongs to a mail user, else many."""

LAST_RUN = f"systemctl show -p Result --value {UNIT}.service"
_LIST = "smtpd_sender_restrictions"
RENDERED = "as rendered"
_IN_THE_BLOCK = ("warning rules", "warns at", "stops sending at", "sending opens below", "grace")
SENDING = 104_857_600
"""Sending should not stop before an account has had the space that the mandate gives it (bytes)."""


class QuotaThresholds(Control):
    """The three levels of a mailbox quota, as mail servers with a sending limit have them, for Dovecot and Postfix.

    At `warn_pct` of the quota the account gets a mail, in Malay and English. At `send_pct` it can no longer send:
    its login goes into a table that Postfix's smtpd consults for authenticated clients. At 100 % it can no longer
    receive, which is the quota itself and `overquota_refusal`. Accounts without a limit meet none of the three.

    Looked at: the `quota_warning` rules in force, which Dovecot tries in order and of which it runs the first
    that was crossed, so the highest has to come first; that ours are among them, with their service, scripts and
    units as rendered; that the table can be read; that the timer runs and its last run went well; and that for
    every smtpd service that offers AUTH the table is the first rule of smtpd_sender_restrictions, in main.cf
    or in its override of master.cf. `bytes at which sending stops` warns when the default quota is so small
    that sending stops below 100 MB.

    Applied: rules and service in a block of the drop-in (other storage rules of the site are kept, in order);
    scripts in /usr/local/lib/baseline; the table in `folder`, owned by the mail user; and a systemd timer that
    recomputes the table by the hour and 20 seconds after an apply or a boot. Dovecot runs a rule only at the
    moment of crossing, so accounts that were above it before would else never be stopped, nor freed when their
    quota is raised.

    In Dovecot 2.4 a rule is a block `warning NAME` of a root, or `quota_warning NAME` for all roots, and those for all
    are tried first. What a rule does not say, its root or a setting for all says: a level may be that of another limit,
    of messages, or a falling one. Ours are for all roots, in 00-baseline.conf; those of the site are written there
    again, each at its place. The grace is a number of bytes, told as a share of the default quota.

    What can go wrong: the mail user has to exist, and has to be the user that Dovecot's mail processes run as
    (`mail_uid`). Where every account is a system user of its own, give `mail_user: root`: the socket is then open
    to local users, who could stop one another's sending until the next hourly run. A table that is deleted makes
    smtpd answer 4xx to everybody; smtpd opens it as root, so the mail user is to be guarded like root. Mail handed
    in by sendmail(1) on the host, or by Dovecot's own submission service, is not held back. Sources:
    doc.dovecot.org 2.3 and 2.4, "Quota Warning Scripts"; access(5); postconf(5) smtpd_sender_restrictions;
    DATABASE_README.
    """

    summary: ClassVar[str] = "Three levels of a mailbox quota: warn, stop sending, stop receiving."
    nothing_to_judge: ClassVar[str] = "the inventory does not give this host the role mta: nobody sends through it"
    loosens: ClassVar[Loosens] = {"warn_pct": "higher", "send_pct": "higher"}
    effects: ClassVar[Effects | None] = Effects(
        displaces="warning rules of the site's own at the same level, of which Dovecot would run ours alone",
        notice="Users get a mail at the first level of their quota, and cannot send from the second on until "
        "there is room.",
    )
    by_hand: ClassVar[ByHand] = {
        "bytes at which sending stops": (
            "Raise the default quota, so that an account has its 100 MB before sending stops."
        ),
        "last run of the timer": (
            "Read `journalctl -u baseline-quota-reconcile`: the table of stopped senders was not brought up to date."
        ),
    }

    kind: Literal["quota_thresholds"]
    warn_pct: Annotated[
        int, Field(ge=50, le=95, description="Percent of the quota at which the account is warned.")
    ] = 80
    send_pct: Annotated[int, Field(ge=50, le=99, description="Percent at which it can no longer send.")] = 95
    grace_pct: Annotated[
        int, Field(ge=0, le=50, description="Percent of the quota by which the last mail received may exceed it.")
    ] = 10
    mail_user: Annotated[SystemName, Field(description="User that Dovecot's mail processes run as.")] = "vmail"
    mail_group: Annotated[SystemName, Field(description="Group of the table's folder.")] = "vmail"
    folder: Annotated[AbsolutePath, Field(description="Folder of the table of logins that may not send.")] = (
        "/var/lib/baseline-quota"
    )
    reply: Annotated[
        Line,
        Field(pattern=r"^[45][0-9]{2} [45]\.[0-9]+\.[0-9]+ [^\"\\]+$", description="What a stopped sender is told."),
    ] = "552 5.2.2 Sending is stopped, your mailbox is almost full / Penghantaran dihentikan, peti mel hampir penuh"

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.warn_pct >= self.send_pct:
            raise ValueError(f"warn_pct ({self.warn_pct}) has to be below send_pct ({self.send_pct})")
        return self

    def expected(self, target: Target) -> Wants:
        """The three levels in order, and everything that makes the second one work."""
        if "mta" not in target.roles:
            return {}
        wants: dict[str, Want] = {
            "mail user*": Equal("there"),
            "warning rules": Equal("readable, highest first"),
            "warns at": AtMost(self.warn_pct, self.send_pct - 1, "%"),
            "stops sending at": Equal(self.send_pct),
            "sending opens below": Equal(self.send_pct),
            "grace": AtMost(self.grace_pct, 50, "%"),
            "grace of *": AtMost(self.grace_pct, 50, "%"),
            "warning service*": Equal("declared"),
            "folder of the table*": Equal(f"{self.mail_user}:{self.mail_group} 755"),
            "table*": Equal("readable"),
            "timer*": Equal("active, enabled"),
            "last run of the timer*": Advised(Equal("success")),
            "stopped in *": OneOf(("yes", "no AUTH")),
            "bytes at which sending stops": Advised(AtLeast(SENDING, unit="bytes")),
        }
        return wants | {f"file {path}*": Equal(RENDERED) for path in self._files(target)}

    def actual(self, host: Host, target: Target) -> State:
        """The rules, the service and its files, the table, the timer, and every list that smtpd evaluates."""
        if "mta" not in target.roles:
            return {}
        dovecot, smtpd = Dovecot(host), Smtpd(host)
        service, timer, last, user, uids = ask(host, SERVICE, TIMER, LAST_RUN, f"id -u {self.mail_user}", UIDS)
        (blocks,) = ask(host, BLOCKS)
        folder, table = ask(host, self._stat, f"postmap -q baseline-probe {self._table}")
        files = self._files(target)
        digests = ask(host, *(_digest(path) for path in files))
        state = Parts()
        with state.part():
            warnings, settings = dovecot.dialect.warnings, dovecot.settings
            state[DIALECT] = dovecot.dialect.name
            state |= levels(warnings, settings, text(blocks))
            state["bytes at which sending stops"] = self._bytes(settings.limit)
        with state.part():
            state["mail user"] = self._user(user, text(uids))
        with state.part():
            state["warning service"] = self._service(text(service))
        with state.part():
            state["folder of the table"] = _line(folder)
        # postmap answers 1 for a key that is not there, and complains where there is no table.
        if table.rc not in (0, 1, 127):
            text(table)
        state["table"] = "readable" if table.rc in (0, 1) and not table.stderr_bytes.strip() else None
        with state.part():
            state["timer"] = ", ".join(line.partition("=")[2] for line in text(timer).split("\n") if line.strip())
        with state.part():
            state["last run of the timer"] = text(last).strip()
        for (path, content), digest in zip(files.items(), digests, strict=True):
            with state.part():
                state[f"file {path}"] = _likeness(text(digest).strip(), content)
        with state.part():
            state |= smtpd.written_all(_LIST)
            state |= {f"stopped in {one}": self._stopped(smtpd, one) for one in smtpd.services}
        with state.part():
            try:
                warnings = dovecot.dialect.warnings
                own = stopping(host, smtpd, warnings, warnings.written(dovecot.settings, text(blocks)), self._table)
            except CannotTell:
                untold(state)
                raise
            if own:
                by_own_means(own, state)
        return state

    def set_at(self, state: State, written: Outline) -> Mapping[str, Location]:
        """The grace, by the name that the dialect has for it."""
        if DIALECT not in state:
            return {}
        return written.places(state, set_in("dovecot", also={"grace": dialect_of(state).called("grace")}))

    def reads(self, target: Target) -> tuple[str, ...]:
        """The drop-in, the file before the site's, Postfix's two files, the scripts and the units."""
        return (DROP_IN, EARLY, *POSTFIX_FILES, *self._files(target))

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """Rules, service, scripts, table, timer and smtpd's lists; nothing when the mail user is not there."""
        by_hand = ("bytes at which sending stops", "last run of the timer")
        if state.get("mail user", "there") != "there":
            return None
        if not helps(self.expected(target), state, lambda key: key in by_hand):
            return None
        if STOPPED_BY in state:
            return Remedy(advice=quota_levels.by_hand(state, self.send_pct))
        lost = quota_levels.displaced(state, self.send_pct)
        # What stands is not written again: a check has no files to see that by, and would tell people of it.
        known, wrong = dict(state), faults(self.expected(target), state)
        in_block = any(key in _IN_THE_BLOCK or key.startswith("warning service") for key in wrong)
        edits: list[Edit] = [*self._warnings(state)] if in_block else []
        for path, content in self._files(target).items():
            script = path.startswith(SCRIPTS)
            if known.get(f"file {path}") != RENDERED:
                edits.append(PutFile(path, content, mode=0o755 if script else 0o644))
        if any(value == "no" for key, value in state.items() if key.startswith("stopped in ")):
            edits += placed(_LIST, state, self._access, "first")
        told = "" if quota_levels.warned(state, self.warn_pct) else f"get a mail at {self.warn_pct} %, and "
        noticed = f"Users {told}cannot send from {self.send_pct} % of their quota on until there is room."
        actions = self._actions(state)
        units = ("dovecot", "postfix")
        return Remedy(edits=tuple(edits), actions=actions, reloads=units, displaces=lost, noticed=noticed)

    def advice(self, state: State) -> str:
        """What only a person can mend."""
        if state.get("mail user", "there") != "there":
            return "Name the user that Dovecot's mail processes run as (mail_uid) as mail_user."
        return ""

    # --- what is written --------------------------------------------------------------------------

    @property
    def _table(self) -> str:
        return f"hash:{self.folder}/send_blocked"

    @property
    def _access(self) -> str:
        return f"check_sasl_access {self._table}"

    @property
    def _stat(self) -> str:
        return f"if [ -d {self.folder} ]; then stat -c '%U:%G %a' {self.folder}; else echo; fi"

    def _files(self, target: Target) -> dict[str, str]:
        """Path -> content of the scripts and units."""
        values = {
            "scripts": SCRIPTS,
            "user": self.mail_user,
            "table": f"{self.folder}/send_blocked",
            "warn_pct": self.warn_pct,
            "send_pct": self.send_pct,
            "reply": self.reply,
            "sender": f"postmaster@{target.domains[0]}" if target.domains else "postmaster",
        }
        scripts = {
            f"{SCRIPTS}/{name}": render(f"dovecot/{name}.sh.j2", **values)
            for name in ("quota-warning", "quota-send", "quota-reconcile")
        }
        units = {
            f"/etc/systemd/system/{UNIT}.{sort}": render(f"systemd/{UNIT}.{sort}.j2", **values)
            for sort in ("service", "timer")
        }
        return scripts | units

    def _warnings(self, state: State) -> tuple[SetBlock, ...]:
        """The rules, the grace and the service, in the words of the dialect."""
        dialect = dialect_of(state)
        rules = quota_levels.rules(state, self.warn_pct, self.send_pct)
        grace, stops = state["grace"], state["bytes at which sending stops"]
        limit = stops * 100 // self.send_pct if isinstance(stops, int) else None
        fits = isinstance(grace, int) and grace <= self.grace_pct
        written = str(state["grace as written"]) if fits else dialect.warnings.grace_of(self.grace_pct, limit)
        mode = "0666" if self.mail_user == "root" else "0600"
        socket = section(f"unix_listener {WARNER}", [f"user = {self.mail_user}", f"mode = {mode}"])
        service = [
            f"executable = script {SCRIPTS}/quota-warning",
            f"user = {self.mail_user}",
            # As Dovecot's own mail processes: dovecot-lda tells its doings to the stats service.
            f"extra_groups = {dialect.value_of('default_internal_group')}",
            socket,
        ]
        return dialect.warnings.edits(self.id, rules, written, section(f"service {WARNER}", service))

    def _actions(self, state: State) -> tuple[Action, ...]:
        """The folder with a table in it, before smtpd is told of it; then the timer."""
        actions = []
        if state["table"] is None or state["folder of the table"] != f"{self.mail_user}:{self.mail_group} 755":
            there = state["folder of the table"] is not None
            owner, mode = str(state["folder of the table"]).split() if there else ("", "")
            values = {"user": self.mail_user, "group": self.mail_group, "folder": self.folder, "scripts": SCRIPTS}
            actions.append(
                Action(
                    "make the table of senders that are stopped",
                    script("baseline.kinds", "quota_thresholds", **values),
                    f"chown {owner} {self.folder} && chmod {mode} {self.folder}\n"
                    if there
                    else f"rm -rf {self.folder}\n",
                    undo_after_files=True,
                )
            )
        if state["timer"] != "active, enabled":
            was = str(state["timer"])
            undo = ([] if was.endswith(", enabled") else [f"systemctl --quiet disable {UNIT}.timer"]) + (
                [] if was.startswith("active, ") else [f"systemctl stop {UNIT}.timer"]
            )
            actions.append(
                Action(
                    f"start {UNIT}.timer",
                    f"systemctl daemon-reload && systemctl --quiet enable {UNIT}.timer &&\n"
                    f"systemctl restart {UNIT}.timer\n",
                    f"{'; '.join(undo)}; systemctl reset-failed {UNIT}.service; :\n",
                )
            )
        elif any(value != RENDERED for key, value in state.items() if key.startswith("file /etc/systemd/")):
            actions.append(
                Action("have systemd read its units", "systemctl daemon-reload\n", "systemctl daemon-reload\n")
            )
        return tuple(actions)

    # --- what is read -----------------------------------------------------------------------------

    def _user(self, result: CommandResult, uids: str) -> str | None:
        """Whether the mail user exists and is the one whose processes cross thresholds; root serves all."""
        if result.rc == 1:
            return None
        own = text(result).strip()
        others = [uid for uid in uids.split() if uid not in (own, "0")]
        return f"not the user of all accounts ({', '.join(others[:5])})" if others and own != "0" else "there"

    def _service(self, printed: str) -> str | None:
        """Whether our service runs our script as the mail user, with a socket for that user."""
        found = {(*one.section[1:], one.name): one.value for one in parse_settings(printed)}
        if not found:
            return None
        socket = f"unix_listener {WARNER}"
        right = (
            found.get(("executable",)) == f"script {SCRIPTS}/quota-warning"
            and found.get(("user",)) == self.mail_user
            and found.get((socket, "user")) == self.mail_user
        )
        return "declared" if right else "declared otherwise"

    def _stopped(self, smtpd: Smtpd, service: str) -> str:
        if smtpd.effective(service, "smtpd_sasl_auth_enable") != "yes":
            return "no AUTH"
        return "yes" if names(restriction_tokens(smtpd.effective(service, _LIST)), self._access) == 0 else "no"

    def _bytes(self, limit: int | str) -> Scalar:
        return limit * self.send_pct // 100 if isinstance(limit, int) else limit


SCRIPTS = "/usr/local/lib/baseline"


def _digest(path: str) -> str:
    return f"if [ -f {path} ]; then stat -c %a {path} && sha256sum <{path}; else echo absent; fi"


def _likeness(printed: str, content: str) -> str | None:
    """`as rendered` for the right bytes under the right mode, None for no file."""
    if printed == "absent":
        return None
    mode, _, digest = printed.partition("\n")
    same = digest.split(" ")[0] == hashlib.sha256(content.encode()).hexdigest()
    runs = mode == ("755" if content.startswith("#!") else "644")
    return RENDERED if same and runs else "differs" if not same else f"has mode {mode}"


def _line(result: CommandResult) -> str | None:
    return text(result).strip() or None
