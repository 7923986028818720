"""The Jinja2 environment: templates that ship, by their name, and templates of the user, by their absolute path.

A variable that is not given is an error, never empty text: a configuration file with a hole in it is worse than none.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined, TemplateError
from jinja2.loaders import split_template_path
from jinja2.sandbox import ImmutableSandboxedEnvironment

from baseline.errors import UserError


def render(template: str, values: Mapping[str, Any]) -> str:
    """The text of a template.

    `template` is a shipped name such as `systemd/tmp.mount.j2`, or an absolute path. Raises `UserError` when it is
    not there, cannot be read, or lacks a variable.
    """
    try:
        return _environment().get_template(template).render(values)
    except (TemplateError, OSError, UnicodeDecodeError) as error:
        line = getattr(error, "lineno", None)
        where = f"{template}:{line}" if line else template
        raise UserError(f"template {where}: {type(error).__name__}: {error}") from None


@cache
def _environment() -> Environment:
    return ImmutableSandboxedEnvironment(
        loader=FunctionLoader(_source),
        undefined=StrictUndefined,
        autoescape=False,  # configuration files, not HTML
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _source(template: str) -> tuple[str, str, None] | None:
    """The text of a template; None when there is no such file."""
    path = Path(template) if template.startswith("/") else _shipped().joinpath(*split_template_path(template))
    return (path.read_text(encoding="utf-8"), str(path), None) if path.is_file() else None


def _shipped() -> Path:
    """Installed, the templates lie inside the package; in the source tree, beside it."""
    here = Path(__file__).parent
    installed = here / "_templates"
    return installed if installed.is_dir() else here.parent / "templates"
