"""A fleet on a cluster of Dask: what travels, what comes back, and real schedulers and workers that are lost.

What is here:

- `machines`: A real scheduler and real workers of Dask, each a process of its own on loopback, under certificates of
  the test.
- `test_cluster`: A real scheduler and real workers, hosts behind a real sshd, and what goes wrong with them.
"""
