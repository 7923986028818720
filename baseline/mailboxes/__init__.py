"""Mailboxes as hosts told of them in runs that were kept: whose they are, how full, and since when.

What is here:

- `looks`: What mailstores said of their accounts in runs that were kept. No host is asked.
"""
