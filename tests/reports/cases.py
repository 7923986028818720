"""Reports as they come from runs, one per situation that a reader must be told apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from baseline.judge import Advised, AtLeast, Equal, Matches, judge, not_looked_at
from baseline.model import (
    Action,
    ApplyOutcome,
    FileChange,
    FileState,
    Finding,
    Gap,
    HandEdit,
    HostApply,
    HostPlan,
    HostReport,
    Location,
    Obligation,
    Outcome,
    Recorded,
    Report,
    Run,
    Severity,
    Span,
    Stale,
    Undecided,
    Unloadable,
    Whole,
)
from baseline.model.waivers import Waiver, Waivers
from baseline.recorded import PROOF
from baseline.waiving import with_waivers

RUN = Run(
    id="20261123T081500Z-0badcafe",
    started="2026-11-23T08:15:00Z",
    finished="2026-11-23T08:15:02Z",
    version="0.1.0",
    baseline_name="mampu-2007",
    baseline_version="1.0.0",
    baseline_sha256="5f" * 32,
)
MX1 = HostReport("mx1", "10.77.0.11", ("mailstore", "mta"), reachable=True, exchanges=1, seconds=0.4213)
INTERRUPTED = "the run was interrupted"
WAITING = "not begun, because of mx1: reload: dovecot failed"
DRIFT = "/etc/dovecot/conf.d/95-baseline.conf: changed since it was applied"
MX2 = HostReport("mx2", "10.77.0.12", ("mta",), reachable=True, exchanges=2, seconds=1.25)
GONE = HostReport(
    "mx3",
    "10.77.0.13",
    ("mta",),
    reachable=False,
    error="the host key of 10.77.0.13 is not known: check its fingerprint, then add it to known_hosts",
    seconds=0.1,
)


def _waiver(control: str, expires: str, reason: str = "a new store is ordered", **more: Any) -> Waiver:
    controls, hosts = frozenset({control}), frozenset({"mx1"})
    ends = datetime.fromisoformat(expires)
    return Waiver(control, "mx1", controls, hosts, reason, "Aminah, CISO", ends, place="waivers.yml:1:3", **more)


UNTOLD = "it is unknown when daemons read their configuration: exit code 124"
STALE = (
    Stale("postfix", "Postfix", "2026-11-24T10:00:00Z", ("/etc/postfix/main.cf", "/etc/postfix/master.cf")),
    Stale("named", "BIND", "2026-11-20T09:30:00Z", ("/etc/bind/named.conf.options",)),
)


UNLOADABLE = (
    Unloadable("rspamd", "Rspamd", True, "failed to load config: /etc/rspamd/local.d/x.conf: line: 1; syntax BAD"),
    Unloadable("nftables", "nftables", False, "/etc/nftables.conf:3:1-5: Error: syntax error, unexpected string"),
)

UNDECIDED = (
    Undecided("20261126T215255Z-4b1c5606", "waiting", "ops", "2026-11-26T21:57:55Z"),
    Undecided("20261125T010203Z-00c5606f", "interrupted", "ops"),
)
"""A transaction that waits, and one that was cut off with its dead-man."""

MAIN = "/etc/postfix/main.cf"
EDITS = tuple(
    HandEdit(
        path,
        ("content",),
        (Span(2, 2),),
        FileChange(path, FileState(b"# main\nrelayhost =\n"), FileState(b"# main\npassword = x\x1b[2J\n"), ()),
        kept=path != MAIN,
    )
    for path in (MAIN, "/etc/dovecot/local.conf")
)
"""Two files that were changed by hand since the last apply; a rollback keeps one of the edits."""


DEFAULT = {"default limit": AtLeast(100 << 20, unit="bytes")}
LIMITS = {"limit of *": AtLeast(100 << 20, unit="bytes")}
WANTED = {"MEL-Q-01": DEFAULT, "MEL-Q-02": LIMITS, "MEL-D-01": {}}
"""What the controls here want, by their ids."""


def passes(host: str = "mx1") -> Finding:
    """A control that is met."""
    return Finding(
        host=host,
        control="MEL-Q-01",
        kind="mailbox_quota",
        title="Default mailbox quota is at least 100 MB",
        outcome=Outcome.PASS,
        reason="as wanted",
        keys=judge(DEFAULT, {"default limit": 1 << 30}).keys,
        clause="f.i-1",
        obligation=Obligation.MANDATORY,
        severity=Severity.CRITICAL,
    )


def fails(host: str = "mx1") -> Finding:
    """A mandatory control that is not met for some accounts."""
    limits = {f"limit of {name}@agensi.example": 100 << 20 for name in ("ali", "mei", "siti")}
    low = {"limit of kumar@agensi.example": 51200000, "limit of tan@agensi.example": None}
    return Finding(
        host=host,
        control="MEL-Q-02",
        kind="mailbox_quota_users",
        title="No account has an effective quota below the floor",
        outcome=Outcome.FAIL,
        reason="limit of kumar@agensi.example is 48.8 MiB (51200000 bytes), wanted >= 100 MiB; "
        "limit of tan@agensi.example is not there, wanted >= 100 MiB",
        keys=judge(LIMITS, {**limits, **low}).keys,
        clause="f.i-1",
        obligation=Obligation.MANDATORY,
        severity=Severity.CRITICAL,
        advice="Take the rule out of the account's userdb entry, so that the default holds for it as for all others.",
    )


def warns(host: str = "mx1") -> Finding:
    """A recommended control that is not met, with values too long for a table."""
    before = "permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination, permit"
    return Finding(
        host=host,
        control="MEL-A-03",
        kind="postfix_restrictions",
        title="Nothing is relayed for strangers, and every list of restrictions ends in a rule that rejects",
        outcome=Outcome.WARN,
        reason=f"smtpd_relay_restrictions in submission/inet is {before}, wanted a list that ends in reject (advised)",
        keys=judge(
            {"smtpd_relay_restrictions in *": Advised(Matches(".*reject", "a list that ends in reject"))},
            {"smtpd_relay_restrictions in submission/inet": before},
        ).keys,
        clause="f",
        obligation=Obligation.ENCOURAGED,
        severity=Severity.HIGH,
        advice="End the list in reject.",
    )


def unknown(host: str = "mx1") -> Finding:
    """A control that could not be looked at."""
    return Finding(
        host=host,
        control="MEL-A-01",
        kind="rspamd_module",
        title="Every message is scanned",
        outcome=Outcome.UNKNOWN,
        reason="`rspamadm configdump -m`: the program is not installed (sh: 1: rspamadm: not found)",
        keys=not_looked_at({"enabled": Equal(value=True)}),
        clause="f",
        obligation=Obligation.MANDATORY,
        severity=Severity.CRITICAL,
    )


def partly() -> Finding:
    """A control that fails by what was seen, although not all of it could be looked at."""
    return replace(fails(), unseen=("from outside: 10.77.0.11 port 25: no answer in time",))


def refused() -> Finding:
    """A control that fails by the words of the program that it rests on."""
    one = unknown()
    return replace(one, outcome=Outcome.FAIL, reason=str(UNLOADABLE[0]), unseen=(one.reason,))


def notapplicable(host: str = "mx1") -> Finding:
    """A control for hosts of another role."""
    return Finding(
        host=host,
        control="MEL-D-01",
        kind="dns_record",
        title="The domain has an MX record, and every name in it has an address",
        outcome=Outcome.NOTAPPLICABLE,
        reason="for dns hosts; the inventory gives this one mailstore, mta",
        keys=(),
        clause="f",
        obligation=Obligation.MANDATORY,
        severity=Severity.HIGH,
    )


def crowded(wrong: int) -> Finding:
    """A control that many accounts do not meet."""
    low = {f"limit of user{number:02}@agensi.example": 1000 + number for number in range(wrong)}
    found = judge(LIMITS, low)
    return replace(fails(), keys=found.keys, reason=found.reason)


def domain() -> Finding:
    """A finding about a domain, which is no host of the inventory."""
    return replace(
        fails("agensi.example"),
        control="MEL-D-04",
        title="The domain has an SPF record",
        keys=judge({"records": Equal(1)}, {"records": 0}).keys,
        reason="records is 0, wanted 1",
        advice="",
    )


def advised(name: str) -> Finding:
    """A recommended control that a domain does not meet; what is said of it names the domain."""
    found = judge({"policy": Advised(Equal("valid"))}, {"policy": f"mta-sts.{name} has no address"})
    return replace(
        warns(name),
        control="MEL-D-08",
        title="MTA-STS and TLS reporting",
        reason=found.reason,
        keys=found.keys,
        advice=f"Serve https://mta-sts.{name}/.well-known/mta-sts.txt",
    )


def without_register() -> Finding:
    """A control that only a register could tell of, where the inventory names none."""
    return replace(
        unlooked(fails("putrajaya"), "no evidence is known: name a register in the inventory (`register: FILE`)"),
        control="MEL-G-04",
        title="Premium maintenance agreement in force",
        clause="d",
        wants_register=True,
    )


def unreached(host: str = "mx3") -> tuple[Finding, ...]:
    """What a host that cannot be reached has for findings."""
    reason = f"{host}: {GONE.error}"
    made = (passes(host), fails(host), notapplicable(host))
    return tuple(unlooked(one, reason) for one in made)


def unlooked(finding: Finding, reason: str) -> Finding:
    """The finding where its host could not be asked."""
    keys = not_looked_at(WANTED[finding.control])
    return replace(finding, outcome=Outcome.UNKNOWN, reason=reason, keys=keys, advice="")


def plan(host: str = "mx1") -> HostPlan:
    """A plan with every phase in it."""
    main = b"# See postconf(5)\nmyhostname = mx1.agensi.example\nmailbox_size_limit = 51200000\nrelayhost =\n"
    return HostPlan(
        host=host,
        packages=("postfix-pcre",),
        files=(
            FileChange("/etc/dovecot/conf.d/91-old.conf", FileState(b"quota = no\n"), FileState(None), ("MEL-Q-01",)),
            FileChange(
                "/etc/dovecot/conf.d/95-baseline.conf",
                FileState(None),
                FileState(b"plugin {\n  quota_rule = *:storage=1G\n}\n", "root", "dovecot", 0o644),
                ("MEL-Q-01", "MEL-Q-02"),
            ),
            FileChange(
                "/etc/postfix/main.cf",
                FileState(main, mode=0o664),
                FileState(main.replace(b"51200000", b"0")),
                ("MEL-Q-06",),
            ),
        ),
        actions=(
            Action(
                "mount /tmp again with its new options",
                "findmnt -T /tmp >/dev/null\nmount -o remount /tmp\n",
                "mount -o remount,exec /tmp\n",
                ("MEL-T-03",),
            ),
        ),
        reloads=("postfix", "dovecot"),
        controls=("MEL-Q-01", "MEL-Q-02", "MEL-Q-06", "MEL-T-03"),
        by_hand=(
            ("MEL-Q-09", "Grow the filesystem of the mail store, or write a waiver with the date of the upgrade."),
        ),
    )


def _apply(outcome: ApplyOutcome, reason: str, restored: bool | None = None) -> Report:
    steps = ("locked", "staged 3 files", "validated with postfix check", "swapped 3 files", "reloaded postfix dovecot")
    ended = HostApply("mx1", outcome, reason, "20261123T081500Z-a1b2", plan(), steps, restored)
    found = (passes(), fails()) if outcome is not ApplyOutcome.APPLIED else (passes(), notapplicable())
    nothing = HostApply("mx2", ApplyOutcome.NOTHING, "nothing to do", plan=HostPlan("mx2"))
    return Report(RUN, (MX1, MX2), (*found, passes("mx2")), (plan(), HostPlan("mx2")), (ended, nothing))


def placed() -> Finding:
    """A control that two lines of Postfix's files do not meet."""
    found = judge(
        {"queue_minfree": AtLeast(1 << 30, unit="bytes"), "queue_minfree in *": AtLeast(1 << 30, unit="bytes")},
        {"queue_minfree": 1000, "queue_minfree in smtp/inet": 2000, "queue_minfree in submission/inet": 1 << 30},
        {
            "queue_minfree": Location("/etc/postfix/main.cf", 47),
            "queue_minfree in smtp/inet": Location("/etc/postfix/master.cf", 12),
            "queue_minfree in submission/inet": Location("/etc/postfix/master.cf", 18),
        },
    )
    title = "The Postfix queue filesystem refuses mail before it fills"
    return replace(fails(), control="MEL-T-03", title=title, reason=found.reason, keys=found.keys, advice="")


