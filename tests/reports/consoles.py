"""Consoles of a known width, for text that does not depend on where the tests run."""

from __future__ import annotations

import io

from rich.console import Console


def console(width: int = 80, *, colour: bool = False) -> Console:
    """A console of this width."""
    return Console(
        file=io.StringIO(),
        width=width,
        highlight=False,
        markup=False,
        force_terminal=colour,
        color_system="standard" if colour else None,
        _environ={},
    )
