# `make` alone tells what there is. Every target ends by itself and leaves nothing running or mounted.

.PHONY: help demo quick test pythons faults upgrade cuts fuzz bench fleet outside nation year dossier docs role site languages coverage dist wheel deb release packages goes-on pins other-release clean

help:
	@echo "make demo   bring up lab hosts, check, plan, apply, verify, break one setting and see it found (as root)"
	@echo "make quick  what to run while working: linters, types, and the tests that take seconds; under a minute, no root"
	@echo "make test   run every test that this machine can run, from the wheel; as root about an hour"
	@echo "make pythons  run the tests that need no lab with each of Python 3.11 to 3.13 that this machine has"
	@echo "make faults play all faults on hosts of each release, and sequences, and write docs/reliability.md (long; as root)"
	@echo "make upgrade upgrade a lab host in place from Debian 12 to 13, and see what was foreseen and is told (as root)"
	@echo "make cuts   cut every answer to a look at a lab host off, in every way, and see that no finding is better (as root)"
	@echo "make fuzz   feed every parser with texts that nobody thought of, SECONDS (60) each; keeps what leads somewhere new"
	@echo "make bench  race with Ansible, Mitogen, pyinfra and BundleWrap on lab hosts, and write docs/benchmarks.md (long; as"
	@echo "            root); with QUICK=1 fewer hosts and peers, only printed, within five minutes; HOSTS=N, DEAR=N bound it"
	@echo "make fleet  check HOSTS (500) real sshd on loopback, dead, silent and hostile ones among them: each is in the report"
	@echo "make outside  look from outside at DOMAINS (500) of a made-up Internet, in a namespace of its own (as root)"
	@echo "make nation  roll up signed reports of 30000 hosts of 700 agencies within 60 s and 1 GiB (4 GB on the disk)"
	@echo "make year   make up a year of 1000 hosts, keep it in a history, and say how large and how fast that is (long)"
	@echo "make dossier  make up a year of one agency, and see its dossier verified, and each of 1000 flipped bytes found"
	@echo "make docs   write anew what is generated: reference, indexes in docstrings, the picture of rooms"
	@echo "make role   play all that a Debian 13 host lacks as a role of Ansible (as root)"
	@echo "make site   build the documentation as a site into dist/site, to be searched without a network"
	@echo "make languages  bring the catalogues of translations up to date with what the code says, and compile them"
	@echo "make coverage  which lines and branches the tests without a lab run through; fails below the floor"
	@echo "make dist   build the source distribution and from it the wheel into dist/, the same bytes for one commit"
	@echo "make deb    build the Debian package, for Debian 13, in a clean machine of it made for that, into dist/ (as root)"
	@echo "make release VERSION=X.Y.Z KEY=FILE  test, then make version, changelog, tag and all files, signed, in dist/ (as root)"
	@echo "make packages  build the packages twice, and install, use, upgrade and purge them on lab hosts (long; as root)"
	@echo "make goes-on  make a site with 0.1.0 in the lab, and see that this version goes on with it (as root)"
	@echo "make pins   raise constraints.txt, the exact versions that the tests are run with, and say what changed"
	@echo "make other-release RELEASE=trixie  quick and demo on a machine of another Debian release, made for it (as root)"
	@echo "make clean  take the lab down and remove the virtual environment, and dist/"

# COMMAND is the command to show, by its absolute path; without it, that of this checkout.
demo:
	@[ -n "$(COMMAND)" ] || ./.ci/prepare venv
	@./docs/demo.sh $(COMMAND)

quick:
	@./.ci/prepare dev
	@./.ci/quick

test:
	@./.ci/prepare tests
	@./.ci/test

pythons:
	@./.ci/prepare dev
	@./.ci/pythons $(PYTHONS)

faults:
	@./.ci/prepare tests
	@.venv/bin/python -m pytest -q tests/faults/test_faults.py
	@.venv/bin/python -m tests.faults.table
	@.venv/bin/python -m pytest -q tests/faults/test_table.py
	@.venv/bin/python -m pytest -q tests/faults/test_sequences.py

upgrade:
	@./.ci/prepare tests
	@.venv/bin/python -m pytest -q tests/lab/test_upgrade_in_place.py

cuts:
	@./.ci/prepare tests
	@.venv/bin/python -m pytest -q tests/adversary/test_cut_hosts.py

SECONDS = 60
fuzz:
	@./.ci/prepare dev
	@.venv/bin/python -m tests.adversary.fuzz --seconds $(SECONDS)

bench:
	@./.ci/prepare venv
	@.venv/bin/python -m tests.bench.race $(if $(QUICK),--quick) $(if $(HOSTS),--hosts $(HOSTS)) $(if $(DEAR),--dear $(DEAR))

HOSTS = 500
fleet:
	@./.ci/prepare venv
	@.venv/bin/python -m tests.fleet.run $(HOSTS)

DOMAINS = 500
outside:
	@./.ci/prepare dev
	@.venv/bin/python -m tests.outside.run $(DOMAINS)

nation:
	@./.ci/prepare venv
	@.venv/bin/python -m tests.bench.nation

dossier:
	@./.ci/prepare dev
	@.venv/bin/python -m tests.bench.dossier

year:
	@./.ci/prepare venv
	@.venv/bin/python -m tests.bench.year

docs:
	@./.ci/prepare dev
	@.venv/bin/python -m baseline.reference
	@.venv/bin/python -m tests.code.index
	@.venv/bin/python -m tests.code.picture

role:
	@./.ci/prepare tests
	@.venv/bin/python -m pytest -q -m whole tests/lab/test_role_whole.py

site:
	@./.ci/prepare dev
	@.venv/bin/python -m tests.site.build dist/site

languages:
	@./.ci/prepare dev
	@.venv/bin/python -m tests.languages.catalogue

# What `make test` measures on the way, for a checkout. It takes the tests nearly twice the time of the processor.
coverage:
	@./.ci/prepare tests
	@rm -f .coverage .coverage.*
	@.venv/bin/python -m coverage run -m pytest -q -m "not lab" -n auto
	@.venv/bin/python -m coverage combine -q
	@.venv/bin/python -m coverage report

dist wheel:
	@./.ci/prepare dev
	@.venv/bin/python -m tests.dist dist

deb:
	@./.ci/prepare dev
	@.venv/bin/python -m tests.release.debian dist

release:
	@[ -n "$(VERSION)" ] && [ -n "$(KEY)" ] || { echo "make release VERSION=X.Y.Z KEY=FILE: see docs/releasing.md" >&2; exit 2; }
	@./.ci/prepare dev
	@.venv/bin/python -m tests.release $(VERSION) --key $(KEY)

packages:
	@./.ci/prepare dev
	@.venv/bin/python -m pytest -q -m whole tests/release --ignore=tests/release/test_goes_on.py

goes-on:
	@./.ci/prepare dev
	@.venv/bin/python -m pytest -q tests/release/test_goes_on.py

pins:
	@./.ci/prepare dev
	@.venv/bin/python -m tests.pins

other-release:
	@./.ci/other-release $(RELEASE)

clean:
	@[ ! -x .venv/bin/baseline ] || [ "$$(id -u)" != 0 ] || .venv/bin/baseline lab down
	rm -rf .venv dist
