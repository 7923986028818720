"""What is known of each program, in one table: another program is a row here, a reading and kinds.

No release is asked for by name: where releases differ, a row has what each of them has, and the host tells which.

What is here:

- `columns`: What is known of a program: the columns of the table, each read by somebody.
- `table`: The table itself: one row for each program.
"""

from __future__ import annotations

from baseline.programs.columns import (
    ConfigTree,
    Daemon,
    FailedLogins,
    Jail,
    Loading,
    Program,
    Releases,
    Renewal,
    ServedPort,
    Temp,
    Watched,
)
from baseline.programs.table import (
    BIND,
    CLAMAV,
    DOVECOT,
    FAIL2BAN,
    NFTABLES,
    OPENSSH,
    POSTFIX,
    PROGRAMS,
    REDIS,
    RSPAMD,
    service_of,
)

__all__ = [
    "BIND",
    "CLAMAV",
    "DOVECOT",
    "FAIL2BAN",
    "NFTABLES",
    "OPENSSH",
    "POSTFIX",
    "PROGRAMS",
    "REDIS",
    "RSPAMD",
    "ConfigTree",
    "Daemon",
    "FailedLogins",
    "Jail",
    "Loading",
    "Program",
    "Releases",
    "Renewal",
    "ServedPort",
    "Temp",
    "Watched",
    "service_of",
]
