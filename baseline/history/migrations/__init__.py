"""How the tables of a history came to be what they are, version by version, carried out by alembic.

What is here:

- `env`: Where alembic begins: it works on the connection that it is given, within its transaction.
- `versions`: The versions of the tables. Each is a file; one that was released is never changed.
"""
