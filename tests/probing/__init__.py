"""Tests of `baseline probe`.

What is here:

- `test_keeping`: What was measured is signed by the installation's key, and a check reads it in place of records by
  hand.
"""
