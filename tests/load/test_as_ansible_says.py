"""Inventories read here and by ansible-core: groups, hosts, variables with their types, and what limits select.

Those of `compared/` each show one thing. Others are made up.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baseline.errors import InputError, NothingMatched, UserError
from baseline.load import Inventory, load_inventory
from tests.load.ansible_says import Ansible, Said, ansible, environment
from tests.load.compared_cases import Case, cases

CASES = cases()


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ansible]:
    with ansible(tmp_path_factory.mktemp("ansible")) as running:
        yield running


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_read_as_ansible_reads_it(case: Case, oracle: Ansible, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = case.write(tmp_path)
    monkeypatch.chdir(folder)
    if case.refused is not None:
        with pytest.raises(InputError) as caught:
            load_inventory(*case.sources)
        assert case.refused in str(caught.value)
        return
    theirs = oracle.says(folder, case.sources, case.limits)
    assert not theirs.error
    found = dict(differences(load_inventory(*case.sources), theirs))
    assert found.keys() == case.differs.keys(), found


def differences(ours: Inventory, theirs: Said) -> Iterator[tuple[str, Any]]:
    """What is not the same, each with both."""
    found = {target.name: target.vars for target in ours.targets}
    if found.keys() != theirs.variables.keys():
        yield "hosts", (sorted(found), sorted(theirs.variables))
    groups = {name: set(members) for name, members in ours.groups.items() if members}
    known = {name: set(members) for name, members in theirs.groups.items() if members and name != "all"}
    if groups != known:
        yield "groups", (groups, known)
    for host in found.keys() & theirs.variables.keys():
        for name in found[host].keys() | theirs.variables[host].keys() - {"ansible_group_priority"}:
            pair = [_json(variables.get(name, "(none)")) for variables in (found[host], theirs.variables[host])]
            if pair[0] != pair[1]:
                yield f"{host}.{name}", pair
    for limit, wanted in theirs.limits.items():
        selected = _selected(ours, limit)
        if selected != set(wanted or ()):
            yield f"-l {limit}", (selected, wanted)


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def _selected(inventory: Inventory, limit: str) -> set[str]:
    """Empty where nothing matches, which is an error here."""
    try:
        return {target.name for target in inventory.select(limit)}
    except (NothingMatched, UserError):
        return set()


def test_the_command_itself_says_the_same(oracle: Ansible, tmp_path: Path) -> None:
    command = Path(sys.executable).with_name("ansible-inventory")
    for name in ("yaml-nested-groups", "precedence-two-folders"):
        case = next(one for one in CASES if one.name == name)
        folder = case.write(tmp_path)
        sources = [word for source in case.sources for word in ("-i", source)]
        done = subprocess.run(
            [sys.executable, command, *sources, "--list"],
            cwd=folder,
            env={**os.environ, **environment(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        listed = json.loads(done.stdout)
        theirs = oracle.says(folder, case.sources)
        hostvars = listed["_meta"]["hostvars"]
        assert hostvars == {host: variables for host, variables in theirs.variables.items() if variables}
        for group in listed.keys() - {"_meta", "all"}:
            assert _below(listed, group) == set(theirs.groups[group])


def _below(listed: Mapping[str, Any], group: str) -> set[str]:
    body = listed.get(group, {})
    return set(body.get("hosts", ())).union(*(_below(listed, child) for child in body.get("children", ())))


# --- inventories that are made up ---------------------------------------------------------------------------

_GROUPS = ("a", "B", "mail", "z-1", "ungrouped", "all")
_HOSTS = ("mx1", "mx2", "mx[1:3]", "n[01:04:2].x", "n01.x:2222", "192.0.2.7")
_VALUES = st.one_of(
    st.sampled_from(
        ["yes", "010", "1_0", "~", "0x1f", "1.50", "1e3", "off", "text", "a b", "'q'", "[1, 2]", "None", "True", "{}"]
    ),
    st.integers(-3, 300).map(str),
    st.text(st.sampled_from("ab1.-_'\"\\{}[](),é#=: "), max_size=6),
)
_VARS = st.dictionaries(st.sampled_from(["v", "w", "x_1"]), _VALUES, max_size=2)
_PLAIN = st.one_of(st.none(), st.booleans(), st.integers(-9, 99), st.floats(0, 9), st.text("ab: #{}'", max_size=5))
_YAML_VARS = st.dictionaries(
    st.sampled_from(["v", "w", "y"]), st.one_of(_PLAIN, st.lists(_PLAIN, max_size=2)), max_size=2
)
_PRIORITY: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [{}, {}, {"ansible_group_priority": 5}, {"ansible_group_priority": "0"}]
)


@st.composite
def _yaml_file(draw: st.DrawFn) -> str:
    """Groups on two levels, in any order, with a section or another missing."""

    def body(children: bool) -> dict[str, Any]:
        sections: dict[str, Any] = {
            "hosts": draw(st.dictionaries(st.sampled_from(_HOSTS), st.one_of(st.none(), _YAML_VARS), max_size=3)),
            "vars": {**draw(_YAML_VARS), **draw(_PRIORITY)},
        }
        if children:
            # Each below an earlier one, so that none contains itself.
            below = draw(st.sets(st.sampled_from(_GROUPS[:4]), max_size=2))
            sections["children"] = {f"{name}-below": body(False) for name in sorted(below)}
        order = draw(st.permutations(sorted(sections)))
        return {name: sections[name] for name in order if sections[name]}

    # Groups below `ungrouped` are nobody's wish, and Ansible half forgets them.
    groups = {name: body(name != "ungrouped") for name in draw(st.permutations(_GROUPS))[: draw(st.integers(1, 4))]}
    return yaml.safe_dump(groups, sort_keys=False, allow_unicode=True)


@st.composite
def _ini_file(draw: st.DrawFn) -> str:
    """Sections in any order; children may come before their group."""
    names = draw(st.permutations(_GROUPS[:4]))[: draw(st.integers(1, 4))]
    sections = []
    for index, name in enumerate(names):
        hosts = [
            " ".join([host, *(f"{key}={_shell_word(value)}" for key, value in draw(_VARS).items())])
            for host in draw(st.lists(st.sampled_from(_HOSTS), max_size=3))
        ]
        sections.append(f"[{name}]\n" + "".join(f"{line}\n" for line in hosts))
        children = draw(st.lists(st.sampled_from(names[index + 1 :] or [""]), max_size=2))
        sections.append(f"[{name}:children]\n" + "".join(f"{child}\n" for child in children if child))
        found = draw(_VARS) | draw(_PRIORITY)
        sections.append(f"[{name}:vars]\n" + "".join(f"{key} = {value}\n" for key, value in found.items()))
    return "mx9\n" + "\n".join(draw(st.permutations(sections)))


def _shell_word(value: str) -> str:
    return "'" + value.replace("'", "") + "'"


@st.composite
def _inventories(draw: st.DrawFn) -> dict[str, str]:
    """The files of one inventory in a folder."""
    files = {"01.yml": draw(_yaml_file()), "02.ini": draw(_ini_file()), "03": draw(_yaml_file())}
    kept = draw(st.sets(st.sampled_from(sorted(files)), min_size=1))
    found = {name: files[name] for name in sorted(kept)}
    names = st.sampled_from(["all", "ungrouped", *_GROUPS[:4], "a-below"])
    for group in draw(st.sets(names, max_size=2)):
        found[f"group_vars/{group}.yml"] = yaml.safe_dump(draw(_YAML_VARS))
    for host in draw(st.sets(st.sampled_from(["mx1", "192.0.2.7"]), max_size=1)):
        found[f"host_vars/{host}"] = yaml.safe_dump(draw(_YAML_VARS))
    return found


_WORDS = st.sampled_from(["mx1", "mx*", "a", "B", "all", "mail", "ungrouped", "~n.*", "mx?", "*x", "a*", "*below"])
_TERMS = st.builds(
    "".join,
    st.tuples(st.sampled_from(["", "", "!", "&"]), _WORDS, st.sampled_from(["", "", "[0]", "[-1]", "[0:1]", "[1:]"])),
)
_LIMITS = st.lists(_TERMS, min_size=1, max_size=3).flatmap(
    lambda terms: st.sampled_from([":", ","]).map(lambda by: by.join(terms))
)
_numbers = itertools.count()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(files=_inventories(), limits=st.lists(_LIMITS, max_size=4, unique=True))
def test_made_up_inventories_are_read_alike(
    files: dict[str, str], limits: list[str], oracle: Ansible, tmp_path: Path
) -> None:
    folder = tmp_path / str(next(_numbers))
    Case("inv", (), (), {}, None, {name: text.encode() for name, text in files.items()}).write(folder)
    theirs = oracle.says(folder, ("inv",), tuple(limits))
    assert not theirs.error
    try:
        ours = load_inventory(folder / "inv")
    except InputError as error:
        if not all(_on_purpose(str(problem)) for problem in error.problems):
            raise
        return
    # A limit of which a part matches nothing is an error here, and widens or narrows nothing.
    found = [(what, pair) for what, pair in differences(ours, theirs) if pair[0] or not what.startswith("-l ")]
    assert not found


def _on_purpose(problem: str) -> bool:
    """Whether it is one of what is refused here and borne there."""
    return any(words in problem for words in ("contains itself", "there are no hosts"))
