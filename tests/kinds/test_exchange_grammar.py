"""The scripts for Exchange and for the wire are PowerShell by a grammar of PowerShell.

The grammar is the one of tree-sitter, which is not PowerShell's own parser, but is not ours either.
"""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from baseline import bundle
from baseline.kinds.exchange_quota import read_script

tree_sitter = pytest.importorskip("tree_sitter", reason="tree-sitter is not installed")
grammar = pytest.importorskip("tree_sitter_powershell", reason="tree-sitter-powershell is not installed")

GOLDEN = Path(__file__).parent / "golden_scripts"


def parses(script: str) -> bool:
    parser = tree_sitter.Parser(tree_sitter.Language(grammar.language()))
    return not parser.parse(script.encode()).root_node.has_error


@pytest.mark.parametrize("name", sorted(path.name for path in GOLDEN.glob("*.ps1")))
def test_a_script_parses(name: str) -> None:
    assert parses((GOLDEN / name).read_text())


def test_a_bundle_parses() -> None:
    request = bundle.ask_powershell([read_script(), "Get-Date"])
    assert parses(base64.b64decode(request.script).decode())
    assert parses(base64.b64decode(bundle.POWERSHELL.rpartition(" ")[2]).decode("utf-16-le"))


def test_what_is_no_powershell_does_not_parse() -> None:
    assert not parses("if ($true) { 'an open string }")
    assert not parses(base64.b64decode(bundle.ask_powershell(["1"]).script).decode()[:-20])
