"""Keeping the register of evidence: records as text, what each is worth today, and when one is due again.

A register is a file that people keep; nothing here changes what stands in it. Whether evidence suffices is for the
controls to say: what is due is found by judging them as of later days.

What is here:

- `accounts`: Accounts as a personnel system gives them, a row for each officer, and a roster brought up to date by
  them.
- `chain`: The chain of the daily checklists of a register: each names the link of the one before.
- `daily`: One day of the checklist, filled: from checks of that day, tests of delivery, and the ticks of people. Pure.
- `due`: What evidence is due: how each control about a site is judged today, and from which day on it is judged worse.
- `entry`: A record as text, for the end of a register: what people gave as options or answers, each fact by its type.
- `measured`: Measurements as records of the register: what stands in place of what a person would write of the same
  thing.
- `months`: A month of the checklist, from the lists of the register and what is known of days without one; and closing
  days.
- `personnel`: Lists of a personnel system: CSV of any columns, of which some are read, each row with its line.
- `standing`: What each record of a register is worth at a moment: in force, waiting, expired, or superseded by a later
  one.
- `ticks`: The file of ticks: what people say of items of the daily checklist, a line of JSON each, in a chain. Pure.
- `trainings`: Trainings as a personnel system gives them, a row for each officer and day: one record for each training.
"""
