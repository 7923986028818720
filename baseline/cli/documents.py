"""`lint`, `render`, `explain`, `diff` and `baselines`: the commands that reach no host."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from baseline.cli.options import (
    DEFAULT_BASELINE,
    All,
    AnyInventory,
    BaselineName,
    Chosen,
    Controls,
    ExtraVars,
    HistoryPlace,
    HostPattern,
    InventoryFiles,
    Lang,
    Replace,
    Skip,
    SkipTags,
    Tags,
    TakingOptions,
    VaultFiles,
    Verbose,
    WaiverFiles,
    Where,
)
from baseline.errors import UserError

if TYPE_CHECKING:
    from baseline.errors import Problem
    from baseline.languages import Language
    from baseline.load import Baseline, Inventory


def lint(
    inventory: AnyInventory = None,
    extra: ExtraVars = None,
    vaults: VaultFiles = None,
    limit: HostPattern = None,
    baseline: BaselineName = DEFAULT_BASELINE,
    tags: Tags = None,
    controls: Controls = None,
    skip: Skip = None,
    skip_tags: SkipTags = None,
    waivers: WaiverFiles = None,
    form: Annotated[
        Literal["text", "sarif"], typer.Option("--format", help="sarif is for editors and code hosts: SARIF 2.1.0.")
    ] = "text",
    file: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write to a file, by default standard output.")
    ] = None,
) -> None:
    """Find all mistakes in inventory, rosters, baseline and waivers.

    Makes every selected control for every host, and prints every mistake at file:line:column. Contacts no host.
    """
    from baseline.cli.output import put, say
    from baseline.errors import InputError

    chosen = Chosen(baseline, tags, controls, skip, skip_tags)
    try:
        hosts, told = _linted(Where(inventory, limit, extra, vaults=vaults), chosen, waivers or ())
    except InputError as error:
        if form == "text":
            raise
        text, ended = _as_sarif(error.problems, ()), 2
    else:
        text, ended = _as_sarif((), hosts.notes) if form == "sarif" else f"{told}\n", 0
        for note in hosts.notes:
            typer.echo(f"{note} (note)", err=True)
    if file is None:
        say(text)
    else:
        put(file, text)
    raise typer.Exit(ended)


def _linted(where: Where, chosen: Chosen, waivers: Sequence[Path]) -> tuple[Inventory, str]:
    """The inventory, and that there is no problem. Raises `InputError` with all that there are."""
    from baseline.errors import InputError
    from baseline.load import Inventory, load_baseline, load_waivers
    from baseline.reports.words import count

    problems: list[Problem] = []
    hosts, rules = Inventory((), {}), None
    try:
        hosts = where.load() if where.inventory else hosts
    except InputError as error:
        problems += error.problems
    try:
        rules = load_baseline(chosen.baseline or DEFAULT_BASELINE)
    except InputError as error:
        problems += error.problems
    if problems or rules is None:
        raise InputError([*problems, *_of_waivers(waivers or hosts.waivers)])
    targets = hosts.select(where.limit)
    waived = load_waivers(*waivers, inventory=hosts, baseline=rules)
    rules = chosen.of(rules)
    rules.validate_all(targets)
    controls = count(len(rules.control_ids), "control")
    on = f", {count(len(targets), 'host')}" if where.inventory else ""
    with_waivers = f", {count(len(waived.waivers), 'waiver')}" if waived.waivers else ""
    return hosts, f"{rules.name} {rules.version}: {controls}{on}{with_waivers}: no problems"


def _as_sarif(problems: Sequence[Problem], notes: Sequence[Problem]) -> str:
    from baseline.reports.sarif import Slip, render
    from baseline.version import __version__

    slips = [Slip(one.file, one.line, one.column, one.message) for one in problems]
    slips += [Slip(one.file, one.line, one.column, one.message, certain=False) for one in notes]
    return render(slips, __version__)


def _of_waivers(files: Sequence[Path]) -> list[Problem]:
    """The mistakes of files of waivers as far as they show without hosts and controls."""
    from baseline.load.tree import Problems
    from baseline.load.waivers import read_file

    found = Problems()
    for file in files:
        read_file(file, found)
    return list(found.found)


def render(
    inventory: InventoryFiles = None,
    extra: ExtraVars = None,
    vaults: VaultFiles = None,
    limit: HostPattern = None,
    baseline: BaselineName = DEFAULT_BASELINE,
    tags: Tags = None,
    controls: Controls = None,
    skip: Skip = None,
    skip_tags: SkipTags = None,
    script: Annotated[
        Literal["read", "apply"] | None,
        typer.Option(
            "--script", help="Instead, print the PowerShell that reads an Exchange host, or that makes it conform."
        ),
    ] = None,
    records: Annotated[
        bool, typer.Option("--records", help="Instead, print the wanted DNS records, as lines of zone files.")
    ] = False,
    release: Annotated[
        Literal["trixie"] | None,
        typer.Option(
            "--for", help="Instead, write the Dovecot configuration that hosts have, in the dialect of this release."
        ),
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--to", metavar="DIR", help="Folder for --for: a folder for each host is made in it.")
    ] = None,
    why: Annotated[
        bool, typer.Option("--why", help="Instead, tell of every value where it comes from, file by file.")
    ] = False,
    form: Annotated[
        Literal["text", "json"] | None, typer.Option("--format", help="Format of --why; by default text.")
    ] = None,
    other: Annotated[
        Literal["ansible"] | None,
        typer.Option("--as", help="Instead, write what hosts lack as a role for this program, into the folder of -o."),
    ] = None,
    role: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="Folder of the role for --as, such as roles/mail."),
    ] = None,
    everything: All = False,
    replace_own: Replace = None,
    verbose: Verbose = False,
) -> None:
    """Print the controls as rendered for each host.

    One YAML document: fields with templates filled in, wanted values, and what would be written. Contacts no host, so
    `writes` is for a host on which nothing of it is set yet; `baseline plan` shows what a real host gets.

    With --why: each value with the places that set it, the extended baseline first and the one that counts last, the
    variables that its template takes, and which values are defaults of the kind.

    With --for it asks each host in one exchange, and changes nothing there. What cannot be converted is told with its
    file and line, stands in the written file as a comment, and leads to exit code 1.

    With --as it asks each host in one exchange too, plans what an apply would do, and writes that as a role.
    """
    if form and not why:
        raise UserError("--format is for --why: controls are printed as YAML otherwise")
    if (other is None) != (role is None):
        raise UserError("--as ansible and -o DIR belong together: the role is written to that folder")
    if other is not None and role is not None:
        from baseline.cli.role_written import written as role_written

        where, chosen = Where(inventory, limit, extra, vaults=vaults), Chosen(baseline, tags, controls, skip, skip_tags)
        taking = TakingOptions(everything, None, replace_own)
        raise typer.Exit(role_written(where, chosen, taking, role, verbose=verbose))
    if (release is None) != (folder is None):
        raise UserError("--for RELEASE and --to DIR belong together: what is converted is written to a folder")
    if release is not None and folder is not None:
        from baseline.cli.conversions import written

        where = Where(inventory, limit, extra, vaults=vaults)
        raise typer.Exit(written(where.targets(), release, folder, verbose=verbose))
    from baseline.cli.output import say
    from baseline.cli.records import as_zone_lines
    from baseline.cli.rendered import as_yaml, script_of

    targets = Where(inventory, limit, extra, vaults=vaults).targets()
    rules = Chosen(baseline, tags, controls, skip, skip_tags).load()
    rules.validate_all(targets)
    if why:
        from baseline.cli.why import why_as_json, why_as_text

        say((why_as_json if form == "json" else why_as_text)(rules, targets))
    elif records:
        say(as_zone_lines(rules, targets))
    else:
        say(script_of(rules, targets, script) if script else as_yaml(rules, targets))


def explain(
    control: Annotated[str, typer.Argument(metavar="CONTROL", help="The control's id, such as MEL-Q-01.")],
    baseline: BaselineName = DEFAULT_BASELINE,
    host: Annotated[
        str | None,
        typer.Option(
            "--host", metavar="HOST", help="Tell what is known of it on this host, or of this domain or site."
        ),
    ] = None,
    inventory: InventoryFiles = None,
    extra: ExtraVars = None,
    vaults: VaultFiles = None,
    history: HistoryPlace = None,
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="Format of what is printed.")] = "text",
    lang: Lang = "en",
) -> None:
    """Say everything about one control; with --host, from its clause to the last proof on that host.

    Clause and sources, the reason for it, what it looks at, how it is applied, the wanted values. With --host: what is
    wanted there and what would be written, and from the history what the last run found and saw from outside, in which
    run, since when, why it changed, and how it is waived. Contacts no host.
    """
    from baseline.cli.described import as_json, described
    from baseline.cli.output import console, say
    from baseline.cli.printed import explanation
    from baseline.languages import language

    spoken = language(lang)
    rules = Chosen(baseline, controls=[control.upper()]).load()
    if host is not None:
        _chain(rules, host, Where(inventory, None, extra, vaults=vaults), history, form, spoken)
        return
    told = described(rules.drafts[0])
    say(as_json(told) if form == "json" else explanation(told, rules, console(sys.stdout), spoken))


def _chain(rules: Baseline, host: str, where: Where, place: str | None, form: str, language: Language) -> None:
    """Print the chain of a control on a host."""
    from baseline.cli.chain import chain, names_of
    from baseline.cli.chain_printed import chained
    from baseline.cli.job import Kept
    from baseline.cli.output import console, say
    from baseline.errors import HistoryMissing
    from baseline.load.ansible_config import usual_inventory

    paths = where.inventory or usual_inventory(os.environ, Path.cwd())
    targets = replace(where, inventory=paths).load().targets if paths else ()
    names = {name for target in targets if host in names_of(target) for name in (host, *names_of(target))}
    kept = Kept(place).history(targets, targets)
    assert kept is not None, "nothing says that there shall be none"
    try:
        proofs = kept.proofs(sorted(names) or [host], rules.control_ids[0])
    except HistoryMissing:
        proofs = ()
    told = chain(rules, host, targets, proofs)
    say(json.dumps(told.to_dict(), indent=2) + "\n" if form == "json" else chained(told, language, console(sys.stdout)))


def diff(
    first: Annotated[str, typer.Argument(metavar="A", help="A shipped baseline's name, or a file.")],
    second: Annotated[str, typer.Argument(metavar="B", help="The one that it is compared with.")],
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="Format of what is printed.")] = "text",
    lang: Lang = "en",
) -> None:
    """Tell what differs from one baseline, or version of it, to another.

    Controls that were added, removed or renamed, and for each other one the fields that differ, and whether they ask
    more or less: tightened, loosened. As with diff(1), the exit code is 0 when nothing differs, and 1 when something
    does. Contacts no host.
    """
    from baseline.cli.differences import in_words
    from baseline.cli.output import console, say
    from baseline.languages import language
    from baseline.load import load_baseline
    from baseline.load.differing import differences

    spoken = language(lang)
    told = differences(load_baseline(first), load_baseline(second))
    as_json = json.dumps(told.to_dict(), indent=2, ensure_ascii=False) + "\n"
    say(as_json if form == "json" else in_words(told, spoken, console(sys.stdout)))
    raise typer.Exit(0 if told.none else 1)


def baselines() -> None:
    """List the baselines that come with the package, and those that extensions bring."""
    from baseline import extensions
    from baseline.cli.output import console, say
    from baseline.cli.printed import table_of_baselines
    from baseline.load import load_baseline, shipped

    listed, broken = [load_baseline(name) for name in shipped()], False
    brought = extensions.names("baselines")
    for name in brought:
        try:
            listed.append(load_baseline(name))
        except UserError as error:
            broken = True
            typer.echo(str(error), err=True)
    say(table_of_baselines(listed, console(sys.stdout)))
    for name, maker in brought.items():
        say(f"{name} comes with {maker}\n")
    if broken:
        raise typer.Exit(2)
