"""Tests of what is written for those who apply with Ansible.

What is here:

- `test_facts`: What a run found, as ansible-core's own inventory reads it.
- `test_role`: A plan as a role: everything of it is there, nothing of it is a template, and nothing secret is written.
"""
