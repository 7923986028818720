"""The sentence that ends a report: what the run came to, for the exit code that it has."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from baseline.languages import ENGLISH, Language, term
from baseline.model import ApplyOutcome, Finding, Obligation, Outcome, Report
from baseline.reports.words import hosts, one_line

_CUT_SHORT = {"interrupted": term("Interrupted."), "deadline": term("The time of the run was over.")}


def verdict(report: Report, language: Language = ENGLISH) -> str:
    """What the whole report comes to, for the exit code it has; before it, what ended the run before its time."""
    of_rollback = {3: _unknown_back, 1: _not_back, 0: _nothing_back} if not report.run.baseline_name else {}
    said: dict[int, Callable[[Report, Language], str]] = {
        6: _half_restored,
        4: _rolled_back,
        1: _against,
        3: _untold,
        0: _conforms,
    }
    whole = replace(report, run=replace(report.run, cut_short=""))
    sentence = (said | of_rollback)[whole.exit_code](report, language)
    cut = _CUT_SHORT.get(report.run.cut_short)
    return f"{language.say(cut)} {sentence}" if cut else sentence


def wanting_a_register(report: Report, language: Language = ENGLISH) -> str:
    """One sentence on the clauses that only a register could tell of, and how to begin one; empty where none is."""
    told = {part for one in report.findings if one.wants_register for part in one.clause.split(", ") if part}
    if not told:
        return ""
    sentence = language.count(
        "Clause {clauses} wants dated records of what no machine sees.",
        "Clauses {clauses} want dated records of what no machine sees.",
        len(told),
        clauses=language.all_of(sorted(map(one_line, told))),
    )
    begin = language.say(
        "Begin a register, a YAML file, and name it in the inventory: `register: FILE` (see The register of evidence)."
    )
    return f"{sentence} {begin}"


def _half_restored(report: Report, language: Language) -> str:
    broken = [apply.host for apply in report.applies if apply.restored is False]
    broken += [host.name for host in report.hosts if any(one.state == "broken" for one in host.undecided)]
    where = hosts(broken, len(report.hosts), language)
    return language.say("Rolled back, but not wholly restored on {hosts}: a person has to look there now.", hosts=where)


def _rolled_back(report: Report, language: Language) -> str:
    back = [apply.host for apply in report.applies if apply.outcome is ApplyOutcome.ROLLED_BACK]
    return language.say("Rolled back and verified on {hosts}.", hosts=hosts(back, len(report.hosts), language))


def _not_back(report: Report, language: Language) -> str:
    return language.say("Not rolled back on {hosts}.", hosts=_every_host(report, language))


def _nothing_back(report: Report, language: Language) -> str:
    return language.say("Nothing to roll back on {hosts}.", hosts=_every_host(report, language))


def _every_host(report: Report, language: Language) -> str:
    return hosts([host.name for host in report.hosts], len(report.hosts), language)


def _unknown_back(report: Report, language: Language) -> str:
    names = language.all_of(one_line(host.name) for host in report.hosts)
    return language.say("Could not tell whether {hosts} is rolled back.", hosts=names)


def _untold(report: Report, language: Language) -> str:
    return language.say("Could not tell: {what}.", what=_unknown(report, language))


def _against(report: Report, language: Language) -> str:
    refused = [apply.host for apply in report.applies if apply.outcome is ApplyOutcome.REFUSED]
    where = hosts(refused, len(report.hosts), language)
    parts = [language.say("the apply was refused on {hosts}", hosts=where)] if refused else []
    counted = _counted(report, language)
    what = "; ".join([*parts, *([counted] if counted else [])])
    sentences = [language.say("Does not conform: {what}.", what=what)]
    if unknown := _unknown(report, language):
        sentences.append(language.say("Could not tell besides: {what}.", what=unknown))
    return " ".join(sentences)


def _unknown(report: Report, language: Language) -> str:
    """What could not be told, in words; empty when all could."""
    waiting = [apply.host for apply in report.applies if apply.outcome is ApplyOutcome.NOT_BEGUN]
    gone = [host.name for host in report.hosts if not host.reachable and host.name not in waiting]
    lost = [one.host for one in report.applies if one.outcome is ApplyOutcome.UNKNOWN and one.host not in gone]
    there = [one for one in report.findings if report.leaves_open(one) and one.host not in {*gone, *waiting}]
    undecided = [host.name for host in report.hosts if host.undecided]
    untold = [host.name for host in report.hosts if host.untold]
    told = (
        (gone, term("nothing is known of {hosts}")),
        (waiting, term("not begun on {hosts}")),
        (lost, term("the apply did not end in sight on {hosts}")),
        (undecided, term("a transaction without a decision on {hosts}")),
        (untold, term("whether daemons run what their files say on {hosts}")),
    )
    total = len(report.hosts)
    parts = [language.say(sentence, hosts=hosts(names, total, language)) for names, sentence in told if names]
    if there:
        where = hosts([one.host for one in there], total, language)
        controls = len({one.control for one in there})
        parts.append(
            language.count("{n} control unknown on {hosts}", "{n} controls unknown on {hosts}", controls, hosts=where)
        )
    if deaf := [one_line(one.channel) for one in report.told if one.trouble]:
        parts.append(language.say("alerts did not go out by {channels}", channels=language.all_of(deaf)))
    return "; ".join(parts)


def _counted(report: Report, language: Language) -> str:
    """What counts against the run, in words; empty when nothing does."""
    total = len(report.hosts)
    against = [finding for finding in report.findings if report.counts_against(finding)]
    where = hosts([one.host for one in against if one.outcome is not Outcome.PASS], total, language)
    parts = _fails_and_warns(report, against, language)
    told = [language.say("{what} on {hosts}", what=language.all_of(parts), hosts=where)] if parts else []
    drifted = [host.name for host in report.hosts if host.drifted]
    drifted += [finding.host for finding in against if finding.drift]
    stale = [host.name for host in report.hosts if host.stale]
    refused = [host.name for host in report.hosts if host.unloadable]
    sentences = (
        (drifted, term("drift on {hosts}")),
        (stale, term("stale daemons on {hosts}")),
        (refused, term("programs that refuse their files on {hosts}")),
    )
    told += [language.say(sentence, hosts=hosts(names, total, language)) for names, sentence in sentences if names]
    return "; ".join(told)


def _fails_and_warns(report: Report, against: list[Finding], language: Language) -> list[str]:
    fails = len({finding.control for finding in against if finding.outcome is Outcome.FAIL})
    warns = len({finding.control for finding in against if finding.outcome is Outcome.WARN})
    parts = []
    if fails and (report.strict or any(finding.drift for finding in against)):
        parts.append(language.count("{n} control fails", "{n} controls fail", fails))
    elif fails:
        parts.append(language.count("{n} mandatory control fails", "{n} mandatory controls fail", fails))
    if warns:
        parts.append(language.count("{n} control warns", "{n} controls warn", warns))
    return parts


def _conforms(report: Report, language: Language) -> str:
    if all(finding.outcome is Outcome.NOTAPPLICABLE for finding in report.findings):
        return language.say("Conforms, but nothing was judged: no control is for the roles of these hosts.")
    number = len(report.hosts)
    if report.strict:
        return language.count(
            "Conforms: nothing fails or warns on {n} host.", "Conforms: nothing fails or warns on {n} hosts.", number
        )
    unmet = _unmet(report, language)
    if whole := report.run.chosen_from:
        sentence = language.count(
            "None of the mandatory controls chosen fails on {n} host ({looked} of {controls} controls looked at).",
            "None of the mandatory controls chosen fails on {n} hosts ({looked} of {controls} controls looked at).",
            number,
            looked=len({finding.control for finding in report.findings}),
            controls=whole.controls,
        )
    else:
        sentence = language.count(
            "Conforms: no mandatory control fails on {n} host.",
            "Conforms: no mandatory control fails on {n} hosts.",
            number,
        )
    return f"{sentence} {unmet}" if unmet else sentence


def _unmet(report: Report, language: Language) -> str:
    """What is not met in full although the run conforms; empty where all is."""
    unmet = [
        finding for finding in report.findings if finding.outcome in (Outcome.FAIL, Outcome.WARN) and not finding.waived
    ]
    soft = len({finding.control for finding in unmet if finding.obligation is not Obligation.MANDATORY})
    floor = len({finding.control for finding in unmet}) - soft
    parts = []
    if floor:
        parts.append(
            language.count(
                "{n} mandatory control (minimum met, recommended value not)",
                "{n} mandatory controls (minimum met, recommended value not)",
                floor,
            )
        )
    if soft:
        parts.append(language.count("{n} advised control", "{n} advised controls", soft))
    return language.say("Not met in full: {what}.", what=language.all_of(parts)) if parts else ""
