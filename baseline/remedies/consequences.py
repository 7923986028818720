"""What a remedy means for a host: what of the site's own it takes the effect from, and what it adds that runs. Pure.

A remedy mends what is judged wrong; that is not what is meant here. Displaced is what the site does by means of its own
and nobody judged: rules in a list that is set anew, a filter that would be doubled, a jail of the same name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from baseline.edits import Edit, compose, present_in
from baseline.formats import postfix
from baseline.formats.restrictions import restriction_tokens, words_of
from baseline.model import FileState
from baseline.model.consequences import Displaced
from baseline.readings.outline import Outline, ProgramSetting
from baseline.readings.own_means import OwnMeans
from baseline.remedies.remedy import Remedy

_FILTER = ProgramSetting("postfix", "content_filter")
_BESIDE = {
    "filters": "filters mail already: every mail would be filtered by both",
    "scans": "looks for malware already: every mail would be scanned by both",
    "signs": "signs mail already: every mail would be signed by both",
    "greylists": "greylists already: strangers would be put off by both",
    "guards": "guards the ports already: what it opens and nobody declared would be shut",
    "bans": "shuts out guessers already: each would ban by itself, and free nobody that the other banned",
}
_JAIL = "would give way to the jail of that name in 99-baseline.local, with its tries, times and exceptions"
_LISTS = ("smtpd_milters", "non_smtpd_milters", "smtpd_sender_login_maps", "content_filter")
"""Parameters besides the restrictions whose words are means of the site."""


def displaced(
    control: str, remedy: Remedy, states: Mapping[str, FileState], written: Outline, means: OwnMeans
) -> tuple[Displaced, ...]:
    """Everything of the site's own that a control's remedy takes the effect from. `states` are the files as they are.

    Raises ValueError where an edit does not fit its file.
    """
    found = [Displaced(control, one.what, one.effect, means.rules.get(one.rule, "")) for one in remedy.displaces]
    return (*found, *_lost(control, remedy.edits, states, written), *_beside(control, remedy, written, means))


def _place(written: Outline, setting: ProgramSetting, part: str = "") -> str:
    return str(written.place(setting, part) or "")


def _beside(control: str, remedy: Remedy, written: Outline, means: OwnMeans) -> Iterator[Displaced]:
    if means.unseen and (remedy.begins or remedy.jails):
        yield Displaced(control, "what the site does by programs of its own", f"could not be seen: {means.unseen}", "")
    for job in remedy.begins:
        for program in means.programs:
            if job in program.does:
                yield Displaced(control, program.name, _BESIDE[job], program.where)
    if "filters" in remedy.begins:
        for service, value in means.filters.items():
            where = _place(written, _FILTER, service)
            yield Displaced(control, f"`content_filter = {value}`", _BESIDE["filters"], where)
    for jail in remedy.jails:
        if jail in means.jails:
            yield Displaced(control, f"the jail [{jail}]", _JAIL, means.jails[jail])


def _lost(
    control: str, edits: Sequence[Edit], states: Mapping[str, FileState], written: Outline
) -> Iterator[Displaced]:
    """Rules and words of the site that are in Postfix's files and would not be after the edits."""
    ours = [edit for edit in edits if edit.path in postfix.POSTFIX_FILES]
    changes = compose((("", edit) for edit in ours), present_in(states))
    if not changes:
        return
    present = {path: states[path] for path in postfix.POSTFIX_FILES if path in states}
    before, after = _means_in(present), _means_in(present | {change.path: change.after for change in changes})
    for (service, name), kept in before.items():
        # Without an override of its own a service has what main.cf says.
        left = after.get((service, name), after.get(("", name), []))
        for word in (word for word in kept if word not in left):
            where = _place(written, ProgramSetting("postfix", name), service)
            yield Displaced(control, f"`{word}` in {name}", "would no longer be asked", where)


def _means_in(files: Mapping[str, FileState]) -> dict[tuple[str, str], list[str]]:
    """Service (empty in main.cf) and parameter -> the site's means in it."""
    found: dict[tuple[str, str], list[str]] = {}
    for path, state in files.items():
        text = (state.content or b"").decode("utf-8", "surrogateescape")
        values: Mapping[str, Mapping[str, str | None]] = (
            {"": postfix.parameters(text)} if path == postfix.MAIN_CF else postfix.written_overrides(text)
        )
        found |= {
            (service, name): _own(name, value)
            for service, named in values.items()
            for name, value in named.items()
            if value is not None and (name in _LISTS or (name.startswith("smtpd_") and name.endswith("_restrictions")))
        }
    return found


def _own(name: str, value: str) -> list[str]:
    """Of restrictions those that ask something of the site's own, a table, a list, a service; of lists each word."""
    if name in _LISTS:
        return [word for word in words_of(value) if not word.startswith("$")]
    return [rule for rule in restriction_tokens(value) if " " in rule.strip()]


_RUNS = ("/etc/systemd/system/", "/etc/cron", "/var/spool/cron/", "/etc/sysusers.d/")
_STARTS = re.compile(r"\bsystemctl (?:-\S+ )*(?:enable|start|unmask) (?:-\S+ )*([\w@.:-]+)")


def added(remedy: Remedy, states: Mapping[str, FileState]) -> tuple[str, ...]:
    """What a remedy adds that runs: packages, units, jobs of cron. A remedy without any is passive: settings alone."""
    packages = [f"the package {name}" for name in remedy.packages]
    files = [
        edit.path.rpartition("/")[2]
        for edit in remedy.edits
        if edit.path.startswith(_RUNS) and ".d/" not in edit.path and states.get(edit.path, _NOTHING).absent
    ]
    started = [unit for action in remedy.actions for unit in _STARTS.findall(action.do)]
    return tuple(dict.fromkeys([*packages, *files, *started]))


_NOTHING = FileState(None)
