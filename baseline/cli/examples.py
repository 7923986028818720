"""What to type: examples of every command, for its help and its manual page. The tests parse each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class Example(NamedTuple):
    """One command line, and what it is good for."""

    typed: str
    what: str


EXAMPLES: Mapping[str, tuple[Example, ...]] = {
    "": (
        Example("baseline init site", "a folder to begin with"),
        Example("baseline check -i site/inventory.yml -l mx1", "look at one host, and change nothing"),
        Example("baseline explain MEL-Q-01", "what one control wants, and why"),
    ),
    "init": (
        Example("baseline init site", "asks what the files have to say"),
        Example("baseline init site --agency 'Agensi Contoh' --domain agensi.example.my --host mx1", "asks less"),
    ),
    "lint": (
        Example("baseline lint -i inventory.yml", "the inventory, and what it names"),
        Example("baseline lint -i inventory.yml -b ours.yml", "and a baseline of your own"),
    ),
    "render": (
        Example("baseline render -i inventory.yml -l mx1", "the controls of one host, as YAML"),
        Example("baseline render -i inventory.yml --records", "the DNS records of each domain"),
    ),
    "check": (
        Example("baseline check -i inventory.yml", "all hosts, all controls"),
        Example("baseline check -i inventory.yml -l relays -c 'MEL-Q-*'", "some hosts, some controls"),
        Example("baseline check -i inventory.yml -l @failed", "those that failed in the last run"),
        Example("baseline check -i inventory.yml --format html -o report.html", "a page for people"),
    ),
    "plan": (
        Example("baseline plan -i inventory.yml -l mx1 --diff", "what would change, line by line"),
        Example("baseline plan -i inventory.yml --format json -o plan.json", "a plan to review"),
    ),
    "apply": (
        Example("baseline apply -i inventory.yml -l mx1 -c MEL-Q-01", "one control on one host; asks first"),
        Example("baseline apply plan.json", "a plan that was reviewed"),
        Example("baseline apply -i inventory.yml --canary 1 --batch 5", "one host first, then five at a time"),
    ),
    "rollback": (
        Example("baseline rollback mx1 -i inventory.yml --list", "what can be gone back to"),
        Example("baseline rollback mx1 -i inventory.yml", "to its state before the last apply"),
    ),
    "explain": (
        Example("baseline explain MEL-Q-01", "the control"),
        Example("baseline explain MEL-Q-01 --host mx1 -i inventory.yml", "from its clause to the proof on a host"),
    ),
    "diff": (
        Example("baseline diff mampu-2007 mail-2026", "two baselines that are shipped"),
        Example("baseline diff mampu-2007 ours.yml", "what an overlay tightens"),
    ),
    "baselines": (Example("baseline baselines", "their names, for -b"),),
    "schema": (
        Example("baseline schema", "the names of all schemas"),
        Example("baseline schema inventory -o inventory.schema.json", "one, for an editor"),
    ),
    "completion": (
        Example("baseline completion bash > ~/.local/share/bash-completion/completions/baseline", "for bash"),
        Example("baseline completion zsh > ~/.zfunc/_baseline", "for zsh, with ~/.zfunc in fpath"),
        Example("baseline completion fish > ~/.config/fish/completions/baseline.fish", "for fish"),
    ),
    "changes": (
        Example("baseline changes -i inventory.yml", "between the last two runs"),
        Example("baseline changes -i inventory.yml --since 7d --host mx1", "in a week, on one host"),
    ),
    "report": (
        Example("baseline report -i inventory.yml --format html -o report.html", "the last run as a page"),
        Example("baseline report -i inventory.yml --site site", "a site of pages over all runs"),
    ),
    "report mailbox-owners": (
        Example("baseline report mailbox-owners -i inventory.yml -o owners.csv", "whose mailbox is filling"),
    ),
    "merge": (Example("baseline merge north.json south.json --format html -o all.html", "two reports as one"),),
    "action-plan": (
        Example("baseline action-plan -i inventory.yml -o plan.xlsx", "what fails, for people to fill in"),
        Example("baseline action-plan --read plan.xlsx", "what they wrote"),
    ),
    "upgrade-check": (Example("baseline upgrade-check -i inventory.yml -l mx1", "one host; changes nothing"),),
    "history": (
        Example("baseline history -i inventory.yml", "the runs"),
        Example("baseline history -i inventory.yml --host mx1", "one host over time"),
    ),
    "history show": (Example("baseline history show 12 -i inventory.yml", "one run"),),
    "history verify": (Example("baseline history verify -i inventory.yml", "whether anything was altered"),),
    "history gaps": (Example("baseline history gaps --every 1d -i inventory.yml", "checks that were not made"),),
    "history prune": (Example("baseline history prune --older-than 400 -i inventory.yml", "older runs go"),),
    "schedule": (
        Example("baseline schedule --print -i inventory.yml --every 1d", "the units, without installing them"),
        Example("baseline schedule --install -i inventory.yml --every 1d", "check every day"),
        Example("baseline schedule --print --cron -i inventory.yml", "the lines for a machine without systemd"),
    ),
    "schedule status": (Example("baseline schedule status", "when it ran, and when it will"),),
    "schedule test": (Example("baseline schedule test -i inventory.yml", "send one alert to try the channels"),),
    "probe": (
        Example("baseline probe -i inventory.yml", "all tests of probes.yml, once"),
        Example("baseline probe -i inventory.yml --watch 300", "again every five minutes"),
    ),
    "evidence list": (Example("baseline evidence list -i inventory.yml", "all records, and what each is worth"),),
    "evidence due": (Example("baseline evidence due -i inventory.yml --within 30", "what has to be renewed"),),
    "evidence add": (
        Example("baseline evidence add MEL-G-02 -o register.yml --document minutes.pdf", "a programme that was held"),
    ),
    "evidence import": (
        Example("baseline evidence import people.csv -o register.yml --issuer 'Training unit'", "who was trained"),
    ),
    "evidence accounts": (Example("baseline evidence accounts people.csv -o roster.csv", "bring a roster up to date"),),
    "evidence sign": (
        Example("baseline evidence sign programme-2026 -o register.yml --key ~/.ssh/id_ed25519", "sign a record"),
    ),
    "evidence key": (Example("baseline evidence key --as aminah@agensi.example.my", "your line for allowed_signers"),),
    "evidence verify": (
        Example("baseline evidence verify register.yml --allowed-signers allowed_signers", "who signed what"),
    ),
    "checklist": (
        Example("baseline checklist -i inventory.yml", "today's list"),
        Example("baseline checklist -i inventory.yml --month 2026-03 --format html -o march.html", "a month"),
    ),
    "checklist sign": (
        Example("baseline checklist sign backup_age -i inventory.yml", "tick one item"),
        Example("baseline checklist sign backup_age --failed -i inventory.yml", "and say that it found a fault"),
    ),
    "checklist close": (
        Example("baseline checklist close -i inventory.yml", "close today's list"),
        Example("baseline checklist close --date 2026-03-02 -i inventory.yml", "that of a day before"),
    ),
    "dossier": (
        Example("baseline dossier -i inventory.yml --since 2026-01-01 --until 2026-12-31 -o dossier.zip", "a year"),
    ),
    "waiver new": (
        Example("baseline waiver new MEL-Q-01 -l mx1 -i inventory.yml", "print one to fill in"),
        Example("baseline waiver new MEL-Q-01 -l mx1 -i inventory.yml -o waivers.yml", "append it to a file"),
    ),
    "lab up": (
        Example("baseline lab up 3", "three hosts on this machine, as root"),
        Example("baseline lab up 1 --disk 8g --tmp 256m", "one with less space than others"),
    ),
    "lab down": (Example("baseline lab down", "take them down"),),
    "lab list": (Example("baseline lab list", "what is up"),),
    "lab ssh": (Example("baseline lab ssh mta1 postconf -n", "a command on one of them"),),
}
"""The words of a command, "" for the program itself -> its examples."""


def told(path: str) -> str:
    """The examples of a command as the end of its help, with the mark that keeps click from filling lines."""
    given = EXAMPLES.get(path, ())
    if not given:
        return ""
    word = "Example" if len(given) == 1 else "Examples"
    return "\n".join(["\b", f"{word}:", *_lines(given)])


def _lines(given: tuple[Example, ...]) -> Iterator[str]:
    for one in given:
        yield f"  # {one.what}"
        yield f"  {one.typed}"


def with_examples(path: str, command: Any) -> Any:
    """A command and those below it, each with its examples at the end of its help."""
    command.epilog = told(path) or command.epilog
    for name, inner in getattr(command, "commands", {}).items():
        with_examples(f"{path} {name}".strip(), inner)
    return command
