"""`lint`, `render`, `explain`, `baselines`: what they say, and that they reach no host."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from baseline.load import shipped
from tests.cli.conftest import Site


@pytest.fixture(autouse=True)
def _no_host_is_reached(site: Site) -> None:
    site.hosts.clear()


def test_lint_finds_nothing(site: Site) -> None:
    done = site.run("lint")
    assert (done.exit_code, done.stdout) == (0, "ours 1.2.3: 3 controls, 2 hosts: no problems\n")


def test_lint_without_an_inventory(site: Site) -> None:
    done = site.bare("lint", "-b", str(site.folder / "rules.yml"))
    assert (done.exit_code, done.stdout) == (0, "ours 1.2.3: 3 controls: no problems\n")


def test_lint_finds_the_mistakes_of_all_files_at_once(site: Site) -> None:
    rules, inventory = site.folder / "rules.yml", site.folder / "inventory.yml"
    rules.write_text(rules.read_text().replace("severity: low", "severity: tiny"))
    inventory.write_text(inventory.read_text().replace("roles: [mta]", "roles: [mailer]"))
    done = site.run("lint")
    assert done.exit_code == 2
    assert f"{inventory}:6:" in done.stderr
    lines = [number for number, line in enumerate(rules.read_text().splitlines(), 1) if "tiny" in line]
    assert len(lines) == 2
    assert all(f"{rules}:{number}:15: " in done.stderr for number in lines)


def test_lint_finds_what_only_one_host_brings_out(site: Site) -> None:
    inventory = site.folder / "inventory.yml"
    inventory.write_text(inventory.read_text().replace("192.0.2.2}", "192.0.2.2, size: [1, 2]}"))
    done = site.run("lint")
    assert done.exit_code == 2
    assert "for host mx2: " in done.stderr
    assert site.run("lint", "-l", "mx1").exit_code == 0


def test_lint_of_files_that_are_not_there(site: Site) -> None:
    done = site.bare("lint", "-i", "/nonexistent/hosts", "-b", "/nonexistent/rules.yml")
    assert done.exit_code == 2
    assert len(done.stderr.splitlines()) == 2
    assert site.bare("lint", "-b", "mampu-2077").exit_code == 2


def test_render_is_yaml_with_templates_filled_in(site: Site) -> None:
    done = site.run("render", "-l", "mx1")
    assert done.exit_code == 0
    document = yaml.safe_load(done.stdout)
    assert [control["id"] for control in document["mx1"]] == ["OUR-Q-01", "OUR-A-01"]
    first = document["mx1"][0]
    assert first["kind"] == "postfix_setting"
    assert first["value"] == "26214400"
    assert first["wanted"]["message_size_limit"] == "26214400"
    assert first["writes"] == {"/etc/postfix/main.cf": "message_size_limit = 26214400\n"}
    assert first["reloads"] == ["postfix"]
    assert "# 2 controls for mta; 1 are for other hosts\n" in done.stdout


def test_render_of_each_host_with_its_own_variables(site: Site) -> None:
    inventory = site.folder / "inventory.yml"
    inventory.write_text(inventory.read_text().replace("192.0.2.2}", "192.0.2.2, size: 30000000}"))
    document = yaml.safe_load(site.run("render", "-t", "size").stdout)
    assert [document[host][0]["value"] for host in ("mx1", "mx2")] == ["26214400", "30000000"]


MORE = """\
  - id: OUR-P-01
    kind: package
    title: {en: No other server, ms: Tiada pelayan lain}
    clause: f
    obligation: mandatory
    severity: medium
    roles: [mta]
    why: Two servers cannot share a port.
    names: [exim4]
    absent: true
  - id: OUR-Q-02
    kind: account_quota
    title: {en: Every account has room, ms: Setiap akaun ada ruang}
    clause: f.i
    obligation: mandatory
    severity: high
    roles: [mta]
    why: The circular asks for it.
    fix: Raise the limit in the userdb.
