"""The environment of the templates, and what they may show."""

from __future__ import annotations

import base64
import hashlib
import importlib.resources
from collections.abc import Mapping
from functools import cache

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound
from markupsafe import Markup

from baseline.languages import Language
from baseline.reports.words import visible

LONGEST = 600
"""Characters of one value that are shown; what a host says more is counted."""


def shown(value: object) -> object:
    """A value as a page may hold it: text with what could steer a reader written as an escape, and not too long.

    Markup, which only this package makes, stays as it is; numbers do too.
    """
    if hasattr(value, "__html__") or not isinstance(value, str):
        return value
    text = visible(value)
    more = len(text) - LONGEST
    return text if more <= 0 else f"{text[:LONGEST]}… ({more} more characters)"


def rendered(name: str, values: Mapping[str, object], language: Language, *styles: str) -> str:
    """A page by its template in a language, with its style and script in it, and the policy that allows no other.

    `styles` are files of style that only this page has.
    """
    style, script = "\n".join(map(_part, ("style.css", *styles))), _part("filter.js")
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    own = {"style": Markup(style), "script": Markup(script), "policy": Markup(policy)}  # noqa: S704 -- files of ours
    return _environment(language).get_template(name).render(**own, **values)


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def _part(name: str) -> str:
    return importlib.resources.files("baseline.reports.html").joinpath(name).read_text("utf-8").strip()


class _Own(BaseLoader):
    """The templates beside this module."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, None]:
        del environment
        try:
            return _part(template), template, None
        except OSError:
            raise TemplateNotFound(template) from None


def _environment(language: Language) -> Environment:
    environment = Environment(
        loader=_Own(),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=shown,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    language.prepare(environment)
    return environment
