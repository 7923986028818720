"""The command line and the library's own door: options, output, exit codes, errors in words.

What is here:

- `conftest`: A site on disk, hosts that answer from a table, and the command as a person runs it.
- `signed_register`: An agency whose register is signed: a folder with its files, and the commands that tests give in
  it.
- `test_accounts_seen`: A check compares the roster with the accounts that hosts told of in the checks before it.
- `test_action_plan`: Action plans: written from a run, filled in as people do in a spreadsheet, and read back strictly.
- `test_api`: The package as a library: the names of its contract, imported when they are used.
- `test_apply`: `apply`: it shows and asks, it applies exactly what it showed, and without a person it needs --yes.
- `test_asking`: The password of sudo is asked for once, on a terminal, and never where nobody sits.
- `test_bounds`: How many hosts at once and how long: by option, else by the environment.
- `test_canary`: A planted secret goes through every command that reaches no host or only looks at one, and comes out
  nowhere.
- `test_checklist`: `checklist`: shown, ticked and closed from the command line, over a register and a history.
- `test_checklist_signed`: Ticks and lists of the daily checklist are signed, by persons or the installation, and
  verified where read.
- `test_completion`: Completion in real shells: what is offered, that nothing of it is run, and that no word is said of
  mistakes.
- `test_diff`: `diff A B`: what differs between two baselines, in words and as JSON, with the exit codes of diff(1).
- `test_documents`: `lint`, `render`, `explain`, `baselines`: what they say, and that they reach no host.
- `test_dossier`: `dossier`: a history becomes one file that the verifier takes, and what lacks is told.
- `test_ending`: How the process itself ends: exit codes, closed pipes, faults of the program. These run it as a
  process.
- `test_evidence`: `evidence`: records are added, listed, found due and verified, and a register is never spoilt.
- `test_evidence_signed`: `evidence sign`: records are signed, what a signature is over, and what comes of one that
  proves nothing.
- `test_exchange`: An Exchange host from the inventory to the script that mends it, as an administrator goes the way.
- `test_explain`: `explain CONTROL --host H`: the chain from the clause to the proof, from inventory and history; no
  host is asked.
- `test_failed`: `--limit @failed`: the hosts that did not end well in the last check or apply.
- `test_faults`: Faults of the program: two lines on the screen, the traceback in a file, and never the exit code of a
  finding.
- `test_habits`: Options as Ansible has them: the usual inventory, `-e`, `--list-hosts`, `--list-controls`; and misspelt
  variables.
- `test_help`: Help shows examples of every command: each parses, and those that need no host do what they say.
- `test_history`: Every command that reaches hosts is kept; `history` lists and shows what was.
- `test_hosts`: `check` and `plan`: what is printed where, and the exit code of each outcome.
- `test_imports`: What a command imports: nothing that this call of it does not need, since that is most of what a small
  one costs.
- `test_init`: `init` as somebody types it who begins: in a pipe, with options, and on a terminal.
- `test_init_from_hosts`: `init --from-host` and `--from-ansible`: hosts are looked at once, and what they have becomes
  a file to read.
- `test_lab`: `lab`: arguments in, words out. The lab itself has tests of its own.
- `test_languages`: `--lang`: what commands print for people is in another language; what is for programs is not.
- `test_mailbox_owners`: `report mailbox-owners`: the table, the mails, and what is told where something is not known.
- `test_manual`: The manual pages: one for each command, with all that help says, which mandoc and groff read without a
  complaint.
- `test_merge`: `--shard` and `merge`: a run in parts comes to what the run as a whole would have come to.
- `test_next_steps`: Every mistake ends with what to type next, and what is told parses. So does a check that did not
  end well.
- `test_plain_values`: Values of a command line that are taken without a validator are what Typer makes of them, and it
  refuses the rest.
- `test_plan_files`: `apply plan.json`: the file says by itself what it was made from, and what differs from it is
  named.
- `test_probe`: `probe`: what is measured is printed, kept and signed, and a check judges by it.
- `test_progress`: What is said while hosts are worked on: nothing into a pipe, one line on a terminal, never wider than
  that.
- `test_recorded`: `check --recorded`: another version of the baseline judges the answers that were kept, and nobody is
  asked.
- `test_report`: `report`: a run that was kept, in every format, and with what its findings were before.
- `test_rollback`: `rollback`: one host, the formats and the exit codes of every other run.
- `test_rollup`: `merge` over the documents of many agencies: one view in a folder, and what proves nothing refused by
  name.
- `test_site`: `report --site`: a site over a month of runs, whose links all lead somewhere, and which is replaced as a
  whole.
- `test_upgrade_check`: What `upgrade-check` prints, and how it ends.
- `test_waiver_new`: `waiver new`: an entry to fill in, alone or behind those of a file, which stays as it was.
- `test_waivers`: Waivers of the command: from a file or the inventory, in every report, in plans, and in lint.
- `test_why`: `render --why` as text and as JSON: each value with the places that set it.
"""
