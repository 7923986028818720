"""Tests of what is written for those who apply with Ansible."""
