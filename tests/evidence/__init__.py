"""Keeping the register: what records are worth, when they are due, and records that are added.

What is here:

- `test_due`: What is due: each control judged as of later days, by the same rules as a check.
- `test_entry`: Records as text: whatever people give, the register reads the same, or nothing is written.
- `test_measured`: What measurements come to as records: gaps with their start and end, outages, and where the tool
  stood.
- `test_measurements`: Measurements as values: what they refuse to say, and that they come back from JSON as they were.
- `test_standing`: What records are worth at a moment.
- `test_trainings`: Lists of personnel systems: trainings by their day, and every mistake at its line.
"""
