"""The history: what is written is read back, whatever happens to the file, and nobody alters it unseen.

What is here:

- `conftest`: A history on each kind of database.
- `postgresql`: A PostgreSQL server of the tests' own: on a socket in a directory of its own, without a port, and never
  as root.
- `reports`: Reports for histories: small ones that differ in what a test is about, and sequences of any.
- `test_changes`: What changed since a run: the class of every change, and its cause as far as it is known.
- `test_gaps`: Checks that did not happen are told; a wrong clock and a leap day make no gap, and hide none.
- `test_measured`: Measurements are kept in a chain: what was altered, removed, put in or signed by another proves
  nothing, and is told.
- `test_migrations`: A history of each version that ever was is brought up to this one, and nothing in it is lost.
- `test_prune`: What is older than the policy says goes; what holds since then stays, and all that is left can be
  verified.
- `test_renamed`: A control that a baseline renames goes on: it neither went nor came, and its past is found under
  either id.
- `test_store`: What is written is read back.
- `test_trouble`: Full disks, files that may not be written, damage, runs that are killed and runs at once: no earlier
  run is lost.
- `test_upgraded`: A host that was upgraded in place: one line says so, and what drifted or changed is the upgrade's,
  not an edit.
- `test_verify`: Whatever is altered in a history, removed from it or put into it is found, and named.
- `test_waived_changes`: What `changes` tells of waivers, over kept runs.
- `test_year`: A year in small: what is made up for `make year` is kept, read back, verified and told of, on each
  database.
"""
