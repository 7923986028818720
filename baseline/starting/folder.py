"""The files of a new site, from the answers to a few questions."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import fields, replace
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING

from baseline import schemas
from baseline.classes import dataclass
from baseline.errors import UserError
from baseline.load.scalars import scalar
from baseline.load.tree import nearest, short
from baseline.model import ROLES
from baseline.starting.new_files import NewFile

if TYPE_CHECKING:
    from jinja2 import Environment

INVENTORY, OVERLAY, LINT = "inventory.yml", "agency.yml", "lint.sh"
SCHEMAS = ".baseline/schemas"
"""The folder of schemas, beside the files."""

_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_USER = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,31}")


@dataclass(frozen=True)
class FirstAnswers:
    """What is asked of somebody who begins. `None` is what nobody has said yet: its placeholder is written.

    `agency` is its name in words, `domain` its mail domain, `host` the first host by its name in the DNS or by its
    address, `roles` what that is for, and `user` the account to log in as.
    """

    agency: str | None = None
    domain: str | None = None
    host: str | None = None
    roles: tuple[str, ...] | None = None
    user: str | None = None

    @property
    def open(self) -> tuple[str, ...]:
        """What nobody has said yet, by the names of the fields."""
        return tuple(one.name for one in fields(self) if getattr(self, one.name) is None)

    def with_placeholders(self) -> FirstAnswers:
        """The same, with what is written in place of what nobody has said."""
        domain = self.domain or "agency.example"
        return FirstAnswers(
            self.agency or "Our agency",
            domain,
            self.host or f"mx1.{domain}",
            self.roles or ("mta",),
            self.user or "baseline",
        )


def agency_name(text: str) -> str:
    """A name in words. Raises `UserError` for one that is empty, long or of several lines."""
    text = text.strip()
    if not text or len(text) > 200 or not text.isprintable():
        raise UserError(f"{short(text)} is no name of an agency: one line of at most 200 letters is")
    return text


def mail_domain(text: str) -> str:
    """A domain in the DNS, in lower case. Raises `UserError` for what is none."""
    text = text.strip().lower().removesuffix(".")
    if not _NAME.fullmatch(text) or "." not in text or len(text) > 253:
        raise UserError(f"{short(text)} is no mail domain: write it like agency.example, other alphabets as xn--…")
    return text


def host_name(text: str) -> str:
    """A name in the DNS or an address. Raises `UserError` for what is neither."""
    text = text.strip()
    try:
        return str(ip_address(text))
    except ValueError:
        if _NAME.fullmatch(text) and len(text) <= 253 and not re.fullmatch(r"[0-9.]+", text):
            return text.lower()
    raise UserError(f"{short(text)} is no host: write its name, like mx1.agency.example, or its address")


def role_names(text: str) -> tuple[str, ...]:
    """Roles, separated by commas or spaces, in the order of the project. Raises `UserError` for one that is none."""
    given = [word for word in re.split(r"[\s,]+", text.strip().lower()) if word]
    for word in given:
        if word not in ROLES:
            raise UserError(f"there is no role {short(word)}: {nearest(word, ROLES)}")
    if not given:
        raise UserError(f"a host has at least one role: {', '.join(ROLES)}")
    return tuple(role for role in ROLES if role in given)


def login_name(text: str) -> str:
    """An account of a host. Raises `UserError` for what can be none."""
    text = text.strip()
    if not _USER.fullmatch(text):
        raise UserError(f"{short(text)} is no account to log in as: write it like baseline")
    return text


def extends_as(name: str, folder: Path) -> str:
    """How an overlay in a folder writes the baseline that it is over: by its name, or by the way to its file."""
    if "/" not in name and not name.endswith((".yml", ".yaml")):
        return name
    path = os.path.relpath(Path(name).expanduser().absolute(), folder.absolute())
    return path if path.startswith("..") else f"./{path}"


def starting_files(answers: FirstAnswers, extends: str) -> Mapping[str, NewFile]:
    """All files of a new site, by their paths in its folder. `extends` names the baseline that the overlay is over."""
    known = answers.with_placeholders()
    values = {
        "agency": known.agency,
        "baseline": _slug(known.agency or ""),
        "domain": known.domain,
        "extends": extends,
        "host": known.host,
        "inventory": INVENTORY,
        "missing": set(answers.open),
        "overlay": OVERLAY,
        "roles": known.roles,
        "user": known.user,
    }
    made = {name: NewFile(_schema_line(name) + rendered(template, values)) for name, template in _FILES.items()}
    made[LINT] = replace(made[LINT], executable=True)
    return {**made, **{schema_file(what): NewFile(schemas.text(what)) for what in _SCHEMAS.values()}}


def schema_file(what: str) -> str:
    """Where the schema of a document lies in the folder, for editors."""
    return f"{SCHEMAS}/{what}.json"


def schema_line(folder: Path, what: str) -> str:
    """The first line of one more document in a folder; empty where the folder has no schema of it."""
    return schemas.first_line(schema_file(what)) if (folder / schema_file(what)).is_file() else ""


def _schema_line(name: str) -> str:
    return schemas.first_line(schema_file(_SCHEMAS[name])) if name in _SCHEMAS else ""


_FILES: Mapping[str, str] = {
    INVENTORY: "inventory.yml.j2",
    "roster.yml": "roster.yml.j2",
    "register.yml": "register.yml.j2",
    "waivers.yml": "waivers.yml.j2",
    OVERLAY: "overlay.yml.j2",
    LINT: "lint.sh.j2",
    ".gitignore": "gitignore.j2",
    "README.md": "readme.md.j2",
}
"""Path in the folder -> its template."""

_SCHEMAS: Mapping[str, str] = {
    INVENTORY: "inventory",
    "roster.yml": "roster",
    "register.yml": "register",
    "waivers.yml": "waivers",
    OVERLAY: "baseline",
}
"""Path in the folder -> the document that it is, by whose schema editors check it."""


def rendered(template: str, values: Mapping[str, object]) -> str:
    """A template of this room. `yaml` in it is a text as a scalar, `line` a text that stays in its comment."""
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    loader = PackageLoader("baseline.starting", "files")
    made = Environment(  # noqa: S701 -- no HTML is written
        loader=loader, undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True, lstrip_blocks=True
    )
    made.filters["yaml"] = scalar
    made.filters["line"] = in_comment
    return made


def in_comment(text: str, most: int = 160) -> str:
    """A text as it may stand in a comment: on one line, without what does not print, and not longer than `most`."""
    shown = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text[: most + 1])
    return shown if len(shown) <= most else f"{shown[: most - 1]}…"


def _slug(agency: str) -> str:
    """The name of its baseline: its letters of ASCII and digits, joined by hyphens."""
    plain = unicodedata.normalize("NFKD", agency).encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)
    return "-".join([*(words or ["agency"]), "mail"])[:64].strip("-")
