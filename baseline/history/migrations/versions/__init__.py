"""The versions of the tables. Each is a file; one that was released is never changed.

What is here:

- `v0001_first`: The first version: runs, findings and answers as spans, and what they stand on.
- `v0002_measurements`: The second version: measurements, signed and chained.
"""
