"""Every remedy answers what of a site's own it displaces, and what users will notice."""

from __future__ import annotations

import inspect

import pytest

from baseline.kinds import kinds
from baseline.kinds.base import Control

MENDING = {name: kind for name, kind in kinds().items() if kind.remedy is not Control.remedy}
BY_ITS_EDITS = {"open_relay", "postfix_setting"}
"""Kinds that set lists of Postfix anew: what is lost of them is read off their edits."""


def test_a_kind_with_remedies_answers_and_no_other_does() -> None:
    assert {name for name, kind in kinds().items() if kind.effects is not None} == set(MENDING)


@pytest.mark.parametrize("name", MENDING)
def test_what_it_says_to_displace_it_tells_as_data(name: str) -> None:
    effects = MENDING[name].effects
    assert effects is not None
    source = inspect.getsource(inspect.getmodule(MENDING[name]) or MENDING[name])
    tells = any(word in source for word in ("displaces=lost", "begins=", "jails=")) or name in BY_ITS_EDITS
    assert effects.displaces.startswith("nothing because ") is not tells
    assert effects.notice.endswith(".")
