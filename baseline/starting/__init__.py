"""What a new site begins with: files to fill in, an overlay learnt from a good host, roles proposed for known hosts.

Everything here is text that a person reads before anything is applied by it.

What is here:

- `answers`: The answers of one run held in memory, to be judged again by other rules.
- `folder`: The files of a new site, from the answers to a few questions.
- `learning`: What a good host has that is stricter than its baseline wants, found by judging its answers by stricter
  controls.
- `new_files`: Files that are written whole or not at all, and never over others.
- `overlay`: The overlay that describes a good host: what was learnt of it as text, to be read by a person before it is
  used.
- `proposing`: Roles for hosts, proposed from what runs on them and can be reached there.
"""
