"""The history: what is written is read back, whatever happens to the file, and nobody alters it unseen.

What is here:

- `conftest`: A history on each kind of database.
- `reports`: Reports for histories: small ones that differ in what a test is about, and sequences of any.
- `test_store`: What is written is read back.
- `test_trouble`: Full disks, files that may not be written, damage, runs that are killed and runs at once: no earlier
  run is lost.
"""
