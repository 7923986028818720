"""Reports in each format.

What is here:

- `cases`: Reports as they come from runs, one per situation that a reader must be told apart.
- `consoles`: Consoles of a known width, for text that does not depend on where the tests run.
- `hostile`: A run on hosts that mean harm to whoever reads its report: their words are HTML, terminal escapes, SQL,
  formulas.
- `test_cells`: Cells of spreadsheets: nothing that a host says becomes a formula, and nothing of it is lost.
- `test_changes_text`: Changes, and what a control was, as text: what one edit brought about is told once.
- `test_clauses`: The verdict per clause.
- `test_documents`: The JSON document and the report are the same thing; documents of version 1 are read as well.
- `test_exit_codes`: What a run came to, worked out in one place: for all hosts, for one of them, and for a plan with
  its apply.
- `test_formats`: Formats for other tools, each read back by a program that is none of ours, also when hosts mean harm.
- `test_golden`: Every situation in every format, against what a person once looked at and found good.
- `test_growth`: Reports take work in proportion to what they tell.
- `test_hiding`: No line of a diff shows a password or a private key, whatever file it stands in.
- `test_large`: A report of many hosts stays small enough to be mailed and opened, whatever the hosts say.
- `test_plain`: Reports of a healthy host are short, and no reason of any recorded case speaks in riddles or in shell.
- `test_properties`: What holds of reports whatever hosts and people put into them.
- `test_streamed`: A JSON report is written as it is made: the same bytes, and never more than a part of it is held.
- `test_united`: One report over what several runs told: every host in it, and exit codes that add up.
"""
