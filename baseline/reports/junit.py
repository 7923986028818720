"""JUnit's XML, for build servers: a suite per host, a case per control.

What stands in an attribute is on one line: Python 3.13 writes a line's end there in another way than those before it.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree

from junitparser import Error, Failure, JUnitXml, Properties, Property, Skipped, TestCase, TestSuite

from baseline.model import ApplyOutcome, Compared, Finding, HostApply, HostReport, Outcome, Report
from baseline.model.waivers import CAN_BE_WAIVED
from baseline.reports.words import found, gap_in_words, one_line, visible, wanted


def render(report: Report) -> str:
    """The document.

    fail, drift, stale daemons and files that a program refuses are failures, unknown is an error, notapplicable and
    what is waived are skipped, and so are scheduled checks that did not happen; a warn passes.
    """
    document = JUnitXml("baseline")
    hosts = {host.name: host for host in report.hosts}
    applies, findings = defaultdict(list), defaultdict(list)
    for apply in report.applies:
        applies[apply.host].append(apply)
    for finding in report.findings:
        findings[finding.host].append(finding)
    for name in dict.fromkeys([*hosts, *findings]):
        suite = TestSuite(one_line(name))
        suite.timestamp = report.run.started.removesuffix("Z")
        # One by one, the library would count all cases anew for each, and compare each suite with all before it.
        suite.add_testcases(list(_cases(hosts.get(name), applies[name], findings[name])))
        _count_twice(suite, findings[name])
        suite.time = round(hosts[name].seconds, 3) if name in hosts else 0
        document.append(suite)  # type: ignore[no-untyped-call]
    if report.waivers:
        document.add_testsuite(_waivers(report))
    for gap in report.gaps:
        suite = TestSuite("the run")
        case = TestCase(f"check due at {gap.start}", classname="the run")
        case.result = [Skipped(one_line(gap_in_words(gap)))]
        suite.add_testcase(case)
        suite.update_statistics()  # type: ignore[no-untyped-call]
        document.add_testsuite(suite)
    for note in report.notes:
        suite = TestSuite("the run")
        case = TestCase("note", classname="the run")
        case.system_out = visible(note)
        suite.add_testcase(case)
        suite.update_statistics()  # type: ignore[no-untyped-call]
        document.add_testsuite(suite)
    buffer = io.BytesIO()
    # The library's own `pretty` makes the document a second time, of objects ten times as large.
    ElementTree.indent(document._elem)
    document.write(buffer)
    return buffer.getvalue().decode()


def _count_twice(suite: TestSuite, findings: Sequence[Finding]) -> None:
    """The counts of findings with and without waivers, as properties, where any is waived."""
    waived = [one for one in findings if one.waived is not None and one.outcome in CAN_BE_WAIVED]
    for outcome in Outcome if waived else ():
        total = sum(one.outcome is outcome for one in findings)
        suite.add_property(f"with_waivers.{outcome}", str(total - sum(one.outcome is outcome for one in waived)))
        suite.add_property(f"without_waivers.{outcome}", str(total))


def _waivers(report: Report) -> TestSuite:
    """A case for each waiver and annotation: a failure when it has expired, since it counts no more."""
    suite = TestSuite("waivers")
    for one in report.waivers:
        case = TestCase(one_line(one.waiver.key), classname=f"waivers.{one.waiver.kind}")
        said = one_line(f"{one.state}, {one.waiver.words}{'' if one.needed else '; no longer needed'}")
        if one.state == "expired":
            case.result = [Failure(said, "expired")]
        case.system_out = said
        suite.add_testcase(case)
    suite.add_property("with_waivers.exit_code", str(report.exit_code))
    suite.add_property("without_waivers.exit_code", str(report.without_waivers.exit_code))
    suite.update_statistics()  # type: ignore[no-untyped-call]
    return suite


def _cases(host: HostReport | None, applies: Sequence[HostApply], findings: Sequence[Finding]) -> Iterator[TestCase]:
    yield from map(_applied, applies)
    if host is not None:
        if host.drifted:
            yield _drifted(host)
        if host.stale or host.untold:
            yield _stale(host)
        if host.unloadable:
            yield _unloadable(host)
        if host.undecided:
            yield _undecided(host)
    yield from map(_judged, findings)


def _judged(finding: Finding) -> TestCase:
    case = TestCase(
        one_line(f"{finding.control} {finding.title}"), classname=one_line(f"{finding.host}.{finding.kind}")
    )
    properties = Properties()  # type: ignore[no-untyped-call]
    for name in ("control", "clause", "obligation", "severity"):
        properties.add_property(Property(name, one_line(str(getattr(finding, name)))))
    case.append(properties)  # type: ignore[no-untyped-call]
    reason = one_line(finding.reason)
    if finding.outcome is Outcome.NOTAPPLICABLE:
        case.result = [Skipped(reason)]
    elif finding.drift and finding.waived is not None:
        case.result = [_told(Failure(reason, "drift"), finding)]
    elif finding.waived is not None and finding.outcome is not Outcome.PASS:
        case.result = [Skipped(one_line(f"{finding.outcome}, waived: {finding.waived}"))]
    elif finding.outcome is Outcome.FAIL:
        case.result = [_told(Failure(reason, finding.obligation.value), finding)]
    elif finding.outcome is Outcome.UNKNOWN:
        case.result = [_told(Error(reason, "unknown"), finding)]
    elif finding.drift:
        case.result = [_told(Failure(reason, "drift"), finding)]
    elif finding.outcome is Outcome.WARN:
        case.system_out = f"warn: {reason}"
    return case


def _drifted(host: HostReport) -> TestCase:
    case = TestCase("drift", classname=one_line(f"{host.name}.drift"))
    case.result = [Failure(one_line("; ".join(host.drifted)), "drift")]
    return case


def _stale(host: HostReport) -> TestCase:
    case = TestCase("stale", classname=one_line(f"{host.name}.stale"))
    told = [Failure(one_line(str(one)), "stale") for one in host.stale]
    case.result = [*told, *(Error(one_line(reason), "unknown") for reason in host.untold)]
    return case


def _unloadable(host: HostReport) -> TestCase:
    case = TestCase("unloadable", classname=one_line(f"{host.name}.unloadable"))
    case.result = [Failure(one_line(str(one)), "unloadable") for one in host.unloadable]
    return case


def _undecided(host: HostReport) -> TestCase:
    case = TestCase("undecided", classname=one_line(f"{host.name}.undecided"))
    case.result = [Error(one_line(str(one)), one.state) for one in host.undecided]
    return case


def _told(result: Failure | Error, finding: Finding) -> Failure | Error:
    parts = [*map(_compared, finding.keys), *(f"not seen: {visible(reason)}" for reason in finding.unseen)]
    if finding.advice:
        parts.append(f"to do: {visible(finding.advice)}")
    result.text = "\n".join(parts)
    return result


def _compared(one: Compared) -> str:
    said = [f"wanted {wanted(one)}"] if one.wanted else []
    said += [f"found {found(one)}"] if one.looked_at else []
    said += [f"set in {visible(str(one.set_at))}"] if one.set_at and one.wrong else []
    return f"{visible(one.key)}: {', '.join(said)}"


def _applied(apply: HostApply) -> TestCase:
    case = TestCase("apply", classname=one_line(f"{apply.host}.apply"))
    reason = one_line(apply.reason)
    if apply.outcome in (ApplyOutcome.ROLLED_BACK, ApplyOutcome.REFUSED):
        case.result = [Failure(reason, apply.outcome.value)]
    elif apply.outcome is ApplyOutcome.UNKNOWN:
        case.result = [Error(reason, "unknown")]
    elif apply.outcome is ApplyOutcome.NOT_BEGUN:
        case.result = [Skipped(reason)]
    case.system_out = "\n".join(visible(step) for step in apply.steps)
    return case
