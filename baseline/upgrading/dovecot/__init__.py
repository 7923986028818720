"""Dovecot's configuration of 2.3 in the dialect of 2.4: what becomes of each setting, and a whole configuration.

`convert` takes what a host has, as `Source`, and gives the converted configuration, its items, and what is left to a
person. It is pure; `asking` has the one question that brings a source from a host.
"""
