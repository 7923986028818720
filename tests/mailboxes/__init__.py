"""Mailboxes as kept runs tell of them.

What is here:

- `kept`: Runs that were kept, by what their mailstores said of their accounts.
- `test_letters`: The mail to an owner: what a mail program reads of it, in both languages.
- `test_looks`: Which accounts hosts had, out of the runs that were kept, and which of their answers tell nothing.
- `test_owners`: Whose mailboxes are full, since when, and when they were told.
"""
