"""The sentence that ends a report: what the run came to, for the exit code that it has."""

from __future__ import annotations

from dataclasses import replace

from baseline.model import ApplyOutcome, Obligation, Outcome, Report
from baseline.reports.words import count, listed, on_hosts, one_line


def verdict(report: Report) -> str:
    """What the whole report comes to, for the exit code it has; before it, what ended the run before its time."""
    of_rollback = {3: _unknown_back, 1: _not_back, 0: _nothing_back} if not report.run.baseline_name else {}
    said = {6: _half_restored, 4: _rolled_back, 1: _against, 3: _untold, 0: _conforms} | of_rollback
    whole = replace(report, run=replace(report.run, cut_short=""))
    return _CUT_SHORT[report.run.cut_short] + said[whole.exit_code](report)


_CUT_SHORT = {"": "", "interrupted": "Interrupted. ", "deadline": "The time of the run was over. "}


def wanting_a_register(report: Report) -> str:
    """One sentence on the clauses that only a register could tell of, and how to begin one; empty where none is."""
    clauses = dict.fromkeys(
        part for one in report.findings if one.wants_register for part in one.clause.split(", ") if part
    )
    if not clauses:
        return ""
    names = f"{'clause' if len(clauses) == 1 else 'clauses'} {listed(sorted(map(one_line, clauses)))}"
    verb = "wants" if len(clauses) == 1 else "want"
    return (
        f"{names.capitalize()} {verb} dated records of what no machine sees. Begin a register, a YAML file, and name "
        "it in the inventory: `register: FILE` (see The register of evidence)."
    )


def _half_restored(report: Report) -> str:
    broken = [apply.host for apply in report.applies if apply.restored is False]
    broken += [host.name for host in report.hosts if any(one.state == "broken" for one in host.undecided)]
    where = on_hosts(broken, len(report.hosts))
    return f"Rolled back, but not wholly restored {where}: a person has to look there now."


def _rolled_back(report: Report) -> str:
    back = [apply.host for apply in report.applies if apply.outcome is ApplyOutcome.ROLLED_BACK]
    return f"Rolled back and verified {on_hosts(back, len(report.hosts))}."


def _not_back(report: Report) -> str:
    return f"Not rolled back {on_hosts([host.name for host in report.hosts], len(report.hosts))}."


def _nothing_back(report: Report) -> str:
    return f"Nothing to roll back {on_hosts([host.name for host in report.hosts], len(report.hosts))}."


def _unknown_back(report: Report) -> str:
    return f"Could not tell whether {listed(one_line(host.name) for host in report.hosts)} is rolled back."


def _untold(report: Report) -> str:
    return f"Could not tell: {_unknown(report)}."


def _against(report: Report) -> str:
    refused = [apply.host for apply in report.applies if apply.outcome is ApplyOutcome.REFUSED]
    parts = [f"the apply was refused {on_hosts(refused, len(report.hosts))}"] if refused else []
    counted = _counted(report)
    unknown = _unknown(report)
    besides = f" Could not tell besides: {unknown}." if unknown else ""
    return f"Does not conform: {'; '.join([*parts, *([counted] if counted else [])])}.{besides}"


def _unknown(report: Report) -> str:
    """What could not be told, in words; empty when all could."""
    total = len(report.hosts)
    waiting = [apply.host for apply in report.applies if apply.outcome is ApplyOutcome.NOT_BEGUN]
    gone = [host.name for host in report.hosts if not host.reachable and host.name not in waiting]
    lost = [one.host for one in report.applies if one.outcome is ApplyOutcome.UNKNOWN and one.host not in gone]
    unasked = {*gone, *waiting}
    there = [one for one in report.findings if report.leaves_open(one) and one.host not in unasked]
    parts = [f"nothing is known of {on_hosts(gone, total).removeprefix('on ')}"] if gone else []
    parts += [f"not begun {on_hosts(waiting, total)}"] if waiting else []
    parts += [f"the apply did not end in sight {on_hosts(lost, total)}"] if lost else []
    undecided = [host.name for host in report.hosts if host.undecided]
    parts += [f"a transaction without a decision {on_hosts(undecided, total)}"] if undecided else []
    untold = [host.name for host in report.hosts if host.untold]
    parts += [f"whether daemons run what their files say {on_hosts(untold, total)}"] if untold else []
    if there:
        controls = len({one.control for one in there})
        parts.append(f"{count(controls, 'control')} unknown {on_hosts([one.host for one in there], total)}")
    return "; ".join(parts)


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
    refused = [host.name for host in report.hosts if host.unloadable]
    told += [f"programs that refuse their files {on_hosts(refused, len(report.hosts))}"] if refused else []
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
    parts = [f"{count(floor, 'mandatory control')} (minimum met, recommended value not)"] if floor else []
    parts += [f"{count(soft, 'advised control')}"] if soft else []
    rest = f" Not met in full: {listed(parts)}." if parts else ""
    if whole := report.run.chosen_from:
        looked = len({finding.control for finding in report.findings})
        chosen = f"{looked} of {count(whole.controls, 'control')} looked at"
        return f"None of the mandatory controls chosen fails on {count(len(report.hosts), 'host')} ({chosen}).{rest}"
    return f"Conforms: no mandatory control fails on {count(len(report.hosts), 'host')}.{rest}"
