"""`baseline probe`: using a mail system from outside as its users do, and keeping what was measured, signed.

An access test tries the services of a mailbox; watching does so again and again. Measurements go into the history,
signed by the installation's key, and stand in place of records that a person would write.

What is here:

- `keeping`: Keeping measurements in a history, signed by the installation's key, and handing them to a check as
  records.
"""
