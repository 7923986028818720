"""Hosts, networks and files that mean harm, and what comes of it: nothing but an honest finding.

Each case is a test marked with `adversary`; the table of all of them stands in SECURITY.md.
"""
