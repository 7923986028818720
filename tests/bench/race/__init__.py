"""A race over the same work: baseline, its peers, and the floor, which is one script through plain ssh.

`make bench`, as root; `make bench QUICK=1` ends within five minutes. Hosts are those of a lab of its own, and nothing
leaves it. Timings belong to one machine: only ratios of one run are quoted.

What is here:

- `__main__`: `make bench`: python -m tests.bench.race [--quick] [--hosts N] [--dear N], as root on Linux.
- `delay`: A network namespace that leads to the lab and nowhere else, with a delay: a frame is held for half of it each
  way.
- `ground`: The ground of the race: hosts of a lab, and a network namespace of its own from which they are reached.
- `measuring`: What a command takes: wall time, and processor time of it and of all that it starts.
- `page`: The tables of a race, for docs/benchmarks.md: medians, as multiples of the floor in the same cell.
- `racing`: The race: cells of hosts and delay, in each the tools in turn, round by round, and what each of their runs
  took.
- `starting`: What the command costs before it does anything: beside a bare interpreter.
- `tools`: Who takes part: how each of them does the work, from files that are written for it beforehand.
- `work`: The work: thirty files with owner, group, mode and content, as one script and as one baseline.
"""
