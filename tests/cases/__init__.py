"""Recorded cases: what a real host answered, the control that asked, and what was found.

What is here:

- `case`: One recorded case: the answers that a real host gave, the control they were given to, and what was found.
- `changed`: Recorded cases with something in them changed, for what no lab host comes to.
- `files`: Cases as files: `tests/cases/KIND/NAME.json` for each, and what several of them share in `tests/cases/kept/`.
- `layout`: JSON as it is easily read and compared: what fits into a line is one line, lines of text are a line each.
- `rekey`: Recorded answers carried over to questions whose text has changed: `python -m tests.record --rekey [OLD
  NEW]`.
- `shared`: How cases tell what they share: reading names and differences back, and choosing them.
- `shelf`: What several cases share is kept once, under a name; a case then has the name, and what it has otherwise.
- `test_files`: Cases that are written read back the same, and share what they have in common.
- `test_rekey`: Recorded answers carried over to changed questions: here the recorded question is the changed one.
- `test_texts`: Long answers as lines, differences between them, and the layout of the files.
- `texts`: Long answers as lines that can be read and compared, and what one of them differs in from another.
"""
