"""What is done to an applied host, and what a check must then find: exactly that control, and no other.

Each scenario is played on a real host by tests/lab/test_scenarios.py, and recorded by tests/record.py, so that the
same finding is had later from the recorded answers alone.

What is here:

- `antispam`: Anti-spam, the filter: MEL-A-01 to A-07, and A-12.
- `antispam_smtp`: Anti-spam, Postfix itself: MEL-A-08 to A-11.
- `dns`: DNS: MEL-D. The lab's BIND is both the zone's own server, at two addresses, and the resolver.
- `firewall`: Firewall and intrusion prevention: MEL-F.
- `general`: The general kinds: GEN.
- `governance`: What the register of evidence proves: MEL-G, and MEL-H-05 to 07.
- `health`: Services, queue, disk and clock: MEL-H-01 to 04.
- `quota`: Mailbox space: MEL-Q.
- `quota_24`: Thresholds and enforcement of quota in the dialect of Dovecot 2.4: MEL-Q-03, -04, -05. Recorded from
  Debian 13.
- `releases`: A host of Debian 13 as it is shipped, and with the mandate applied: what each control about hosts and
  domains finds.
- `scenario`: One scenario, and the damage that several groups do alike.
- `temp`: Temporary space: MEL-T.
- `test_together`: Which scenarios are played at once.
- `together`: Scenarios that one check can judge: damage that does not meet, and the same damage that several controls
  see.
- `told`: What the inventory says otherwise: other accounts, other records in the register, or none.
- `transport`: Transport security: MEL-S.
"""

from __future__ import annotations

from tests.scenarios.antispam import ANTISPAM_FILTER
from tests.scenarios.antispam_smtp import ANTISPAM_SMTP
from tests.scenarios.dns import DNS
from tests.scenarios.firewall import FIREWALL
from tests.scenarios.general import GENERAL
from tests.scenarios.governance import GOVERNANCE
from tests.scenarios.health import HEALTH
from tests.scenarios.quota import QUOTA
from tests.scenarios.quota_24 import QUOTA_24
from tests.scenarios.releases import TRIXIE
from tests.scenarios.scenario import Scenario
from tests.scenarios.temp import TEMP
from tests.scenarios.transport import TRANSPORT

__all__ = ["PLAYED_WITH", "SCENARIOS", "Scenario"]

SCENARIOS = (
    *QUOTA,
    *QUOTA_24,
    *TEMP,
    *ANTISPAM_FILTER,
    *ANTISPAM_SMTP,
    *DNS,
    *TRANSPORT,
    *FIREWALL,
    *HEALTH,
    *GOVERNANCE,
    *GENERAL,
    *TRIXIE,
)
PLAYED_WITH = "tests/kinds/general.yml"
"""The baseline of the scenarios: the circular, and one control of every general kind."""
