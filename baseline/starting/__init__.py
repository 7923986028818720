"""What a new site begins with: files to fill in, an overlay learnt from a good host, roles proposed for known hosts.

Everything here is text that a person reads before anything is applied by it.

What is here:

- `folder`: The files of a new site, from the answers to a few questions.
- `new_files`: Files that are written whole or not at all, and never over others.
"""
