"""Every run kept: findings and answers over time, in a file of SQLite or in PostgreSQL.

What is here:

- `addressed`: Reading and writing contents, hosts and series by what they are, and not by the numbers that stand for
  them.
- `between`: What the database has of the time between two runs: spans, applies and answers.
- `causes`: Why a finding changed, as far as that can be known from what is kept.
- `chain`: What the digest of a run covers: itself, all that begins with it, and the digest of the run before.
- `clock`: When runs were, where the controller's clock was wrong now and then. Pure.
- `comparing`: What changed between two runs.
- `content`: Contents: bytes that are kept once each, compressed, and addressed by their digest.
- `excerpt`: The part of a history from one moment up to another, with all that its digests cover: for who verifies it
  elsewhere.
- `gaps`: Checks that did not happen: gaps between the runs that looked at a host. Pure, but for the reading.
- `gathering`: What the hosts of a run answer, gathered until its end: packed at once, and only what is not kept yet.
- `measured`: Measurements in a history: a chain of their own, each signed by the installation that made it.
- `migrations`: How the tables of a history came to be what they are, version by version, carried out by alembic.
- `opening`: Opening a history: its database made or brought up to date where that is needed, and transactions on it.
- `place`: Where a history lies: a file of its user alone, or a database by its URL.
- `proof`: The last proof of one control on one host: the run that looked, what it found, since when, and why it
  changed.
- `pruned`: Leaving out what is old: what goes, what stays, and how a history stays verifiable across the cut.
- `pruning`: Pruning by policy: runs older than some days go, once it is known that nothing was altered before.
- `reading`: Runs as they were: which there are, and the report of each.
- `replaying`: The answers of a run, for a check of what was recorded: see `baseline.recorded`.
- `since`: Since when: from what a person says to the earlier of the two runs that are compared.
- `store`: The history: where runs are kept, and how a run comes into it. What a database needs is imported when it is
  used.
- `tables`: The tables of a history as they are now. How they came to be so is in `migrations`.
- `turning`: From two findings of the same control to the class of the change between them. Pure.
- `upgraded`: Hosts whose release changed since they were last applied, or last looked at: what drifted there, the
  upgrade did.
- `verifying`: Finding what was altered in a history, removed from it or put between, by what each run's digest covers.
- `waived`: What became of waivers between two runs: begun, expiring, expired, withdrawn. Pure.
- `writing`: Writing one run: what is as it was before costs nothing, what is not begins a new span.
"""

from baseline.history.store import History

__all__ = ["History"]
