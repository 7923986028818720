"""Mailboxes as hosts told of them in runs that were kept: whose they are, how full, and since when.

What is here:

- `letters`: The mail that tells an owner how full the mailbox is, in Malay and in English, ready to send.
- `looks`: What mailstores said of their accounts in runs that were kept. No host is asked.
- `owners`: Whose mailboxes are full, since when, and when the owner was last told: of each mailbox of a site (clause
  b).
"""
