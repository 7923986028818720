"""Hosts, networks and files that mean harm, and what comes of it: nothing but an honest finding.

Each case is a test marked with `adversary`; the table of all of them stands in SECURITY.md.

What is here:

- `case`: What marks a test as one of the adversaries, and is told of it in SECURITY.md.
- `growth`: How the time that a parser takes grows with its text, measured in a process of its own.
- `parsers`: Every function of the package that reads what hosts and networks say, with texts that are hostile to it.
- `shapes`: Texts that grow: a beginning, a part that is repeated, and an end. What is slow to read is slow in one of
  these.
- `test_growth`: However long a text from a host is, reading it takes time in proportion, and no more.
"""
