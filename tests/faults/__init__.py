"""Everything that can break in an apply, broken on a real host.

What is here:

- `ahead`: The processor first: a fault has moments that are told in seconds, and other tests beside it would shift
  them.
- `bench`: One case: a host as prepared, an apply that something happens to, and what became of both.
- `case`: What one case of the suite is: data, and a few deeds on a host.
- `cases`: All cases of the suite, in the order of the table.
- `conftest`: One lab host of the suite's own for each release, up once for all of its cases, and the results as they
  come in.
- `controllers`: Controllers other than one that works alone and lives on.
- `deeds`: What is done to a host, and to what travels to and from it.
- `host`: A lab host as the fault suite sees it: from outside, through /proc, so that what is broken inside hides
  nothing.
- `moments`: The moments of an apply at which a host can be stopped: command lines of host.sh, as shell patterns.
- `results`: What came of a whole run, kept beside the cases for each release; the page in docs is made of it.
- `sequences`: Any sequence of applies, edits by hand and rollbacks: how one is made, played and told. For the host, see
  `host`.
- `site`: A small plan that has one of everything, and what a lab host needs for it.
- `table`: The page docs/reliability.md, made from the results of the last whole run.
- `test_faults`: Whatever breaks in whichever moment of an apply: the host is as before or as planned, and the report
  says which.
- `test_played`: What a sequence expects of a rollback: the host as the generation left it. Needs no lab.
- `test_sequences`: Any sequence of applies, edits by hand and rollbacks ends as its last generation says, and mail
  flows all along.
- `test_table`: The page tells what the last whole run found, of every case that there is. Needs no lab.
- `wire`: The way between an apply and its host, with things that happen on it.
"""

import pytest

# Asserts outside of test modules explain themselves too.
pytest.register_assert_rewrite(
    "tests.faults.sequences", "tests.faults.bench", "tests.faults.host", "tests.faults.wire", "tests.faults.deeds"
)
