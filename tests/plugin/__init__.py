"""The plugin for pytest: run as people run it, over hosts that are this machine or a throw-away sshd.

What is here:

- `conftest`: A folder with an inventory, a baseline and tests; and pytest run in it.
- `test_outcomes`: Each control on each host is a test: what it is called, what becomes of it, and how it is chosen.
"""
