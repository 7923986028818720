"""Kind `quota_enforcement`: quota is loaded, set up and enforced wherever mail is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from baseline.edits import SetBlock
from baseline.errors import CannotTell
from baseline.formats.dovecot import DROP_IN
from baseline.formats.postfix import parse_parameters
from baseline.judge import Equal, OneOf, Want, Wants
from baseline.kinds.base import ByHand, Control, Loosens
from baseline.model import Location, Scalar, State, Target
from baseline.model.looks import Parts
from baseline.readings.answers import ask, text
from baseline.readings.dialects.dialect import EARLY, plugins_question
from baseline.readings.dialects.enforcing import OVERALL, YES, Holding
from baseline.readings.dovecot import BLOCKS, DIALECT, QUOTAS, Dovecot, dialect_of, known_quotas
from baseline.readings.outline import Outline, ProgramSetting, set_in
from baseline.readings.postfix import POSTCONF
from baseline.remedies.mending import faults, helps
from baseline.remedies.remedy import Effects, Remedy

if TYPE_CHECKING:
    from testinfra.backend.base import CommandResult
    from testinfra.host import Host

QuotaProtocol = Literal["imap", "lmtp", "lda", "pop3"]
Driver = Literal["count", "maildir", "fs", "dict", "dirsize", "imapc"]

NOT_SERVED = "not served"
MOST_NAMED = 50
"""How many accounts without a working quota a state names."""
_ALWAYS = ("lda", "doveadm")
"""Contexts that no `protocols` line names: delivery by dovecot-lda, and the tool that tells the limits."""

DEVICES = "systemctl show -p PrivateDevices dovecot.service 2>/dev/null || echo not known"


class QuotaEnforcement(Control):
    """A limit counts only where the quota plugin runs, for each way in which mail reaches a mailbox.

    Looked at: `doveconf -f protocol=P mail_plugins` for each protocol, because a protocol's own list replaces
    the global one in silence: `protocol imap { mail_plugins = imap_quota }` turns IMAP's quota off although
    the global list has it. IMAP also needs `imap_quota`, to tell users their usage. The global list counts too:
    `quota-status` uses no other. Of the roots: the driver, whether it can count on this store (`maildir` only
    on Maildir; `fs` not under the unit's PrivateDevices), and `noenforcing`, which shows limits and holds
    nobody to them. Of accounts: those of which Dovecot itself says that it cannot set up or ask their quota, whatever
    the reason. Of Postfix, where it runs here: mail for the accounts must go to Dovecot, since virtual(8)
    and local(8) write past any quota.

    Applied: the whole list of plugins for each protocol, as it is in force plus what is missing, in one block
    of the drop-in; and the root, with the driver `count` where none or an unusable one is in use. Later changes
    of a protocol's `mail_plugins` belong into that block: the lists in it are complete, and override 20-imap.conf
    and its like. The global list is set in 00-baseline.conf where the site sets none, else in the drop-in.

    In Dovecot 2.4 a list of plugins in braces adds to the global one, or takes away from it by `no`, and one behind
    `=` takes its place. A root is a block `quota NAME`; `quota_enforce` and `quota_ignore`, at the root, for a protocol
    or for all, decide who is held to it, the root before the protocol. Where `quota_ignore` leaves out the inbox or its
    namespace, no mail is counted that comes in. Applied there: `yes` for the plugins that are needed, and in the block
    of every root its driver, `enforce = yes` and `ignore = no`.

    Not applied: where delivery goes. Another delivery agent may mean another store, so only a person can turn
    `virtual_transport` or `mailbox_transport` to Dovecot. What can go wrong: `local.conf` is read later than
    the drop-in, and may override it. Sources: doc.dovecot.org 2.3, "Quota Configuration",
    "Quota Plugin"; 2.4, "Quota Plugin"; postconf(5) virtual_transport, mailbox_transport.
    """

    summary: ClassVar[str] = "Quota is loaded, set up and enforced on every way into a mailbox."
    loosens: ClassVar[Loosens] = {
        "protocols": "lower",
        "drivers": "higher",
    }
    set_by: ClassVar[Mapping[str, ProgramSetting]] = set_in(
        "dovecot",
        also={
            "quota in mail_plugins": "mail_plugins",
            "quota": "mail_plugins",
            "imap_quota": "mail_plugins",
            "quota_vsizes": "plugin/quota_vsizes",
        },
    )
    effects: ClassVar[Effects | None] = Effects(
        displaces="nothing because the plugins and roots of the site are kept in their lists",
        notice="Quotas are counted in every protocol, and whoever is over one gets no more mail.",
    )
    by_hand: ClassVar[ByHand] = {
        "counted: *": "Have Dovecot count the mailbox {rest}: take out what says otherwise.",
        "quota of *": "Correct what Dovecot says of {rest}: in the plugin settings, or in the userdb.",
        "delivery *": (
            "Have Postfix deliver through Dovecot (virtual_transport or mailbox_transport = "
            "lmtp:unix:private/dovecot-lmtp), after moving the mail that lies elsewhere."
        ),
    }

    kind: Literal["quota_enforcement"]
    protocols: Annotated[
        tuple[QuotaProtocol, ...],
        Field(min_length=1, description="Protocols that must load the plugin where they are served."),
    ] = ("imap", "lmtp", "lda", "pop3")
    drivers: Annotated[tuple[Driver, ...], Field(min_length=1, description="Drivers of quota roots to accept.")] = (
        "count",
        "maildir",
        "fs",
    )

    def expected(self, target: Target) -> Wants:
        """The plugin in every protocol, a root that counts and enforces, and delivery through Dovecot."""
        del target
        wants: dict[str, Want] = {"quota in mail_plugins": Equal("loaded")}
        wants |= {f"quota in {name}": OneOf(("loaded", NOT_SERVED)) for name in self._contexts()}
        if "imap" in self.protocols:
            wants["imap_quota in imap"] = OneOf(("loaded", NOT_SERVED))
        return wants | {
            "quota root": Equal("set up"),
            "driver of *": OneOf(self.drivers),
            "usable: *": Equal("yes"),
            "enforced: *": Equal(YES),
            "counted: *": Equal("yes"),
            "quota_vsizes": OneOf(("yes", "not needed")),
            "quota of *": Equal("set up"),
            "delivery *": OneOf(("Dovecot", "not used", "not for accounts", "no Postfix here")),
        }

    def actual(self, host: Host, target: Target) -> State:
        """The plugins per protocol, the roots, and who delivers."""
        dovecot = Dovecot(host)
        lists = ask(host, *(plugins_question(name) for name in self._contexts()))
        blocks, devices, quotas, *postfix = ask(host, BLOCKS, DEVICES, QUOTAS, *POSTCONF)
        state = Parts()
        with state.part():
            self._plugins(dovecot, lists, state)
        with state.part():
            state |= _roots(dovecot, text(blocks), text(devices), self._contexts())
        with state.part():
            state |= _broken(quotas, dovecot)
        with state.part():
            state |= _delivery(postfix, target)
        return state

    def _plugins(self, dovecot: Dovecot, lists: Sequence[CommandResult], state: Parts) -> None:
        """The plugins, for all and per protocol."""
        plugins = {name: dovecot.plugins_for(one) for name, one in zip(self._contexts(), lists, strict=True)}
        served = {*dovecot.settings.protocols, *_ALWAYS}
        state[DIALECT] = dovecot.dialect.name
        state["quota in mail_plugins"] = _loaded("quota", dovecot.settings.plugins)
        for name, loaded in plugins.items():
            state[f"quota in {name}"] = _loaded("quota", loaded) if name in served else NOT_SERVED
            state[f"mail_plugins of {name}"] = " ".join(loaded)
        if "imap" in self.protocols:
            state["imap_quota in imap"] = _loaded("imap_quota", plugins["imap"]) if "imap" in served else NOT_SERVED
        state["mail_plugins"] = " ".join(dovecot.settings.plugins)

    def reads(self, target: Target) -> tuple[str, ...]:
        """The drop-in, and the file before the site's."""
        del target
        return (DROP_IN, EARLY)

    def set_at(self, state: State, written: Outline) -> Mapping[str, Location]:
        """Plugins too that 2.4 has as yes or no in the block of a list."""
        lists = {}
        for key in state:
            word, _, part = key.partition(" in ")
            if word in ("quota", "imap_quota") and part:
                lists[key] = ("mail_plugins", word, "" if part == "mail_plugins" else part)
        return written.listed(super().set_at(state, written), lists)

    def remedy(self, state: State, target: Target) -> Remedy | None:
        """One block with the whole plugin list of each protocol and the roots; delivery is left to a person."""
        wants = self.expected(target)
        # That an account has no quota may follow from what is amiss here; alone it does not.
        follows = any(not key.startswith(("delivery ", "counted: ", "quota of ")) for key in faults(wants, state))
        hard = ("delivery ", "counted: ") if follows else ("delivery ", "counted: ", "quota of ")
        if not helps(wants, state, lambda key: key.startswith(hard)):
            return None
        dialect = dialect_of(state)
        text = ""
        for name in self._contexts():
            if state[f"quota in {name}"] == NOT_SERVED:
                continue
            needed = ("quota", "imap_quota") if name == "imap" else ("quota",)
            text += dialect.load(name, str(state[f"mail_plugins of {name}"]).split(), needed)
        block = SetBlock(DROP_IN, self.id, text + dialect.enforcing.set_up(self._roots(state)))
        return Remedy(
            edits=(*dialect.load_for_all(str(state["mail_plugins"]).split(), "quota"), block), reloads=("dovecot",)
        )

    def _contexts(self) -> tuple[str, ...]:
        return (*dict.fromkeys((*self.protocols, "doveadm")),)

    def _roots(self, state: State) -> list[Holding]:
        """Each root: as it is where that works, else with the driver `count`."""
        found = []
        for key in [key for key in state if key.startswith("root ")]:
            name = key.removeprefix("root ")
            fits = state.get(f"driver of {name}") in self.drivers and state.get(f"usable: {name}") == "yes"
            said = [one.removeprefix(f"enforced: {name}") for one in state if one.startswith(f"enforced: {name}")]
            protocols = {one.removeprefix(_IN): YES for one in said if not one or one.startswith(_IN)}
            driver = str(state[f"driver of {name}"]) if fits else "count"
            found.append(Holding(name, str(state[key]), driver, protocols))
        return found


_IN = " in "


def _loaded(plugin: str, plugins: Iterable[str]) -> str:
    return "loaded" if plugin in plugins else "not loaded"


_ENDED_BY_OTHERS = (124, 126, *range(129, 256))
"""Out of time, not allowed to run, ended by a signal."""


def _broken(result: CommandResult, dovecot: Dovecot) -> dict[str, Scalar]:
    """What Dovecot says of accounts whose quota it cannot set up. Who can be listed at all is not judged here.

    Raises `CannotTell` where doveadm was ended by another (out of time, killed), which says nothing of any account.
    """
    try:
        broken = known_quotas(result, dovecot).broken
    except CannotTell:
        if result.rc in _ENDED_BY_OTHERS:
            raise
        return {}
    return {f"quota of {name}": why for name, why in sorted(broken.items())[:MOST_NAMED]}


def _roots(dovecot: Dovecot, blocks: str, devices: str, protocols: Sequence[str]) -> dict[str, Scalar]:
    enforcing, settings = dovecot.dialect.enforcing, dovecot.settings
    roots = enforcing.roots(settings, blocks, protocols)
    state: dict[str, Scalar] = {"quota root": "set up" if roots else None}
    store = enforcing.store(settings) or "found by itself"
    for root in roots:
        state[f"root {root.name}"] = root.definition
        state[f"driver of {root.name}"] = root.driver
        state[f"usable: {root.name}"] = "yes"
        if root.driver == "maildir" and store != "maildir":
            state[f"usable: {root.name}"] = f"no: the driver maildir counts nothing on a store of format {store}"
        if root.driver == "fs" and devices.strip() == "PrivateDevices=yes":
            state[f"usable: {root.name}"] = "no: the driver fs needs devices that the unit hides (PrivateDevices)"
        for protocol, enforced in root.enforced.items():
            state[f"enforced: {root.name}{_IN + protocol if protocol else OVERALL}"] = enforced
    for mailbox, why in enforcing.uncounted(settings, blocks).items():
        state[f"counted: {mailbox}"] = f"no: {why}"
    state["quota_vsizes"] = enforcing.vsizes(settings)
    return state


# --- delivery -------------------------------------------------------------------------------------


def _delivery(postconf: list[CommandResult], target: Target) -> dict[str, Scalar]:
    """Who writes mail for the accounts: by virtual_transport, and by mailbox_transport behind local(8)."""
    if postconf[0].rc == 127 and "mta" not in target.roles:
        return {"delivery": "no Postfix here", "delivery of virtual domains": "no Postfix here"}
    settings = parse_parameters(text(postconf[0]))
    programs = _programs(text(postconf[2]))
    virtual, local = settings.get("virtual_mailbox_domains", ""), settings.get("mydestination", "")
    if not settings.get("virtual_transport"):
        raise CannotTell("`postconf -x` prints no virtual_transport")
    state: dict[str, Scalar] = {"delivery of virtual domains": "not used", "delivery of local domains": "not used"}
    if virtual:
        state["delivery of virtual domains"] = _agent(settings["virtual_transport"], programs)
    if local:
        state["delivery of local domains"] = _local_agent(settings, programs)
        named = set(local.replace(",", " ").lower().split())
        if virtual and not named.intersection(domain.lower() for domain in target.domains):
            # Mail for the system's own accounts: the mailboxes are in the virtual domains.
            state["delivery of local domains"] = "not for accounts"
    return state


def _local_agent(settings: Mapping[str, str], programs: Mapping[str, str]) -> str:
    command = settings.get("mailbox_command", "")
    if settings.get("mailbox_transport"):
        return _agent(settings["mailbox_transport"], programs)
    if _is_lda(command):
        return "Dovecot"
    return f"the command {command.split()[0]}" if command.split() else "local(8) itself"


def _agent(transport: str, programs: Mapping[str, str]) -> str:
    """What stands behind `transport:nexthop`: Dovecot by LMTP or its delivery agent, or the service's name."""
    name = transport.partition(":")[0]
    arguments = programs.get(name, "")
    if arguments.split(" ")[0] == "lmtp" or (name == "lmtp" and not arguments):
        return "Dovecot"
    if arguments.startswith("pipe") and _is_lda(arguments):
        return "Dovecot"
    return f"the transport {name}"


def _is_lda(command: str) -> bool:
    return any(word.rpartition("/")[2] in ("dovecot-lda", "deliver") for word in command.replace("argv=", " ").split())


def _programs(services: str) -> dict[str, str]:
    """Transport service -> its program and arguments, out of `postconf -M`."""
    found = {}
    for line in services.splitlines():
        fields = line.split()
        if len(fields) >= 8 and not line[0].isspace() and fields[1] == "unix":
            found[fields[0]] = " ".join(fields[7:])
    return found