KEPT = "run 20261122T081500Z-00c0ffee of 2026-11-22T08:15:02Z"

CHECKS = {
    "placed": Report(RUN, (MX1,), (passes(), placed())),
    "conforms": Report(RUN, (MX1,), (passes(), notapplicable())),
    "advised-only": Report(RUN, (MX1,), (passes(), warns())),
    "chosen": Report(
        replace(RUN, chosen_from=Whole(60, {"f": 1, "f.i-1": 9, "g": 4})), (MX1,), (passes(), notapplicable(), warns())
    ),
    "strict": Report(RUN, (MX1,), (passes(), warns()), strict=True),
    "fails": Report(RUN, (MX1,), (passes(), fails(), warns(), notapplicable())),
    "crowded": Report(RUN, (MX1,), (crowded(12), replace(crowded(7), control="MEL-Q-03"))),
    "domain": Report(RUN, (MX1,), (passes(), domain())),
    "alike": Report(
        RUN, (MX1,), (passes(), *map(advised, ("agensi.example", "jabatan.example", "kementerian.example")))
    ),
    "no-register": Report(RUN, (MX1,), (passes(), without_register())),
    "no-register-strict": Report(RUN, (MX1,), (passes(), without_register()), strict=True),
    "waivers": with_waivers(
        Report(RUN, (MX1,), (replace(passes(), control="MEL-Q-01"), fails(), replace(fails(), control="MEL-A-01"))),
        Waivers(
            (
                _waiver("MEL-Q-02", "2027-03-31T17:00+08:00", compensating="the store is watched daily", ticket="T-7"),
                _waiver("MEL-A-01", "2026-12-01T00:00+08:00", kind="annotation", reason="the parser errs, see T-9"),
                _waiver("MEL-Q-01", "2027-01-31T00:00Z"),
                _waiver("MEL-D-01", "2026-11-23T16:15:02+08:00"),
                _waiver("MEL-D-02", "2027-06-30T00:00+08:00", begins=datetime(2027, 1, 1, tzinfo=UTC)),
            )
        ),
    ),
    "waived": Report(RUN, (MX1,), (passes(), replace(fails(), waived="until 2027-03-31: new store is ordered"))),
    "drifted": Report(RUN, (MX1,), (replace(passes(), drift=True, reason=f"as wanted; {DRIFT}"),)),
    "drifted-file": Report(RUN, (replace(MX1, drifted=(DRIFT,)),), (passes(), warns())),
    "stale": Report(RUN, (replace(MX1, stale=STALE),), (passes(), warns())),
    "unloadable": Report(RUN, (replace(MX1, unloadable=UNLOADABLE),), (passes(), refused(), partly())),
    "edited": Report(RUN, (replace(MX1, drifted=(f"{MAIN}: content changed at line 2",), edits=EDITS),), (passes(),)),
    "undecided": Report(RUN, (replace(MX1, undecided=UNDECIDED),), (passes(), warns())),
    "undecided-broken": Report(RUN, (replace(MX1, undecided=(replace(UNDECIDED[1], state="broken"),)),), (passes(),)),
    "stale-untold": Report(RUN, (replace(MX1, untold=(UNTOLD,)),), (passes(),)),
    "unknown": Report(RUN, (MX1,), (passes(), unknown(), fails())),
    "unknown-alike": Report(RUN, (MX1,), tuple(replace(unknown(), control=f"MEL-Q-{n:02}") for n in range(1, 19))),
    "unreachable": Report(RUN, (MX1, MX2, GONE), (passes(), notapplicable(), fails("mx2"), *unreached())),
    "gaps": Report(
        replace(RUN, every=86_400),
        (MX1, MX2),
        (passes(), passes("mx2")),
        gaps=(
            Gap("2026-11-21T08:15:02Z", "2026-11-23T08:15:02Z", 2, ("mx1", "mx2")),
            Gap("2026-11-22T08:15:02Z", "", 1, ("mx3", "mx4", "mx5", "mx6")),
        ),
    ),
    "recorded": Report(
        replace(RUN, recorded=Recorded("20261122T081500Z-00c0ffee", "2026-11-22T08:15:02Z")),
        (replace(MX1, exchanges=0, seconds=0.0, note=f"not connected to: judged by its answers in {KEPT}"),),
        (passes(), replace(unknown(), reason=f"{KEPT} did not ask this, or did not keep it: `doveadm quota get`")),
        notes=(f"These are answers that were kept of {KEPT}: {PROOF}.",),
    ),
    "interrupted": Report(
        replace(RUN, cut_short="interrupted"),
        (MX1, replace(MX2, reachable=False, error=INTERRUPTED)),
        (passes(), unlooked(passes("mx2"), INTERRUPTED)),
    ),
    "deadline": Report(
        replace(RUN, cut_short="deadline"),
        (MX1, replace(MX2, reachable=False, error="the time of the run (--deadline) is over")),
        (passes(), unlooked(passes("mx2"), "the time of the run (--deadline) is over")),
    ),
    "nothing-judged": Report(RUN, (MX2,), (notapplicable("mx2"),)),
    "hostile": Report(
        RUN,
        (MX1,),
        (
            replace(
                unknown(),
                reason="said \x1b]0;owned\x07\x1b[2Jthis\r\nand \u202ethat & <b>",
                keys=judge({}, {"banner": "\x9b31m\x00"}).keys,
            ),
        ),
    ),
}
PLANS = {
    "plan": Report(RUN, (MX1, MX2), (passes(), fails(), unknown(), passes("mx2")), (plan(), HostPlan("mx2"))),
    "plan-nothing": Report(RUN, (MX2,), (passes("mx2"),), (HostPlan("mx2"),)),
    "plan-unreachable": Report(RUN, (GONE,), unreached()),
    "plan-by-hand": Report(
        RUN, (MX1,), (fails(),), (HostPlan("mx1", by_hand=(("MEL-Q-02", "Take the rule out of the userdb."),)),)
    ),
}
APPLIES = {
    "applied": _apply(ApplyOutcome.APPLIED, "applied, verified and confirmed"),
    "rolled-back": _apply(
        ApplyOutcome.ROLLED_BACK,
        "after the apply MEL-Q-02 is still fail: limit of tan@agensi.example is not there; the host is as it was",
        restored=True,
    ),
    "half-restored": _apply(
        ApplyOutcome.ROLLED_BACK, "reload: dovecot failed; NOT wholly restored: /etc/postfix/main.cf", restored=False
    ),
    "refused": _apply(ApplyOutcome.REFUSED, "validate: postfix check said: fatal: bad numerical configuration"),
    "not-begun": replace(
        _apply(ApplyOutcome.ROLLED_BACK, "reload: dovecot failed; the host is as it was", restored=True),
        hosts=(MX1, replace(MX2, reachable=False, error=WAITING)),
        findings=(passes(), fails(), unlooked(passes("mx2"), WAITING)),
        plans=(plan(),),
        applies=(
            HostApply("mx1", ApplyOutcome.ROLLED_BACK, "reload: dovecot failed", plan=plan(), restored=True),
            HostApply("mx2", ApplyOutcome.NOT_BEGUN, WAITING),
        ),
    ),
    "interrupted-apply": replace(
        _apply(ApplyOutcome.APPLIED, "applied, verified and confirmed"),
        run=replace(RUN, cut_short="interrupted"),
        hosts=(MX1, replace(MX2, reachable=False, error=INTERRUPTED)),
        findings=(passes(), unlooked(passes("mx2"), INTERRUPTED)),
        plans=(plan(),),
        applies=(
            HostApply("mx1", ApplyOutcome.APPLIED, "applied, verified and confirmed", plan=plan()),
            HostApply("mx2", ApplyOutcome.NOT_BEGUN, INTERRUPTED),
        ),
    ),
    "lost": _apply(ApplyOutcome.UNKNOWN, "it could not be told to restore (timed out), and restores itself"),
}


