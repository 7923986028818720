"""Programs that are none of ours read what reports write. What needs libraries of its own has a venv of its own.

What is here:

- `test_assessors`: OSCAL, SARIF and HDF are read by compliance-trestle, by sarif-pydantic and by the reader of
  Heimdall.
- `validate`: Reads documents with the models of compliance-trestle and sarif-pydantic, in the venv that has them.
"""
