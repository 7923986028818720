"""`baseline probe`: using a mail system from outside as its users do, and keeping what was measured, signed.

An access test tries the services of a mailbox; watching does so again and again. Measurements go into the history,
signed by the installation's key, and stand in place of records that a person would write.

What is here:

- `access`: Access tests: every service of every mailbox, beside each other, bounded, and tried again where that may
  help.
- `dialogue`: One dialogue with a server of a mailbox: in TLS with a certificate that is checked, and bounded in every
  step.
- `keeping`: Keeping measurements in a history, signed by the installation's key, and handing them to a check as
  records.
- `rounds`: One round of all tests that a document names: access and delivery, beside each other.
- `steps`: The steps of an access test: what a user's program does with each service, once, each with its own time.
- `watching`: Watching: access tests again and again, kept in batches. What was not measured is a gap when it is read.
"""