def _rollback(outcome: ApplyOutcome, reason: str, restored: bool | None = None) -> Report:
    """What the command `rollback` reports: one host, and no baseline."""
    undo = Action(
        "undo: mount /tmp again with its new options", "mount -o remount,exec /tmp\n", "mount -o remount /tmp\n"
    )
    changes = tuple(FileChange(one.path, one.after, one.before, ()) for one in plan().files)
    back = HostPlan("mx1", files=changes, actions=(undo,), reloads=("postfix",))
    if outcome is ApplyOutcome.NOTHING:
        back = HostPlan("mx1")
    ended = HostApply("mx1", outcome, reason, "20261123T081500Z-a1b2", back, ("locked",), restored)
    run = replace(RUN, baseline_name="", baseline_version="", baseline_sha256="")
    return Report(run, (MX1,), (), (back,), (ended,))


ROLLBACKS = {
    "rollback": _rollback(
        ApplyOutcome.ROLLED_BACK, "rolled back to generation 2, verified and confirmed", restored=True
    ),
    "rollback-edits": replace(
        _rollback(ApplyOutcome.ROLLED_BACK, "rolled back to generation 2, verified and confirmed", restored=True),
        hosts=(replace(MX1, edits=EDITS),),
    ),
    "rollback-nothing": _rollback(ApplyOutcome.NOTHING, "already as it was then"),
    "rollback-refused": _rollback(
        ApplyOutcome.REFUSED, "not rolled back: reload: dovecot failed; the host is as it was", restored=True
    ),
    "rollback-broken": _rollback(
        ApplyOutcome.ROLLED_BACK, "reload: dovecot failed; NOT wholly restored: /etc/postfix/main.cf", restored=False
    ),
    "rollback-lost": Report(
        replace(RUN, baseline_name="", baseline_version="", baseline_sha256=""),
        (GONE,),
        (),
        applies=(HostApply("mx3", ApplyOutcome.UNKNOWN, GONE.error or ""),),
    ),
}
