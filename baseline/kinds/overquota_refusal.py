"""Kind `overquota_refusal`: mail to a full mailbox is refused while the sender is still connected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from baseline.edits import DropOverride, Edit, RulePlace, SetBlock, SetParameter
from baseline.errors import CannotTell
from baseline.formats.dovecot import DROP_IN, parse_settings, section
from baseline.formats.postfix import POSTFIX_FILES
from baseline.formats.restrictions import PLACES, REFUSES_STRANGERS, restriction_tokens
from baseline.judge import Equal, Matches, OneOf, Wants
from baseline.kinds.base import Control, Line, Loosens
from baseline.model import Location, Scalar, State, Target
from baseline.model.looks import Parts, also_unread
from baseline.readings.answers import ask, command_of, decoded, shorten, text
from baseline.readings.dialects.dialect import EARLY, Concept, plugins_question
from baseline.readings.dovecot import DIALECT, DOVECOT_23, DOVECOT_24, Dovecot, by_dialect, dialect_of
from baseline.readings.exemptions import NOT_EVERYBODY, Exempt, Exemptions, told, unread
from baseline.readings.outline import Outline, ProgramSetting, set_in
from baseline.readings.smtpd_lists import Smtpd, names, placed
from baseline.remedies.mending import improves
from baseline.remedies.remedy import Effects, Remedy

if TYPE_CHECKING:
    from testinfra.backend.base import CommandResult
    from testinfra.host import Host

SERVICE = "doveconf service/quota-status"
REPLIES = by_dialect(DOVECOT_23.enforcing.replies_asked, DOVECOT_24.enforcing.replies_asked)
ELSEWHERE = "u=$(doveadm user '*' | head -n 1); doveadm user -f uid \"${u%%@*}@elsewhere.invalid\""
"""Whether Dovecot takes an address of another domain for an account of its own: 0 when it does, 67 when not."""

_REPLIES: Mapping[str, Concept] = {
    "quota_status_success": "on success",
    "quota_status_nouser": "on no user",
    "quota_status_overquota": "over quota",
    "quota_status_toolarge": "too large",
}
_LIST = "smtpd_recipient_restrictions"
_ORDER = "smtpd_relay_before_recipient_restrictions"
_STRANGERS_ONLY = "for strangers only"
_AS_FAR = "as far as logins without a domain allow"
_NOBODY = frozenset({"permit", "permit_auth_destination", "permit_mx_backup", "reject", "defer"})
"""Rules after which no mail for an account of this host comes further down the list."""


class OverquotaRefusal(Control):
    """Postfix asks Dovecot's quota-status for every recipient, and refuses those whose mailbox is full.

    Without it the mail is accepted, delivery fails, and a bounce goes to whoever the envelope names, who may
    never have sent anything (backscatter).

    Looked at: the service (`doveconf service/quota-status`), its answers, and that the global `mail_plugins`
    has `quota`, without which it answers DUNNO for every mailbox, full or not. `quota_status_success` and
    `quota_status_nouser` have to be DUNNO: the defaults of 2.3, OK and REJECT, skip all later checks or refuse
    mail to addresses elsewhere. Then, for every smtpd service with its overrides in master.cf, the order in
    which Postfix evaluates: `asked in SERVICE` is `yes` where strangers' attempts to relay are refused first
    and nothing before lets mail pass. `for strangers only` is a warning: behind permit_mynetworks or
    permit_sasl_authenticated, your own users' mail to a full mailbox still bounces, though only to them. Where a rule
    before it lets everybody pass (mynetworks that are everybody, a table), the control fails.

    `quota_status_toolarge` answers for mail that is larger than the whole mailbox. Where it is not set, 2.3 gives the
    answer of a full mailbox, and 2.4 none at all: Postfix then lets the mail pass, and it bounces. In 2.4 the answers
    are those of the block `protocol quota-status`, and so are the plugins.

    Where Dovecot's logins have no domain, it takes alice@elsewhere for its own alice. There `for strangers only` is the
    right place, and a rule before it a fail: your users could not write to their namesakes elsewhere.

    Applied: the service, its socket and its answers in a block of the drop-in; `check_policy_service` as first
    rule of smtpd_recipient_restrictions, in main.cf and in overrides alike, with
    smtpd_relay_before_recipient_restrictions=yes, so that relaying is decided before. With logins that have no
    domain it goes last, behind permit_mynetworks and permit_sasl_authenticated. Where smtpd_relay_restrictions
    refuses nobody, it goes right behind reject_unauth_destination instead.

    What can go wrong: quota-status sees only the SIZE= that the client declares, and the recipient before
    aliases are expanded. When the service is down, Postfix answers 451 and the sender tries again. Sources:
    doc.dovecot.org 2.3 and 2.4, "Quota Service"; SMTPD_POLICY_README; postconf(5); RFC 3463 X.2.2.
    """

    summary: ClassVar[str] = "Mail to a full mailbox is refused during SMTP, not bounced later."
    nothing_to_judge: ClassVar[str] = "the inventory does not give this host the role mta: no mail comes in by SMTP"
    loosens: ClassVar[Loosens] = {}
    set_by: ClassVar[Mapping[str, ProgramSetting]] = set_in("postfix", also={"asked": "smtpd_recipient_restrictions"})
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because the rule is added and the site's stay; a service quota-status of the site's "
        "gets the answers that are judged",
        notice="Mail to a full mailbox is refused at once, and its sender is told.",
    )

    kind: Literal["overquota_refusal"]
    listener: Annotated[
        str,
        Field(
            pattern=r"^(unix:private/[A-Za-z0-9._-]+|inet:127\.0\.0\.1:[0-9]{2,5})$",
            description="Where quota-status listens, as check_policy_service names it.",
        ),
    ] = "unix:private/quota-status"
    reply: Annotated[
        Line,
        Field(
            pattern=r"^[45][0-9]{2} [45]\.2\.2 [^\"\\]+$",
            description="What a sender is told: 4xx to try again later, 5xx to give up.",
        ),
    ] = "452 4.2.2 Mailbox is full"

    def expected(self, target: Target) -> Wants:
        """The service with safe answers, and its place in the list of every smtpd service."""
        if "mta" not in target.roles:
            return {}
        return {
            "quota in mail_plugins": Equal("loaded"),
            "executable": Matches(r"(/\S*/)?quota-status -p postfix( .*)?", "quota-status -p postfix"),
            "listener": Equal("for Postfix"),
            "quota_status_success": Equal("DUNNO"),
            "quota_status_nouser": Equal("DUNNO"),
            "quota_status_overquota": Matches(r"[45]\d\d [45]\.2\.2 .+", "a reply such as 452 4.2.2 Mailbox is full"),
            "quota_status_toolarge": Matches(
                r"([45]\d\d|REJECT|DEFER).*", "a refusal such as 452 4.2.2 Mailbox is full"
            ),
            "asked in *": OneOf(("yes", _AS_FAR), warn=(_STRANGERS_ONLY,)),
            "exempt in *": Equal(NOT_EVERYBODY),
        }

    def actual(self, host: Host, target: Target) -> State:
        """The service, its answers, and where each smtpd service asks it."""
        if "mta" not in target.roles:
            return {}
        dovecot, smtpd = Dovecot(host), Smtpd(host)
        exemptions = Exemptions(host, target, smtpd.effective)
        service, queue, elsewhere = ask(host, SERVICE, "postconf -hx queue_directory", ELSEWHERE)
        plugins, replies = ask(host, plugins_question("quota-status"), REPLIES)
        state = Parts()
        with state.part():
            state[DIALECT] = dovecot.dialect.name
            state["mail_plugins"] = " ".join(dovecot.settings.plugins)
            state["quota in mail_plugins"] = "loaded" if "quota" in dovecot.plugins_for(plugins) else "not loaded"
            said = dovecot.dialect.enforcing.replies(dovecot.settings, text(replies))
            state["quota_status_success"] = said.success and said.success.upper()
            state["quota_status_nouser"] = said.nouser and said.nouser.upper()
            state["quota_status_overquota"] = said.overquota
            state["quota_status_toolarge"] = said.toolarge
        with state.part():
            state["queue_directory"] = text(queue).strip()
            state |= {"executable": None, **self._service(text(service), str(state["queue_directory"]))}
        with state.part():
            state["logins have a domain"] = _domain(elsewhere)
        hidden: list[str] = []
        with state.part():
            hidden += self._places(smtpd, exemptions, state)
        return also_unread(state, hidden)

    def _places(self, smtpd: Smtpd, exemptions: Exemptions, state: Parts) -> list[str]:
        """Where each smtpd service asks it, and who is exempt; what hides that could not be read."""
        state |= {**smtpd.written_all(_LIST), **smtpd.written_all(_ORDER)}
        state["relaying decided first"] = smtpd.effective("", _ORDER)
        exempt: dict[str, Exempt] = {}
        for one in smtpd.services:
            relay = smtpd.effective(one, "smtpd_relay_restrictions")
            state[f"relaying refused in {one}"] = "yes" if _refuses(restriction_tokens(relay)) else "no"
            refused_first = smtpd.effective(one, _ORDER) == "yes" and _refuses(restriction_tokens(relay))
            rules = restriction_tokens(smtpd.effective(one, _LIST))
            with state.part():
                state[f"asked in {one}"] = self._asked(rules, refused_first, state["logins have a domain"])
            place = names(rules, self._rule)
            if place is not None and not _NOBODY.intersection(rules[:place]):
                exempt[one] = exemptions.before(one, rules[:place], "")
        state |= told(exempt)
        return unread(exempt)

    def set_at(self, state: State, written: Outline) -> Mapping[str, Location]:
        """The answers too, by the names that the dialect has for them, in the block of the service where one is."""
        places = dict(super().set_at(state, written))
        for key, concept in _REPLIES.items() if DIALECT in state else ():
            place = written.place(ProgramSetting("dovecot", dialect_of(state).called(concept)), "quota-status")
            if place is not None:
                places[key] = place
        return written.listed(places, {"quota in mail_plugins": ("mail_plugins", "quota", "quota-status")})

    def reads(self, target: Target) -> tuple[str, ...]:
        """The drop-in, the file before the site's, and Postfix's two files."""
        del target
        return (DROP_IN, EARLY, *POSTFIX_FILES)

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """The service in the drop-in, and the rule in every list that is evaluated."""
        relay_first = all(value == "yes" for key, value in state.items() if key.startswith("relaying refused in "))

        place: RulePlace = "after_refusal"
        if relay_first:
            place = "first" if state["logins have a domain"] == "yes" else "last"
        if not improves(self.expected(target), state, self._foreseen(state, place)):
            return None
        edits: list[Edit] = [*dialect_of(state).load_for_all(str(state["mail_plugins"]).split(), "quota")]
        edits.append(SetBlock(DROP_IN, self.id, self._block(state)))
        if any(value != "yes" for key, value in state.items() if key.startswith("asked in ")):
            edits += [*placed(_LIST, state, self._rule, place), *(_relay_first(state) if relay_first else ())]
        return Remedy(edits=tuple(edits), reloads=("dovecot", "postfix"))

    def advice(self, state: State) -> str:
        """What to do where the rule cannot be placed."""
        exempt = [key for key, value in state.items() if key.startswith("exempt in ") and value != NOT_EVERYBODY]
        if exempt:
            return f"{'; '.join(f'{key}: {state[key]}' for key in exempt)}: narrow or take that out."
        return (
            "Refuse relaying in smtpd_relay_restrictions (permit_mynetworks, permit_sasl_authenticated, "
            "reject_unauth_destination); then the rule can stand first in smtpd_recipient_restrictions."
        )

    def _foreseen(self, state: State, place: RulePlace) -> State:
        """What would be found of each smtpd service once the rule is in its place; the service itself mended."""
        after: dict[str, Scalar] = {}
        for key in state:
            if key.startswith("asked in "):
                override = state.get(f"{_LIST} in {key.removeprefix('asked in ')}")
                value = str(state[_LIST] if override is None else override)
                rules = restriction_tokens(PLACES[place](value, self._rule) or value)
                after[key] = self._asked(rules, place != "after_refusal", state["logins have a domain"])
            elif key.startswith("exempt in "):
                after[key] = NOT_EVERYBODY if place == "first" else state[key]
        return after

    @property
    def _rule(self) -> str:
        return f"check_policy_service {self.listener}"

    def _asked(self, rules: list[str], relaying_refused: bool, domain: Scalar) -> str:
        """Whether this list asks quota-status of every recipient of this host, `yes` or why not."""
        place = names(rules, self._rule)
        if place is None:
            return "no"
        before = rules[:place]
        if not relaying_refused and not _refuses(before):
            return "before relaying is refused"
        closed = [rule for rule in before if rule in _NOBODY]
        if closed:
            return f"never, behind {closed[0]}"
        if domain != "yes":
            safe = "permit_sasl_authenticated" in before
            return _AS_FAR if safe else "of addresses elsewhere too, as logins have no domain"
        return _STRANGERS_ONLY if any(rule.startswith("permit_") for rule in before) else "yes"

    def _path(self, queue_directory: str) -> str:
        return f"{queue_directory}/{self.listener.removeprefix('unix:')}"

    def _service(self, printed: str, queue_directory: str) -> dict[str, Scalar]:
        """The service's program, and whether Postfix may connect to the socket that the rule names."""
        found: dict[str, Scalar] = {"executable": None, "listener": None}
        sockets: dict[str, dict[str, str]] = {}
        for one in parse_settings(printed):
            if len(one.section) == 1 and one.name == "executable":
                found["executable"] = one.value
            elif len(one.section) == 2:
                sockets.setdefault(one.section[1], {})[one.name] = one.value
        if self.listener.startswith("unix:"):
            socket = sockets.get(f"unix_listener {self._path(queue_directory)}")
            if socket is not None:
                mode = int(socket.get("mode") or "0600", 8)
                ours = socket.get("user") == "postfix" and mode & 0o600 == 0o600
                grouped = socket.get("group") == "postfix" and mode & 0o060 == 0o060
                allowed = ours or grouped or mode & 0o006 == 0o006
                found["listener"] = "for Postfix" if allowed else f"closed to Postfix ({mode:04o})"
        else:
            ports = [socket.get("port") for name, socket in sockets.items() if name.startswith("inet_listener")]
            found["listener"] = "for Postfix" if self.listener.rpartition(":")[2] in ports else None
        return found

    def _block(self, state: State) -> str:
        dialect = dialect_of(state)
        if self.listener.startswith("unix:"):
            head = f"unix_listener {self._path(str(state['queue_directory']))}"
            socket = section(head, ["mode = 0600", "user = postfix", "group = postfix"])
        else:
            address, _, port = self.listener.removeprefix("inet:").partition(":")
            socket = section("inet_listener baseline", dialect.enforcing.listening_at(address, port))
        service = section("service quota-status", ["executable = quota-status -p postfix", socket, "client_limit = 1"])
        loads = ""
        if state["quota in mail_plugins"] != "loaded" and "quota" in str(state["mail_plugins"]).split():
            loads = dialect.load("quota-status", str(state["mail_plugins"]).split(), ("quota",))
        return service + loads + dialect.enforcing.replying("DUNNO", "DUNNO", self.reply)


def _domain(result: CommandResult) -> str:
    """Whether Dovecot tells its accounts from namesakes elsewhere. Raises `CannotTell` when it did not say."""
    if result.rc not in (0, 67):
        raise CannotTell(f"`{command_of(result)}`: exit code {result.rc} ({shorten(decoded(result.stderr_bytes))})")
    return "no" if result.rc == 0 else "yes"


def _refuses(rules: list[str]) -> bool:
    return any(rule in REFUSES_STRANGERS for rule in rules)


def _relay_first(state: State) -> list[Edit]:
    """Edits that have relaying decided before recipients in every service; none where it is so already."""
    overrides = [key.removeprefix(f"{_ORDER} in ") for key in state if key.startswith(f"{_ORDER} in ")]
    edits: list[Edit] = [DropOverride(one, _ORDER) for one in overrides if state[f"{_ORDER} in {one}"] != "yes"]
    # As written it may hang on compatibility_level; what it comes to is what counts.
    if state["relaying decided first"] != "yes":
        edits.append(SetParameter(_ORDER, "yes"))
    return edits
