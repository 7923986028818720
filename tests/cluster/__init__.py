"""A fleet on a cluster of Dask: what travels, what comes back, and real schedulers and workers that are lost.

What is here:

- `conftest`: One scheduler for all tests of clusters, whose certificates this process has as well.
- `machines`: A real scheduler and real workers of Dask, each a process of its own on loopback, under certificates of
  the test.
- `rules`: What the tests of clusters judge hosts by.
- `test_addresses`: What `--cluster` takes, and what is said of the rest.
- `test_applies`: An apply is never run twice: by a real shell on a directory that stands for a host, and by real
  workers.
- `test_cluster`: A real scheduler and real workers, hosts behind a real sshd, and what goes wrong with them.
- `test_faulty`: Schedulers that are dead, silent, or none: each host has its line, within a bound, and says why.
- `test_parcels`: What travels to a worker: all that it needs, and of keys and secrets only where they are to be had.
- `test_results`: What a worker gives back is read like a file that somebody else wrote.
- `test_workers`: What the controller makes of tasks that fail, never end, or are lost: a client of the test's own
  stands for Dask.
"""
