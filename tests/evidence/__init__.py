"""Keeping the register: what records are worth, when they are due, and records that are added.

What is here:

- `checklists`: A site whose daily checklist is filled in tests: its rules, checks of a day, and ticks.
- `test_accounts`: Rosters by the lists of a personnel system: what comes, what changes, what stays, and every mistake
  at its line.
- `test_daily`: A day of the checklist is filled from checks, tests and ticks, and nothing that was not done looks done.
- `test_due`: What is due: each control judged as of later days, by the same rules as a check.
- `test_entry`: Records as text: whatever people give, the register reads the same, or nothing is written.
- `test_measured`: What measurements come to as records: gaps with their start and end, outages, and where the tool
  stood.
- `test_measurements`: Measurements as values: what they refuse to say, and that they come back from JSON as they were.
- `test_months`: Months of the checklist: how days stand, closing them in a chain, leap days, a year's end, and other
  zones.
- `test_standing`: What records are worth at a moment.
- `test_ticks`: The file of ticks: a chain of lines, of which none can be changed or taken away unseen.
- `test_trainings`: Lists of personnel systems: trainings by their day, and every mistake at its line.
- `test_year`: A year of daily checklists of one agency, a leap year: closed by hand of this program, and judged by the
  control.
"""
