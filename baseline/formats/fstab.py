"""/etc/fstab (fstab(5)): six fields by white space, `#` begins a comment line, octal escapes such as `\\040`."""

from __future__ import annotations

import re


def has_mount(text: str, mount_point: str) -> bool:
    """Whether a line of the table mounts something at `mount_point`."""
    return any(_fields(line)[1:2] == [mount_point] for line in text.splitlines())


def set_options(text: str, mount_point: str, options: tuple[str, ...]) -> str:
    """`text` with `options` merged into the line of `mount_point`; `key=value` replaces the same key.

    Other fields keep their bytes. Raises ValueError when no line mounts there.
    """
    if not has_mount(text, mount_point):
        raise ValueError(f"no line of fstab mounts anything at {mount_point}")
    lines = text.splitlines(keepends=True)
    for index, line in enumerate(lines):
        if _fields(line)[1:2] != [mount_point]:
            continue
        parts = re.split(r"(\s+)", line.rstrip("\n"))
        start = 0 if parts[0] else 2
        while len(parts) <= start + 6:
            parts += [" ", "defaults"]
        parts[start + 6] = merge_options(parts[start + 6], options)
        lines[index] = "".join(parts) + "\n"
    return "".join(lines)


def merge_options(present: str, wanted: tuple[str, ...]) -> str:
    """Mount options with the wanted ones in force: `size=2g` replaces another size, `nosuid` takes out `suid`."""
    names = {option.partition("=")[0] for option in wanted}
    opposite = {name.removeprefix("no") if name.startswith("no") else f"no{name}" for name in names}
    kept = [
        option
        for option in present.split(",")
        if option.partition("=")[0] not in names | opposite and option not in ("", "defaults")
    ]
    return ",".join([*kept, *wanted]) or "defaults"


def _fields(line: str) -> list[str]:
    return [] if line.lstrip().startswith("#") else line.split()
