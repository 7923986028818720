"""Every function of the package that reads what hosts and networks say, with texts that are hostile to it."""

from __future__ import annotations

from tests.adversary.parser import Parser
from tests.adversary.parsers import answers, files, kinds, records

PARSERS: dict[str, Parser] = {**answers.PARSERS, **files.PARSERS, **records.PARSERS, **kinds.PARSERS}
