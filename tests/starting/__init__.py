"""What a new site begins with: it loads as it is written, whatever was answered or learnt.

What is here:

- `test_folder`: A new site: its files load as they are, with the values that were answered, and never go over others.
"""
