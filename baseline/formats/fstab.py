"""/etc/fstab (fstab(5)): six fields by white space, `#` begins a comment line, octal escapes such as `\\040`."""

from __future__ import annotations

import re

_OPPOSITES = {"ro": "rw", "sync": "async"}
"""Options that exclude each other without a `no` in front."""


def has_mount(text: str, mount_point: str) -> bool:
    """Whether a line of the table mounts something at `mount_point`."""
    return any(_fields(line)[1:2] == [mount_point] for line in text.split("\n"))


def set_options(text: str, mount_point: str, options: tuple[str, ...]) -> str:
    """`text` with `options` merged into the line of `mount_point`; `key=value` replaces the same key.

    Other fields keep their bytes. Raises ValueError when no line mounts there, and for an option that is none.
    """
    for option in options:
        if not re.fullmatch(r"[^\s,\"#]+", option):
            raise ValueError(f"{option!r} is no mount option")
    if not has_mount(text, mount_point):
        raise ValueError(f"no line of fstab mounts anything at {mount_point}")
    lines = text.split("\n")
    for index, line in enumerate(lines):
        if _fields(line)[1:2] == [mount_point]:
            lines[index] = _merged(line, options)
    return "\n".join(lines)


def merge_options(present: str, wanted: tuple[str, ...]) -> str:
    """Mount options with the wanted ones in force: `size=2g` replaces another size, `nosuid` takes out `suid`.

    Options that already say so stay as they are written, order included.
    """
    names = {option.partition("=")[0] for option in wanted}
    rivals = names | {_opposite(name) for name in names}
    # A comma inside double quotes belongs to a security label (mount(8), "context").
    options = [option for option in re.findall(r'(?:"[^"]*"|[^,"])+', present) if option != "defaults"]
    if sorted(option for option in options if option.partition("=")[0] in rivals) == sorted(set(wanted)):
        return present or "defaults"
    kept = [option for option in options if option.partition("=")[0] not in rivals]
    return ",".join([*kept, *dict.fromkeys(wanted)]) or "defaults"


def _merged(line: str, options: tuple[str, ...]) -> str:
    parts = re.split(r"(\s+)", line.rstrip())
    start = 0 if parts[0] else 2
    while len(parts) <= start + 6:
        parts += [" ", "defaults"]
    parts[start + 6] = merge_options(parts[start + 6], options)
    merged = "".join(parts)
    return merged + line[len(line.rstrip()) :]


def _opposite(name: str) -> str:
    for one, other in _OPPOSITES.items():
        if name in (one, other):
            return other if name == one else one
    return name.removeprefix("no") if name.startswith("no") else f"no{name}"


def _fields(line: str) -> list[str]:
    return [] if line.lstrip().startswith("#") else line.split()
