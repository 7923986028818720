"""Sentences and numbers as people read them, the same in every place that prints them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence

from baseline.model import ApplyOutcome, Compared, Finding, Obligation, Outcome, Report, Scalar
from baseline.model.numbers import digits

OUTCOMES = {
    Outcome.FAIL: "FAIL",
    Outcome.UNKNOWN: "unknown",
    Outcome.WARN: "warn",
    Outcome.PASS: "pass",
    Outcome.NOTAPPLICABLE: "n/a",
}
"""The word of each outcome in tables, worst first."""

_HIDDEN = re.compile(r"[^\n\t -~]")


def visible(text: str) -> str:
    """Text from a host with everything that could steer a terminal written as an escape; newlines and tabs stay."""
    return _HIDDEN.sub(lambda match: match[0] if match[0].isprintable() else ascii(match[0])[1:-1], text)


def one_line(text: str) -> str:
    """Visible text on one line: newlines and tabs are written as escapes too."""
    return visible(text).replace("\n", "\\n").replace("\t", "\\t")


def value(scalar: Scalar) -> str:
    """A value of a state."""
    if scalar is None:
        return "not there"
    if isinstance(scalar, bool):
        return "yes" if scalar else "no"
    if isinstance(scalar, int | float):
        return digits(scalar)
    return one_line(scalar) or "empty"


def wanted(one: Compared) -> str:
    """What was wanted of a key; empty where nothing was."""
    return one_line(one.wanted.words(value)) if one.wanted else ""


def found(one: Compared) -> str:
    """What was found of a key, in the unit of what was wanted."""
    return one.found_in_words(value)


def count(number: int, noun: str, plural: str = "") -> str:
    """`1 host`, `2 hosts`."""
    return f"{number} {noun if number == 1 else plural or f'{noun}s'}"


def listed(words: Iterable[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    *head, tail = [*words] or [""]
    return f"{', '.join(head)} {last} {tail}" if head else tail


def on_hosts(names: Collection[str], total: int) -> str:
    """`on mx1 and mx2` while that is short, then `on 7 of 20 hosts`."""
    known = list(dict.fromkeys(names))
    if len(known) <= 3:
        return f"on {listed(one_line(name) for name in known)}"
    return f"on {len(known)} of {total} hosts" if len(known) < total else f"on all {total} hosts"


def tally(findings: Sequence[Finding]) -> str:
    """`41 pass, 2 FAIL, 1 warn`: outcomes that occur, then the waived and the drifted among them."""
    parts = [
        f"{number} {word.lower()}"
        for outcome, word in OUTCOMES.items()
        if (number := sum(finding.outcome is outcome for finding in findings))
    ]
    waived = sum(finding.waived is not None for finding in findings)
    drifted = sum(finding.drift for finding in findings)
    parts += [f"{waived} of them waived"] if waived else []
    parts += [f"{drifted} of them drifted"] if drifted else []
    return ", ".join(parts) or "no findings"


def verdict(report: Report) -> str:
    """One sentence on the whole report, for the exit code it has."""
    return {4: _rolled_back, 3: _untold, 1: _against, 0: _conforms}[report.exit_code](report)


def _rolled_back(report: Report) -> str:
    back = [apply for apply in report.applies if apply.outcome is ApplyOutcome.ROLLED_BACK]
    broken = [apply.host for apply in back if apply.restored is False]
    where = on_hosts([apply.host for apply in back], len(report.hosts))
    if broken:
        return f"Rolled back {where}, but NOT wholly restored {on_hosts(broken, len(report.hosts))}: look there now."
    return f"Rolled back and verified {where}."


def _untold(report: Report) -> str:
    total = len(report.hosts)
    waiting = [apply.host for apply in report.applies if apply.outcome is ApplyOutcome.NOT_BEGUN]
    gone = [host.name for host in report.hosts if not host.reachable and host.name not in waiting]
    lost = [one.host for one in report.applies if one.outcome is ApplyOutcome.UNKNOWN and one.host not in gone]
    unasked = {*gone, *waiting}
    there = [one for one in report.findings if one.outcome is Outcome.UNKNOWN and one.host not in unasked]
    parts = [f"no connection to {on_hosts(gone, total).removeprefix('on ')}"] if gone else []
    parts += [f"not begun {on_hosts(waiting, total)}"] if waiting else []
    parts += [f"the apply did not end in sight {on_hosts(lost, total)}"] if lost else []
    untold = [host.name for host in report.hosts if host.untold]
    parts += [f"whether daemons run what their files say {on_hosts(untold, total)}"] if untold else []
    if there:
        controls = len({one.control for one in there})
        parts.append(f"{count(controls, 'control')} unknown {on_hosts([one.host for one in there], total)}")
    against = _counted(report)
    besides = f" Besides, {against}." if against else ""
    return f"Could not tell: {'; '.join(parts)}.{besides}"


def _against(report: Report) -> str:
    refused = [apply.host for apply in report.applies if apply.outcome is ApplyOutcome.REFUSED]
    parts = [f"the apply was refused {on_hosts(refused, len(report.hosts))}"] if refused else []
    counted = _counted(report)
    return f"Does not conform: {'; '.join([*parts, *([counted] if counted else [])])}."


def _counted(report: Report) -> str:
    """What counts against the run, in words; empty when nothing does."""
    against = [finding for finding in report.findings if report.counts_against(finding)]
    fails = len({finding.control for finding in against if finding.outcome is Outcome.FAIL})
    warns = len({finding.control for finding in against if finding.outcome is Outcome.WARN})
    plainly = report.strict or any(finding.drift for finding in against)
    noun = "control" if plainly else "mandatory control"
    parts = [f"{count(fails, noun)} {'fails' if fails == 1 else 'fail'}"] if fails else []
    parts += [f"{count(warns, 'control')} {'warns' if warns == 1 else 'warn'}"] if warns else []
    where = on_hosts([finding.host for finding in against if finding.outcome is not Outcome.PASS], len(report.hosts))
    drifted = [host.name for host in report.hosts if host.drifted]
    drifted += [finding.host for finding in against if finding.drift]
    told = [f"{listed(parts)} {where}"] if parts else []
    told += [f"drift {on_hosts(drifted, len(report.hosts))}"] if drifted else []
    stale = [host.name for host in report.hosts if host.stale]
    told += [f"stale daemons {on_hosts(stale, len(report.hosts))}"] if stale else []
    return "; ".join(told)


def _conforms(report: Report) -> str:
    if all(finding.outcome is Outcome.NOTAPPLICABLE for finding in report.findings):
        return "Conforms, but nothing was judged: no control is for the roles of these hosts."
    if report.strict:
        return f"Conforms: nothing fails or warns on {count(len(report.hosts), 'host')}."
    unmet = [
        finding for finding in report.findings if finding.outcome in (Outcome.FAIL, Outcome.WARN) and not finding.waived
    ]
    soft = len({finding.control for finding in unmet if finding.obligation is not Obligation.MANDATORY})
    floor = len({finding.control for finding in unmet}) - soft
    parts = [f"{count(floor, 'mandatory control')}, where only the floor is met"] if floor else []
    parts += [f"{count(soft, 'advised control')}"] if soft else []
    rest = f" Not met in full: {listed(parts)}." if parts else ""
    return f"Conforms: no mandatory control fails on {count(len(report.hosts), 'host')}.{rest}"
