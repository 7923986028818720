"""Dovecot's configuration of 2.3 converted for 2.4, and both run on lab hosts.

What is here:

- `probe`: Runs on a lab host, with nothing but what that has: starts Dovecot with each configuration, and tells what it
  does.
- `recording`: What a host of 2.3 said of each seed, and what it is converted to: kept, so that conversions are seen
  without a lab.
- `seeds`: The configurations of Dovecot 2.3 that are converted: files, accounts and mails, out of one text each.
- `test_asking`: The question that a host is asked, run by this machine's shell with a doveconf that prints what a test
  wants.
- `test_conversion`: The conversion without a lab: of what hosts of 2.3 said, and of texts of all kinds.
- `test_converting`: `baseline render --for`: a host is asked once, its configuration is written, and what is left is
  named.
- `test_databases`: Files of databases that no lab host has: what is written for them was loaded by 2.4.1 with its
  packages for them.
- `trial`: Seeds on two lab hosts: run by 2.3 on one, converted, run by 2.4 on the other, with the same facts asked of
  both.
"""
