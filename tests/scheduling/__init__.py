"""The schedule of checks: when, what is installed, and how it goes.

What is here:

- `test_files`: When checks are made, and the files that say so to systemd and to cron.
- `test_installing`: What `schedule` shows, installs and removes: nothing twice, and nothing of anybody else's.
- `test_status`: How a schedule goes, as `schedule status` tells it, and `schedule test`.
"""
