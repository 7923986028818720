"""Every run kept: findings and answers over time, in a file of SQLite or in PostgreSQL.

What is here:

- `addressed`: Reading and writing contents, hosts and series by what they are, and not by the numbers that stand for
  them.
- `chain`: What the digest of a run covers: itself, all that begins with it, and the digest of the run before.
- `content`: Contents: bytes that are kept once each, compressed, and addressed by their digest.
- `gathering`: What the hosts of a run answer, gathered until its end: packed at once, and only what is not kept yet.
- `migrations`: How the tables of a history came to be what they are, version by version, carried out by alembic.
- `opening`: Opening a history: its database made or brought up to date where that is needed, and transactions on it.
- `place`: Where a history lies: a file of its user alone, or a database by its URL.
- `reading`: Runs as they were: which there are, and the report of each.
- `store`: The history: where runs are kept, and how a run comes into it. What a database needs is imported when it is
  used.
- `tables`: The tables of a history as they are now. How they came to be so is in `migrations`.
- `writing`: Writing one run: what is as it was before costs nothing, what is not begins a new span.
"""

from baseline.history.store import History

__all__ = ["History"]
