"""What is known of each program, in one table: another program is a row here, a reading and kinds.

No release is asked for by name: where releases differ, a row has what each of them has, and the host tells which.

What is here:

- `columns`: What is known of a program: the columns of the table, each read by somebody.
- `rows`: All rows: those of the table, and those that extensions in play bring.
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
from baseline.programs.rows import brought, programs, service_of
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
    "brought",
    "programs",
    "service_of",
]
