"""What the remedies of several kinds share: edits and actions as data, and whether they would help.

A remedy writes what comes from the baseline, the inventory and the file that it edits. It knows no kind.
"""
