"""What a check costs.

What is here:

- `check`: What a check of all controls costs the controller: `python -m tests.bench.check [RUNS]`, as root.
"""
