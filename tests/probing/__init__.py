"""Tests of `baseline probe`.

What is here:

- `test_access`: Runs of access tests: what is tried again and what is not, all beside each other, and where the tool
  stood.
- `test_keeping`: What was measured is signed by the installation's key, and a check reads it in place of records by
  hand.
- `test_own`: What is the agency's own where mail is judged by its way: the document says it, and the inventory.
- `test_steps`: The steps of an access test against small servers on loopback: good ones, wrong ones, and ones that mean
  harm.
- `test_watching`: Watching: runs at a fixed distance, kept in batches, none lost but those that the machine took with
  it.
"""
