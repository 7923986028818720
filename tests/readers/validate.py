"""Reads documents with the models of compliance-trestle and sarif-pydantic, in the venv that has them.

Arguments are pairs of what a file is (`results`, `poam`, `sarif`) and the file. Prints a JSON list: empty for what was
read, else why not.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

MODELS = {
    "results": ("trestle.oscal.assessment_results", "Model"),
    "poam": ("trestle.oscal.poam", "Model"),
    "sarif": ("sarif_pydantic", "Sarif"),
}


def read(what: str, file: str) -> str:
    """Why a document is none; empty for one that is."""
    module, name = MODELS[what]
    model: Any = getattr(importlib.import_module(module), name)
    text = Path(file).read_text("utf-8")
    try:
        model.model_validate_json(text) if what == "sarif" else model.parse_raw(text)
    except ValueError as error:
        return str(error)
    return ""


if __name__ == "__main__":
    pairs = zip(sys.argv[1::2], sys.argv[2::2], strict=True)
    sys.stdout.write(json.dumps([read(what, file) for what, file in pairs]))
