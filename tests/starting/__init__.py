"""What a new site begins with: it loads as it is written, whatever was answered or learnt.

What is here:

- `test_folder`: A new site: its files load as they are, with the values that were answered, and never go over others.
- `test_learning`: What is learnt of a good host is stricter, its answers bear it out, and nothing that it says gets
  into a value.
- `test_proposing`: Roles are proposed for what runs and can be reached, and for nothing that could not be looked at.
"""