"""


def test_render_says_what_only_a_plan_or_a_person_can_tell(site: Site) -> None:
    rules = site.folder / "rules.yml"
    rules.write_text(rules.read_text() + MORE)
    document = yaml.safe_load(site.run("render", "-l", "mx1", "-c", "OUR-P-01,OUR-Q-02").stdout)
    package, quota = document["mx1"]
    assert package["writes"] == "depends on what is on the host: see `baseline plan`"
    assert quota["by_hand"] == "Raise the limit in the userdb."


def test_explain_shows_defaults_and_what_a_person_does(site: Site) -> None:
    rules = site.folder / "rules.yml"
    rules.write_text(rules.read_text() + MORE)
    words = " ".join(site.bare("explain", "OUR-Q-02", "-b", str(rules)).stdout.split())
    assert "min_bytes 104857600 (default)" in words
    assert "What a person does Raise the limit in the userdb." in words
    assert "Wanted" in words


def test_lint_notes_what_is_allowed_and_seldom_meant(site: Site) -> None:
    inventory = site.folder / "inventory.yml"
    inventory.write_text(inventory.read_text().replace("    roles: [mta]\n", ""))
    done = site.run("lint")
    assert done.exit_code == 0
    assert done.stderr.count("has no `roles`") == 2


def test_explain_tells_everything(site: Site) -> None:
    done = site.bare("explain", "our-q-01", "-b", str(site.folder / "rules.yml"))
    assert done.exit_code == 0
    for words in (
        "OUR-Q-01  Messages may be large",
        "Mesej boleh besar",
        "mandatory, clause f.i",
        "A large attachment has to arrive.",
        "RFC 1870, section 4 (external)",
        "One parameter of Postfix",
        "{{ size }}",
    ):
        assert words in done.stdout


def test_explain_of_an_unknown_control_names_the_nearest(site: Site) -> None:
    done = site.bare("explain", "OUR-Q-02", "-b", str(site.folder / "rules.yml"))
    assert done.exit_code == 5
    assert "OUR-Q-01" in done.stderr


def test_baselines_lists_all_that_ship(site: Site) -> None:
    done = site.bare("baselines")
    assert done.exit_code == 0
    assert all(name in done.stdout for name in shipped())


@pytest.mark.slow
def test_every_shipped_control_can_be_explained(site: Site) -> None:
    from baseline.load import load_baseline

    for name in shipped():
        for control in load_baseline(name).control_ids:
            done = site.bare("explain", control, "-b", name)
            assert done.exit_code == 0
            assert control in done.stdout


def test_version(site: Site) -> None:
    from baseline.version import __version__

    assert site.bare("--version").stdout == f"baseline {__version__}\n"


def test_every_command_is_in_the_readme() -> None:
    from baseline.reference import commands

    readme = Path(__file__).parents[2] / "README.md"
    if not readme.is_file():
        pytest.skip("there is no README yet")
    text = readme.read_text(encoding="utf-8")
    missing = [" ".join(path) for path, _ in commands() if f"baseline {' '.join(path)}" not in text]
    assert missing == []


def test_render_prints_records_for_dns_elsewhere(tmp_path: Path, site: Site) -> None:
    inventory = tmp_path / "hosts.yml"
    inventory.write_text(
        "mail:\n  hosts:\n    mail.d.example: {ansible_host: 192.0.2.25, roles: [mta], domains: [d.example]}\n"
        "    two.d.example: {ansible_host: 192.0.2.26, roles: [mta], domains: [d.example]}\n"
    )
    done = site.bare("render", "--records", "-i", str(inventory), "-b", "mampu-2007", "-t", "dns")
    assert done.exit_code == 0, done.stderr
    lines = [line for line in done.stdout.splitlines() if line and not line.startswith(";")]
    assert lines == [
        "d.example. IN MX 10 mail.d.example. ; MEL-D-01",
        "d.example. IN MX 10 two.d.example. ; MEL-D-01",
        'd.example. IN TXT "v=spf1 ip4:192.0.2.25 ip4:192.0.2.26 -all" ; MEL-D-04',
        '_dmarc.d.example. IN TXT "v=DMARC1; p=quarantine; rua=mailto:postmaster@d.example" ; MEL-D-07',
        '_mta-sts.d.example. IN TXT "v=STSv1; id=1" ; MEL-D-08',
        '_smtp._tls.d.example. IN TXT "v=TLSRPTv1; rua=mailto:postmaster@d.example" ; MEL-D-08',
    ]
