"""The schedule of checks: when they are made, what is installed for that, and how it goes.

What is here:

- `files`: The files of a schedule, as they are written: units of systemd, or lines for cron. Pure.
- `installing`: A schedule on this machine: what is there, what is missing, and how it comes and goes. Every step is
  shown first.
- `status`: How the schedule of this machine goes: its last check, its next one, what was told, and what is missing.
- `timing`: When a schedule makes its checks, as systemd and cron are told it. Pure.
"""
