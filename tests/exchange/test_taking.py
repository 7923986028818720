"""Which remedies a plan takes: what nobody asked for is left out, and what the site does by other means stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import pytest

from baseline import manifest
from baseline.cli.options import Chosen, TakingOptions
from baseline.edits import DropOverride, PutFile, SetParameter
from baseline.errors import NothingMatched, UserError
from baseline.formats.postfix import MAIN_CF, MASTER_CF
from baseline.model import Action, Answer, FileState, HostPlan, Obligation
from baseline.model.looks import Looked
from baseline.model.taking import ALL_TAKEN, Taking
from baseline.planning import make_plan
from baseline.readings import outline, own_means
from baseline.remedies.remedy import Displacing, Effects, Remedy
from baseline.reviewed import Reviewed
from baseline.visit import findings_of
from tests.exchange.fakes import TARGET, Says, control


class Noticed(Says):
    """A kind that says what its remedies mean."""

    effects: ClassVar[Effects | None] = Effects("nothing because it is a test", "Nothing.")


TIMER = "/etc/systemd/system/x.timer"
RUNS = Remedy(
    edits=(PutFile(TIMER, "[Timer]\n"),),
    actions=(Action("start x", "systemctl daemon-reload && systemctl --quiet enable --now x.timer\n", ":\n"),),
)
SETTING = Remedy(edits=(SetParameter("biff", "no"),), reloads=("postfix",))
MAIN = (
    b"biff = yes\nsmtpd_relay_restrictions =\n  permit_mynetworks,\n  check_client_access hash:/etc/postfix/partners\n"
)
MASTER = b"smtp inet n - y - - smtpd\n  -o smtpd_milters=inet:127.0.0.1:8891\n"


def said(lines: str) -> Answer:
    return Answer(0, lines.encode())


def planned(
    controls: Sequence[Says], taking: Taking, told: str | Answer = "", files: dict[str, FileState] | None = None
) -> HostPlan:
    """A plan for controls that all fail, on a host that tells of its own means."""
    states = {one.id: {"said": "wrong"} for one in controls}
    there = {MAIN_CF: FileState(MAIN), MASTER_CF: FileState(MASTER), TIMER: FileState(None)} | (files or {})
    places = f"{MAIN_CF}\t2\tsmtpd_relay_restrictions=\n{MASTER_CF}\t1\tsmtp/inet\n{MASTER_CF}\t2\t-o smtpd_milters\n"
    answers = {own_means.QUESTION: said(told) if isinstance(told, str) else told, outline.QUESTION: said(places)}
    looked = Looked(states, states, {manifest.PATH: FileState(None), **there}, answers=answers)
    return make_plan(TARGET, controls, findings_of(controls, TARGET, states), looked, taking=taking)


def wanting(obligation: Obligation, remedy: Remedy, number: int = 1) -> Noticed:
    return control(Noticed, number, obligation=obligation, mends=remedy)


class TestObligations:
    def test_what_runs_is_left_out_where_the_mandate_only_recommends_it_and_named_with_its_option(self) -> None:
        plan = planned([wanting(Obligation.RECOMMENDED, RUNS), wanting(Obligation.MANDATORY, SETTING, 2)], Taking())
        assert plan.controls == ("TST-02",)
        assert [action.name for action in plan.actions] == []
        why = "recommended, and it adds x.timer: take it with --all, or by name with -c TST-01"
        assert plan.left_out == (("TST-01", why),)
        assert plan.by_hand == ()

    @pytest.mark.parametrize(
        "taking",
        [ALL_TAKEN, Taking(asked=("TST-01",)), Taking((Obligation.MANDATORY, Obligation.RECOMMENDED))],
    )
    def test_it_is_taken_when_asked_for(self, taking: Taking) -> None:
        plan = planned([wanting(Obligation.RECOMMENDED, RUNS)], taking)
        assert plan.controls == ("TST-01",)
        assert plan.left_out == ()

    @pytest.mark.parametrize("remedy", [SETTING, replace(RUNS, actions=())])
    def test_settings_are_passive_and_so_is_a_unit_that_is_there(self, remedy: Remedy) -> None:
        plan = planned([wanting(Obligation.RECOMMENDED, remedy)], Taking(), files={TIMER: FileState(b"old")})
        assert plan.controls == ("TST-01",)

    @pytest.mark.parametrize(
        "remedy",
        [
            Remedy(packages=("chrony",)),
            Remedy(actions=(Action("x", "systemctl start x\n", ":\n"),)),
            Remedy(edits=(PutFile(TIMER, "x"),)),
        ],
    )
    def test_packages_units_and_starts_are_not(self, remedy: Remedy) -> None:
        assert planned([wanting(Obligation.ENCOURAGED, remedy)], Taking()).controls == ()
        assert planned([wanting(Obligation.MANDATORY, remedy)], Taking()).controls == ("TST-01",)

    def test_the_plan_says_of_each_control_what_users_notice(self) -> None:
        better = replace(SETTING, noticed="Mail comes late.")
        plan = planned([wanting(Obligation.MANDATORY, better), wanting(Obligation.RECOMMENDED, SETTING, 2)], Taking())
        assert [(one.control, one.obligation.value, one.text) for one in plan.notices] == [
            ("TST-01", "mandatory", "Mail comes late."),
            ("TST-02", "recommended", "Nothing."),
        ]
        assert replace(plan, notices=()).digest == plan.digest


class TestReplacing:
    RELAY = Remedy(edits=(SetParameter("smtpd_relay_restrictions", "permit_mynetworks, reject_unauth_destination"),))

    def test_a_rule_of_the_site_that_would_be_lost_is_named_with_its_place_and_the_rest_goes_on(self) -> None:
        plan = planned(
            [wanting(Obligation.MANDATORY, self.RELAY), wanting(Obligation.MANDATORY, SETTING, 2)], ALL_TAKEN
        )
        assert plan.controls == ("TST-02",)
        lost = "`check_client_access hash:/etc/postfix/partners` in smtpd_relay_restrictions"
        why = f"{lost} ({MAIN_CF}:2) would no longer be asked. To have that, add --replace TST-01"
        assert plan.by_hand == (("TST-01", why),)

    @pytest.mark.parametrize("pattern", ["TST-01", "TST-*", "*"])
    def test_it_gives_way_when_the_control_is_named_and_the_plan_is_bound_to_that(self, pattern: str) -> None:
        controls = [wanting(Obligation.MANDATORY, self.RELAY)]
        plan = planned(controls, replace(ALL_TAKEN, replace=(pattern,)))
        assert plan.controls == ("TST-01",)
        assert [(one.control, one.where) for one in plan.displaced] == [("TST-01", f"{MAIN_CF}:2")]
        again = HostPlan.from_dict(plan.to_dict())
        assert again == plan
        assert replace(plan, displaced=()).digest != plan.digest
        assert not Reviewed(again).is_still(planned(controls, ALL_TAKEN))

    def test_a_milter_in_an_override_that_is_dropped_is_one_of_the_site(self) -> None:
        drop = Remedy(edits=(DropOverride("smtp/inet", "smtpd_milters"),))
        ((_, why),) = planned([wanting(Obligation.MANDATORY, drop)], ALL_TAKEN).by_hand
        assert why.startswith(f"`inet:127.0.0.1:8891` in smtpd_milters ({MASTER_CF}:2) would no longer be asked")

    def test_nothing_is_lost_where_main_cf_asks_the_same(self) -> None:
        drop = Remedy(edits=(DropOverride("smtp/inet", "smtpd_milters"),))
        main = FileState(MAIN + b"smtpd_milters = inet:127.0.0.1:8891\n")
        plan = planned([wanting(Obligation.MANDATORY, drop)], ALL_TAKEN, files={MAIN_CF: main})
        assert plan.controls == ("TST-01",)

    @pytest.mark.parametrize(
        ("remedy", "told", "words"),
        [
            (replace(SETTING, begins=("filters",)), "unit\tamavis.service\n", "Amavis (amavis.service) filters mail"),
            (
                replace(SETTING, begins=("filters",)),
                "filter\t\tamavis:[127.0.0.1]:10024\n",
                "`content_filter = amavis:",
            ),
            (replace(SETTING, begins=("scans",)), "unit\tclamav-milter.service\n", "ClamAV's milter"),
            (replace(SETTING, begins=("signs",)), "unit\topendkim.service\n", "OpenDKIM (opendkim.service) signs"),
            (replace(SETTING, begins=("greylists",)), "unit\tpostgrey.service\n", "postgrey"),
            (replace(SETTING, begins=("guards",)), "unit\tfirewalld.service\n", "firewalld"),
            (replace(SETTING, begins=("guards",)), "ufw\ton\n", "ufw (/etc/ufw/ufw.conf)"),
            (replace(SETTING, begins=("bans",)), "unit\tcrowdsec.service\n", "CrowdSec"),
            (replace(SETTING, jails=("sshd",)), "jail\t/etc/fail2ban/jail.local:3\tsshd\n", "the jail [sshd] (/etc/f"),
            (
                replace(SETTING, displaces=(Displacing("a rule", "would run no more", "r"),)),
                "rule\t/x:7\tr\n",
                "a rule (/x:7)",
            ),
        ],
    )
    def test_what_the_site_does_by_other_means(self, remedy: Remedy, told: str, words: str) -> None:
        controls = [wanting(Obligation.MANDATORY, remedy)]
        ((_, why),) = planned(controls, ALL_TAKEN, told).by_hand
        assert why.startswith(words)
        assert planned(controls, replace(ALL_TAKEN, replace=("TST-01",)), told).controls == ("TST-01",)

    @pytest.mark.parametrize("remedy", [replace(SETTING, begins=("signs",)), replace(SETTING, jails=("sshd",))])
    def test_where_it_could_not_be_seen_nothing_is_begun_unasked(self, remedy: Remedy) -> None:
        unseen = Answer(1, b"", b"Failed to connect to bus: Connection refused\nmore\n")
        plan = planned([wanting(Obligation.MANDATORY, remedy)], Taking(), unseen)
        assert plan.controls == ()
        ((_, why),) = plan.by_hand
        assert "by programs of its own could not be seen: Failed to connect to bus: Connection refused." in why
        assert "--replace TST-01" in why
        assert planned([wanting(Obligation.MANDATORY, SETTING)], Taking(), unseen).controls == ("TST-01",)
        replacing = planned([wanting(Obligation.MANDATORY, remedy)], Taking(replace=("TST-01",)), Answer(124))
        assert [str(one) for one in replacing.displaced] == [
            "what the site does by programs of its own could not be seen: exit code 124"
        ]

    def test_other_programs_are_nobodys_concern(self) -> None:
        told = "unit\topendkim.service\nunit\tcron.service\nfilter\t\t\njail\t/x:1\trecidive\n"
        remedy = replace(SETTING, begins=("filters", "guards"), jails=("sshd",))
        assert planned([wanting(Obligation.MANDATORY, remedy)], ALL_TAKEN, told).controls == ("TST-01",)


class TestOptions:
    def test_by_default_mandatory_and_what_is_named_by_id(self) -> None:
        chosen = Chosen(None, controls=("A-01,A-*",))
        assert TakingOptions().of(chosen, ("A-01", "A-02")) == Taking((Obligation.MANDATORY,), ("A-01",))

    def test_all_and_lists(self) -> None:
        assert TakingOptions(everything=True).of(Chosen(None), ()) == ALL_TAKEN
        some = TakingOptions(obligations="mandatory, recommended").of(Chosen(None), ())
        assert some.obligations == (Obligation.MANDATORY, Obligation.RECOMMENDED)

    def test_a_word_that_is_none_and_a_pattern_that_fits_nothing(self) -> None:
        with pytest.raises(UserError, match="there are mandatory, encouraged, recommended"):
            TakingOptions(obligations="advised").of(Chosen(None), ())
        with pytest.raises(NothingMatched, match="none of the chosen controls is B-"):
            TakingOptions(replace=("A-01", "B-*")).of(Chosen(None), ("A-01",))

    def test_it_is_read_back(self) -> None:
        taking = Taking((Obligation.ENCOURAGED,), ("A-01",), ("*",))
        assert Taking.from_dict(taking.to_dict()) == taking
