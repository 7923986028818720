"""The plugin for pytest: run as people run it, over hosts that are this machine or a throw-away sshd.

What is here:

- `conftest`: A folder with an inventory, a baseline and tests; and pytest run in it.
- `test_looks`: Which commands only look, and which functions touch nothing but their host.
- `test_moving`: Suites of others move here: what changes in them is counted.
- `test_outcomes`: Each control on each host is a test: what it is called, what becomes of it, and how it is chosen.
- `test_own_tests`: Tests of one's own beside a baseline's: what travels in the one exchange, and what must not.
- `test_spread`: Over a throw-away sshd: hosts spread over the workers of pytest-xdist, and each is connected to once.
"""
