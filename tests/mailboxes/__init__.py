"""Mailboxes as kept runs tell of them.

What is here:

- `kept`: Runs that were kept, by what their mailstores said of their accounts.
- `test_looks`: Which accounts hosts had, out of the runs that were kept, and which of their answers tell nothing.
"""
