"""Many hosts at once: a fleet of real sshd on loopback, with dead, silent and hostile ones among them.

What is here:

- `endpoints`: A fleet on loopback: real sshd that let us in, and among them hosts that are dead, silent or hostile.
- `measured`: One run of the command over a fleet, and what it cost: wall time, processor and memory.
- `run`: A check of a fleet of real sshd on loopback: `python -m tests.fleet.run [HOSTS] [OPTION...]`.
- `test_crew`: Many pieces of work at once: how their beginnings are spread.
- `test_fleet`: A small fleet of real sshd, among them hosts that are dead, silent and hostile: `make fleet` has 500 of
  them.
- `test_thrift`: What many hosts have alike is held once, and is still what it was.
"""
