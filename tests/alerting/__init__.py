"""What is told of a check, in which words, and over which channels.

What is here:

- `looks`: Looks at few hosts, as alerts are decided on, that differ in what a test is about.
- `test_channels`: Messages over real channels on loopback, and channels that mean harm or never end.
- `test_checks`: `check --alerts` from end to end: what it sends, remembers, and says of what did not go out.
- `test_deciding`: What is told: changes only, once they last; and never nothing of a change that lasts.
"""
