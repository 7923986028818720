"""The tests, in rings: pure, loopback, the installed package, and real hosts of the lab (marked `lab`).

What is here:

- `adversary`: Hosts, networks and files that mean harm, and what comes of it: nothing but an honest finding.
- `alerting`: What is told of a check, in which words, and over which channels.
- `ansible_role`: Tests of what is written for those who apply with Ansible.
- `bench`: What a check costs.
- `browser`: Pages as a browser shows them: Chromium, driven by playwright-core, and looked over by axe-core.
- `cases`: Recorded cases: what a real host answered, the control that asked, and what was found.
- `cli`: The command line and the library's own door: options, output, exit codes, errors in words.
- `cluster`: A fleet on a cluster of Dask: what travels, what comes back, and real schedulers and workers that are lost.
- `code`: What holds of the code as text: rooms and what they import, names, and what packages say of themselves.
- `conftest`: What every ring of tests shares.
- `delivery`: The delivery test: its readings of strangers' words, its course on loopback, and servers that mean harm.
- `dist`: Builds the source distribution of this checkout, and from that the wheel.
- `docs`: The documentation does what it says: commands, examples, links and the tutorial are played.
- `dossier`: Dossiers: made of a year that is made up, verified by the verifier that stands alone, forged in every way.
- `evidence`: Keeping the register: what records are worth, when they are due, and records that are added.
- `exchange`: Between controls and hosts: asking, planning and applying, over `sh` and a throw-away sshd on loopback.
- `extensions`: Extensions: distributions and folders of others, what they bring, and what is wrong with some.
- `faults`: Everything that can break in an apply, broken on a real host.
- `fleet`: Many hosts at once: a fleet of real sshd on loopback, with dead, silent and hostile ones among them.
- `formats`: The programs' languages, read and edited.
- `growth`: How much work a function does, for tests of how that grows: it is counted, since times are never the same.
- `history`: The history: what is written is read back, whatever happens to the file, and nobody alters it unseen.
- `journeys`: An admin's walks over hosts that were configured by hand before, as pages that are played; mail flows all
  along.
- `kinds`: Each kind of control on answers: recorded from real hosts, or given in the test.
- `lab`: What only real hosts show. All of it needs root and Linux.
- `labs`: The names of the tests' own labs. With BASELINE_TEST_LABS, a letter, two runs on one machine do not meet.
- `languages`: Catalogues of translations: made from the sentences in the code, complete, and true to them.
- `load`: Files that people write: what they mean, and what is said of their mistakes.
- `mailboxes`: Mailboxes as kept runs tell of them.
- `outside`: A small Internet of mail domains in a network namespace of its own, which is looked at from outside.
- `pins`: The exact versions that the tests are run with, `constraints.txt`: raised to the newest there are.
- `plugin`: The plugin for pytest: run as people run it, over hosts that are this machine or a throw-away sshd.
- `probes`: Looks from outside, at servers on loopback.
- `probing`: Tests of `baseline probe`.
- `readers`: Programs that are none of ours read what reports write. What needs libraries of its own has a venv of its
  own.
- `record`: Record cases anew from real hosts, as root: `python -m tests.record [--release NAME] [CONTROL[/NAME] ...]`.
- `release`: What is published of a commit: the Debian package, the list of parts, and the release as a whole.
- `reports`: Reports in each format.
- `rings`: What each ring of a test run took: seconds, and tests passed, skipped and failed.
- `rollup`: The roll-up: documents of many agencies become one view, and none that proves nothing becomes part of it.
- `scenarios`: What is done to an applied host, and what a check must then find: exactly that control, and no other.
- `scheduling`: The schedule of checks: when, what is installed, and how it goes.
- `schemas`: JSON Schemas of documents, judged by a validator that is not ours.
- `scripted`: Sessions that stand in for hosts: they answer a script's questions from known answers.
- `sharing`: How workers share the tests on lab hosts: what is brought up for one of them serves all others that need
  the same.
- `signing`: Signatures by Ed25519, files of allowed signers, and the key of an installation.
- `site`: The documentation as a site, to be read and searched where there is no network.
- `starting`: What a new site begins with: it loads as it is written, whatever was answered or learnt.
- `test_dist`: What is published: the wheel holds the package and nothing else, and one commit gives the same bytes each
  time.
- `test_edits`: Edits of files as values.
- `test_field_examples`: The reference explains every field of every kind, and every example in it is one that a
  baseline may have.
- `test_installed`: The tests are those of the baseline that they are meant for: where it is a wheel's, never a folder's
  beside them.
- `test_judge`: The one comparison that every kind shares.
- `test_labs`: Labs of one run's workers do not meet, and a run that ends takes down all that there may be.
- `test_merging`: Two changes of one text are joined where they do not collide, whatever the text and the changes.
- `test_package`: Every package is listed in setup.cfg, and every file in its folder is installed with it.
- `test_pins`: Whatever stands in the test environment is pinned.
- `test_programs`: The table of programs: what is said in it is said once, and somebody reads it.
- `test_reference`: The reference pages are what the code and the catalogue make of them now.
- `test_rings`: The table at the end of a test run.
- `test_secret`: A secret is fetched when a file is rendered with it, and shown to nobody.
- `test_sharing`: How workers share the tests on lab hosts.
- `test_shell`: Shell that hosts run stands in `.sh` files, which shellcheck finds nothing in; Python holds a line or
  two of it.
- `test_sizes`: Byte sizes as each program writes them.
- `test_templates`: Templates: undefined names and control characters are errors, and values are written as each syntax
  wants.
- `upgrading`: What the next release of Debian makes of a host, told from its answers.
"""
