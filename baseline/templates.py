"""The templates of files that are written on hosts.

Templates come with the package, or lie beside a baseline that somebody wrote, and are trusted; values never are. A
value that is interpolated is one line of text or a number: anything that holds a newline or another control character
could smuggle a setting into a file, and is refused. Missing names are errors, and nothing is escaped, since each file
has a syntax of its own: that is what the filters are for.

    {{ 1073741824 | dovecot_size }}    1G            sizes as Dovecot 2.3 writes them
    {{ "95% full" | percent }}         95%% full     a literal `%` in a Dovecot setting
    {{ text | ucl_quoted }}            "text"        a string of Rspamd's configuration
    {{ text | sh_quoted }}             'text'        a word of POSIX sh
    {{ text | ps_quoted }}             'text'        a string of PowerShell
"""

from __future__ import annotations

import importlib.resources
import operator
import re
import shlex
from collections.abc import Callable
from functools import cache, reduce
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from jinja2 import (
    BaseLoader,
    Environment,
    StrictUndefined,
    Template,
    TemplateNotFound,
    TemplateSyntaxError,
    Undefined,
    UndefinedError,
)

from baseline.errors import CannotTell, InputError, Problem
from baseline.formats import powershell, ucl
from baseline.own_template import OwnTemplate
from baseline.secret import Secret, veil
from baseline.sizes import to_dovecot

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def fault_of(text: str) -> tuple[int, str] | None:
    """Line and message of what makes a text no template; None where it is one."""
    try:
        _environment().parse(text)
    except TemplateSyntaxError as error:
        return error.lineno, str(error.message)
    return None


def render_secret(name: str, /, **values: Any) -> str | Secret:
    """As `render`, and a secret when one stands among the values that are interpolated."""
    with veil() as unveiled:
        text = render(name, **values)
        return unveiled(text)


def render(name: str, /, **values: Any) -> str:
    """The text of the template `name` (`dovecot/quota.conf.j2`) with these values.

    An `OwnTemplate` is rendered from its own text; it may include templates of the package.

    Raises `InputError` naming template and line for a name that is not defined, a value that may not stand in
    a file, and a template that is missing or wrong.
    """
    try:
        return _template(name).render(values)
    except TemplateNotFound as error:
        raise InputError([Problem(f"templates/{error.name}", 0, 0, "there is no such template")]) from None
    except TemplateSyntaxError as error:
        raise InputError([Problem(f"templates/{error.name}", error.lineno, 1, str(error.message))]) from None
    except (UndefinedError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        file, line = _where(error, name)
        raise InputError([Problem(file, line, 1, str(error) or type(error).__name__)]) from None


def _template(name: str) -> Template:
    environment = _environment()
    if not isinstance(name, OwnTemplate):
        return environment.get_template(name)
    code = environment.compile(name.text, str(name), name.file)
    return Template.from_code(environment, code, environment.make_globals(None))


def one_line(value: Any) -> Any:
    """The value itself when it may be interpolated. Raises ValueError for control characters, TypeError for others."""
    if isinstance(value, Undefined):
        return value  # Jinja raises with the name that is missing
    if isinstance(value, Secret):
        return value.mapped(_secret_line).stand_in()
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypeError(f"{value!r} is neither text nor a number, and each program has its own words for it")
    if isinstance(value, str) and _CONTROL.search(value):
        raise ValueError(f"{value!r} holds a control character, which could smuggle a line into the file")
    return value


def _secret_line(text: str) -> str:
    if _CONTROL.search(text):
        raise CannotTell("a secret holds a control character, which could smuggle a line into the file")
    return text


def _also_secret(change: Callable[..., str]) -> Callable[..., str | Secret]:
    """A filter that may be used on a secret too; it is then applied when the secret is fetched."""

    def apply(text: Any, *words: Any) -> str | Secret:
        if isinstance(text, Secret):
            return text.mapped(lambda value: change(_secret_line(value), *words))
        return change(text, *words)

    return apply


def percent(text: str) -> str:
    """Text in which Dovecot 2.3 sees no variables: `%` doubled (doc.dovecot.org 2.3, "Config variables")."""
    return str(text).replace("%", "%%")


class _Shipped(BaseLoader):
    """Templates of the installed package, or of the source tree when it runs from there."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, None]:
        del environment
        parts = template.split("/")
        if any(part in ("", ".", "..") for part in parts):
            raise TemplateNotFound(template)
        try:
            # One step at a time: the folder may be a namespace package, whose joinpath takes one.
            text = reduce(operator.truediv, parts, _folder()).read_text("utf-8")
        except OSError:
            raise TemplateNotFound(template) from None
        return text, f"templates/{template}", None

    def list_templates(self) -> list[str]:
        return sorted(_listed(_folder(), ""))


def names() -> tuple[str, ...]:
    """The names of all templates."""
    return tuple(_Shipped().list_templates())


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=_Shipped(),
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 -- configuration files, not HTML: what may be written is decided by `one_line`
        finalize=one_line,
        keep_trailing_newline=True,
        trim_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(
        dovecot_size=to_dovecot,
        percent=_also_secret(percent),
        ucl_quoted=_also_secret(ucl.quoted),
        sh_quoted=_also_secret(lambda text: shlex.quote(str(text))),
        ps_quoted=_also_secret(powershell.quoted),
    )
    return environment


@cache
def _folder() -> Traversable:
    try:
        return importlib.resources.files("baseline._templates")
    except ModuleNotFoundError:
        # An installation maps the folder `templates` to this package; the source tree has it beside the package.
        return Path(__file__).parent.parent / "templates"


def _listed(folder: Traversable, prefix: str) -> list[str]:
    found = []
    for entry in folder.iterdir():
        if entry.is_dir():
            found += _listed(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".j2"):
            found.append(f"{prefix}{entry.name}")
    return found


def _where(error: BaseException, name: str) -> tuple[str, int]:
    """File and line of the innermost template in which an error came up."""
    own = name.file if isinstance(name, OwnTemplate) else None
    file, line, trace = own or f"templates/{name}", 0, error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.startswith("templates/") or trace.tb_frame.f_code.co_filename == own:
            file, line = trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next
    return file, line
