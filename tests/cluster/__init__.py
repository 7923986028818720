"""A fleet on a cluster of Dask: what travels, what comes back, and real schedulers and workers that are lost.

What is here:

- `machines`: A real scheduler and real workers of Dask, each a process of its own on loopback, under certificates of
  the test.
- `test_addresses`: What `--cluster` takes, and what is said of the rest.
- `test_cluster`: A real scheduler and real workers, hosts behind a real sshd, and what goes wrong with them.
- `test_parcels`: What travels to a worker: all that it needs, and of keys and secrets only where they are to be had.
- `test_results`: What a worker gives back is read like a file that somebody else wrote.
"""
