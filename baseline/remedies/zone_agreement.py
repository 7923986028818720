"""Whether a zone file and the DNS say the same: records are edited only where they do.

What DNS says decides nothing of what is written. It is held against the file, so that forged answers, or a zone that
is not loaded as it stands in its file, keep the file as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from baseline.edits import Edit
from baseline.formats import names, zone
from baseline.model import FileState
from baseline.model.probes import Lookup, Probe, Records, Seen
from baseline.zone_edits import RecordsEdit


def zone_disagreement(edits: Sequence[Edit], files: Mapping[str, FileState], seen: Mapping[Probe, Seen]) -> str:
    """Why these edits of records are not made; empty where they can be. Raises ValueError for what is no zone file.

    They are not where no name server of the zone says what the file says, or where the file has all of it already.
    """
    records = [edit for edit in edits if isinstance(edit, RecordsEdit)]
    for edit in records:
        told = _other_than_served(edit, _text(files, edit.path), seen)
        if told:
            return told
    if records and all(edit.change(files[edit.path]) == files[edit.path] for edit in edits if edit.path in files):
        paths = ", ".join(dict.fromkeys(edit.path for edit in records))
        return f"{paths} has the wanted records already, so the fault lies elsewhere: see who answers for the zone"
    return ""


def _other_than_served(edit: RecordsEdit, text: str, seen: Mapping[Probe, Seen]) -> str:
    kept = _those(edit, zone.texts(text, edit.zone, edit.owner, edit.type))
    answers = [
        records
        for probe, records in seen.items()
        if isinstance(probe, Lookup) and isinstance(records, Records) and _asks_for(probe, edit) and _answered(records)
    ]
    served = [_those(edit, (zone.comparable(one, edit.type) for one in records.records)) for records in answers]
    if not served or kept in served or (not kept and zone.includes(text, edit.zone)):
        return ""
    return (
        f"{edit.path} has {_shown(kept)} at {names.bare(edit.owner)} ({edit.type}), and the name servers say "
        f"{_shown(served[0])}: load the zone with `rndc reload {edit.zone}`, or find out who answers instead"
    )


def _asks_for(probe: Lookup, edit: RecordsEdit) -> bool:
    at_the_source = bool(probe.server) and not probe.recurse
    return at_the_source and names.bare(probe.name) == names.bare(edit.owner) and probe.type == edit.type


def _answered(records: Records) -> bool:
    return not records.trouble and records.status in ("noerror", "nxdomain") and not records.aliases


def _those(edit: RecordsEdit, texts: Iterable[str]) -> list[str]:
    return sorted(one for one in texts if edit.gives_way(one))


def _shown(records: Sequence[str]) -> str:
    return " and ".join(records) or "nothing"


def _text(files: Mapping[str, FileState], path: str) -> str:
    state = files.get(path)
    if state is None or state.content is None:
        raise ValueError(f"{path} is not there")
    return state.content.decode("utf-8", "surrogateescape")
