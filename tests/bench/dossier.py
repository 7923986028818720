"""A year of one agency and its dossier: `python -m tests.bench.dossier [HOSTS [FLIPS]]`, by default 10 and 1000.

Says how large the dossier is, how long the verifier needs for it by itself, and whether every one of the flipped bytes
of a sample is found. Ends with 1 where one is not, or where the verifier needs more than ten seconds.
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from baseline.dossier import verify_dossier
from baseline.dossier.verify_dossier import NotWhole, Opened
from tests.dossier.agency import agency

DAYS, MOST_SECONDS = 365, 10


def main(hosts: int = 10, flips: int = 1000) -> int:
    """Make the year up, its dossier, and say what it came to. Gives the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        made = agency(Path(folder), hosts, range(DAYS))
        begun = time.monotonic()
        content = made.dossier()
        took = time.monotonic() - begun
        place = Path(folder) / "agency.zip"
        place.write_bytes(content)
        files = len(Opened(content).places)
        _say(f"{hosts} hosts, {DAYS} days: {len(content) / 2**20:.1f} MiB, {files} files, made in {took:.1f} s")
        begun = time.monotonic()
        words = [sys.executable, "-I", "-S", verify_dossier.__file__, str(place), "--key", made.signer.public_line]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        took = time.monotonic() - begun
    _say(f"verified in {took:.1f} s: exit code {done.returncode}, {done.stdout.splitlines()[-1:]}")
    unseen = sum(not _found(content, number) for number in range(flips))
    _say(f"{flips} flipped bytes: {unseen} were not found")
    return 0 if done.returncode == 0 and took <= MOST_SECONDS and not unseen else 1


def _found(content: bytes, number: int) -> bool:
    chance = random.Random(number)
    flipped = bytearray(content)
    flipped[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    try:
        Opened(bytes(flipped))
    except NotWhole:
        return True
    return False


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main(*map(int, sys.argv[1:3])))
