"""What a host of 2.3 said of each seed, and what it is converted to: kept, so that conversions are seen without a lab.

The lab's test compares what it is told with what is kept here; with --update it keeps what it is told.
"""

from __future__ import annotations

import re
from pathlib import Path

from baseline.upgrading.dovecot import asking
from baseline.upgrading.dovecot.convert import Conversion, convert

ANSWERS = Path(__file__).parent / "answers"
CONVERTED = Path(__file__).parent / "converted"


def names() -> list[str]:
    """The seeds of which an answer is kept."""
    return sorted(path.stem for path in ANSWERS.glob("*.txt"))


def answer(name: str) -> str:
    """What the host said."""
    return (ANSWERS / f"{name}.txt").read_text()


def keep(name: str, said: str) -> None:
    """Keep an answer, without what differs from one host to the next."""
    (ANSWERS / f"{name}.txt").write_text(re.sub(r"^\|# (?:OS|Hostname|Pigeonhole).*\n", "", said, flags=re.M))


def conversion(name: str) -> Conversion:
    """What a seed is converted to."""
    return convert(asking.source(answer(name)))


def text(found: Conversion) -> str:
    """A conversion as it is kept: the file, and the items that are not `same`."""
    told = [
        f"## {one.verdict}: {one.setting} ({one.where}): {one.meaning}" for one in found.items if one.verdict != "same"
    ]
    return found.files["dovecot.conf"] + "".join(f"{line}\n" for line in told)
