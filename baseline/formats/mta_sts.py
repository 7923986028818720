"""MTA-STS records and policies (RFC 8461), and TLS reporting records (RFC 8460)."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from baseline.classes import dataclass
from baseline.formats import names, tags

LONGEST = 31557600
"""The longest `max_age`, in seconds: a year."""

Parse = Callable[[str], object]


@dataclass(frozen=True)
class Policy:
    """One policy."""

    mode: str
    max_age: int
    mx: tuple[str, ...]

    def covers(self, host: str) -> bool:
        """Whether a pattern matches an MX host; `*.` stands for exactly one label (4.1)."""
        name = names.bare(host)
        return any(
            name.partition(".")[2] == names.bare(one[2:]) if one.startswith("*.") else name == names.bare(one)
            for one in self.mx
        )


def is_record(text: str) -> bool:
    """Whether a TXT record counts as one of MTA-STS."""
    return tags.is_version(text, "STSv1")


def is_report_record(text: str) -> bool:
    """Whether a TXT record counts as one of TLS reporting."""
    return tags.is_version(text, "TLSRPTv1")


def parse_record(text: str) -> str:
    """The id. Raises ValueError."""
    found = tags.parse(text).get("id", "")
    if not re.fullmatch(r"[A-Za-z0-9]{1,32}", found):
        raise ValueError("id= is not 1 to 32 letters and digits")
    return found


def parse_report_record(text: str) -> tuple[str, ...]:
    """Where reports go. Raises ValueError."""
    uris = tuple(one.strip() for one in tags.parse(text).get("rua", "").split(",") if one.strip())
    for uri in uris:
        if not re.fullmatch(r"mailto:[^@\s!]+@[^@\s!]+|https://[^\s!]+", uri, re.I):
            raise ValueError(f"rua={uri} is neither mailto: nor https:")
    if not uris:
        raise ValueError("rua= names no address")
    return uris


def parse_policy(body: str) -> Policy:
    """A policy as it is fetched; lines end in LF or CRLF (3.2). Raises ValueError."""
    pairs = []
    for line in body.replace("\r\n", "\n").split("\n"):
        if not line.strip():
            continue
        key, sign, value = line.partition(":")
        if not sign:
            raise ValueError(f"{line.strip()[:40]!r} is no field")
        pairs.append((key.strip(), value.strip()))
    if not pairs or pairs[0] != ("version", "STSv1"):
        raise ValueError("does not begin with version: STSv1")
    first = dict(reversed(pairs))
    mode, age = first.get("mode", ""), first.get("max_age", "")
    if mode not in ("enforce", "testing", "none"):
        raise ValueError(f"mode {mode!r} is none of enforce, testing, none")
    if not re.fullmatch(r"\d{1,10}", age) or int(age) > LONGEST:
        raise ValueError(f"max_age {age!r} is not 0 to {LONGEST}")
    mx = tuple(value.lower() for key, value in pairs if key == "mx")
    if not mx and mode != "none":
        raise ValueError("has no mx")
    for one in mx:
        if not names.is_full(one.removeprefix("*.")):
            raise ValueError(f"mx {one!r} is no host")
    return Policy(mode, int(age), mx)


def policy_text(mode: str, hosts: Sequence[str], max_age: int) -> str:
    """A policy for these hosts."""
    lines = ["version: STSv1", f"mode: {mode}", *(f"mx: {host}" for host in hosts), f"max_age: {max_age}"]
    return "".join(f"{line}\n" for line in lines)
