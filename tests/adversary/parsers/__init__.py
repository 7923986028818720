"""Every function of the package that reads what hosts and networks say, with texts that are hostile to it.

What is here:

- `answers`: What commands print on hosts, what the host's side tells, and what is shown of it.
- `evidence`: What is handed over as evidence: signatures, files of allowed signers, and the lists of personnel systems.
- `files`: Configuration files of programs, and what programs print of theirs.
- `kinds`: Each kind of control as a parser: what it makes of a host of which one answer is hostile, and all others are
  real.
- `records`: What DNS, certificates and firewalls say.
"""

from __future__ import annotations

from tests.adversary.parser import Parser
from tests.adversary.parsers import answers, evidence, files, kinds, records

PARSERS: dict[str, Parser] = {
    **answers.PARSERS,
    **evidence.PARSERS,
    **files.PARSERS,
    **records.PARSERS,
    **kinds.PARSERS,
}
