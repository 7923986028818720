"""`--lang`: what commands print for people is in another language; what is for programs is not."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import BAD, Site, postfix


def test_check_in_malay_tells_titles_advice_and_verdict(site: Site) -> None:
    site.hosts["mx2"] = postfix(BAD)
    done = site.run("check", "--lang", "ms")
    told = " ".join(done.stdout.split())
    assert done.exit_code == 1
    for words in (
        "TIDAK PATUH OUR-Q-01 Mesej boleh besar wajib, klausa f.i, sederhana",
        "tindakan `baseline apply -c OUR-Q-01` membetulkannya: tetapkan message_size_limit = 26214400 dalam /etc",
        "Tidak mematuhi: 1 kawalan wajib tidak dipatuhi pada mx2.",
    ):
        assert words in told, told


def test_the_environment_says_it_too_and_the_option_goes_before(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASELINE_LANG", "ms")
    assert "Mematuhi: " in site.run("check").stdout
    assert "Conforms: " in site.run("check", "--lang", "en").stdout


@pytest.mark.parametrize("command", ["check", "plan", "apply", "rollback", "changes", "explain", "diff"])
def test_a_language_that_is_none_is_wrong_usage(site: Site, command: str) -> None:
    words = {"rollback": ["mx1"], "explain": ["OUR-Q-01"], "diff": ["mampu-2007", "mail-2026"], "apply": ["--yes"]}
    given = [] if command in ("changes", "diff") else site.given[:2] if command == "rollback" else site.given
    done = site.bare(command, *words.get(command, []), *given, "--lang", "fr")
    assert done.exit_code == 2
    assert "there is no language 'fr': use en or ms" in done.stderr
    assert site.sessions == []


def test_json_is_the_same_in_every_language_and_a_kept_run_is_told_in_both(site: Site) -> None:
    site.hosts["mx2"] = postfix(BAD)
    english = json.loads(site.run("check", "--format", "json").stdout)
    malay = json.loads(site.run("check", "--format", "json", "--lang", "ms").stdout)
    assert english["findings"] == malay["findings"]
    shown = " ".join(site.bare("history", "show", "1", "--lang", "ms").stdout.split())
    assert "membetulkannya: tetapkan message_size_limit = 26214400 dalam" in shown
    assert "Tidak mematuhi:" in shown


def test_plan_apply_and_changes_are_told_in_malay(site: Site) -> None:
    site.hosts["mx2"] = postfix(BAD)
    planned = " ".join(site.run("plan", "--lang", "ms").stdout.split())
    assert "pinda /etc/postfix/main.cf OUR-Q-01" in planned
    assert "makluman OUR-Q-01 wajib: Kesan parameter itu dalam Postfix; rujuk postconf(5)." in planned
    assert "Perlu dibuat pada 1 daripada 2 hos:" in planned
    site.run("check")
    assert "Tiada perubahan sejak" in site.bare("changes", "--lang", "ms").stdout
