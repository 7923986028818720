"""Hosts, networks and files that mean harm, and what comes of it: nothing but an honest finding.

Each case is a test marked with `adversary`; the table of all of them stands in SECURITY.md.

What is here:

- `bounded`: What may hang runs in a process of its own, which is ended: a hang fails its test and keeps nobody else
  waiting.
- `case`: What marks a test as one of the adversaries, and is told of it in SECURITY.md.
- `conftest`: What cases of several files share.
- `cut_look`: A look at a real host through relays of the tests, each of whose answers is cut off in turn.
- `cuts`: What may come in place of an answer when it is cut off on the way, and worse answers that it could have been.
- `fingerprint`: All that a look may have left on a lab host: every file, the units of systemd, the processes of logins.
- `fuzz`: Looks for texts that a parser does not take as it says: it ends in another error than those it documents, or
  never.
- `growth`: How the time that a parser takes grows with its text, measured in a process of its own.
- `hosts`: Hosts that answer whatever they like, over what a session reads pieces from.
- `lab_host`: A real host of the lab for the cases that need one, and what the ring's release is.
- `mallory`: Somebody with a login on a lab host, in every group that Debian's daemons run as, and in none that is
  root's.
- `memory`: How much memory a check of one hostile host takes, measured in a process of its own.
- `parser`: A parser of the package, as the suite holds it against hostile texts.
- `parsers`: Every function of the package that reads what hosts and networks say, with texts that are hostile to it.
- `relay`: A relay between a probe and a server, which cuts one of the server's answers off: over TCP, and for DNS.
- `shapes`: Texts that grow: a beginning, a part that is repeated, and an end. What is slow to read is slow in one of
  these.
- `ssh_host`: A host that speaks SSH and does with it what it likes, on loopback, in threads of the process that asks
  for it.
- `table`: The table of adversaries in SECURITY.md, made from the tests that play them.
- `test_actions`: Actions of remedies run as root: what others may write, or name, leads them nowhere else.
- `test_agencies`: Whoever hands documents over to a roll-up, and whoever stands between: nothing forged, old or half
  counts.
- `test_corpus`: What fuzzing has found is played by every run of the tests.
- `test_cut_answers`: Every recorded case once more, with each of its answers cut off in turn: no finding becomes better
  for it.
- `test_cut_hosts`: A real host, as it comes, applied and broken: with any answer cut off on the way no finding becomes
  better.
- `test_cut_probes`: A probe that is cut off at any of its answers brings what was answered until then, and no other
  answer.
- `test_delivery`: Tests of delivery among servers and mails that mean harm: what they say is bounded, and makes no mail
  count.
- `test_dossiers`: Dossiers that mean harm to whoever verifies them: their maker has a key, and signs what he likes.
- `test_exemptions`: Strangers find an exemption that holds everybody: no control that rests on the rule passes.
- `test_fail_first`: What is already seen to be wrong is a fail, whatever else is broken or silent; and nobody else
  fails for it.
- `test_forged_answers`: Whoever answers for the DNS, or on port 25, may decide what is found. It has no word in what is
  written.
- `test_generation_order`: Clocks of controllers that are wrong: which apply came after which is for the host to say.
- `test_growth`: However long a text from a host is, reading it takes time in proportion, and no more.
- `test_journal_secrets`: Who reads a host's disk, or a backup of it: what nobody needs any more is not in its journals.
- `test_local_attacker`: Somebody with a login on the host, who may write where a plan writes, tries to have root write
  elsewhere.
- `test_local_users`: Somebody with a login and in the groups of daemons, on a real host while it is looked at and
  applied to.
- `test_mailbox_owners`: A mailstore that lies about its accounts, and what becomes of that in a table and in mails.
- `test_measurements`: Measurements among those who mean harm: who writes the history without the key, and servers that
  are tested.
- `test_memory`: What a host sends costs the controller no more than so much memory, whatever it is.
- `test_numbers`: A number that a host sends is one that something can have, or its control is unknown; nobody else's
  report minds.
- `test_outputs`: In a report's file stands the report of the last run, or that there is none.
- `test_patterns`: No regular expression of the package takes more than time in proportion to the square of what it is
  given.
- `test_plan_files`: A plan file that was altered on its way from who reviewed it to who applies it, or that is
  presented for another.
- `test_probe_waits`: A server that is looked at from outside may keep its own probe waiting, and that one only for so
  long.
- `test_put_off`: Who is put off, or not let in, has learnt nothing of the host: no control passes for it, and none
  fails.
- `test_run_waits`: One host costs nobody else anything: it is given up, the others are told, and the program ends.
- `test_shared_answers`: What the looks of one run share: whoever answers one question answers no other one.
- `test_shown`: What hosts say is shown as what it is, on terminals and in files, and stands in nobody else's way.
- `test_signed_evidence`: Records of the register that are signed, and what is tried to have other ones count.
- `test_signed_plans`: Plan files that a signature is required for, as ssh-keygen makes and verifies it, and what is
  tried to have none.
- `test_ssh_waits`: A host may keep its own findings waiting, never the run: every exchange and every connection has an
  end.
- `test_table`: SECURITY.md tells every adversary of the suite, and no other.
- `test_traces`: What a look leaves behind on a real host: nothing, whatever its programs do when they are asked.
- `test_trust`: What is trusted is what a person wrote to be trusted.
- `test_where_probes_go`: Probes go to the hosts that the inventory names, and to nobody who only answers in their
  place.
- `test_zone_checker`: Names and content of BIND's trees, made by whoever may write a file in them, for the checker that
  root runs.
"""
