"""An extension of baseline: a kind, templates, a baseline, a report format, and a row for one more program."""
