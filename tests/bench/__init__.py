"""What a check costs.

What is here:

- `check`: What a check of all controls costs the controller: `python -m tests.bench.check [RUNS]`, as root.
- `dossier`: A year of one agency and its dossier: `python -m tests.bench.dossier [HOSTS [FLIPS]]`, by default 10 and
  1000.
- `nation`: What a roll-up costs: `python -m tests.bench.nation [HOSTS] [AGENCIES]`, 30 000 hosts of 700 agencies unless
  said.
- `race`: A race over the same work: baseline, its peers, and the floor, which is one script through plain ssh.
- `reports`: What reports of many hosts come to: `python -m tests.bench.reports [HOSTS] [CONTROLS]`. Sizes, times and
  memory.
- `scale`: What a fleet costs, as a model: `python -m tests.bench.scale [HOSTS...]` measures, fits, and says what
  follows.
- `test_race`: The race's own bookkeeping: what counts, what does not, and where it is written.
- `year`: A year of checks, made up and kept: `python -m tests.bench.year [HOSTS [DAYS]]`, by default 1000 hosts and 365
  days.
"""
