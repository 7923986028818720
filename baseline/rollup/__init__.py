"""The roll-up: the documents of many agencies, each signed by one, as one view, without a key to anybody's hosts.

What is here:

- `documents`: Files that agencies hand over: whose key signed each, and what it tells. What proves nothing is refused
  by name.
- `dossiers`: Dossiers as a roll-up reads them: all of the zip by its digests, and of it only the reports, a piece at a
  time.
- `seen`: What was last seen of each agency, so that an older document in place of a newer is told, and what is gone.
- `standing`: How each agency stands, from the documents that its key signed. Pure.
- `streamed`: A document of JSON read piece by piece: no more than one member of its lists is held, and that within a
  bound.
- `told`: What one report tells, as little as the roll-up needs of it: for each host, domain and site its judgements.
"""

from baseline.rollup.documents import Desk, taken
from baseline.rollup.standing import AgencyDocument, RollUpRules, joined
from baseline.rollup.told import Measure, MeasuredControl

__all__ = ["AgencyDocument", "Desk", "Measure", "MeasuredControl", "RollUpRules", "joined", "taken"]
