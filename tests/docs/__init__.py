"""The documentation does what it says: commands, examples, links and the tutorial are played.

What is here:

- `accounting`: What becomes of every block of code of the pages: played, run, loaded, parsed, or left out with a
  reason.
- `pages`: The pages of the documentation, taken apart: fences of code, commands in them, and the files that they name.
- `playing`: A page played as a reader would: its files written, its commands typed, what they print compared.
- `test_accounting`: Every block of code of the pages is answered for, and every option of every command is shown and
  explained.
- `test_at_a_desk`: The commands that pages list without what they print: each runs, at a desk with a site's files and a
  made-up host.
- `test_commands`: Every `baseline …` of a page is a command that exists, with options that it has.
- `test_contributing`: The first change that CONTRIBUTING leads to, made in a copy: a test that fails, a change, and the
  test passes.
- `test_every_morning`: The page on the check of every morning, played: one lab host is the machine that checks, another
  one is checked.
- `test_examples`: The files that pages show load, and what pages show of commands that reach no host is what these
  print.
- `test_malay`: Pages in Malay say what the English ones say: the same blocks of code, in the same order, under as many
  headings.
- `test_pages`: What every page promises by being a page: its links lead somewhere, and it speaks of no machine of ours.
- `test_pytest`: The tests that the page about pytest shows run as it says.
- `test_python`: The Python of the pages: type-checked, and run.
- `test_tutorial`: The pages that need hosts, played from beginning to end on lab hosts of their own.
- `test_words`: Phrases that a colleague would not say stay out of prose and messages, and what replaced them is said.
"""
