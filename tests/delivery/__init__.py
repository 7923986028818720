"""The delivery test: its readings of strangers' words, its course on loopback, and servers that mean harm.

What is here:

- `playing`: Mail systems on loopback, played by a few lines: one that submits and one that keeps mailboxes.
- `test_arrival`: When a mail arrived, where nobody could look for a while.
- `test_authentication`: What the receiver saw: its own `Authentication-Results`, and nobody else's.
- `test_course`: The course of a delivery test between servers on loopback: what becomes of a mail, and what is told of
  it.
- `test_received`: Paths of mails, as the servers that people run write them, and as somebody hostile does.
- `test_way`: Whether a mail came from outside: by its path, and not by the account that it was sent from.
"""
